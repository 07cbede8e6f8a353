//! Which images are always pulled. Models SetDefaults_Container.

use crate::api::reference::Reference;

/// `Always` for the tag `latest`, written or meant, `IfNotPresent` for all else, unreadable names among it.
pub fn default_pull_policy(image: &str) -> &'static str {
    let latest = Reference::parse(image).is_ok_and(|reference| reference.tag.as_deref() == Some("latest"));
    if latest { "Always" } else { "IfNotPresent" }
}

#[cfg(test)]
mod tests {
    use super::default_pull_policy;

    #[test]
    fn latest_is_always_pulled() {
        for image in ["nginx", "nginx:latest", "docker.io/library/nginx", "localhost:5000/a/b", "a__b", "a--b"] {
            assert_eq!(default_pull_policy(image), "Always", "{image}");
        }
        for image in ["nginx:1.27", "", "NGINX", "nginx:", "a//b", "a b", "localhost:5000/a:1", "a_-b"] {
            assert_eq!(default_pull_policy(image), "IfNotPresent", "{image}");
        }
        let digest = "nginx@sha256:e4f0474a75c510f40b37b6b7dc2516241ffa8bde5a442bde3d372c9519c84d90";
        assert_eq!(default_pull_policy(digest), "IfNotPresent");
    }
}
