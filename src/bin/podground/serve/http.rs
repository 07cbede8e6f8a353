//! Connections and requests.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::rc::Rc;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, UPGRADE, USER_AGENT};
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response as HttpResponse};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use podground::api::Status;
use podground::apiserver::{Body, Method, Origin, Request, Response};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};

use super::body::Answer;
use super::world::World;
use super::{access, control, discovery, openapi, protobuf, represent, reviews, stream};

/// Larger bodies are not read: the API refuses those above 3 MiB itself.
const LIMIT_BODY_BYTES: usize = 4 << 20;

/// What every connection shares.
pub struct Bridge {
    pub world: Rc<World>,
    pub documents: openapi::Documents,
    token: Option<String>,
    closing: watch::Sender<bool>,
    connections: Cell<usize>,
    ended: Notify,
}

/// How an answer goes back.
pub type Outcome = Result<HttpResponse<Answer>, Infallible>;

impl Bridge {
    pub fn new(world: Rc<World>, token: Option<String>, closing: watch::Sender<bool>) -> Bridge {
        let documents = openapi::Documents::default();
        Bridge { world, documents, token, closing, connections: Cell::new(0), ended: Notify::new() }
    }

    /// Completes when no connection is open.
    pub async fn drained(&self) {
        while self.connections.get() > 0 {
            self.ended.notified().await;
        }
    }

    /// Whether the server is told to end.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }
}

/// hyper's tasks run on this thread.
#[derive(Clone)]
struct OnThisThread;

impl<F: Future<Output: 'static> + 'static> hyper::rt::Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}

/// Serves a connection, HTTP/1.1 or HTTP/2 without TLS, whichever the client begins with.
pub fn connection(bridge: &Rc<Bridge>, socket: TcpStream) {
    let bridge = bridge.clone();
    // It only makes small answers quicker.
    let _ = socket.set_nodelay(true);
    bridge.connections.set(bridge.connections.get() + 1);
    tokio::task::spawn_local(async move {
        let kill = Rc::new(Notify::new());
        let (mut closing, mut generation) = (bridge.closing(), bridge.world.generation());
        let (for_service, killer) = (bridge.clone(), kill.clone());
        let service = service_fn(move |request| answer(for_service.clone(), killer.clone(), request));
        let mut builder = auto::Builder::new(OnThisThread);
        builder.http2().max_concurrent_streams(250);
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(socket), service);
        let mut connection = std::pin::pin!(connection);
        loop {
            tokio::select! {
                _ = connection.as_mut() => break,
                _ = kill.notified() => break,
                _ = closing.changed() => connection.as_mut().graceful_shutdown(),
                // Watches of the old world have ended; what is half done may still be answered.
                _ = generation.changed() => connection.as_mut().graceful_shutdown(),
            }
        }
        bridge.connections.set(bridge.connections.get() - 1);
        bridge.ended.notify_one();
    });
}

async fn answer(bridge: Rc<Bridge>, kill: Rc<Notify>, request: HttpRequest<Incoming>) -> Outcome {
    let whole = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let (target, token) = access::strip_token(&whole);
    if let Some((code, why)) = access::refusal(request.headers(), token, bridge.token.as_deref()) {
        let reason = if code == 401 { "Unauthorized" } else { "Forbidden" };
        return Ok(status(&Status::new(code, reason, why)));
    }
    let Some(method) = Method::from_name(request.method().as_str()) else {
        return Ok(status(&Status::method_not_allowed()));
    };
    let mut asked = Request::new(method, target, Origin::new(&actor(&request)));
    asked.headers = headers(&request);
    let now = bridge.world.sim().timestamp();
    if stream::is_stream(&asked.path) {
        if let Some(refused) = reviews::answer(&asked, now) {
            return Ok(plain(refused));
        }
        return Ok(stream::answer(&bridge, request, asked));
    }
    let accept = represent::Accept::of(asked.header(ACCEPT.as_str()));
    match Limited::new(request.into_body(), LIMIT_BODY_BYTES).collect().await {
        Ok(body) => asked.body = body.to_bytes().to_vec(),
        Err(_) => {
            let message = "Request entity too large: limit is 3145728";
            return Ok(status(&Status::new(413, "RequestEntityTooLarge", message)));
        }
    }
    from_protobuf(&mut asked);
    if asked.path.starts_with("/podground/") {
        return Ok(control::answer(&bridge, &asked).await);
    }
    let accept = accept.filter(|accept| !accept.gnostic || asked.path.starts_with("/openapi/v2"));
    let Some(accept) = accept else { return Ok(status(&represent::not_acceptable())) };
    if let Some(response) = reviews::answer(&asked, now) {
        return Ok(finish(&bridge.world, response, &asked, &accept, kill));
    }
    let response = documents(&bridge, &asked, &accept).unwrap_or_else(|| bridge.world.handle(asked.clone()));
    Ok(finish(&bridge.world, response, &asked, &accept, kill))
}

/// A body of protobuf as JSON, which the engine reads.
fn from_protobuf(asked: &mut Request) {
    if !asked.header(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("application/vnd.kubernetes.protobuf")) {
        return;
    }
    if let Some(value) = protobuf::to_json(&asked.body) {
        asked.body = value.to_string().into_bytes();
        asked.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        asked.headers.push(("content-type".into(), "application/json".into()));
    }
}

/// What the bridge adds to the engine's documents.
fn documents(bridge: &Bridge, asked: &Request, accept: &represent::Accept) -> Option<Response> {
    if asked.method != Method::Get {
        return None;
    }
    match (asked.path.trim_end_matches('/'), accept.discovery) {
        ("/api" | "/apis", Some(version)) => discovery::aggregated(&bridge.world, asked, version),
        ("/openapi/v2", _) if accept.gnostic => Some(bridge.documents.v2_protobuf()),
        ("/openapi/v2", _) => Some(bridge.documents.v2()),
        ("/openapi/v3", _) => Some(bridge.documents.v3_index()),
        (path, _) => path.strip_prefix("/openapi/v3/").and_then(|path| bridge.documents.v3(path)),
    }
}

/// Who asks: the first word of the user agent.
fn actor(request: &HttpRequest<Incoming>) -> String {
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("http");
    agent.split(['/', ' ']).next().unwrap_or("http").to_owned()
}

fn headers(request: &HttpRequest<Incoming>) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// The engine's answer as one of HTTP.
fn finish(world: &Rc<World>, response: Response, asked: &Request, accept: &represent::Accept, kill: Rc<Notify>) -> HttpResponse<Answer> {
    let mut answer = HttpResponse::new(Answer::full(""));
    *answer.status_mut() = hyper::StatusCode::from_u16(response.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = answer.headers_mut();
    headers.insert("cache-control", HeaderValue::from_static("no-cache, private"));
    for (name, value) in &response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    *answer.body_mut() = match response.body {
        Body::Full(bytes) => {
            let (bytes, changes) = represent::encode(bytes, asked, accept, answer.headers().get(CONTENT_TYPE));
            for (name, value) in changes {
                answer.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            Answer::full(bytes)
        }
        Body::Stream(receiver) => Answer::stream(world, receiver, kill),
        // Only `stream` asks for these.
        Body::Exec(_) | Body::PortForward(_) => Answer::full(""),
    };
    answer
}

/// A refusal.
pub fn status(status: &Status) -> HttpResponse<Answer> {
    json(status.code, &status.to_json())
}

/// A document of the bridge's own.
pub fn json(code: u16, value: &Value) -> HttpResponse<Answer> {
    let mut answer = HttpResponse::new(Answer::full(format!("{value}\n")));
    *answer.status_mut() = hyper::StatusCode::from_u16(code).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// The engine's answer to a request that was to become a stream and did not.
pub fn plain(response: Response) -> HttpResponse<Answer> {
    let Body::Full(bytes) = response.body else { return status(&Status::internal("not a document")) };
    let mut answer = HttpResponse::new(Answer::full(bytes));
    *answer.status_mut() = hyper::StatusCode::from_u16(response.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// What the client wants the connection to become.
pub fn upgrade(request: &HttpRequest<Incoming>) -> String {
    request.headers().get(UPGRADE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
}
