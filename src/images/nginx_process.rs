//! nginx as a process: start, configuration, workers, signals.

use std::rc::Rc;
use std::time::Duration;

use super::nginx::NGINX;
use super::nginx_answers::handler;
use super::nginx_conf::{self, Directive, Server};
use super::server;
use crate::network::Listener;
use crate::process::vfs::Credentials;
use crate::process::{Disposition, ProcessContext, Signal, Spawn};

const WORKERS: usize = 2;
/// How often, and how far apart, nginx tries to bind a port that is in use.
const BIND_TRIES: usize = 5;
const BIND_PAUSE: Duration = Duration::from_millis(500);

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

/// Runs `/docker-entrypoint.sh`.
pub(super) async fn entrypoint(ctx: ProcessContext) -> i32 {
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

/// Runs `nginx`.
pub(super) async fn nginx(ctx: ProcessContext, version: &'static str) -> i32 {
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

pub(super) fn stamp(ctx: &ProcessContext) -> String {
    server::strftime(ctx, "%Y/%m/%d %H:%M:%S")
}

async fn notice(ctx: &ProcessContext, what: &str) {
    ctx.eprint(&format!("{} [notice] {1}#{1}: {what}\n", stamp(ctx), ctx.pid())).await;
}
