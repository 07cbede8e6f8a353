//! `registry.k8s.io/coredns/coredns`: the cluster's DNS server. What it answers is the network's table; this is the
//! process without which nothing is answered.

use super::{Config, Image, Tag, base, server};
use crate::network::http::Response;
use crate::process::{ProcessContext, Signal, Vfs, program};

pub struct CoreDns;

const DNS_PORT: u16 = 53;
const METRICS_PORT: u16 = 9153;
const HEALTH_PORT: u16 = 8080;

impl Image for CoreDns {
    fn name(&self) -> &'static str {
        "registry.k8s.io/coredns/coredns"
    }
    fn tags(&self) -> &'static [Tag] {
        const {
            &[
                Tag::new("v1.11.1", 18_182_961),
                Tag::new("v1.12.0", 20_939_036),
                Tag::new("v1.12.1", 22_384_805),
                Tag::new("v1.13.1", 23_553_139),
            ]
        }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&[]).entrypoint(&["/coredns"]).port(DNS_PORT).working_dir("/")
    }
    fn install(&self, tag: &str, vfs: &Vfs) {
        let version = tag.trim_start_matches('v').to_owned();
        base::install(vfs, "/coredns", program(move |ctx| coredns(ctx, version.clone())), 60_000_000);
        base::file(
            vfs,
            "/etc/coredns/Corefile",
            ".:53 {\n    errors\n    health\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n       pods insecure\n       fallthrough in-addr.arpa ip6.arpa\n       ttl 30\n    }\n    prometheus :9153\n    forward . /etc/resolv.conf\n    cache 30\n    loop\n    reload\n    loadbalance\n}\n",
        );
    }
}

async fn coredns(ctx: ProcessContext, version: String) -> i32 {
    let mut listeners = Vec::new();
    for port in [DNS_PORT, METRICS_PORT, HEALTH_PORT] {
        match server::listen(&ctx, port) {
            Ok(listener) => listeners.push(listener),
            Err(_) => {
                ctx.print(&format!("Listen: listen tcp :{port}: bind: address already in use\n")).await;
                return 1;
            }
        }
    }
    ctx.print(&format!(".:53\n[INFO] plugin/reload: Running configuration SHA512 = 1b226df79860026c6a52e67daa10d7f0d57ec5b023288ec00c5e05f93523c894564e15b91770d3a07ae1cfbe861d15b37d4a0027e69c546ab112970993a3b03b\nCoreDNS-{version}\nlinux/amd64, go1.24.1, 707c7c1\n")).await;
    let handler = server::http(&ctx, |_, _, request| async move {
        match request.path() {
            "/health" | "/ready" => Response::new(200, "text/plain; charset=utf-8", "OK"),
            _ => Response::new(404, "text/plain; charset=utf-8", "404 page not found\n"),
        }
    });
    if server::serve(&ctx, &listeners, &[Signal::TERM, Signal::INT], handler).await.is_some() {
        ctx.print("[INFO] SIGTERM: Shutting down servers then terminating\n").await;
    }
    0
}
