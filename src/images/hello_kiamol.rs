//! `kiamol/ch02-hello-kiamol`, the example of "Learn Kubernetes in a Month of Lunches": nginx with a page of its own.

use super::{Config, Image, Tag, base, nginx};
use crate::process::{ProcessContext, Vfs, program};

pub struct HelloKiamol;

/// The page; `{host}` is the pod's name.
const PAGE: &str = r#"<html>
  <body>
    <h1>
      Hello from Chapter 2!
    </h1>
    <p>
      This is
      <a
        href="https://www.manning.com/books/learn-kubernetes-in-a-month-of-lunches"
        >Learn Kubernetes in a Month of Lunches</a
      >
      by <a href="https://blog.sixeyed.com">Elton Stoneman</a>.
    </p>
    <p>Served by {host}</p>
  </body>
</html>
"#;

const INDEX: &str = "/usr/share/nginx/html/index.html";

impl Image for HelloKiamol {
    fn name(&self) -> &'static str {
        "docker.io/kiamol/ch02-hello-kiamol"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 9_640_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["nginx", "-g", "daemon off;"]).entrypoint(&["/init"]).env("NGINX_VERSION", "1.17.10").port(80)
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::alpine(vfs, "3.10.4");
        nginx::install_nginx(vfs, "1.17.10");
        base::file(vfs, INDEX, &PAGE.replace("    <p>Served by {host}</p>\n", ""));
        base::install(vfs, "/init", program(init), 1_000);
    }
}

/// Names the pod in the page, then becomes nginx.
async fn init(ctx: ProcessContext) -> i32 {
    let page = PAGE.replace("{host}", &ctx.hostname());
    let untouched = ctx.vfs().read_file(INDEX).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains("Hello from Chapter 2!"));
    if untouched {
        let _ = ctx.vfs().write_file(INDEX, page.as_bytes(), ctx.now());
    }
    let command: Vec<String> = ctx.args().into_iter().skip(1).collect();
    ctx.exec(command).await.unwrap_or(127)
}
