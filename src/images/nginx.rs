//! `nginx`: the web server, with its configuration, its pages as files, and its logs.

use super::nginx_process::{entrypoint, nginx};
use super::{Config, Image, Tag, base};
use crate::process::vfs::Credentials;
use crate::process::{Vfs, program};

pub struct Nginx;

/// The user `nginx` of the official image.
pub(super) const NGINX: Credentials = Credentials { uid: 101, gid: 101 };

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
