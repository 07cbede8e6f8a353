//! Web addresses.

/// `http://host:port/path?query`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub scheme: String,
    pub host: String,
    pub port: Option<u16>,
    /// Path and query, never empty.
    pub target: String,
    /// `user:password`
    pub user: Option<String>,
}

/// Why an address cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadUrl {
    NoHost,
    BadPort(String),
}

impl Url {
    /// Reads an address; without a scheme it is `http`.
    pub fn parse(text: &str) -> Result<Url, BadUrl> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = target.split('#').next().unwrap_or_default();
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, authority),
        };
        let bracket = place.rfind(']');
        let colon = place.rfind(':').filter(|at| bracket.is_none_or(|b| *at > b));
        let (host, port) = match colon {
            Some(at) => (place.get(..at).unwrap_or_default(), place.get(at + 1..)),
            None => (place, None),
        };
        if host.is_empty() {
            return Err(BadUrl::NoHost);
        }
        let port = match port {
            None => None,
            Some("") if text.contains("://") => None,
            Some(text) => Some(text.parse().map_err(|_| BadUrl::BadPort(text.to_owned()))?),
        };
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Ok(Url { scheme: scheme.to_lowercase(), host: host.to_owned(), port, target, user })
    }

    /// The port, by the scheme where none is given.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.scheme == "https" { 443 } else { 80 })
    }

    /// What stands in the `Host` header.
    pub fn host_header(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The address that `location` means when this one redirects to it.
    pub fn join(&self, location: &str) -> Result<Url, BadUrl> {
        if location.contains("://") {
            return Url::parse(location);
        }
        let target = if location.starts_with('/') {
            location.to_owned()
        } else {
            let folder = self.target.split('?').next().unwrap_or_default().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{folder}/{location}")
        };
        Ok(Url { target, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let url = Url::parse("10.1.2.3:8080/a?b#c").unwrap();
        assert_eq!((url.host.as_str(), url.port(), url.target.as_str()), ("10.1.2.3", 8080, "/a?b"));
        assert_eq!(Url::parse("http://web").unwrap().target, "/");
        assert_eq!(Url::parse("http://:80"), Err(BadUrl::NoHost));
        assert_eq!(Url::parse("a/b").unwrap().join("c").unwrap().target, "/c");
    }
}
