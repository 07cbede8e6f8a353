//! `postgres`: starts, listens, and answers `pg_isready`. SQL is not simulated.

use std::net::SocketAddr;
use std::rc::Rc;

use super::server::{self, flag_value};
use super::{Config, Image, Tag, base};
use crate::process::{ProcessContext, Signal, Vfs, program};

pub struct Postgres;

const PORT: u16 = 5432;
const NO_PASSWORD: &str = "Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, \"-e POSTGRES_PASSWORD=password\" on \"docker run\".

       You may also use \"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about \"trust\":
       https://www.postgresql.org/docs/current/auth-trust.html
";

impl Image for Postgres {
    fn name(&self) -> &'static str {
        "docker.io/library/postgres"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 164_000_000),
                Tag::new("15", 156_000_000),
                Tag::new("16", 158_000_000),
                Tag::new("17", 164_000_000),
                Tag::new("alpine", 108_000_000),
                Tag::new("16-alpine", 100_000_000),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["postgres"])
            .entrypoint(&["docker-entrypoint.sh"])
            .env("PGDATA", "/var/lib/postgresql/data")
            .env("PG_MAJOR", "17")
            .port(PORT)
            .stop_signal("SIGINT")
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        if tag.ends_with("alpine") {
            base::alpine(vfs, "3.22.0");
        } else {
            base::debian(vfs, "12.12", "bookworm");
        }
        let _ = vfs.create_dir_all("/var/lib/postgresql/data");
        base::install(vfs, "/usr/local/bin/docker-entrypoint.sh", program(postgres), 14_000);
        base::install(vfs, "/usr/local/bin/postgres", program(postgres), 9_000_000);
        base::install(vfs, "/usr/local/bin/pg_isready", program(pg_isready), 100_000);
    }
}

async fn postgres(ctx: ProcessContext) -> i32 {
    let set = |name: &str| ctx.env(name).is_some_and(|value| !value.is_empty());
    if !set("POSTGRES_PASSWORD") && ctx.env("POSTGRES_HOST_AUTH_METHOD").as_deref() != Some("trust") {
        ctx.eprint(NO_PASSWORD).await;
        return 1;
    }
    let log = async |what: &str| {
        let when = server::strftime(&ctx, "%Y-%m-%d %H:%M:%S.%3f UTC");
        ctx.eprint(&format!("{when} [{}] LOG:  {what}\n", ctx.pid())).await;
    };
    ctx.print("\nPostgreSQL init process complete; ready for start up.\n\n").await;
    log("starting PostgreSQL 17.6 (Debian 17.6-1.pgdg12+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit").await;
    let Ok(listener) = server::listen(&ctx, PORT) else {
        log("could not bind IPv4 address \"0.0.0.0\": Address already in use").await;
        return 1;
    };
    log("listening on IPv4 address \"0.0.0.0\", port 5432").await;
    log("listening on IPv6 address \"::\", port 5432").await;
    log("listening on Unix socket \"/var/run/postgresql/.s.PGSQL.5432\"").await;
    log("database system is ready to accept connections").await;
    // A client that only asks whether the server is there closes at once; more is not simulated.
    let handler: server::ConnectionHandler = Rc::new(|mut stream| Box::pin(async move { while stream.read().await.is_some() {} }));
    let signal = server::serve(&ctx, &[listener], &[Signal::INT, Signal::TERM], handler).await;
    if signal.is_some() {
        log("received fast shutdown request").await;
        log("database system is shut down").await;
    }
    0
}

async fn pg_isready(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    let host = flag_value(&args, "-h").unwrap_or_else(|| "localhost".to_owned());
    let shown = if host == "localhost" { "/var/run/postgresql" } else { &host };
    let port = flag_value(&args, "-p").and_then(|port| port.parse().ok()).unwrap_or(PORT);
    let ip = ctx.net().resolve(&host).await.ok().and_then(|ips| ips.first().copied());
    let up = match ip {
        Some(ip) => ctx.net().connect(SocketAddr::new(ip, port)).await.is_ok(),
        None => false,
    };
    ctx.print(&format!("{shown}:{port} - {}\n", if up { "accepting connections" } else { "no response" })).await;
    if up { 0 } else { 2 }
}
