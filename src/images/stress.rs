//! `polinux/stress`: takes memory and keeps processors busy, to meet limits with.

use std::time::Duration;

use super::server::flag_value;
use super::{Config, Image, Tag, base};
use crate::process::{ProcessContext, Spawn, Vfs, program};

pub struct Stress;

impl Image for Stress {
    fn name(&self) -> &'static str {
        "docker.io/polinux/stress"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 4_041_000), Tag::new("1.0.4", 4_041_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&[])
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::alpine(vfs, "3.20.0");
        base::install(vfs, "/usr/local/bin/stress", program(stress), 60_000);
    }
}

async fn stress(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    let count = |flags: [&str; 2]| flags.iter().find_map(|flag| flag_value(&args, flag)?.parse::<u32>().ok()).unwrap_or(0);
    let (cpu, vm) = (count(["--cpu", "-c"]).min(64), count(["--vm", "-m"]).min(64));
    let bytes = flag_value(&args, "--vm-bytes").and_then(|text| parse_bytes(&text)).unwrap_or(256 << 20);
    let timeout = ["--timeout", "-t"].iter().find_map(|flag| flag_value(&args, flag)?.trim_end_matches('s').parse::<u64>().ok());
    if cpu + vm == 0 {
        ctx.print("`stress' imposes certain types of compute stress on your system\n\nUsage: stress [OPTION [ARG]] ...\n").await;
        return 0;
    }
    ctx.print(&format!("stress: info: [{}] dispatching hogs: {cpu} cpu, 0 io, {vm} vm, 0 hdd\n", ctx.pid())).await;
    let mut hogs = Vec::new();
    for index in 0..cpu + vm {
        let is_vm = index >= cpu;
        let hog = ctx.fork(Spawn::default(), move |ctx| {
            Box::pin(async move {
                if is_vm {
                    ctx.allocate(bytes).await;
                }
                loop {
                    ctx.step().await;
                    ctx.sleep(Duration::from_millis(1)).await;
                }
            })
        });
        hogs.extend(hog.ok());
    }
    let start = ctx.now();
    loop {
        ctx.sleep(Duration::from_millis(50)).await;
        if let Some((hog, status)) = hogs.iter().find_map(|hog| Some((hog.pid(), hog.try_wait()?))) {
            let signal = status.code() - 128;
            ctx.eprint(&format!("stress: FAIL: [{0}] (415) <-- worker {hog} got signal {signal}\nstress: WARN: [{0}] (417) now reaping child worker processes\nstress: FAIL: [{0}] (451) failed run completed in {1}s\n", ctx.pid(), ctx.now().since(start).as_secs())).await;
            return 1;
        }
        if timeout.is_some_and(|seconds| ctx.now().since(start) >= Duration::from_secs(seconds)) {
            for hog in &hogs {
                let _ = ctx.kill(i64::from(hog.pid()), Some(crate::process::Signal::KILL));
            }
            let took = ctx.now().since(start).as_secs();
            ctx.print(&format!("stress: info: [{}] successful run completed in {took}s\n", ctx.pid())).await;
            return 0;
        }
    }
}

/// `150M`, `1G`, `4096`.
fn parse_bytes(text: &str) -> Option<u64> {
    let (digits, shift) = match text.chars().last()?.to_ascii_uppercase() {
        'K' => (&text[..text.len() - 1], 10),
        'M' => (&text[..text.len() - 1], 20),
        'G' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    digits.parse::<u64>().ok()?.checked_shl(shift)
}
