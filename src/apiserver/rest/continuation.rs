//! `continue` tokens. Models `pkg/storage/continue.go` of k8s.io/apiserver.

use serde_json::{Value, json};

use crate::api::{Object, Status, base64, go};

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Continuation {
    /// The first key that may be in the rest.
    pub start: String,
    /// The revision of the first piece; `None` is the latest.
    pub revision: Option<u64>,
}

/// An object's place among those of a list.
pub(super) fn key(object: &Object, all_namespaces: bool) -> String {
    if all_namespaces { format!("{}/{}", object.namespace(), object.name()) } else { object.name().to_owned() }
}

/// The order of keys in etcd: a namespace's name ends with a slash there, so `a-b/` comes before `a/`.
pub(super) fn order(left: &Object, right: &Object) -> std::cmp::Ordering {
    let place = |object: &'_ Object| -> Vec<u8> { object.namespace().bytes().chain([b'/']).collect() };
    if left.namespace() == right.namespace() {
        return left.name().cmp(right.name());
    }
    place(left).cmp(&place(right))
}

impl Continuation {
    /// Reads a token; nothing is no token.
    pub fn read(token: &str, version: &str) -> Result<Option<Continuation>, Status> {
        if token.is_empty() {
            return Ok(None);
        }
        let read = decode(token).map_err(|why| Status::bad_request(format!("invalid continue token: {why}")))?;
        if !version.is_empty() && version != "0" {
            return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
        }
        Ok(Some(read))
    }

    /// The token of what comes after `key`.
    pub fn after(key: &str, revision: Option<u64>) -> String {
        Continuation::at(&format!("{key}\0"), revision)
    }

    /// The token of what comes from `start` on.
    pub fn at(start: &str, revision: Option<u64>) -> String {
        // Go writes the fields in this order.
        let revision = revision.map_or_else(|| "-1".to_owned(), |revision| revision.to_string());
        base64::encode_url(format!("{{\"v\":\"meta.k8s.io/v1\",\"rv\":{revision},\"start\":{}}}", json!(start)).as_bytes())
    }
}

fn decode(token: &str) -> Result<Continuation, String> {
    const INVALID: &str = "continue key is not valid";
    let bytes = base64::decode_url(token).map_err(|why| format!("{INVALID}: {why}"))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| format!("{INVALID}: {error}"))?;
    let version = value["v"].as_str().unwrap_or_default();
    if version != "meta.k8s.io/v1" {
        return Err(format!("{INVALID}: server does not recognize this encoded version {}", go::quote(version)));
    }
    let revision = match value["rv"].as_i64() {
        None | Some(0) => return Err(format!("{INVALID}: incorrect encoded start resourceVersion (version meta.k8s.io/v1)")),
        Some(revision) => u64::try_from(revision).ok(),
    };
    let start = value["start"].as_str().unwrap_or_default();
    if start.is_empty() {
        return Err(format!("{INVALID}: encoded start key empty (version meta.k8s.io/v1)"));
    }
    // Nobody leaves the listed directory by a token.
    let cleaned = start.split('/').any(|part| matches!(part, ".." | "."));
    if cleaned {
        return Err(format!("{INVALID}: {start}"));
    }
    Ok(Continuation { start: start.to_owned(), revision })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_kubernetes() {
        let token = Continuation::after("default/kubia", Some(1234));
        assert_eq!(token, "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MTIzNCwic3RhcnQiOiJkZWZhdWx0L2t1YmlhXHUwMDAwIn0");
        let read = Continuation::read(&token, "").expect("a good token").expect("a token");
        assert_eq!(read, Continuation { start: "default/kubia\0".into(), revision: Some(1234) });
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let message = |token: &str, version: &str| Continuation::read(token, version).expect_err("a refusal").message;
        assert_eq!(message("a!", ""), "invalid continue token: continue key is not valid: illegal base64 data at input byte 1");
        let good = Continuation::after("a", None);
        assert_eq!(message(&good, "5"), "specifying resource version is not allowed when using continue");
        let up = Continuation::at("../secrets/x", Some(3));
        assert_eq!(message(&up, ""), "invalid continue token: continue key is not valid: ../secrets/x");
    }
}
