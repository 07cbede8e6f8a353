//! `alpine`.

use super::{Config, Image, Tag, base};
use crate::process::Vfs;

pub struct Alpine;

impl Image for Alpine {
    fn name(&self) -> &'static str {
        "docker.io/library/alpine"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 3_800_000),
                Tag::new("3", 3_800_000),
                Tag::new("3.18", 3_400_000),
                Tag::new("3.19", 3_420_000),
                Tag::new("3.20", 3_630_000),
                Tag::new("3.21", 3_640_000),
                Tag::new("3.22", 3_800_000),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["/bin/sh"])
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        let version = if tag.starts_with("3.") { format!("{tag}.0") } else { "3.22.0".to_owned() };
        base::alpine(vfs, &version);
    }
}
