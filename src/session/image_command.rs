//! `image`: puts an image of the learner's own into the simulated registry. Podground's own command, in place of `docker push`.

use crate::cluster::{Cluster, DeclaredImage};
use crate::process::{self, ProcessContext, Program};

const USAGE: &str = "Puts a small image that a YAML file declares into the simulated registry.\n\nUsage:\n  image add FILE      e.g. name: greeter, run: { http: { port: 8080, body: hello } }\n";

/// `image` as a program of the workstation.
pub fn program(cluster: &Cluster) -> Program {
    let cluster = cluster.clone();
    process::program(move |ctx| run(ctx, cluster.clone()))
}

async fn run(ctx: ProcessContext, cluster: Cluster) -> i32 {
    let words: Vec<String> = ctx.args().into_iter().skip(1).collect();
    let [verb, path] = words.as_slice() else {
        ctx.print(USAGE).await;
        return 0;
    };
    if verb != "add" {
        ctx.eprint(&format!("image: unknown command {verb:?}\n")).await;
        return 1;
    }
    let text = match ctx.vfs().read_file(&ctx.resolve(path)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(errno) => {
            ctx.eprint(&format!("image: {path}: {errno}\n")).await;
            return 1;
        }
    };
    match DeclaredImage::parse(&text) {
        Ok(image) => {
            let tags = cluster.add_image(image);
            ctx.print(&tags.iter().map(|tag| format!("{tag}: pushed\n")).collect::<String>()).await;
            0
        }
        Err(why) => {
            ctx.eprint(&format!("image: {path}: {why}\n")).await;
            1
        }
    }
}
