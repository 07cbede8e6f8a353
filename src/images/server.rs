//! What simulated servers have in common: an accept loop, HTTP, and signals.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::network::http::{Connection, Request, Response};
use crate::network::{Listener, NetError, TcpStream};
use crate::process::{Disposition, ProcessContext, Signal};
use crate::sim::{Either, LocalBoxFuture, select};

/// `::`, on which a listener takes IPv4 connections too.
pub const ANY: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// Handles one connection to its end.
pub type ConnectionHandler = Rc<dyn Fn(TcpStream) -> LocalBoxFuture<'static, ()>>;

/// Listens for this process, under its name.
pub fn listen(ctx: &ProcessContext, port: u16) -> Result<Listener, NetError> {
    let name = ctx.args().first().map(|arg| arg.rsplit('/').next().unwrap_or_default().to_owned()).unwrap_or_default();
    ctx.net().listen(ANY, port, &format!("{}/{name}", ctx.pid()))
}

/// Serves connections until one of `signals` arrives, which it gives; `None` when the network is gone.
pub async fn serve(ctx: &ProcessContext, listeners: &[Listener], signals: &[Signal], handle: ConnectionHandler) -> Option<Signal> {
    for signal in signals {
        ctx.set_disposition(*signal, Disposition::Catch);
    }
    let mut open = FuturesUnordered::new();
    // Never ends, so that an empty set does not look finished.
    open.push(Box::pin(std::future::pending()) as LocalBoxFuture<'static, ()>);
    loop {
        let accept = std::pin::pin!(accept_any(listeners));
        let signal = std::pin::pin!(ctx.next_signal());
        match select(select(accept, signal), open.next()).await {
            Either::Left((Either::Left((Some(stream), _)), _)) => open.push(handle(stream)),
            Either::Left((Either::Left((None, _)), _)) => return None,
            Either::Left((Either::Right((signal, _)), _)) if signals.contains(&signal) => return Some(signal),
            Either::Left((Either::Right(_), _)) | Either::Right(_) => {}
        }
    }
}

async fn accept_any(listeners: &[Listener]) -> Option<TcpStream> {
    if listeners.is_empty() {
        return std::future::pending().await;
    }
    let mut accepts: FuturesUnordered<_> = listeners.iter().map(Listener::accept).collect();
    accepts.next().await.flatten()
}

/// A connection handler that answers HTTP requests, one after the other, with what `answer` gives.
pub fn http<F, Fut>(ctx: &ProcessContext, answer: F) -> ConnectionHandler
where
    F: Fn(ProcessContext, SocketAddr, Request) -> Fut + 'static,
    Fut: Future<Output = Response> + 'static,
{
    let answer = Rc::new(answer);
    let ctx = ctx.clone();
    Rc::new(move |stream| {
        let (answer, ctx) = (answer.clone(), ctx.clone());
        Box::pin(async move {
            let peer = stream.peer_addr();
            let mut connection = Connection::new(stream);
            while let Ok(Some(request)) = connection.read_request().await {
                ctx.step().await;
                let keep = request.keeps_alive();
                let head = request.method == "HEAD";
                let response = answer(ctx.clone(), peer, request).await;
                let closes = response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
                if connection.write_response(&response, head).await.is_err() || !keep || closes {
                    return;
                }
            }
        })
    })
}

/// What a gRPC health check sends. Its HTTP/2 frames are not simulated: the preface is real, and then comes the service's name.
pub fn grpc_question(service: &str) -> String {
    format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{service}")
}

/// The answers to it.
pub const GRPC_SERVING: &[u8] = b"SERVING";
/// See [`GRPC_SERVING`].
pub const GRPC_NOT_SERVING: &[u8] = b"NOT_SERVING";

/// `Sat, 21 Nov 2026 04:17:15 GMT`, as in a `Date` header.
pub fn http_date(ctx: &ProcessContext) -> String {
    strftime(ctx, "%a, %d %b %Y %H:%M:%S GMT")
}

/// The clock by a strftime(3) format, in UTC.
pub fn strftime(ctx: &ProcessContext, format: &str) -> String {
    ctx.sim().timestamp().to_zoned(jiff::tz::TimeZone::UTC).strftime(format).to_string()
}

/// What follows `-flag` or `--flag=` on a command line.
pub fn flag_value(args: &[String], flag: &str) -> Option<String> {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == flag {
            return args.next().cloned();
        }
        if let Some(value) = arg.strip_prefix(flag).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}
