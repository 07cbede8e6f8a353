//! Who may use the bridge.

use std::io::Read;
use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HOST, HeaderValue, ORIGIN};

/// Below this path a token stands in the URL: kubectl sends no token of a kubeconfig over plain HTTP.
const TOKEN_PATH: &str = "/podground/token/";

/// A token that cannot be guessed.
pub fn new_token() -> String {
    let mut bytes = [0u8; 24];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    if read.is_err() {
        // No such device: the standard library's own random keys.
        use std::hash::{BuildHasher, Hasher};
        for chunk in bytes.chunks_mut(8) {
            let random = std::hash::RandomState::new().build_hasher().finish();
            chunk.copy_from_slice(&random.to_le_bytes()[..chunk.len()]);
        }
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The server's URL with the token in it.
pub fn url_with_token(addr: SocketAddr, token: &str) -> String {
    format!("http://{addr}{TOKEN_PATH}{token}")
}

/// Takes a token off the front of a path (with or without query): the rest, and the token.
pub fn strip_token(path: &str) -> (&str, Option<&str>) {
    let Some(rest) = path.strip_prefix(TOKEN_PATH) else { return (path, None) };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (token, rest) = rest.split_at(end);
    (if rest.is_empty() { "/" } else { rest }, Some(token))
}

/// Why a request is refused, if it is: the HTTP status and a sentence.
pub fn refusal(headers: &HeaderMap, token_in_path: Option<&str>, token: Option<&str>) -> Option<(u16, &'static str)> {
    let text = |value: Option<&HeaderValue>| value.and_then(|value| value.to_str().ok()).map(str::to_owned);
    // A page of the Web must not reach the cluster through the learner's browser, whatever name it gives to loopback.
    if let Some(origin) = text(headers.get(ORIGIN))
        && !origin.split_once("://").is_some_and(|(_, host)| is_local(host))
    {
        return Some((403, "requests from Web pages are not allowed"));
    }
    let Some(token) = token else {
        let local = text(headers.get(HOST)).is_none_or(|host| is_local(&host));
        return (!local).then_some((403, "the Host header must name loopback"));
    };
    let bearer = text(headers.get(AUTHORIZATION));
    let given = token_in_path.or_else(|| bearer.as_deref().and_then(|value| value.strip_prefix("Bearer ")));
    let same = given.is_some_and(|given| equal(given.trim().as_bytes(), token.as_bytes()));
    (!same).then_some((401, "Unauthorized"))
}

/// Compares in a time that does not tell where the first difference is.
fn equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// Whether `host[:port]` is this machine.
fn is_local(host: &str) -> bool {
    if let Ok(addr) = host.parse::<SocketAddr>() {
        return addr.ip().is_loopback();
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for host in ["localhost", "localhost:8001", "127.0.0.1", "127.0.0.1:8001", "[::1]:8001", "[::1]", "LOCALHOST:1"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:8001", "10.0.0.1:8001", "127.0.0.1.evil.example", ""] {
            assert!(!is_local(host), "{host}");
        }
    }

    #[test]
    fn a_token_is_asked_for_and_found() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("evil.example"));
        assert_eq!(refusal(&headers, None, None).map(|(code, _)| code), Some(403));
        assert_eq!(refusal(&headers, None, Some("abc")).map(|(code, _)| code), Some(401));
        assert_eq!(refusal(&headers, Some("abc"), Some("abc")), None);
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
        assert_eq!(refusal(&headers, None, Some("abc")), None);
        assert_eq!(refusal(&headers, None, Some("abd")).map(|(code, _)| code), Some(401));
        headers.insert(ORIGIN, HeaderValue::from_static("https://evil.example"));
        assert_eq!(refusal(&headers, None, Some("abc")).map(|(code, _)| code), Some(403));
        assert_eq!(strip_token("/podground/token/abc/api/v1?x=1"), ("/api/v1?x=1", Some("abc")));
        assert_eq!(strip_token("/podground/token/abc"), ("/", Some("abc")));
        assert_eq!(strip_token("/api"), ("/api", None));
        assert!(new_token().len() >= 32 && new_token() != new_token());
    }
}
