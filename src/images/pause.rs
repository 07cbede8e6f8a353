//! `registry.k8s.io/pause`: holds a pod's namespaces and reaps orphans.

use super::{Config, Image, Tag, base};
use crate::process::{Disposition, ProcessContext, Signal, Vfs, program};

pub struct Pause;

impl Image for Pause {
    fn name(&self) -> &'static str {
        "registry.k8s.io/pause"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("3.10", 320_368), Tag::new("3.9", 321_520), Tag::new("3.10.1", 320_448), Tag::new("latest", 320_448)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&[]).entrypoint(&["/pause"]).user(65535, 65535)
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::install(vfs, "/pause", program(pause), 682_000);
    }
}

async fn pause(ctx: ProcessContext) -> i32 {
    for signal in [Signal::INT, Signal::TERM, Signal::CHLD] {
        ctx.set_disposition(signal, Disposition::Catch);
    }
    loop {
        match ctx.next_signal().await {
            Signal::CHLD => {}
            signal => {
                ctx.eprint(&format!("Shutting down, got signal: {}\n", signal.name())).await;
                return 0;
            }
        }
    }
}
