//! `debian`.

use super::{Config, Image, Tag, base};
use crate::process::Vfs;

pub struct Debian;

impl Image for Debian {
    fn name(&self) -> &'static str {
        "docker.io/library/debian"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 49_280_000),
                Tag::new("12", 48_480_000),
                Tag::new("12-slim", 28_230_000),
                Tag::new("bookworm", 48_480_000),
                Tag::new("bookworm-slim", 28_230_000),
                Tag::new("13", 49_280_000),
                Tag::new("trixie", 49_280_000),
                Tag::new("stable-slim", 29_770_000),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["bash"])
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        match tag {
            "12" | "12-slim" | "bookworm" | "bookworm-slim" => base::debian(vfs, "12.12", "bookworm"),
            _ => base::debian(vfs, "13.1", "trixie"),
        }
    }
}
