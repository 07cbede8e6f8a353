//! HTTP/1.1 over a [`TcpStream`]: what the simulated servers, curl, wget and probes share.

use std::net::SocketAddr;

use super::{NetError, NetNamespace, TcpStream};

const LIMIT_HEADER_BYTES: usize = 64 * 1024;
const LIMIT_HEADERS: usize = 100;
/// A body larger than this is refused; nothing simulated sends as much.
const LIMIT_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Header names and values in their order.
pub type Headers = Vec<(String, String)>;

/// A request, as read by a server or to be sent by a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`.
    pub method: String,
    /// The path with its query: `/index.html?x=1`.
    pub target: String,
    /// Minor version: 0 or 1.
    pub version: u8,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// `200`.
    pub status: u16,
    /// `OK`.
    pub reason: String,
    /// Minor version: 0 or 1.
    pub version: u8,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a message could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The connection failed.
    Net(NetError),
    /// The other side ended before a whole message.
    Closed,
    /// What arrived is no HTTP.
    Malformed(String),
    /// A limit was passed.
    TooLarge,
}

impl From<NetError> for HttpError {
    fn from(error: NetError) -> Self {
        HttpError::Net(error)
    }
}

/// The value of a header, by its name in any case.
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The standard phrase of a status.
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

impl Request {
    /// A request without a body.
    pub fn new(method: &str, target: &str, host: &str) -> Request {
        Request {
            method: method.to_owned(),
            target: target.to_owned(),
            version: 1,
            headers: vec![("Host".to_owned(), host.to_owned())],
            body: Vec::new(),
        }
    }

    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or_default()
    }

    /// The query without its `?`; empty where there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Whether the client wants the connection kept open.
    pub fn keeps_alive(&self) -> bool {
        match self.header("connection") {
            Some(value) if value.eq_ignore_ascii_case("close") => false,
            Some(value) if value.eq_ignore_ascii_case("keep-alive") => true,
            _ => self.version == 1,
        }
    }

    /// The bytes on the wire. `Content-Length` is added where there is a body and no such header.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.{}\r\n", self.method, self.target, self.version);
        push_headers(&mut text, &self.headers);
        let framed = self.header("content-length").is_some() || self.header("transfer-encoding").is_some();
        if !self.body.is_empty() && !framed {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl Response {
    /// A response with a body of a content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let body = body.into();
        let mut headers = Vec::new();
        if !content_type.is_empty() {
            headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        }
        Response { status, reason: reason_phrase(status).to_owned(), version: 1, headers, body }
    }

    /// The same with one more header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Response {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The status line and headers as they stand on the wire, without the empty line.
    pub fn head_text(&self) -> String {
        let mut text = format!("HTTP/1.{} {} {}\r\n", self.version, self.status, self.reason);
        push_headers(&mut text, &self.headers);
        text
    }

    /// The bytes on the wire; `with_body` is false for the answer to a HEAD. `Content-Length` is added where no header frames the body.
    pub fn to_bytes(&self, with_body: bool) -> Vec<u8> {
        let mut text = self.head_text();
        let framed = self.header("content-length").is_some() || self.header("transfer-encoding").is_some();
        if !framed && has_body(self.status) {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        if with_body {
            if self.header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
                if !self.body.is_empty() {
                    bytes.extend_from_slice(format!("{:x}\r\n", self.body.len()).as_bytes());
                    bytes.extend_from_slice(&self.body);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
            } else {
                bytes.extend_from_slice(&self.body);
            }
        }
        bytes
    }
}

fn push_headers(text: &mut String, headers: &[(String, String)]) {
    for (name, value) in headers {
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value);
        text.push_str("\r\n");
    }
}

fn has_body(status: u16) -> bool {
    status >= 200 && status != 204 && status != 304
}

/// A connection with the bytes read beyond the last message.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// A connection that nothing was read from yet.
    pub fn new(stream: TcpStream) -> Connection {
        Connection { stream, buffer: Vec::new() }
    }

    /// The stream below.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// The next request; `None` when the client has ended between requests.
    pub async fn read_request(&mut self) -> Result<Option<Request>, HttpError> {
        let Some(head_bytes) = self.read_head().await? else { return Ok(None) };
        let mut slots = [httparse::EMPTY_HEADER; LIMIT_HEADERS];
        let mut parsed = httparse::Request::new(&mut slots);
        parsed.parse(&head_bytes).map_err(|e| HttpError::Malformed(e.to_string()))?;
        let mut request = Request {
            method: parsed.method.unwrap_or_default().to_owned(),
            target: parsed.path.unwrap_or_default().to_owned(),
            version: parsed.version.unwrap_or(1),
            headers: owned(parsed.headers),
            body: Vec::new(),
        };
        if request.header("expect").is_some_and(|v| v.eq_ignore_ascii_case("100-continue")) {
            self.stream.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        request.body = match framing(&request.headers)? {
            Some(framing) => self.read_body(framing).await?,
            None => Vec::new(),
        };
        Ok(Some(request))
    }

    /// The response to the request just sent; `head` where that was a HEAD.
    pub async fn read_response(&mut self, head: bool) -> Result<Response, HttpError> {
        loop {
            let head_bytes = self.read_head().await?.ok_or(HttpError::Closed)?;
            let mut slots = [httparse::EMPTY_HEADER; LIMIT_HEADERS];
            let mut parsed = httparse::Response::new(&mut slots);
            parsed.parse(&head_bytes).map_err(|e| HttpError::Malformed(e.to_string()))?;
            let mut response = Response {
                status: parsed.code.unwrap_or_default(),
                reason: parsed.reason.unwrap_or_default().to_owned(),
                version: parsed.version.unwrap_or(1),
                headers: owned(parsed.headers),
                body: Vec::new(),
            };
            if response.status == 100 {
                continue;
            }
            if !head && has_body(response.status) {
                let framing = framing(&response.headers)?.unwrap_or(Framing::UntilEnd);
                response.body = self.read_body(framing).await?;
            }
            return Ok(response);
        }
    }

    /// Sends a response and, where a body is large, waits for room.
    pub async fn write_response(&mut self, response: &Response, to_head: bool) -> Result<(), NetError> {
        self.send(&response.to_bytes(!to_head)).await
    }

    /// Sends bytes in pieces that the send buffer has room for.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        for piece in bytes.chunks(super::pipe::LIMIT_IN_FLIGHT_BYTES) {
            self.stream.writable().await;
            self.stream.write(piece)?;
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<bool, HttpError> {
        match self.stream.read().await {
            Some(bytes) => {
                self.buffer.extend_from_slice(&bytes);
                Ok(true)
            }
            None if self.stream.was_reset() => Err(HttpError::Net(NetError::Reset)),
            None => Ok(false),
        }
    }

    /// The bytes up to and with the empty line.
    async fn read_head(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        loop {
            let end = find(&self.buffer, b"\r\n\r\n").map(|at| at + 4).or_else(|| find(&self.buffer, b"\n\n").map(|at| at + 2));
            if let Some(end) = end {
                return Ok(Some(self.buffer.drain(..end).collect()));
            }
            if self.buffer.len() > LIMIT_HEADER_BYTES {
                return Err(HttpError::TooLarge);
            }
            if !self.fill().await? {
                return if self.buffer.is_empty() { Ok(None) } else { Err(HttpError::Closed) };
            }
        }
    }

    async fn take(&mut self, n: usize) -> Result<Vec<u8>, HttpError> {
        if n > LIMIT_BODY_BYTES {
            return Err(HttpError::TooLarge);
        }
        while self.buffer.len() < n {
            if !self.fill().await? {
                return Err(HttpError::Closed);
            }
        }
        Ok(self.buffer.drain(..n).collect())
    }

    async fn line(&mut self) -> Result<String, HttpError> {
        loop {
            if let Some(at) = find(&self.buffer, b"\n") {
                let line: Vec<u8> = self.buffer.drain(..=at).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.buffer.len() > LIMIT_HEADER_BYTES {
                return Err(HttpError::TooLarge);
            }
            if !self.fill().await? {
                return Err(HttpError::Closed);
            }
        }
    }

    async fn read_body(&mut self, framing: Framing) -> Result<Vec<u8>, HttpError> {
        match framing {
            Framing::Length(n) => self.take(n).await,
            Framing::Chunked => self.read_chunks().await,
            Framing::UntilEnd => {
                while self.fill().await? {
                    if self.buffer.len() > LIMIT_BODY_BYTES {
                        return Err(HttpError::TooLarge);
                    }
                }
                Ok(std::mem::take(&mut self.buffer))
            }
        }
    }

    async fn read_chunks(&mut self) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let n = usize::from_str_radix(digits, 16).map_err(|_| HttpError::Malformed("invalid chunk size".to_owned()))?;
            if n == 0 {
                while !self.line().await?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.take(n).await?);
            self.line().await?;
            if body.len() > LIMIT_BODY_BYTES {
                return Err(HttpError::TooLarge);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
    UntilEnd,
}

fn framing(headers: &[(String, String)]) -> Result<Option<Framing>, HttpError> {
    if header(headers, "transfer-encoding").is_some_and(|v| v.to_ascii_lowercase().contains("chunked")) {
        return Ok(Some(Framing::Chunked));
    }
    let Some(length) = header(headers, "content-length") else { return Ok(None) };
    let length = length.trim().parse().map_err(|_| HttpError::Malformed("invalid content length".to_owned()))?;
    Ok(Some(Framing::Length(length)))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn owned(headers: &[httparse::Header<'_>]) -> Headers {
    headers.iter().map(|h| (h.name.to_owned(), String::from_utf8_lossy(h.value).into_owned())).collect()
}

/// One request on a connection of its own, its answer in the trace. No limit of time: see `Sim::timeout`.
pub async fn send(from: &NetNamespace, to: SocketAddr, request: &Request) -> Result<Response, HttpError> {
    let stream = from.connect(to).await?;
    let mut connection = Connection::new(stream);
    connection.stream().label(&format!("{} {}", request.method, request.target));
    connection.send(&request.to_bytes()).await?;
    let result = connection.read_response(request.method == "HEAD").await;
    match &result {
        Ok(response) => connection.stream().outcome(&response.status.to_string()),
        Err(HttpError::Net(error)) => connection.stream().outcome(error.word()),
        Err(_) => connection.stream().outcome("no answer"),
    }
    result
}
