//! `httpd`: the Apache web server, with its one page and its logs.

use super::{Config, Image, Tag, base, server};
use crate::network::http::Response;
use crate::process::{ProcessContext, Signal, Vfs, program};

pub struct Httpd;

const ROOT: &str = "/usr/local/apache2/htdocs";
const PREFIX: &str = "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using";

impl Image for Httpd {
    fn name(&self) -> &'static str {
        "docker.io/library/httpd"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 45_180_000),
                Tag::new("2.4", 45_180_000),
                Tag::new("alpine", 20_900_000),
                Tag::new("2.4-alpine", 20_900_000),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["httpd-foreground"])
            .env("HTTPD_PREFIX", "/usr/local/apache2")
            .env("HTTPD_VERSION", "2.4.65")
            .env("PATH", "/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .port(80)
            .working_dir("/usr/local/apache2")
            .stop_signal("SIGWINCH")
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        if tag.ends_with("alpine") {
            base::alpine(vfs, "3.22.0");
        } else {
            base::debian(vfs, "12.12", "bookworm");
        }
        base::file(vfs, &format!("{ROOT}/index.html"), "<html><body><h1>It works!</h1></body></html>\n");
        base::file(
            vfs,
            "/usr/local/apache2/conf/httpd.conf",
            "ServerRoot \"/usr/local/apache2\"\nListen 80\nDocumentRoot \"/usr/local/apache2/htdocs\"\n",
        );
        base::install(vfs, "/usr/local/apache2/bin/httpd-foreground", program(httpd), 138);
        base::install(vfs, "/usr/local/apache2/bin/httpd", program(httpd), 900_000);
    }
}

async fn httpd(ctx: ProcessContext) -> i32 {
    let conf = ctx.vfs().read_file("/usr/local/apache2/conf/httpd.conf").unwrap_or_default();
    let conf = String::from_utf8_lossy(&conf).into_owned();
    let listen = conf.lines().find_map(|line| line.trim().strip_prefix("Listen ")?.trim().rsplit(':').next()?.parse().ok());
    let port: u16 = listen.unwrap_or(80);
    let ip = ctx.net().ip().map_or_else(|| "127.0.0.1".to_owned(), |ip| ip.to_string());
    let warning = format!("{PREFIX} {ip}. Set the 'ServerName' directive globally to suppress this message\n");
    ctx.eprint(&warning.repeat(2)).await;
    let Ok(listener) = server::listen(&ctx, port) else {
        ctx.eprint(&format!("(98)Address already in use: AH00072: make_sock: could not bind to address [::]:{port}\n(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:{port}\nno listening sockets available, shutting down\nAH00015: Unable to open logs\n")).await;
        return 1;
    };
    note(&ctx, "mpm_event:notice", "AH00489: Apache/2.4.65 (Unix) configured -- resuming normal operations").await;
    note(&ctx, "core:notice", "AH00094: Command line: 'httpd -D FOREGROUND'").await;
    let handler = server::http(&ctx, |ctx, peer, request| async move {
        let path = crate::process::vfs::normalize("/", request.path());
        let path = if path == "/" { "/index.html".to_owned() } else { path };
        let response = match ctx.vfs().read_file(&format!("{ROOT}{path}")) {
            Ok(body) => Response::new(200, "text/html", body),
            Err(_) => Response::new(
                404,
                "text/html; charset=iso-8859-1",
                "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n",
            ),
        };
        let when = server::strftime(&ctx, "%d/%b/%Y:%H:%M:%S +0000");
        let line = format!(
            "{} - - [{when}] \"{} {} HTTP/1.{}\" {} {}\n",
            peer.ip(),
            request.method,
            request.target,
            request.version,
            response.status,
            response.body.len()
        );
        ctx.print(&line).await;
        response.with("Date", server::http_date(&ctx)).with("Server", "Apache/2.4.65 (Unix)")
    });
    server::serve(&ctx, &[listener], &[Signal::TERM, Signal::WINCH], handler).await;
    note(&ctx, "mpm_event:notice", "AH00492: caught SIGWINCH, shutting down gracefully").await;
    0
}

async fn note(ctx: &ProcessContext, module: &str, what: &str) {
    let when = server::strftime(ctx, "%a %b %d %H:%M:%S.%6f %Y");
    ctx.eprint(&format!("[{when}] [{module}] [pid {0}:tid {0}] {what}\n", ctx.pid())).await;
}
