//! Container images: what a registry holds, one image per file.
//!
//! An image is a name, tags, a configuration, files, and programs ([`crate::process::Program`]) that act like the real
//! ones. To add one: write a file with an [`Image`], and name it once in [`ALL`].

pub mod base;
#[cfg(not(target_arch = "wasm32"))]
pub mod catalogue;
mod declared;
mod registry;
pub mod server;

mod agnhost;
mod alpine;
mod bash;
mod busybox;
mod coredns;
mod curl;
mod debian;
mod fluent_bit;
mod golang;
mod hello_app;
mod hello_kiamol;
mod hello_world;
mod httpd;
mod kubia;
mod mysql;
mod netshoot;
mod nginx;
mod nginx_answers;
mod nginx_conf;
mod nginx_process;
mod node;
mod pause;
mod postgres;
mod python;
mod redis;
mod rr_test;
mod stress;
mod ubuntu;

#[cfg(test)]
mod tests;

pub use crate::api::reference::Reference;
pub use declared::Declared;
pub use registry::{PullError, PulledImage, Registry};

use std::borrow::Cow;

use crate::process::Vfs;

/// Every image that comes with Podground.
pub const ALL: &[&dyn Image] = &[
    &agnhost::Agnhost,
    &alpine::Alpine,
    &bash::Bash,
    &busybox::Busybox,
    &coredns::CoreDns,
    &curl::Curl,
    &debian::Debian,
    &fluent_bit::FluentBit,
    &golang::Golang,
    &hello_app::HelloApp,
    &hello_kiamol::HelloKiamol,
    &hello_world::HelloWorld,
    &httpd::Httpd,
    &kubia::Kubia,
    &mysql::Mysql,
    &netshoot::Netshoot,
    &nginx::Nginx,
    &node::Node,
    &pause::Pause,
    &postgres::Postgres,
    &python::Python,
    &redis::Redis,
    &rr_test::RrTest,
    &stress::Stress,
    &ubuntu::Ubuntu,
];

/// One image of a registry.
pub trait Image {
    /// The full name without a tag: `docker.io/library/nginx`.
    fn name(&self) -> &str;
    /// The tags it can be pulled by. `latest` is one of them where it exists.
    fn tags(&self) -> &[Tag];
    /// How a container is started from it.
    fn config(&self, tag: &str) -> Config;
    /// Puts its files and programs into an empty file tree.
    fn install(&self, tag: &str, vfs: &Vfs);
}

/// A tag and what it weighs.
#[derive(Clone, Debug)]
pub struct Tag {
    /// `1.27`.
    pub name: Cow<'static, str>,
    /// What is pulled, in bytes (compressed).
    pub size_bytes: u64,
}

impl Tag {
    /// A tag.
    pub const fn new(name: &'static str, size_bytes: u64) -> Tag {
        Tag { name: Cow::Borrowed(name), size_bytes }
    }
}

/// How a container is started from an image. Models the OCI image configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// What is run; a container's `command` replaces it (and `cmd`).
    pub entrypoint: Vec<String>,
    /// The default arguments; a container's `args` replace them.
    pub cmd: Vec<String>,
    /// The environment, in order.
    pub env: Vec<(String, String)>,
    /// The ports it says it listens on.
    pub exposed_ports: Vec<u16>,
    /// The user and group it runs as.
    pub user: (u32, u32),
    /// The working directory; empty means `/`.
    pub working_dir: String,
    /// The signal that asks it to stop; empty means `SIGTERM`.
    pub stop_signal: String,
}

/// The `PATH` of nearly every image.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Config {
    /// A configuration with the usual `PATH` that runs `cmd`.
    pub fn cmd(cmd: &[&str]) -> Config {
        Config { cmd: strings(cmd), env: vec![("PATH".into(), PATH.into())], ..Config::default() }
    }

    /// The same with an entry point.
    pub fn entrypoint(mut self, entrypoint: &[&str]) -> Config {
        self.entrypoint = strings(entrypoint);
        self
    }

    /// The same with an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Config {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The same with an exposed port.
    pub fn port(mut self, port: u16) -> Config {
        self.exposed_ports.push(port);
        self
    }

    /// The same with a working directory.
    pub fn working_dir(mut self, directory: &str) -> Config {
        self.working_dir = directory.into();
        self
    }

    /// The same with a signal that asks it to stop.
    pub fn stop_signal(mut self, signal: &str) -> Config {
        self.stop_signal = signal.into();
        self
    }

    /// The same as another user and group.
    pub fn user(mut self, uid: u32, gid: u32) -> Config {
        self.user = (uid, gid);
        self
    }
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|s| (*s).to_owned()).collect()
}
