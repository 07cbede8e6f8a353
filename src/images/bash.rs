//! `bash`: the shell on Alpine.

use super::{Config, Image, Tag, base};
use crate::process::Vfs;

pub struct Bash;

impl Image for Bash {
    fn name(&self) -> &'static str {
        "docker.io/library/bash"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 6_870_000), Tag::new("5", 6_870_000), Tag::new("5.2", 6_870_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        // The entry point of the real image is a script that prepends `bash` to options.
        Config::cmd(&["bash"]).env("_BASH_VERSION", "5.2.15")
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::alpine(vfs, "3.22.0");
        base::bash(vfs);
    }
}
