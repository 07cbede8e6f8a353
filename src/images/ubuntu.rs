//! `ubuntu`.

use super::{Config, Image, Tag, base};
use crate::process::Vfs;

pub struct Ubuntu;

impl Image for Ubuntu {
    fn name(&self) -> &'static str {
        "docker.io/library/ubuntu"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("latest", 29_720_000),
                Tag::new("14.04", 70_690_000),
                Tag::new("16.04", 46_500_000),
                Tag::new("18.04", 26_700_000),
                Tag::new("20.04", 27_510_000),
                Tag::new("22.04", 29_540_000),
                Tag::new("24.04", 29_720_000),
                Tag::new("jammy", 29_540_000),
                Tag::new("noble", 29_720_000),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["/bin/bash"])
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        let (version, codename) = match tag {
            "14.04" => ("14.04", "trusty"),
            "16.04" => ("16.04", "xenial"),
            "18.04" => ("18.04", "bionic"),
            "20.04" => ("20.04", "focal"),
            "22.04" | "jammy" => ("22.04", "jammy"),
            _ => ("24.04", "noble"),
        };
        base::ubuntu(vfs, version, codename);
    }
}
