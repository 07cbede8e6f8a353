//! `kubectl proxy`: the API over plain HTTP on the workstation. Models kubectl/pkg/cmd/proxy and kubectl/pkg/proxy.

use crate::client::Body;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::printers::json as go_json;
use crate::kubectl::rest::{self, Call};
use crate::kubectl::verb::{BASE, Verb};
use crate::network::http::{Connection, Request, Response, reason_phrase};
use crate::network::{IpAddr, Ipv4Addr, TcpStream};
use crate::process::vfs::normalize;
use crate::sim::{Either, select};
use serde_json::Value;

const FLAGS: &[Flag] = &[
    flag(
        "accept-hosts",
        FlagKind::Text,
        "^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$",
        "Regular expression for hosts that the proxy should accept.",
    ),
    flag("accept-paths", FlagKind::Text, "^.*", "Regular expression for paths that the proxy should accept."),
    flag("address", FlagKind::Text, "127.0.0.1", "The IP address on which to serve on."),
    flag("api-prefix", FlagKind::Text, "/", "Prefix to serve the proxied API under."),
    flag(
        "append-server-path",
        FlagKind::Bool,
        "false",
        "If true, enables automatic path appending of the kube context server path to each request.",
    ),
    flag(
        "disable-filter",
        FlagKind::Bool,
        "false",
        "If true, disable request filtering in the proxy. This is dangerous, and can leave you vulnerable to XSRF attacks, when used with an accessible port.",
    ),
    flag(
        "keepalive",
        FlagKind::Duration,
        "0s",
        "keepalive specifies the keep-alive period for an active network connection. Set to 0 to disable keepalive.",
    ),
    short("port", 'p', FlagKind::Int, "8001", "The port on which to run the proxy. Set to 0 to pick a random port."),
    flag(
        "reject-methods",
        FlagKind::Text,
        "^$",
        "Regular expression for HTTP methods that the proxy should reject (example --reject-methods='POST,PUT,PATCH'). ",
    ),
    flag(
        "reject-paths",
        FlagKind::Text,
        "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach",
        "Regular expression for paths that the proxy should reject. Paths specified here will be rejected even accepted by --accept-paths.",
    ),
    short("unix-socket", 'u', FlagKind::Text, "", "Unix socket on which to run the proxy."),
    short("www", 'w', FlagKind::Text, "", "Also serve static files from the given directory under the specified prefix."),
    short("www-prefix", 'P', FlagKind::Text, "/static/", "Prefix to serve static files under, if static file directory is specified."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "proxy",
    usage: "[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
    short: "Run a proxy to the Kubernetes API server",
    examples: "# Then, in another terminal: curl localhost:8001/api/v1/pods\nkubectl proxy\n\n# In the background of this one, on another port\nkubectl proxy --port=8080 &",
    flags: &[FLAGS],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.flags.text("unix-socket").is_empty() {
        return Err("proxy --unix-socket is not simulated in Podground".into());
    }
    for filter in ["accept-hosts", "accept-paths", "reject-methods", "reject-paths"] {
        if cmd.flags.changed(filter) {
            return Err(Fail::Text(format!("proxy --{filter} is not simulated in Podground")));
        }
    }
    cmd.check_context()?;
    let (address, port) = (cmd.flags.text("address"), cmd.flags.text("port"));
    let place = format!("listen tcp {address}:{port}");
    let number = port.parse::<u16>().map_err(|_| Fail::Text(format!("listen tcp: address {port}: invalid port")))?;
    let ip: IpAddr = match address {
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        other => other.parse().map_err(|_| Fail::Text(format!("{place}: lookup {other}: no such host")))?,
    };
    let listener = cmd.ctx.net().listen(ip, number, "kubectl").map_err(|_| Fail::Text(format!("{place}: bind: address already in use")))?;
    cmd.print(&format!("Starting to serve on {}\n", listener.local_addr())).await;
    let mut running = futures_util::stream::FuturesUnordered::new();
    loop {
        use futures_util::StreamExt;
        let accept = Box::pin(listener.accept());
        let next = if running.is_empty() {
            accept.await
        } else {
            match select(accept, running.next()).await {
                Either::Left((stream, _)) => stream,
                Either::Right(_) => continue,
            }
        };
        let Some(stream) = next else { return Ok(()) };
        running.push(serve(cmd, stream));
    }
}

async fn serve(cmd: &Cmd, stream: TcpStream) {
    let mut connection = Connection::new(stream);
    while let Ok(Some(request)) = connection.read_request().await {
        let head = request.method == "HEAD";
        let sent = match answer(cmd, &request).await {
            Answer::Whole(response) => connection.write_response(&response, head).await.is_ok(),
            Answer::Pieces(status, kind, mut pieces) => {
                let line =
                    format!("HTTP/1.1 {status} {}\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n", reason_phrase(status));
                let mut open = connection.send(line.as_bytes()).await.is_ok();
                while open && let Some(piece) = pieces.recv().await {
                    let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
                    open = piece.is_empty() || connection.send(&chunk).await.is_ok();
                }
                open && connection.send(b"0\r\n\r\n").await.is_ok()
            }
        };
        if !sent || !request.keeps_alive() {
            break;
        }
    }
}

enum Answer {
    Whole(Response),
    Pieces(u16, String, crate::sim::channel::Receiver<Vec<u8>>),
}

fn plain(status: u16, text: &str) -> Answer {
    Answer::Whole(Response::new(status, "text/plain; charset=utf-8", format!("{text}\n")))
}

/// Whether the filter lets the request through: only this host, and no commands in pods.
fn is_accepted(request: &Request) -> bool {
    let host = request.header("host").unwrap_or_default();
    let name = if host.starts_with('[') { host.split_inclusive(']').next() } else { host.split(':').next() }.unwrap_or_default();
    let parts: Vec<&str> = request.path().split('/').collect();
    let runs = parts
        .iter()
        .position(|part| *part == "pods")
        .is_some_and(|at| parts.iter().skip(at + 2).any(|p| p.starts_with("exec") || p.starts_with("attach")));
    matches!(name, "localhost" | "127.0.0.1" | "[::1]") && !(request.path().starts_with("/api/") && runs)
}

async fn answer(cmd: &Cmd, request: &Request) -> Answer {
    if !cmd.flags.on("disable-filter") && !is_accepted(request) {
        return plain(403, "Forbidden");
    }
    let prefix = |flag: &str| format!("{}/", cmd.flags.text(flag).trim_end_matches('/'));
    if !cmd.flags.text("www").is_empty()
        && let Some(rest) = request.path().strip_prefix(&prefix("www-prefix"))
    {
        return file(cmd, rest);
    }
    let Some(rest) = request.path().strip_prefix(&prefix("api-prefix")) else { return plain(404, "404 page not found") };
    let method = match request.method.as_str() {
        "GET" | "HEAD" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => return plain(405, "Method Not Allowed"),
    };
    let read =
        crate::client::Request::new(crate::client::Method::Get, &format!("/{rest}?{}", request.query()), cmd.client.origin().clone());
    let mut call = Call::new(method, read.path);
    call.query = read.query;
    call.body.clone_from(&request.body);
    for (name, value) in &request.headers {
        if ["accept", "content-type"].iter().any(|kept| name.eq_ignore_ascii_case(kept)) {
            call = call.header(name, value);
        }
    }
    let response = rest::send(&cmd.client, call).await;
    let kind = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let kind = kind.map_or("application/json", |(_, value)| value).to_owned();
    match response.body {
        Body::Full(bytes) => Answer::Whole(Response::new(response.status, &kind, readable(request, &kind, bytes))),
        Body::Stream(pieces) => Answer::Pieces(response.status, kind, pieces),
        _ => plain(403, "Forbidden"),
    }
}

/// The API server indents JSON for those who read it themselves. Models negotiation's isPrettyPrint.
fn readable(request: &Request, kind: &str, bytes: Vec<u8>) -> Vec<u8> {
    let agent = request.header("user-agent").unwrap_or_default();
    let asked = request.query().split('&').find_map(|pair| pair.strip_prefix("pretty="));
    let pretty = match asked {
        Some(value) => matches!(value, "true" | "1"),
        None => ["curl", "Wget", "Mozilla/5.0"].iter().any(|name| agent.starts_with(name)),
    };
    if !pretty || !kind.starts_with("application/json") {
        return bytes;
    }
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) => go_json::indented(&value, "  ").into_bytes(),
        Err(_) => bytes,
    }
}

/// A file of `--www`.
fn file(cmd: &Cmd, rest: &str) -> Answer {
    let folder = cmd.ctx.resolve(cmd.flags.text("www"));
    let path = format!("{}{}", folder.trim_end_matches('/'), normalize("/", rest));
    let path = if rest.is_empty() || rest.ends_with('/') { format!("{}/index.html", path.trim_end_matches('/')) } else { path };
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        _ => "text/plain; charset=utf-8",
    };
    let readable = cmd.ctx.vfs().access(&path, 4, cmd.ctx.credentials()).is_ok();
    match cmd.ctx.vfs().read_file(&path) {
        Ok(bytes) if readable => Answer::Whole(Response::new(200, kind, bytes)),
        _ => plain(404, "404 page not found"),
    }
}
