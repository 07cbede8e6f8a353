//! `python`: of the language, only its web server (`python3 -m http.server`) is simulated.

use super::{Config, Image, Tag, base, server};
use crate::network::http::Response;
use crate::process::vfs::normalize;
use crate::process::{ProcessContext, Signal, Vfs, program};

pub struct Python;

const VERSION: &str = "3.13.7";

impl Image for Python {
    fn name(&self) -> &'static str {
        "docker.io/library/python"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 408_000_000),
                Tag::new("3", 408_000_000),
                Tag::new("3.12", 405_000_000),
                Tag::new("3.13", 408_000_000),
                Tag::new("3.13-slim", 43_000_000),
                Tag::new("3-alpine", 17_000_000),
                Tag::new("slim", 43_000_000),
                Tag::new("alpine", 17_000_000),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["python3"]).env("PYTHON_VERSION", VERSION)
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        if tag.ends_with("alpine") {
            base::alpine(vfs, "3.22.0");
        } else {
            base::debian(vfs, "13.1", "trixie");
        }
        for name in ["python", "python3"] {
            base::install(vfs, &format!("/usr/local/bin/{name}"), program(python), 14_000_000);
        }
    }
}

async fn python(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    let words: Vec<&str> = args.iter().skip(1).map(String::as_str).filter(|word| *word != "-u").collect();
    match words.as_slice() {
        ["--version" | "-V", ..] => {
            ctx.print(&format!("Python {VERSION}\n")).await;
            0
        }
        ["-m", "http.server", rest @ ..] => {
            let port = rest.iter().find_map(|word| word.parse().ok()).unwrap_or(8000);
            let folder = rest.iter().position(|word| matches!(*word, "-d" | "--directory")).and_then(|at| rest.get(at + 1));
            let folder = folder.map_or_else(|| ctx.cwd(), |folder| ctx.resolve(folder));
            http_server(ctx, port, folder).await
        }
        [] => {
            // Without a terminal python reads its program from standard input, which is empty.
            let code = ctx.read_to_end(0, 64 * 1024).await.unwrap_or_default();
            if code.is_empty() {
                return 0;
            }
            ctx.eprint("python3: running Python code is not simulated in Podground\n").await;
            1
        }
        _ => {
            ctx.eprint("python3: running Python code is not simulated in Podground\n").await;
            1
        }
    }
}

async fn http_server(ctx: ProcessContext, port: u16, folder: String) -> i32 {
    let Ok(listener) = server::listen(&ctx, port) else {
        ctx.eprint("Traceback (most recent call last):\n  File \"<frozen runpy>\", line 198, in _run_module_as_main\nOSError: [Errno 98] Address already in use\n").await;
        return 1;
    };
    ctx.print(&format!("Serving HTTP on 0.0.0.0 port {port} (http://0.0.0.0:{port}/) ...\n")).await;
    let handler = server::http(&ctx, move |ctx, peer, request| {
        let folder = folder.clone();
        async move {
            let response = answer(&ctx, &folder, request.path());
            let when = server::strftime(&ctx, "%d/%b/%Y %H:%M:%S");
            let line = format!(
                "{} - - [{when}] \"{} {} HTTP/1.{}\" {} -\n",
                peer.ip(),
                request.method,
                request.target,
                request.version,
                response.status
            );
            ctx.eprint(&line).await;
            response
                .with("Server", format!("SimpleHTTP/0.6 Python/{VERSION}"))
                .with("Date", server::http_date(&ctx))
                .with("Connection", "close")
        }
    });
    server::serve(&ctx, &[listener], &[Signal::INT], handler).await;
    0
}

fn answer(ctx: &ProcessContext, folder: &str, path: &str) -> Response {
    let full = normalize("/", &format!("{folder}/{path}"));
    let who = ctx.credentials();
    let is_folder = ctx.vfs().metadata(&full, true, who).is_ok_and(|meta| meta.is_dir());
    let index = format!("{}/index.html", full.trim_end_matches('/'));
    let file = if is_folder { &index } else { &full };
    if let Ok(body) = ctx.vfs().read_file(file) {
        let kind = if file.ends_with(".html") { "text/html" } else { "text/plain" };
        return Response::new(200, kind, body);
    }
    if !is_folder {
        return Response::new(
            404,
            "text/html;charset=utf-8",
            "<!DOCTYPE HTML>\n<html lang=\"en\">\n    <head>\n        <meta charset=\"utf-8\">\n        <title>Error response</title>\n    </head>\n    <body>\n        <h1>Error response</h1>\n        <p>Error code: 404</p>\n        <p>Message: File not found.</p>\n        <p>Error code explanation: 404 - Nothing matches the given URI.</p>\n    </body>\n</html>\n",
        );
    }
    let names = ctx.vfs().read_dir(&full, who).unwrap_or_default();
    let items: String = names.iter().map(|name| format!("<li><a href=\"{name}\">{name}</a></li>\n")).collect();
    let page = format!(
        "<!DOCTYPE HTML>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Directory listing for {path}</title>\n</head>\n<body>\n<h1>Directory listing for {path}</h1>\n<hr>\n<ul>\n{items}</ul>\n<hr>\n</body>\n</html>\n"
    );
    Response::new(200, "text/html; charset=utf-8", page)
}
