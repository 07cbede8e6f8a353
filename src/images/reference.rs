use std::fmt;

/// A parsed image reference. Models `github.com/distribution/reference`.
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
    /// Reads what stands in `image:`. The error is distribution's own sentence.
    pub fn parse(image: &str) -> Result<Reference, String> {
        let (rest, digest) = match image.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (image, None),
        };
        // A colon after the last slash begins a tag; one before it begins a port.
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[slash..].find(':') {
            Some(at) => (&rest[..slash + at], Some(rest[slash + at + 1..].to_owned())),
            None => (rest, None),
        };
        let is_domain = |part: &str| part.contains(['.', ':']) || part == "localhost";
        let (domain, path) = match name.split_once('/') {
            Some((first, path)) if is_domain(first) => (first.to_owned(), path.to_owned()),
            _ if name.contains('/') => ("docker.io".to_owned(), name.to_owned()),
            _ => ("docker.io".to_owned(), format!("library/{name}")),
        };
        let domain = if domain == "index.docker.io" { "docker.io".to_owned() } else { domain };
        if path.to_lowercase() != path && is_name(&path.to_lowercase()) {
            return Err("invalid reference format: repository name (".to_owned() + &path + ") must be lowercase");
        }
        let digest_is_wrong = digest.as_deref().is_some_and(|d| !is_digest(d));
        if name.is_empty() || !is_name(&path) || tag.as_deref().is_some_and(|t| !is_tag(t)) || digest_is_wrong {
            return Err("invalid reference format".to_owned());
        }
        let tag = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
        Ok(Reference { domain, path, tag, digest })
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

/// Path components of lower-case letters and digits, with single separators inside.
fn is_name(path: &str) -> bool {
    path.split('/').all(|part| {
        let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let inner = |c: char| edge(c) || matches!(c, '.' | '_' | '-');
        let doubled = ["..", "._", "_.", ".-", "-.", "_-", "-_", "___"].iter().any(|wrong| part.contains(wrong));
        part.starts_with(edge) && part.ends_with(edge) && part.chars().all(inner) && !doubled
    })
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128 && tag.chars().next().is_some_and(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

fn is_digest(digest: &str) -> bool {
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())
}
