//! `gcr.io/google-samples/hello-app`: a Go server that greets with its version and host name.

use super::server;
use super::{Config, Image, Tag, base};
use crate::network::http::Response;
use crate::process::{Disposition, ProcessContext, Signal, Vfs, program};

pub struct HelloApp;

impl Image for HelloApp {
    fn name(&self) -> &'static str {
        "gcr.io/google-samples/hello-app"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("1.0", 13_745_000), Tag::new("2.0", 13_745_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&[]).entrypoint(&["/hello-app"]).env("PORT", "8080").user(65532, 65532).working_dir("/")
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        let version = format!("{tag}.0");
        let run = move |ctx| hello_app(ctx, version.clone());
        base::install(vfs, "/hello-app", program(run), 6_600_000);
    }
}

async fn hello_app(ctx: ProcessContext, version: String) -> i32 {
    // Process 1 gets no SIGTERM that it has not asked for; this server has not.
    ctx.set_disposition(Signal::TERM, Disposition::Ignore);
    let port = ctx.env("PORT").and_then(|port| port.parse().ok()).unwrap_or(8080);
    ctx.eprint(&format!("{} Server listening on port {port}\n", stamp(&ctx))).await;
    let Ok(listener) = server::listen(&ctx, port) else {
        ctx.eprint(&format!("{} listen tcp :{port}: bind: address already in use\n", stamp(&ctx))).await;
        return 1;
    };
    let handler = server::http(&ctx, move |ctx, _peer, request| {
        let version = version.clone();
        async move {
            ctx.eprint(&format!("{} Serving request: {}\n", stamp(&ctx), request.path())).await;
            let body = format!("Hello, world!\nVersion: {version}\nHostname: {}\n", ctx.hostname());
            Response::new(200, "text/plain; charset=utf-8", body.clone())
                .with("Date", server::http_date(&ctx))
                .with("Content-Length", body.len().to_string())
        }
    });
    server::serve(&ctx, &[listener], &[], handler).await;
    0
}

fn stamp(ctx: &ProcessContext) -> String {
    server::strftime(ctx, "%Y/%m/%d %H:%M:%S")
}
