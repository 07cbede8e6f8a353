//! `busybox`.

use super::{Config, Image, Tag, base};
use crate::process::Vfs;

pub struct Busybox;

const SIZE_BYTES: u64 = 2_223_000;

impl Image for Busybox {
    fn name(&self) -> &'static str {
        "docker.io/library/busybox"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", SIZE_BYTES),
                Tag::new("1", SIZE_BYTES),
                Tag::new("1.28", SIZE_BYTES),
                Tag::new("1.35", SIZE_BYTES),
                Tag::new("1.36", SIZE_BYTES),
                Tag::new("1.36.1", SIZE_BYTES),
                Tag::new("1.37", SIZE_BYTES),
                Tag::new("stable", SIZE_BYTES),
                Tag::new("glibc", SIZE_BYTES),
                Tag::new("musl", SIZE_BYTES),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["sh"])
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::busybox(vfs);
    }
}
