//! `nginx`: the web server, with its configuration, its pages as files, and its logs.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use super::nginx_conf::{self, Directive, Location, Server};
use super::{Config, Image, Tag, base, server};
use crate::network::http::{self, Request, Response};
use crate::network::{Listener, NetError};
use crate::process::vfs::Credentials;
use crate::process::{Disposition, OpenOptions, ProcessContext, Signal, Spawn, Vfs, program};

pub struct Nginx;

/// The user `nginx` of the official image.
const NGINX: Credentials = Credentials { uid: 101, gid: 101 };
const WORKERS: usize = 2;
/// How often, and how far apart, nginx tries to bind a port that is in use.
const BIND_TRIES: usize = 5;
const BIND_PAUSE: Duration = Duration::from_millis(500);

pub const WELCOME: &str = r#"<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
"#;

const ERROR_PAGE: &str = r#"<!DOCTYPE html>
<html>
<head>
<title>Error</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>An error occurred.</h1>
<p>Sorry, the page you are looking for is currently unavailable.<br/>
Please try again later.</p>
<p>If you are the system administrator of this resource then you should check
the error log for details.</p>
<p><em>Faithfully yours, nginx.</em></p>
</body>
</html>
"#;

const MAIN_CONF: &str = r#"
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    #tcp_nopush     on;

    keepalive_timeout  65;

    #gzip  on;

    include /etc/nginx/conf.d/*.conf;
}
"#;

const DEFAULT_CONF: &str = r#"server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    #access_log  /var/log/nginx/host.access.log  main;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    #error_page  404              /404.html;

    # redirect server error pages to the static page /50x.html
    #
    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}

"#;

const ENTRYPOINT_LINES: &str = "/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration
/docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/
/docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh
10-listen-on-ipv6-by-default.sh: info: Getting the checksum of /etc/nginx/conf.d/default.conf
10-listen-on-ipv6-by-default.sh: info: Enabled listen on IPv6 in /etc/nginx/conf.d/default.conf
/docker-entrypoint.sh: Sourcing /docker-entrypoint.d/15-local-resolvers.envsh
/docker-entrypoint.sh: Launching /docker-entrypoint.d/20-envsubst-on-templates.sh
/docker-entrypoint.sh: Launching /docker-entrypoint.d/30-tune-worker-processes.sh
/docker-entrypoint.sh: Configuration complete; ready for start up
";

impl Image for Nginx {
    fn name(&self) -> &'static str {
        "docker.io/library/nginx"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 72_390_000),
                Tag::new("1.7.9", 39_940_000),
                Tag::new("1.14.2", 44_700_000),
                Tag::new("1.16.1", 50_500_000),
                Tag::new("1.25", 70_540_000),
                Tag::new("1.26", 71_010_000),
                Tag::new("1.27", 72_210_000),
                Tag::new("1.28", 72_230_000),
                Tag::new("1.29", 72_390_000),
                Tag::new("alpine", 21_750_000),
                Tag::new("1.25-alpine", 17_900_000),
                Tag::new("1.26-alpine", 19_900_000),
                Tag::new("1.27-alpine", 20_500_000),
                Tag::new("stable", 72_230_000),
                Tag::new("stable-alpine", 21_000_000),
            ]
        }
    }
    fn config(&self, tag: &str) -> Config {
        Config::cmd(&["nginx", "-g", "daemon off;"])
            .entrypoint(&["/docker-entrypoint.sh"])
            .env("NGINX_VERSION", version_of(tag))
            .port(80)
            .stop_signal("SIGQUIT")
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        if tag.ends_with("alpine") {
            base::alpine(vfs, "3.22.0");
        } else {
            base::debian(vfs, "12.12", "bookworm");
        }
        base::curl(vfs);
        install_nginx(vfs, version_of(tag));
    }
}

/// Puts nginx with its configuration and pages into a file tree.
pub fn install_nginx(vfs: &Vfs, version: &'static str) {
    base::file(vfs, "/etc/nginx/nginx.conf", MAIN_CONF);
    base::file(vfs, "/etc/nginx/conf.d/default.conf", DEFAULT_CONF);
    base::file(
        vfs,
        "/etc/nginx/mime.types",
        "\ntypes {\n    text/html                                        html htm shtml;\n    text/css                                         css;\n    text/plain                                       txt;\n    application/javascript                           js;\n    application/json                                 json;\n    image/png                                        png;\n}\n",
    );
    base::file(vfs, "/usr/share/nginx/html/index.html", WELCOME);
    base::file(vfs, "/usr/share/nginx/html/50x.html", ERROR_PAGE);
    let _ = vfs.create_dir_all("/var/log/nginx");
    let _ = vfs.create_dir_all("/docker-entrypoint.d");
    let at = crate::sim::Time::ZERO;
    let _ = vfs.symlink("/dev/stdout", "/var/log/nginx/access.log", at, Credentials::ROOT);
    let _ = vfs.symlink("/dev/stderr", "/var/log/nginx/error.log", at, Credentials::ROOT);
    let passwd = vfs.read_file("/etc/passwd").unwrap_or_default();
    base::file(vfs, "/etc/passwd", &format!("{}nginx:x:101:101:nginx user:/nonexistent:/bin/false\n", String::from_utf8_lossy(&passwd)));
    base::install(vfs, "/docker-entrypoint.sh", program(entrypoint), 1_620);
    base::install(vfs, "/usr/sbin/nginx", program(move |ctx| nginx(ctx, version)), 1_523_000);
}

fn version_of(tag: &str) -> &'static str {
    match tag.trim_end_matches("-alpine") {
        "1.7.9" => "1.7.9",
        "1.14.2" => "1.14.2",
        "1.16.1" => "1.16.1",
        "1.25" => "1.25.5",
        "1.26" => "1.26.3",
        "1.27" => "1.27.5",
        "1.28" | "stable" => "1.28.0",
        _ => "1.29.1",
    }
}

async fn entrypoint(ctx: ProcessContext) -> i32 {
    let command: Vec<String> = ctx.args().into_iter().skip(1).collect();
    if command.first().is_some_and(|name| name == "nginx" || name == "nginx-debug") {
        ctx.print(ENTRYPOINT_LINES).await;
    }
    let name = command.first().cloned().unwrap_or_default();
    match ctx.exec(command).await {
        Ok(code) => code,
        Err(_) => {
            ctx.eprint(&format!("/docker-entrypoint.sh: exec: line 47: {name}: not found\n")).await;
            127
        }
    }
}

async fn nginx(ctx: ProcessContext, version: &'static str) -> i32 {
    let args = ctx.args();
    match args.get(1).map(String::as_str) {
        Some("-v" | "-V") => {
            ctx.eprint(&format!("nginx version: nginx/{version}\n")).await;
            return 0;
        }
        Some("-s") => return signal_master(&ctx, args.get(2).map_or("", String::as_str)).await,
        _ => {}
    }
    let servers = match read_servers(&ctx) {
        Ok(servers) => servers,
        Err(why) => {
            if args.get(1).is_some_and(|arg| arg == "-t") {
                ctx.eprint(&format!("nginx: [emerg] {why}\nnginx: configuration file /etc/nginx/nginx.conf test failed\n")).await;
            } else {
                ctx.eprint(&format!("{} [emerg] {}#{}: {why}\nnginx: [emerg] {why}\n", stamp(&ctx), ctx.pid(), ctx.pid())).await;
            }
            return 1;
        }
    };
    if args.get(1).is_some_and(|arg| arg == "-t") {
        ctx.eprint("nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n").await;
        return 0;
    }
    let Some(listeners) = bind(&ctx, &servers).await else { return 1 };
    *ctx.process().argv.borrow_mut() = vec!["nginx: master process nginx -g daemon off;".to_owned()];
    run_master(ctx, version, servers, listeners).await
}

async fn signal_master(ctx: &ProcessContext, word: &str) -> i32 {
    let signal = match word {
        "stop" => Signal::TERM,
        "quit" => Signal::QUIT,
        "reload" => Signal::HUP,
        "reopen" => Signal::USR1,
        _ => {
            ctx.eprint(&format!("nginx: invalid option: \"-s {word}\"\n")).await;
            return 1;
        }
    };
    let is_master = |p: &&Rc<crate::process::Process>| p.argv.borrow().first().is_some_and(|name| name.starts_with("nginx: master"));
    let master = ctx.kernel().processes().iter().find(is_master).map(|p| p.pid);
    match master {
        Some(pid) => i32::from(ctx.kill(i64::from(pid), Some(signal)).is_err()),
        None => {
            ctx.eprint("nginx: [error] open() \"/run/nginx.pid\" failed (2: No such file or directory)\n").await;
            1
        }
    }
}

/// The servers of the configuration files as they are now.
fn read_servers(ctx: &ProcessContext) -> Result<Vec<Server>, String> {
    let read = |path: &str| -> Result<Vec<Directive>, String> {
        let bytes = ctx.vfs().read_file(path).map_err(|_| format!("open() \"{path}\" failed (2: No such file or directory)"))?;
        nginx_conf::parse(&String::from_utf8_lossy(&bytes)).map_err(|(why, line)| format!("{why} in {path}:{line}"))
    };
    let main = read("/etc/nginx/nginx.conf")?;
    let failed = std::cell::RefCell::new(None);
    let include = |pattern: &str| -> Vec<Vec<Directive>> {
        let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("/etc/nginx/{pattern}") };
        let files = match pattern.rsplit_once("/*") {
            Some((directory, suffix)) => {
                let names = ctx.vfs().read_dir(directory, Credentials::ROOT).unwrap_or_default();
                names
                    .into_iter()
                    .filter(|name| name.ends_with(suffix) && !name.starts_with('.'))
                    .map(|name| format!("{directory}/{name}"))
                    .collect()
            }
            None => vec![pattern],
        };
        let parsed = files.into_iter().map(|path| read(&path));
        parsed.filter_map(|result| result.map_err(|why| *failed.borrow_mut() = Some(why)).ok()).collect()
    };
    let servers = nginx_conf::servers(&main, &include);
    match failed.into_inner() {
        Some(why) => Err(why),
        None => Ok(servers),
    }
}

async fn bind(ctx: &ProcessContext, servers: &[Server]) -> Option<Vec<Listener>> {
    let mut ports: Vec<u16> = servers.iter().flat_map(|server| server.ports.iter().copied()).collect();
    ports.sort_unstable();
    ports.dedup();
    for _ in 0..BIND_TRIES {
        let mut listeners = Vec::new();
        for port in &ports {
            match server::listen(ctx, *port) {
                Ok(listener) => listeners.push(listener),
                Err(_) => {
                    let why = format!("bind() to 0.0.0.0:{port} failed (98: Address already in use)");
                    ctx.eprint(&format!("{} [emerg] {}#{}: {why}\nnginx: [emerg] {why}\n", stamp(ctx), ctx.pid(), ctx.pid())).await;
                }
            }
        }
        if listeners.len() == ports.len() {
            return Some(listeners);
        }
        ctx.sleep(BIND_PAUSE).await;
    }
    let why = "still could not bind()";
    ctx.eprint(&format!("{} [emerg] {}#{}: {why}\nnginx: [emerg] {why}\n", stamp(ctx), ctx.pid(), ctx.pid())).await;
    None
}

async fn run_master(ctx: ProcessContext, version: &'static str, mut servers: Vec<Server>, mut listeners: Vec<Listener>) -> i32 {
    let pid = ctx.pid();
    notice(&ctx, "using the \"epoll\" event method").await;
    notice(&ctx, &format!("nginx/{version}")).await;
    notice(&ctx, "built by gcc 12.2.0 (Debian 12.2.0-14+deb12u1)").await;
    notice(&ctx, "OS: Linux 6.18.44").await;
    notice(&ctx, "getrlimit(RLIMIT_NOFILE): 1048576:1048576").await;
    let _ = ctx.vfs().write_file("/run/nginx.pid", format!("{pid}\n").as_bytes(), ctx.now());
    loop {
        notice(&ctx, "start worker processes").await;
        let workers = start_workers(&ctx).await;
        let worker = workers.first().copied().unwrap_or(pid);
        let handler = handler(&ctx, Rc::new(servers.clone()), worker);
        let signals = [Signal::TERM, Signal::QUIT, Signal::INT, Signal::HUP];
        let signal = server::serve(&ctx, &listeners, &signals, handler).await;
        for worker in &workers {
            let _ = ctx.kill(i64::from(*worker), Some(Signal::TERM));
        }
        match signal {
            Some(Signal::HUP) => {
                notice(&ctx, "signal 1 (SIGHUP) received, reconfiguring").await;
                if let Ok(read) = read_servers(&ctx) {
                    drop(listeners);
                    servers = read;
                    let Some(bound) = bind(&ctx, &servers).await else { return 1 };
                    listeners = bound;
                }
            }
            Some(signal) => {
                let how = if signal == Signal::QUIT { "shutting down" } else { "exiting" };
                notice(&ctx, &format!("signal {} (SIG{}) received, {how}", signal.number(), signal.name())).await;
                notice(&ctx, "exit").await;
                return 0;
            }
            None => return 0,
        }
    }
}

async fn start_workers(ctx: &ProcessContext) -> Vec<u32> {
    let mut pids = Vec::new();
    for _ in 0..WORKERS {
        let spawn = Spawn { credentials: Some(NGINX), ..Spawn::new(["nginx: worker process"]) };
        let worker = ctx.fork(spawn, |ctx| {
            Box::pin(async move {
                ctx.set_disposition(Signal::TERM, Disposition::Default);
                std::future::pending::<()>().await;
                0
            })
        });
        if let Ok(worker) = worker {
            notice(ctx, &format!("start worker process {}", worker.pid())).await;
            pids.push(worker.pid());
        }
    }
    pids
}

fn stamp(ctx: &ProcessContext) -> String {
    server::strftime(ctx, "%Y/%m/%d %H:%M:%S")
}

async fn notice(ctx: &ProcessContext, what: &str) {
    ctx.eprint(&format!("{} [notice] {1}#{1}: {what}\n", stamp(ctx), ctx.pid())).await;
}

fn handler(ctx: &ProcessContext, servers: Rc<Vec<Server>>, worker: u32) -> server::ConnectionHandler {
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
        return proxy(ctx, &upstream, location, peer, request, worker, server).await;
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
    _server: &Server,
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
