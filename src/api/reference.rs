//! Names of container images: `[DOMAIN/]PATH[:TAG][@DIGEST]`. Models github.com/distribution/reference.

use std::fmt;

/// The longest path.
const PATH_LIMIT: usize = 255;
const INVALID: &str = "invalid reference format";

/// A name that has been read, with nothing left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// `docker.io`.
    pub domain: String,
    /// `library/nginx`.
    pub path: String,
    /// `latest` where the reference names neither tag nor digest.
    pub tag: Option<String>,
    /// `sha256:…`.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads what stands in `image:`. The error is distribution's own sentence. Models ParseNormalizedNamed.
    pub fn parse(image: &str) -> Result<Reference, String> {
        if image.len() == 64 && image.bytes().all(is_hex) {
            return Err(format!("invalid repository name ({image}), cannot specify 64-byte hexadecimal strings"));
        }
        let Parts { name, tag, digest } = split(image);
        let names_domain = |first: &str| first.contains(['.', ':']) || first == "localhost" || first.contains(char::is_uppercase);
        let (domain, path) = match name.split_once('/') {
            Some((first, path)) if names_domain(first) => (first, path),
            _ => ("docker.io", name),
        };
        let domain = if domain == "index.docker.io" { "docker.io" } else { domain };
        let path = if domain == "docker.io" && !path.contains('/') { format!("library/{path}") } else { path.to_owned() };
        if path.contains(char::is_uppercase) {
            return Err(format!("{INVALID}: repository name ({path}) must be lowercase"));
        }
        if !is_domain(domain) || !is_path(&path) || !tag.is_none_or(is_tag) || !digest.is_none_or(is_digest) {
            return Err(INVALID.to_owned());
        }
        if path.len() > PATH_LIMIT {
            return Err(format!("repository name must not be more than {PATH_LIMIT} characters"));
        }
        if let Some(fault) = digest.and_then(digest_fault) {
            return Err(fault.to_owned());
        }
        let tag = tag.or_else(|| digest.is_none().then_some("latest"));
        Ok(Reference { domain: domain.to_owned(), path, tag: tag.map(str::to_owned), digest: digest.map(str::to_owned) })
    }

    /// Whether a text has the form of a reference, whatever it means. Models ReferenceRegexp.
    pub fn matches(text: &str) -> bool {
        let Parts { name, tag, digest } = split(text);
        let named = is_path(name) || name.split_once('/').is_some_and(|(domain, path)| is_domain(domain) && is_path(path));
        named && tag.is_none_or(is_tag) && digest.is_none_or(is_digest)
    }

    /// The full name without tag and digest: `docker.io/library/nginx`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.domain, self.path)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// What stands before, between and behind the signs.
struct Parts<'a> {
    name: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

fn split(image: &str) -> Parts<'_> {
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    // A colon after the last slash begins a tag; one before it begins a port.
    let (name, tag) = match rest.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((name, tag)) => (name, Some(tag)),
        None => (rest, None),
    };
    Parts { name, tag, digest }
}

/// A digit of what Go prints; capitals are none.
fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn letter(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

fn word(c: char) -> bool {
    letter(c) || c == '_'
}

/// A host, or an address in brackets, with or without a port.
fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
        Some((host, port)) => (host, Some(port)),
        None => (domain, None),
    };
    let is_label = |label: &str| label.starts_with(letter) && label.ends_with(letter) && label.chars().all(|c| letter(c) || c == '-');
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_address = |address: &str| !address.is_empty() && address.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
    address.map_or_else(|| host.split('.').all(is_label), is_address)
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Parts of lower-case letters and digits, joined by `.`, `_`, `__` or dashes.
fn is_path(path: &str) -> bool {
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let joins = |joint: &str| matches!(joint, "" | "." | "_" | "__") || joint.chars().all(|c| c == '-');
    path.split('/').all(|part| part.starts_with(lower) && part.ends_with(lower) && part.split(lower).all(joins))
}

fn is_tag(tag: &str) -> bool {
    tag.len() <= 128 && tag.starts_with(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

/// An algorithm's name and at least 32 digits.
fn is_digest(digest: &str) -> bool {
    let named = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.chars().all(letter);
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.split(['-', '_', '+', '.']).all(named) && hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Why a digest means nothing. Models go-digest's Validate.
fn digest_fault(digest: &str) -> Option<&'static str> {
    let (algorithm, hex) = digest.split_once(':')?;
    let bits = match algorithm {
        "sha256" => 256,
        "sha384" => 384,
        "sha512" => 512,
        other if other.contains(char::is_uppercase) => return Some("invalid checksum digest format"),
        _ => return Some("unsupported digest algorithm"),
    };
    if hex.len() * 4 != bits {
        return Some("invalid checksum digest length");
    }
    (!hex.bytes().all(is_hex)).then_some("invalid checksum digest format")
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn a_form_may_mean_nothing() {
        let digest = |algorithm: &str, hex: &str, length: usize| format!("a@{algorithm}:{}", hex.repeat(length));
        for good in ["nginx", "a.b/c:d", "localhost:5000/a/b", "[::1]:5000/a", "Host/a", &digest("x+y.z", "AB", 16)] {
            assert!(Reference::matches(good), "{good}");
        }
        for bad in ["", "NGINX", "a b", "nginx:", "a//b", "a_-b", "-.com/a", "a:b:c", &digest("x", "ab", 15), &digest("1x", "ab", 32)] {
            assert!(!Reference::matches(bad), "{bad}");
            assert!(Reference::parse(bad).is_err(), "{bad}");
        }
        for (unread, why) in [
            (digest("sha256", "ab", 31), "invalid checksum digest length"),
            (digest("sha256", "AB", 32), "invalid checksum digest format"),
            (digest("Sha256", "ab", 32), "invalid checksum digest format"),
            (digest("md5", "ab", 16), "unsupported digest algorithm"),
            ("a".repeat(250), "repository name must not be more than 255 characters"),
        ] {
            assert!(Reference::matches(&unread), "{unread}");
            assert_eq!(Reference::parse(&unread).unwrap_err(), why);
        }
        assert!(Reference::parse(&"ab".repeat(32)).is_err());
        assert_eq!(Reference::parse(&digest("sha512", "ab", 64)).map(|read| read.tag), Ok(None));
    }
}
