//! `alicek106/rr-test`: Ubuntu with curl.

use super::{Config, Image, Tag, base};
use crate::process::Vfs;

pub struct RrTest;

impl Image for RrTest {
    fn name(&self) -> &'static str {
        "docker.io/alicek106/rr-test"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("curl", 62_000_000), Tag::new("latest", 62_000_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["/bin/bash"])
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::ubuntu(vfs, "16.04", "xenial");
        base::curl(vfs);
    }
}
