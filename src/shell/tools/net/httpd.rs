//! busybox httpd: files below a directory, in the background.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::super::clock;
use super::super::tool::Tool;
use super::owner;
use crate::network::http::{Connection, Request, Response};
use crate::network::{Listener, TcpStream};
use crate::process::Spawn;
use crate::sim::{Either, LocalBoxFuture, select};

pub(in super::super) async fn run(t: Tool) -> i32 {
    let options = match t.options("ifp:h:vc:u:r:", &[], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let at = options.value('p').unwrap_or("80");
    let (address, port) = at.rsplit_once(':').unwrap_or(("", at));
    let Ok(port) = port.parse::<u16>() else {
        t.complain(&format!("bad port '{port}'")).await;
        return 1;
    };
    let ip =
        address.parse().unwrap_or(if address.is_empty() { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { IpAddr::V4(Ipv4Addr::UNSPECIFIED) });
    let root = t.path(options.value('h').unwrap_or("."));
    if !t.is_dir(&root) {
        t.complain(&format!("can't change directory to '{}': No such file or directory", options.value('h').unwrap_or("."))).await;
        return 1;
    }
    let listener = match t.ctx.net().listen(ip, port, &owner(&t)) {
        Ok(listener) => listener,
        Err(error) => {
            t.complain(&format!("bind: {}", error.strerror())).await;
            return 1;
        }
    };
    if options.has('f') {
        return serve(t, listener, root).await;
    }
    // The daemon goes on in a session of its own, where no output is read.
    let null = t.ctx.open_file("/dev/null", crate::process::OpenOptions::WRITE);
    let fds = null.map(|file| (0..3).map(|fd| (fd, file.clone())).collect()).unwrap_or_default();
    let spawn = Spawn { group: Some(0), fds: Some(fds), ..Spawn::default() };
    let tool = t.clone();
    let started = t.ctx.fork(spawn, move |ctx| Box::pin(serve(Tool { ctx, ..tool }, listener, root)));
    i32::from(started.is_err())
}

async fn serve(t: Tool, listener: Listener, root: String) -> i32 {
    let t = Rc::new(t);
    let mut open = FuturesUnordered::new();
    // Never ends, so that an empty set does not look finished.
    open.push(Box::pin(std::future::pending()) as LocalBoxFuture<'static, ()>);
    loop {
        match select(std::pin::pin!(listener.accept()), open.next()).await {
            Either::Left((Some(stream), _)) => open.push(Box::pin(converse(t.clone(), stream, root.clone()))),
            Either::Left((None, _)) => return 0,
            Either::Right(_) => {}
        }
    }
}

async fn converse(t: Rc<Tool>, stream: TcpStream, root: String) {
    let mut connection = Connection::new(stream);
    if let Ok(Some(request)) = connection.read_request().await {
        let response = answer(&t, &root, &request);
        let _ = connection.write_response(&response, request.method == "HEAD").await;
    }
}

fn answer(t: &Tool, root: &str, request: &Request) -> Response {
    let path = request.target.split('?').next().unwrap_or("/");
    let found = if path.split('/').any(|part| part == "..") { None } else { read(t, root, path) };
    let (status, kind, body) = match found {
        Some((kind, body)) => (200, kind, body),
        None => {
            let page = "<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD>\n<BODY><H1>404 Not Found</H1>\nThe requested URL was not found\n</BODY></HTML>\n";
            (404, "text/html", page.as_bytes().to_vec())
        }
    };
    let date = clock::format("%a, %d %b %Y %H:%M:%S GMT", t.ctx.sim().timestamp());
    Response::new(status, kind, body).with("Date", date).with("Connection", "close")
}

fn read(t: &Tool, root: &str, path: &str) -> Option<(&'static str, Vec<u8>)> {
    let mut file = format!("{}/{}", root.trim_end_matches('/'), path.trim_start_matches('/'));
    if t.is_dir(&file) {
        file = format!("{}/index.html", file.trim_end_matches('/'));
    }
    let kind = match file.rsplit('.').next() {
        Some("html" | "htm") => "text/html",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("png") => "image/png",
        Some("txt" | "conf" | "log" | "sh") => "text/plain",
        _ => "application/octet-stream",
    };
    t.vfs().access(&file, 4, t.who()).ok()?;
    Some((kind, t.vfs().read_file(&file).ok()?))
}
