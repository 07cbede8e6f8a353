//! `luksa/kubia`, the example of "Kubernetes in Action": a Node.js server that tells which pod it runs in.

use super::server;
use super::{Config, Image, Tag, base};
use crate::network::http::Response;
use crate::process::{ProcessContext, Vfs, program};

pub struct Kubia;

const APP: &str = r#"const http = require('http');
const os = require('os');

console.log("Kubia server starting...");

var handler = function(request, response) {
  console.log("Received request from " + request.connection.remoteAddress);
  response.writeHead(200);
  response.end("You've hit " + os.hostname() + "\n");
};

var www = http.createServer(handler);
www.listen(8080);
"#;

const PORT: u16 = 8080;

impl Image for Kubia {
    fn name(&self) -> &'static str {
        "docker.io/luksa/kubia"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 263_000_000), Tag::new("v1", 263_000_000), Tag::new("v2", 263_000_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&[]).entrypoint(&["node", "app.js"]).env("NPM_CONFIG_LOGLEVEL", "info").env("NODE_VERSION", "7.9.0")
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        base::debian(vfs, "8.7", "jessie");
        base::curl(vfs);
        let app = if tag == "v2" { APP.replace("You've hit", "This is v2 running in pod") } else { APP.to_owned() };
        base::file(vfs, "/app.js", &app);
        base::install(vfs, "/usr/local/bin/node", program(node), 35_000_000);
    }
}

/// Runs `node`: of scripts, only the server of the image, in which the greeting may be edited.
pub(super) async fn node(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    let script = match args.get(1).map(String::as_str) {
        Some("-v" | "--version") => {
            ctx.print(&format!("v{}\n", ctx.env("NODE_VERSION").unwrap_or_else(|| "7.9.0".into()))).await;
            return 0;
        }
        Some(script) if !script.starts_with('-') => ctx.resolve(script),
        _ => {
            ctx.eprint("node: an interactive JavaScript is not simulated in Podground\n").await;
            return 1;
        }
    };
    let Ok(source) = ctx.vfs().read_file(&script) else {
        ctx.eprint(&format!("module.js:472\n    throw err;\n    ^\n\nError: Cannot find module '{script}'\n")).await;
        return 1;
    };
    let source = String::from_utf8_lossy(&source).into_owned();
    let greeting = between(&source, "response.end(\"", "\"").filter(|_| source.contains("http.createServer(handler)"));
    let Some(greeting) = greeting else {
        ctx.eprint("node: running this script is not simulated in Podground\n").await;
        return 1;
    };
    let port = between(&source, "listen(", ")").and_then(|port| port.trim().parse().ok()).unwrap_or(PORT);
    if let Some(line) = between(&source, "console.log(\"", "\"") {
        ctx.print(&format!("{line}\n")).await;
    }
    serve(ctx, port, greeting).await
}

async fn serve(ctx: ProcessContext, port: u16, greeting: String) -> i32 {
    let listener = match server::listen(&ctx, port) {
        Ok(listener) => listener,
        Err(_) => {
            ctx.eprint(&format!(
                "events.js:163\n      throw er; // Unhandled 'error' event\n      ^\n\nError: listen EADDRINUSE :::{port}\n    \
                 at Object.exports._errnoException (util.js:1050:11)\n    at exports._exceptionWithHostPort (util.js:1073:20)\n    \
                 at Server.setupListenHandle [as _listen2] (net.js:1263:14)\n    at listenInCluster (net.js:1304:12)\n    \
                 at Server.listen (net.js:1402:7)\n    at Object.<anonymous> (/app.js:13:5)\n"
            ))
            .await;
            return 1;
        }
    };
    let handler = server::http(&ctx, move |ctx, peer, _request| {
        let greeting = greeting.clone();
        async move {
            let peer = match peer.ip() {
                std::net::IpAddr::V4(ip) => format!("::ffff:{ip}"),
                std::net::IpAddr::V6(ip) => ip.to_string(),
            };
            ctx.print(&format!("Received request from {peer}\n")).await;
            let body = format!("{greeting}{}\n", ctx.hostname());
            Response::new(200, "", body)
                .with("Date", server::http_date(&ctx))
                .with("Connection", "keep-alive")
                .with("Transfer-Encoding", "chunked")
        }
    });
    server::serve(&ctx, &[listener], &[], handler).await;
    0
}

fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner.to_owned())
}
