//! `golang`: the tree of the Go image; its compiler only tells its version.

use super::{Config, Image, Tag, base};
use crate::process::{ProcessContext, Vfs, program};

pub struct Golang;

impl Image for Golang {
    fn name(&self) -> &'static str {
        "docker.io/library/golang"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 297_000_000), Tag::new("1.24", 296_000_000), Tag::new("1.25", 297_000_000), Tag::new("alpine", 78_000_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["bash"])
            .env("GOLANG_VERSION", "1.25.1")
            .env("GOPATH", "/go")
            .env("PATH", "/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .working_dir("/go")
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        if tag == "alpine" {
            base::alpine(vfs, "3.22.0");
        } else {
            base::debian(vfs, "13.1", "trixie");
        }
        base::install(vfs, "/usr/local/go/bin/go", program(go), 13_000_000);
    }
}

async fn go(ctx: ProcessContext) -> i32 {
    if ctx.args().get(1).is_some_and(|arg| arg == "version") {
        ctx.print("go version go1.25.1 linux/amd64\n").await;
        return 0;
    }
    ctx.eprint("go: compiling Go is not simulated in Podground\n").await;
    2
}
