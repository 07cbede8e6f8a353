//! `nicolaka/netshoot`: every network tool there is, on Alpine.

use super::{Config, Image, Tag, base};
use crate::process::Vfs;
use crate::shell::userland;

pub struct Netshoot;

const TOOLS: &[&str] = &["curl", "dig", "host", "ip", "jq", "nc", "netstat", "nslookup", "ping", "ss", "traceroute", "wget"];

impl Image for Netshoot {
    fn name(&self) -> &'static str {
        "docker.io/nicolaka/netshoot"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 205_000_000), Tag::new("v0.13", 200_000_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["zsh"]).working_dir("/root")
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::alpine(vfs, "3.22.0");
        base::bash(vfs);
        for tool in TOOLS {
            userland::add_tool(vfs, &format!("/usr/bin/{tool}"));
        }
        // zsh is not simulated: its name starts bash.
        vfs.install("/bin/zsh", crate::shell::program_of(crate::shell::Dialect::Bash), 900_000);
    }
}
