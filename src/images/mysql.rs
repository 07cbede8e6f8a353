//! `mysql`: starts, listens, and answers `mysqladmin ping`. SQL is not simulated.

use std::net::SocketAddr;
use std::rc::Rc;

use super::server::{self, flag_value};
use super::{Config, Image, Tag, base};
use crate::process::{ProcessContext, Signal, Vfs, program};

pub struct Mysql;

const PORT: u16 = 3306;

impl Image for Mysql {
    fn name(&self) -> &'static str {
        "docker.io/library/mysql"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 274_000_000),
                Tag::new("5.7", 137_000_000),
                Tag::new("8", 240_000_000),
                Tag::new("8.0", 233_000_000),
                Tag::new("8.4", 240_000_000),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["mysqld"]).entrypoint(&["docker-entrypoint.sh"]).env("MYSQL_MAJOR", "8.4").port(PORT)
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::debian(vfs, "12.12", "bookworm");
        let _ = vfs.create_dir_all("/var/lib/mysql");
        base::install(vfs, "/usr/local/bin/docker-entrypoint.sh", program(mysqld), 16_000);
        base::install(vfs, "/usr/sbin/mysqld", program(mysqld), 60_000_000);
        base::install(vfs, "/usr/bin/mysqladmin", program(mysqladmin), 6_000_000);
    }
}

async fn mysqld(ctx: ProcessContext) -> i32 {
    let note = async |level: &str, what: &str| {
        let when = server::strftime(&ctx, "%Y-%m-%d %H:%M:%S+00:00");
        ctx.print(&format!("{when} [{level}] [Entrypoint]: {what}\n")).await;
    };
    note("Note", "Entrypoint script for MySQL Server 8.4.6-1.el9 started.").await;
    let options = ["MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"];
    if !options.iter().any(|name| ctx.env(name).is_some_and(|value| !value.is_empty())) {
        note("ERROR", "Database is uninitialized and password option is not specified").await;
        let list: String = options.iter().map(|name| format!("    - {name}\n")).collect();
        ctx.eprint(&format!("    You need to specify one of the following as an environment variable:\n{list}")).await;
        return 1;
    }
    note("Note", "Initializing database files").await;
    note("Note", "MySQL init process done. Ready for start up.").await;
    let when = server::strftime(&ctx, "%Y-%m-%dT%H:%M:%S.%6fZ");
    let Ok(listener) = server::listen(&ctx, PORT) else {
        ctx.eprint(&format!("{when} 0 [ERROR] [MY-010262] [Server] Can't start server: Bind on TCP/IP port: Address already in use\n"))
            .await;
        return 1;
    };
    ctx.eprint(&format!("{when} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.4.6'  socket: '/var/run/mysqld/mysqld.sock'  port: {PORT}  MySQL Community Server - GPL.\n")).await;
    let handler: server::ConnectionHandler = Rc::new(|mut stream| Box::pin(async move { while stream.read().await.is_some() {} }));
    server::serve(&ctx, &[listener], &[Signal::TERM], handler).await;
    0
}

async fn mysqladmin(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    if !args.iter().any(|arg| arg == "ping") {
        ctx.eprint("mysqladmin: only `ping` is simulated in Podground\n").await;
        return 1;
    }
    let glued = args.iter().find_map(|arg| arg.strip_prefix("-h").filter(|host| !host.is_empty()).map(str::to_owned));
    let host = glued.or_else(|| flag_value(&args, "-h")).unwrap_or_else(|| "localhost".to_owned());
    let ip = ctx.net().resolve(&host).await.ok().and_then(|ips| ips.first().copied());
    let up = match ip {
        Some(ip) => ctx.net().connect(SocketAddr::new(ip, PORT)).await.is_ok(),
        None => false,
    };
    if up {
        ctx.print("mysqld is alive\n").await;
        return 0;
    }
    ctx.eprint(&format!("mysqladmin: connect to server at '{host}' failed\nerror: 'Can't connect to MySQL server on '{host}:{PORT}' (111)'\nCheck that mysqld is running on {host} and that the port is {PORT}.\n")).await;
    1
}
