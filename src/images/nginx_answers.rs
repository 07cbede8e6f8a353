//! What nginx answers, and what it logs of it.

use std::net::SocketAddr;
use std::rc::Rc;

use super::nginx::NGINX;
use super::nginx_conf::{Location, Server};
use super::nginx_process::stamp;
use super::server;
use crate::network::NetError;
use crate::network::http::{self, Request, Response};
use crate::process::vfs::Credentials;
use crate::process::{OpenOptions, ProcessContext};

/// Answers requests by the servers of a configuration.
pub(super) fn handler(ctx: &ProcessContext, servers: Rc<Vec<Server>>, worker: u32) -> server::ConnectionHandler {
    server::http(ctx, move |ctx, peer, request| {
        let servers = servers.clone();
        async move {
            let response = match servers.first() {
                Some(server) => answer(&ctx, server, peer, &request, worker).await,
                None => error_response(404),
            };
            log_access(&ctx, peer, &request, &response).await;
            response
                .with("Server", format!("nginx/{}", ctx.env("NGINX_VERSION").unwrap_or_default()))
                .with("Date", server::http_date(&ctx))
                .with("Connection", if request.keeps_alive() { "keep-alive" } else { "close" })
        }
    })
}

async fn log_access(ctx: &ProcessContext, peer: SocketAddr, request: &Request, response: &Response) {
    let or_dash = |name: &str| request.header(name).unwrap_or("-").to_owned();
    let sent = if request.method == "HEAD" { 0 } else { response.body.len() };
    let line = format!(
        "{} - - [{}] \"{} {} HTTP/1.{}\" {} {sent} \"{}\" \"{}\" \"{}\"\n",
        peer.ip(),
        server::strftime(ctx, "%d/%b/%Y:%H:%M:%S +0000"),
        request.method,
        request.target,
        request.version,
        response.status,
        or_dash("referer"),
        or_dash("user-agent"),
        or_dash("x-forwarded-for")
    );
    // The log is a link to stdout in the image; a container may have replaced it by a file (in a volume, say).
    let log = "/var/log/nginx/access.log";
    let is_link = ctx.vfs().metadata(log, false, Credentials::ROOT).is_ok_and(|meta| meta.is_symlink());
    if !is_link && let Ok(fd) = ctx.open(log, OpenOptions::APPEND) {
        let _ = ctx.write(fd, line.as_bytes()).await;
        let _ = ctx.close(fd);
        return;
    }
    ctx.print(&line).await;
}

async fn answer(ctx: &ProcessContext, server: &Server, peer: SocketAddr, request: &Request, worker: u32) -> Response {
    let path = percent_decoded(request.path());
    let location = server.location(&path);
    let returns = location.and_then(|l| l.returns.clone()).or_else(|| server.returns.clone());
    if let Some((status, text)) = returns {
        return returned(ctx, status, &text, request);
    }
    if let Some(upstream) = location.and_then(|l| l.proxy_pass.clone()) {
        return proxy(ctx, &upstream, location, peer, request, worker).await;
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return error_response(405);
    }
    let file = file_path(server, location, &path);
    let who = ctx.credentials();
    if ctx.vfs().metadata(&file, true, who).is_ok_and(|meta| meta.is_dir()) {
        if !path.ends_with('/') {
            let host = request.header("host").unwrap_or("localhost");
            return error_response(301).with("Location", format!("http://{host}{path}/"));
        }
        let names = location.and_then(|l| l.index.clone()).unwrap_or_else(|| server.index.clone());
        let directory = file.trim_end_matches('/').to_owned();
        let index = names.iter().map(|name| format!("{directory}/{name}")).find(|path| ctx.vfs().metadata(path, true, who).is_ok());
        return match index {
            Some(index) => serve_file(ctx, &index, peer, request, worker).await,
            None => {
                let what = format!("directory index of \"{directory}/\" is forbidden");
                log_error(ctx, worker, &what, peer, request).await;
                error_response(403)
            }
        };
    }
    serve_file(ctx, &file, peer, request, worker).await
}

fn file_path(server: &Server, location: Option<&Location>, path: &str) -> String {
    let within = crate::process::vfs::normalize("/", path);
    let within = if path.ends_with('/') && within != "/" { format!("{within}/") } else { within };
    if let Some((location, alias)) = location.and_then(|l| Some((l, l.alias.as_ref()?))) {
        return format!("{alias}{}", within.strip_prefix(location.prefix.as_str()).unwrap_or(&within));
    }
    let root = location.and_then(|l| l.root.as_ref()).unwrap_or(&server.root);
    format!("{}{within}", root.trim_end_matches('/'))
}

async fn serve_file(ctx: &ProcessContext, path: &str, peer: SocketAddr, request: &Request, worker: u32) -> Response {
    // The workers, which read the files, are the user nginx.
    let readable = ctx.vfs().access(path, 4, NGINX);
    match readable.and_then(|()| ctx.vfs().read_file(path)) {
        Ok(body) => {
            let modified = ctx.vfs().metadata(path, true, NGINX).map(|meta| meta.modified).unwrap_or_default();
            let tag = format!("\"{:x}-{:x}\"", modified.as_millis() / 1000, body.len());
            let length = body.len().to_string();
            Response::new(200, content_type(path), body).with("Content-Length", length).with("ETag", tag).with("Accept-Ranges", "bytes")
        }
        Err(errno) => {
            let denied = errno == crate::process::Errno::EACCES;
            let why = if denied { "13: Permission denied" } else { "2: No such file or directory" };
            log_error(ctx, worker, &format!("open() \"{path}\" failed ({why})"), peer, request).await;
            error_response(if denied { 403 } else { 404 })
        }
    }
}

async fn log_error(ctx: &ProcessContext, worker: u32, what: &str, peer: SocketAddr, request: &Request) {
    let host = request.header("host").unwrap_or_default();
    let line = format!(
        "{} [error] {worker}#{worker}: *1 {what}, client: {}, server: localhost, request: \"{} {} HTTP/1.{}\", host: \"{host}\"\n",
        stamp(ctx),
        peer.ip(),
        request.method,
        request.target,
        request.version
    );
    ctx.eprint(&line).await;
}

fn returned(ctx: &ProcessContext, status: u16, text: &str, request: &Request) -> Response {
    if matches!(status, 301 | 302 | 303 | 307 | 308) {
        return error_response(status).with("Location", text);
    }
    if text.is_empty() && status >= 300 {
        return error_response(status);
    }
    let text = text
        .replace("\\n", "\n")
        .replace("$hostname", &ctx.hostname())
        .replace("$host", request.header("host").unwrap_or_default())
        .replace("$request_uri", &request.target)
        .replace("$uri", request.path());
    Response::new(status, "text/plain", text)
}

async fn proxy(
    ctx: &ProcessContext,
    upstream: &str,
    location: Option<&Location>,
    peer: SocketAddr,
    request: &Request,
    worker: u32,
) -> Response {
    let rest = upstream.trim_start_matches("http://");
    let (host, base) = rest.find('/').map_or((rest, None), |at| (&rest[..at], Some(&rest[at..])));
    let (name, port) = host.rsplit_once(':').map_or((host, 80), |(name, port)| (name, port.parse().unwrap_or(80)));
    let mut forwarded = Request { headers: Vec::new(), ..request.clone() };
    forwarded.headers = request
        .headers
        .iter()
        .filter(|(key, _)| !key.eq_ignore_ascii_case("host") && !key.eq_ignore_ascii_case("connection"))
        .cloned()
        .collect();
    forwarded.headers.push(("Host".into(), host.to_owned()));
    forwarded.headers.push(("Connection".into(), "close".into()));
    if let (Some(base), Some(location)) = (base, location) {
        let tail = request.target.strip_prefix(location.prefix.as_str()).unwrap_or(&request.target);
        forwarded.target = format!("{base}{tail}");
    }
    let address = ctx.net().resolve(name).await.ok().and_then(|ips| ips.first().copied());
    let Some(ip) = address else {
        log_error(ctx, worker, &format!("{name} could not be resolved (3: Host not found)"), peer, request).await;
        return error_response(502);
    };
    match http::send(ctx.net(), SocketAddr::new(ip, port), &forwarded).await {
        Ok(mut response) => {
            let hop = ["server", "date", "connection", "transfer-encoding", "content-length"];
            response.headers.retain(|(key, _)| !hop.contains(&key.to_ascii_lowercase().as_str()));
            response
        }
        Err(error) => {
            let (why, status) = match error {
                http::HttpError::Net(NetError::TimedOut) => ("upstream timed out (110: Connection timed out)".to_owned(), 504),
                http::HttpError::Net(NetError::Refused) => ("connect() failed (111: Connection refused)".to_owned(), 502),
                _ => ("upstream prematurely closed connection".to_owned(), 502),
            };
            log_error(ctx, worker, &format!("{why} while connecting to upstream"), peer, request).await;
            error_response(status)
        }
    }
}

/// The page that nginx makes itself for a status.
fn error_response(status: u16) -> Response {
    let phrase = if status == 405 { "Not Allowed" } else { http::reason_phrase(status) };
    let body = format!(
        "<html>\r\n<head><title>{status} {phrase}</title></head>\r\n<body>\r\n<center><h1>{status} {phrase}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Response::new(status, "text/html", body)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "js" => "application/javascript",
        "json" => "application/json",
        "txt" => "text/plain",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

fn percent_decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|d| u8::from_str_radix(d, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
