//! `node`: Node.js. Of scripts, servers of the kind that `luksa/kubia` has are simulated.

use super::{Config, Image, Tag, base, kubia};
use crate::process::{Vfs, program};

pub struct Node;

impl Image for Node {
    fn name(&self) -> &'static str {
        "docker.io/library/node"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 402_000_000),
                Tag::new("7", 263_000_000),
                Tag::new("20", 395_000_000),
                Tag::new("22", 400_000_000),
                Tag::new("22-slim", 77_000_000),
                Tag::new("22-alpine", 51_000_000),
                Tag::new("alpine", 52_000_000),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["node"]).env("NODE_VERSION", "22.19.0")
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        if tag.ends_with("alpine") {
            base::alpine(vfs, "3.22.0");
        } else {
            base::debian(vfs, "12.12", "bookworm");
        }
        base::install(vfs, "/usr/local/bin/node", program(kubia::node), 97_000_000);
    }
}
