//! exec, attach and port-forward: a request that becomes a stream, by WebSocket or by SPDY/3.1.

use std::rc::Rc;

use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use hyper::upgrade::OnUpgrade;
use hyper::{Request as HttpRequest, Response as HttpResponse, StatusCode};
use hyper_util::rt::TokioIo;
use podground::api::Status;
use podground::apiserver::{Body, Method, Request, Response};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::body::Answer;
use super::http::{self, Bridge};
use super::{port_forward, spdy, websocket};

/// SPDY's stream protocols of exec and attach; this version sends a whole `Status` at the end.
const SPDY_EXEC: &str = "v4.channel.k8s.io";
const SPDY_PORT_FORWARD: &str = "portforward.k8s.io";
const PROTOCOL_HEADER: &str = "x-stream-protocol-version";

/// Whether a path is one of a stream: `/api/v1/namespaces/x/pods/y/exec`.
pub fn is_stream(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    matches!(parts.as_slice(), ["api", _, "namespaces", _, "pods", _, "exec" | "attach" | "portforward"])
}

/// Turns the connection into a stream, or says why not.
pub fn answer(bridge: &Rc<Bridge>, mut request: HttpRequest<Incoming>, asked: Request) -> HttpResponse<Answer> {
    if !matches!(asked.method, Method::Get | Method::Post) {
        return http::status(&Status::method_not_allowed());
    }
    let forwards = asked.path.ends_with("/portforward");
    let kind = http::upgrade(&request);
    if forwards || !matches!(kind.as_str(), "websocket" | "spdy/3.1") {
        // The pod is looked up first, as upstream's connecters do.
        let pod = asked.path.rsplit_once('/').map_or("", |(pod, _)| pod);
        let found = bridge.world.handle(Request::new(Method::Get, pod, asked.origin.clone()));
        if found.status != 200 {
            return http::plain(found);
        }
    }
    let on_upgrade = hyper::upgrade::on(&mut request);
    match kind.as_str() {
        "websocket" => web_socket(bridge, &request, asked, on_upgrade, forwards),
        "spdy/3.1" => speedy(bridge, &request, asked, on_upgrade, forwards),
        _ => http::status(&Status::bad_request("Upgrade request required")),
    }
}

/// A refused exec. What the kubelet says, or what is said of it, is passed on as text; only the API's own refusals are documents.
fn refused(response: Response, pod: &str) -> HttpResponse<Answer> {
    let Body::Full(bytes) = &response.body else { return http::plain(response) };
    let value: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let message = value.get("message").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    if response.status != 404 || message == format!("pods \"{pod}\" not found") {
        return http::plain(response);
    }
    let mut answer = HttpResponse::new(Answer::full(message));
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}

/// The pod that a stream is for: `/api/v1/namespaces/x/pods/POD/exec`.
fn pod_of(asked: &Request) -> String {
    asked.path.rsplit('/').filter(|part| !part.is_empty()).nth(1).unwrap_or_default().to_owned()
}

fn values(request: &HttpRequest<Incoming>, name: &str) -> Vec<String> {
    let all = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(',')).map(|value| value.trim().to_owned()).collect()
}

fn switching(protocol: &str, protocol_header: &'static str, upgrade: &'static str) -> HttpResponse<Answer> {
    let mut answer = HttpResponse::new(Answer::full(""));
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static(upgrade));
    if let Ok(protocol) = HeaderValue::try_from(protocol) {
        headers.insert(protocol_header, protocol);
    }
    answer
}

fn web_socket(
    bridge: &Rc<Bridge>,
    request: &HttpRequest<Incoming>,
    asked: Request,
    on_upgrade: OnUpgrade,
    forwards: bool,
) -> HttpResponse<Answer> {
    let offered = values(request, SEC_WEBSOCKET_PROTOCOL.as_str());
    let known: &[&'static str] = if forwards { websocket::PORT_FORWARD } else { websocket::EXEC };
    let Some(protocol) = known.iter().copied().find(|known| offered.iter().any(|offer| offer == known)) else {
        return http::status(&Status::bad_request(format!("none of the WebSocket protocols {offered:?} is known; known: {known:?}")));
    };
    let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY) else {
        return http::status(&Status::bad_request("Sec-WebSocket-Key is missing"));
    };
    let accept = derive_accept_key(key.as_bytes());
    let world = bridge.world.clone();
    let closing = bridge.closing();
    if forwards {
        tokio::task::spawn_local(async move {
            if let Ok(upgraded) = on_upgrade.await {
                websocket::port_forward(world, TokioIo::new(upgraded), protocol, asked, closing).await;
            }
        });
    } else {
        let name = pod_of(&asked);
        let response = world.handle(asked);
        let Body::Exec(exec) = response.body else { return refused(response, &name) };
        tokio::task::spawn_local(async move {
            if let Ok(upgraded) = on_upgrade.await {
                websocket::exec(world, TokioIo::new(upgraded), protocol, exec, closing).await;
            }
        });
    }
    let mut answer = switching(protocol, "sec-websocket-protocol", "websocket");
    if let Ok(accept) = HeaderValue::try_from(accept) {
        answer.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    answer
}

fn speedy(
    bridge: &Rc<Bridge>,
    request: &HttpRequest<Incoming>,
    asked: Request,
    on_upgrade: OnUpgrade,
    forwards: bool,
) -> HttpResponse<Answer> {
    let offered = values(request, PROTOCOL_HEADER);
    let protocol = if forwards { SPDY_PORT_FORWARD } else { SPDY_EXEC };
    if !offered.iter().any(|offer| offer == protocol) {
        let why = format!("unable to upgrade: unable to negotiate protocol: client supports {offered:?}, server accepts [{protocol}]");
        return http::status(&Status::new(403, "Forbidden", why));
    }
    let world = bridge.world.clone();
    let closing = bridge.closing();
    if forwards {
        tokio::task::spawn_local(async move {
            if let Ok(upgraded) = on_upgrade.await {
                port_forward::speedy(world, TokioIo::new(upgraded), asked, closing).await;
            }
        });
    } else {
        let wanted = spdy::exec::Wanted::of(&asked);
        let name = pod_of(&asked);
        let response = world.handle(asked);
        let Body::Exec(exec) = response.body else { return refused(response, &name) };
        tokio::task::spawn_local(async move {
            if let Ok(upgraded) = on_upgrade.await {
                spdy::exec::run(world, TokioIo::new(upgraded), wanted, exec, closing).await;
            }
        });
    }
    switching(protocol, PROTOCOL_HEADER, "SPDY/3.1")
}

#[cfg(test)]
mod tests {
    use super::is_stream;

    #[test]
    fn streams_are_known_by_their_paths() {
        assert!(is_stream("/api/v1/namespaces/default/pods/web/exec"));
        assert!(is_stream("/api/v1/namespaces/exec/pods/web/portforward"));
        assert!(!is_stream("/api/v1/namespaces/default/pods/web/log"));
        assert!(!is_stream("/api/v1/namespaces/default/pods/exec"));
    }
}
