use super::*;
use crate::sim::Sim;

#[test]
fn references_are_read_as_distribution_does() {
    for (text, expected) in [
        ("nginx", Ok("docker.io/library/nginx:latest")),
        ("nginx:1.27", Ok("docker.io/library/nginx:1.27")),
        ("luksa/kubia", Ok("docker.io/luksa/kubia:latest")),
        ("gcr.io/google-samples/hello-app:1.0", Ok("gcr.io/google-samples/hello-app:1.0")),
        ("localhost:5000/app", Ok("localhost:5000/app:latest")),
        ("localhost:5000/app:2", Ok("localhost:5000/app:2")),
        ("NGINX", Err("invalid reference format: repository name (library/NGINX) must be lowercase")),
        ("nginx:", Err("invalid reference format")),
        ("nginx::1", Err("invalid reference format")),
        ("", Err("invalid reference format")),
        ("my image", Err("invalid reference format")),
        ("a//b", Err("invalid reference format")),
        ("a_-b", Err("invalid reference format")),
    ] {
        let read = Reference::parse(text).map(|reference| reference.to_string());
        assert_eq!(read.as_deref().map_err(String::as_str), expected, "{text}");
    }
}

#[test]
fn every_image_has_a_name_of_its_own_and_can_be_started() {
    let sim = Sim::new(1, 0);
    let registry = Registry::new(sim);
    let mut names: Vec<&str> = ALL.iter().map(|image| image.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len());
    for image in ALL {
        for tag in image.tags() {
            let reference = Reference::parse(&format!("{}:{}", image.name(), tag.name)).expect("a good reference");
            let pulled = registry.find(&reference).unwrap_or_else(|error| panic!("{reference}: {error:?}"));
            assert!(pulled.size_bytes > 0 && pulled.digest.len() == 71);
        }
    }
}

#[test]
fn an_unknown_image_is_refused_in_containerds_words() {
    let registry = Registry::new(Sim::new(1, 0));
    let error = |image: &str| registry.find(&Reference::parse(image).expect("good")).err().map(|error| error.0);
    assert_eq!(
        error("nginxx").as_deref(),
        Some(
            "rpc error: code = Unknown desc = failed to pull and unpack image \"docker.io/library/nginxx:latest\": failed to resolve reference \"docker.io/library/nginxx:latest\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
        )
    );
    assert_eq!(
        error("nginx:nosuchtag").as_deref(),
        Some(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:nosuchtag\": failed to resolve reference \"docker.io/library/nginx:nosuchtag\": docker.io/library/nginx:nosuchtag: not found"
        )
    );
}
