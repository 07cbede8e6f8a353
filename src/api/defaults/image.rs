//! Which tag an image's name has. Models `pkg/util/parsers` over distribution/reference.

const MAX_NAME_BYTES: usize = 255;

/// `Always` for the tag `latest`, written or meant, `IfNotPresent` for all else, unreadable names among it.
pub fn default_pull_policy(image: &str) -> &'static str {
    if tag(image) == Some("latest") { "Always" } else { "IfNotPresent" }
}

/// The tag; `latest` where there is neither tag nor digest; nothing for a bare digest and for what is no name.
fn tag(image: &str) -> Option<&str> {
    let is_identifier = image.len() == 64 && image.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_identifier {
        return None;
    }
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return None;
    }
    let last = rest.rfind('/').map_or(0, |slash| slash + 1);
    let colon = rest.get(last..)?.find(':').map(|colon| last + colon);
    let name = rest.get(..colon.unwrap_or(rest.len()))?;
    let tag = colon.and_then(|colon| rest.get(colon + 1..));
    // A lone `host:port` is a name with a tag.
    if !is_name(name) || tag.is_some_and(|tag| !is_tag(tag)) {
        return None;
    }
    match (tag, digest) {
        (Some(tag), _) => Some(tag),
        (None, None) => Some("latest"),
        (None, Some(_)) => None,
    }
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = tag.as_bytes();
    bytes.len() <= 128 && bytes.first().is_some_and(|byte| word(*byte)) && bytes.iter().all(|byte| word(*byte) || b".-".contains(byte))
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let parts_fit = algorithm.split(['-', '_', '+', '.']).all(|part| {
        part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let length_fits = match algorithm {
        "sha256" => hex.len() == 64,
        "sha384" => hex.len() == 96,
        "sha512" => hex.len() == 128,
        _ => false,
    };
    parts_fit && length_fits && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_name(name: &str) -> bool {
    let (domain, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" || first.chars().any(char::is_uppercase) => (first, rest),
        _ => ("", name),
    };
    (domain.is_empty() || is_domain(domain)) && name.len() <= MAX_NAME_BYTES && !path.is_empty() && path.split('/').all(is_component)
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (domain, None),
    };
    let port_fits = port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    port_fits && (bracketed || host.split('.').all(label))
}

/// Lower-case letters and digits, joined by `.`, `_`, `__` or dashes.
fn is_component(part: &str) -> bool {
    let word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    if !bytes.first().is_some_and(word) || !bytes.last().is_some_and(word) {
        return false;
    }
    part.split(|character: char| character.is_ascii_lowercase() || character.is_ascii_digit())
        .all(|joint| matches!(joint, "" | "." | "_" | "__") || joint.bytes().all(|byte| byte == b'-'))
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
