//! kubectl's side of REST: requests, answers, and the `-v` log of both. Models client-go/rest.

use super::error::{ApiStatus, Fail};
use crate::client::{Client, Method, Request, Response};
use serde_json::Value;

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub method: &'static str,
    /// Without the query.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Call {
    /// A request without a body.
    pub fn new(method: &'static str, path: impl Into<String>) -> Call {
        Call { method, path: path.into(), ..Call::default() }
    }

    /// With one query parameter more, unless the value is empty.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Call {
        if !value.is_empty() {
            self.query.push((name.into(), value.into()));
        }
        self
    }

    /// With one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Call {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Call {
        self.body("application/json", crate::api::go_order::to_vec_sorted(body))
    }

    /// With a body of another type.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: Vec<u8>) -> Call {
        self.body = body;
        self.header("Content-Type", content_type)
    }
}

/// Sends one request.
pub async fn send(client: &Client, call: Call) -> Response {
    let origin = client.origin().clone();
    let request = Request {
        method: Method::from_name(call.method).unwrap_or(Method::Get),
        path: call.path,
        query: call.query,
        headers: call.headers,
        body: call.body,
        origin,
    };
    client.send(request).await
}

/// The `Warning` headers' texts.
pub fn warnings(headers: &[(String, String)]) -> Vec<String> {
    let all = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("warning"));
    all.filter_map(|(_, value)| {
        let quoted = value.split_once('"')?.1;
        let text = quoted.strip_suffix('"').unwrap_or(quoted);
        Some(text.replace("\\\"", "\"").replace("\\\\", "\\"))
    })
    .collect()
}

/// The error of an answer that is none of the good ones.
pub fn refusal(status: u16, body: &[u8]) -> Fail {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) if value.get("kind").and_then(Value::as_str) == Some("Status") => Fail::Status(Box::new(ApiStatus::from_json(&value))),
        _ => {
            let text = String::from_utf8_lossy(body).trim().to_owned();
            let reason = if status == 404 { "NotFound" } else { "" };
            let message = if status == 404 { "the server could not find the requested resource".into() } else { text };
            Fail::Status(Box::new(ApiStatus { reason: reason.into(), message, ..ApiStatus::default() }))
        }
    }
}

/// Percent-encodes a query's part as Go's `url.Values` does.
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(b)),
            b' ' => out.push('+'),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
