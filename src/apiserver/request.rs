use serde_json::Value;

use super::node_api::{ExecStream, PortForwardStream};
use crate::api::Status;
use crate::sim::channel::Receiver;
use crate::store::Origin;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method's name.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// The method called `name`.
    pub fn from_name(name: &str) -> Option<Method> {
        [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete].into_iter().find(|m| m.name() == name)
    }
}

/// A request to the API server.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, decoded, without the query.
    pub path: String,
    /// The query's parameters, decoded.
    pub query: Vec<(String, String)>,
    /// Header lines; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Who asks.
    pub origin: Origin,
}

impl Request {
    /// A request without a body for `path`, which may carry a query.
    pub fn new(method: Method, path: &str, origin: Origin) -> Request {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = query.split('&').filter(|part| !part.is_empty()).map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (percent_decode(name), percent_decode(value))
        });
        Request {
            method,
            path: percent_decode(path).replace('\0', "%00"),
            query: query.collect(),
            headers: Vec::new(),
            body: Vec::new(),
            origin,
        }
    }

    /// The same with a query parameter more.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: impl Into<String>) -> Request {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// The same with a header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Request {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same with a body of this type.
    #[must_use]
    pub fn with_body(mut self, content_type: &str, body: Vec<u8>) -> Request {
        self.body = body;
        self.with_header("Content-Type", content_type)
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether a boolean query parameter is set.
    pub fn flag(&self, name: &str) -> bool {
        self.query(name).is_some_and(|value| matches!(value, "true" | "1" | "t" | "True" | "TRUE"))
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// `%41` and `+` undone. What is malformed stays.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Warnings that are long together are cut one by one. Models the recorder of `pkg/endpoints/filters/warning.go`.
fn shortened(warnings: Vec<String>) -> Vec<String> {
    const LIMIT_TOTAL_CHARACTERS: usize = 4 * 1024;
    const LIMIT_ITEM_CHARACTERS: usize = 256;
    let length = |warning: &String| warning.chars().count();
    if warnings.iter().map(length).sum::<usize>() <= LIMIT_TOTAL_CHARACTERS {
        return warnings;
    }
    let mut total = 0;
    let cut = warnings.into_iter().map(|warning| warning.chars().take(LIMIT_ITEM_CHARACTERS).collect::<String>());
    cut.take_while(|warning| {
        total += length(warning);
        total <= LIMIT_TOTAL_CHARACTERS
    })
    .collect()
}

/// What the server answers with.
pub enum Body {
    /// All at once.
    Full(Vec<u8>),
    /// Piece by piece: a watch sends one JSON line a piece, a log its bytes.
    Stream(Receiver<Vec<u8>>),
    /// The connection carries the streams of an `exec` or `attach`.
    Exec(ExecStream),
    /// The connection carries one forwarded connection.
    PortForward(PortForwardStream),
}

/// An answer.
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl Response {
    /// A JSON document.
    pub fn json(status: u16, value: &Value) -> Response {
        let mut body = crate::api::go_order::to_vec(value);
        body.push(b'\n');
        Response { status, headers: vec![("Content-Type".into(), "application/json".into())], body: Body::Full(body) }
    }

    /// A refusal.
    pub fn refusal(status: &Status) -> Response {
        Response::json(status.code, &status.to_json())
    }

    /// Breaks the lines of a JSON document and indents them.
    pub(super) fn make_pretty(&mut self) {
        if let (Body::Full(body), Some((_, "application/json"))) =
            (&mut self.body, self.headers.first().map(|(name, value)| (name.as_str(), value.as_str())))
        {
            *body = crate::api::go_order::pretty(body);
        }
    }

    /// Plain text.
    pub fn text(status: u16, text: &str) -> Response {
        Response {
            status,
            headers: vec![("Content-Type".into(), "text/plain; charset=utf-8".into())],
            body: Body::Full(text.as_bytes().to_vec()),
        }
    }

    /// A body that goes on.
    pub fn stream(content_type: &str, receiver: Receiver<Vec<u8>>) -> Response {
        Response { status: 200, headers: vec![("Content-Type".into(), content_type.into())], body: Body::Stream(receiver) }
    }

    /// The same with `Warning` headers, which `kubectl` prints.
    #[must_use]
    pub fn with_warnings(mut self, warnings: Vec<String>) -> Response {
        let mut told: Vec<String> = Vec::new();
        for warning in shortened(warnings) {
            if told.contains(&warning) {
                continue;
            }
            told.push(warning.clone());
            let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
            self.headers.push(("Warning".into(), format!("299 - \"{quoted}\"")));
        }
        self
    }
}
