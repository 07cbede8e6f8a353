//! `registry.k8s.io/e2e-test-images/agnhost`: the test image of Kubernetes itself. `netexec`, `serve-hostname`, `grpc-health-checking`
//! and `pause` are simulated.

use std::cell::Cell;
use std::rc::Rc;

use super::server::{self, flag_value};
use super::{Config, Image, Tag, base};
use crate::network::http::Response;
use crate::process::{ProcessContext, Signal, Vfs, program};

pub struct Agnhost;

impl Image for Agnhost {
    fn name(&self) -> &'static str {
        "registry.k8s.io/e2e-test-images/agnhost"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("2.39", 51_100_000), Tag::new("2.47", 51_700_000), Tag::new("2.53", 53_200_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["pause"]).entrypoint(&["/agnhost"])
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::alpine(vfs, "3.20.0");
        base::curl(vfs);
        base::install(vfs, "/agnhost", program(agnhost), 51_000_000);
    }
}

async fn agnhost(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    match args.get(1).map(String::as_str) {
        None | Some("pause") => {
            ctx.print("Paused\n").await;
            server::serve(&ctx, &[], &[Signal::TERM, Signal::INT], std::rc::Rc::new(|_| Box::pin(async {}))).await;
            0
        }
        Some("grpc-health-checking") => grpc_health(ctx, &args).await,
        Some("netexec" | "serve-hostname") => netexec(ctx, &args).await,
        Some(other) => {
            ctx.eprint(&format!("agnhost: {other} is not simulated in Podground\n")).await;
            1
        }
    }
}

async fn netexec(ctx: ProcessContext, args: &[String]) -> i32 {
    let serves_hostname = args.get(1).is_some_and(|arg| arg == "serve-hostname");
    let flag = if serves_hostname { "--port" } else { "--http-port" };
    let port = flag_value(args, flag).and_then(|port| port.parse().ok()).unwrap_or(if serves_hostname { 9376 } else { 8080 });
    let Ok(listener) = server::listen(&ctx, port) else {
        ctx.eprint(&format!("listen tcp :{port}: bind: address already in use\n")).await;
        return 1;
    };
    ctx.eprint(&format!("Started HTTP server on port {port}\n")).await;
    let handler = server::http(&ctx, move |ctx, peer, request| async move {
        let body = match request.path() {
            _ if serves_hostname => ctx.hostname() + "\n",
            "/hostname" | "/hostName" => ctx.hostname(),
            "/clientip" => peer.to_string(),
            "/healthz" => String::new(),
            "/echo" => request.query().trim_start_matches("msg=").to_owned(),
            "/" => format!("NOW: {}", server::strftime(&ctx, "%Y-%m-%d %H:%M:%S.%9f +0000 UTC")),
            _ => return Response::new(404, "text/plain; charset=utf-8", "404 page not found\n"),
        };
        Response::new(200, "text/plain; charset=utf-8", body).with("Date", server::http_date(&ctx))
    });
    server::serve(&ctx, &[listener], &[Signal::TERM], handler).await;
    0
}

/// `grpc-health-checking [--port 5000] [--http-port 8080]`: healthy until somebody asks for `/make-not-serving`.
async fn grpc_health(ctx: ProcessContext, args: &[String]) -> i32 {
    let port = |flag, default| flag_value(args, flag).and_then(|port| port.parse().ok()).unwrap_or(default);
    let (grpc_port, http_port) = (port("--port", 5000), port("--http-port", 8080));
    let (Ok(grpc), Ok(http)) = (server::listen(&ctx, grpc_port), server::listen(&ctx, http_port)) else {
        ctx.eprint(&format!("listen tcp :{grpc_port}: bind: address already in use\n")).await;
        return 1;
    };
    ctx.eprint(&format!("Http server starting to listen on :{http_port}\ngRPC server starting to listen on :{grpc_port}\n")).await;
    let serving = Rc::new(Cell::new(true));
    let switch = serving.clone();
    let pages = server::http(&ctx, move |_, _, request| {
        let known = match request.path() {
            "/make-serving" => Some(true),
            "/make-not-serving" => Some(false),
            _ => None,
        };
        if let Some(on) = known {
            switch.set(on);
        }
        async move {
            if known.is_some() { Response::new(200, "text/plain", "") } else { Response::new(404, "text/plain", "404 page not found\n") }
        }
    });
    let handler: server::ConnectionHandler = Rc::new(move |mut stream| {
        if stream.local_addr().port() == http_port {
            return pages(stream);
        }
        let serving = serving.clone();
        Box::pin(async move {
            while let Some(bytes) = stream.read().await {
                if !bytes.starts_with(b"PRI * HTTP/2.0") {
                    return;
                }
                let _ = stream.write(if serving.get() { server::GRPC_SERVING } else { server::GRPC_NOT_SERVING });
            }
        })
    });
    server::serve(&ctx, &[grpc, http], &[Signal::TERM], handler).await;
    0
}
