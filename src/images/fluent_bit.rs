//! `fluent/fluent-bit`: a log shipper. `-i tail -p path=FILE -o stdout` is simulated: the usual sidecar.

use std::time::Duration;

use super::server::{self, flag_value};
use super::{Config, Image, Tag, base};
use crate::process::{Disposition, ProcessContext, Signal, Vfs, program};
use crate::sim::select;

pub struct FluentBit;

/// How often new lines are looked for; fluent-bit's `Refresh_Interval` is coarser, its inotify finer.
const LOOK: Duration = Duration::from_millis(500);

impl Image for FluentBit {
    fn name(&self) -> &'static str {
        "docker.io/fluent/fluent-bit"
    }
    fn tags(&self) -> &'static [Tag] {
        const { &[Tag::new("latest", 33_000_000), Tag::new("3.2", 32_000_000), Tag::new("4.0", 33_000_000)] }
    }
    fn config(&self, _tag: &str) -> Config {
        Config::cmd(&["/fluent-bit/bin/fluent-bit", "-c", "/fluent-bit/etc/fluent-bit.conf"])
    }
    fn install(&self, _tag: &str, vfs: &Vfs) {
        base::file(
            vfs,
            "/fluent-bit/etc/fluent-bit.conf",
            "[INPUT]\n    name cpu\n    tag  cpu.local\n\n[OUTPUT]\n    name  stdout\n    match *\n",
        );
        base::install(vfs, "/fluent-bit/bin/fluent-bit", program(fluent_bit), 15_000_000);
    }
}

async fn fluent_bit(ctx: ProcessContext) -> i32 {
    let args = ctx.args();
    ctx.eprint("Fluent Bit v4.0.8\n* Copyright (C) 2015-2025 The Fluent Bit Authors\n* Fluent Bit is a CNCF sub-project under the umbrella of Fluentd\n* https://fluentbit.io\n\n").await;
    let path = flag_value(&args, "-p").and_then(|option| option.to_lowercase().starts_with("path=").then(|| option[5..].to_owned()));
    for signal in [Signal::TERM, Signal::INT] {
        ctx.set_disposition(signal, Disposition::Catch);
    }
    let when = server::strftime(&ctx, "%Y/%m/%d %H:%M:%S");
    ctx.eprint(&format!("[{when}] [ info] [fluent bit] version=4.0.8, commit=0000000000, pid={}\n", ctx.pid())).await;
    let mut offset = 0;
    loop {
        if let Some(path) = &path {
            offset = ship(&ctx, path, offset).await;
        }
        let signal = std::pin::pin!(ctx.next_signal());
        if let crate::sim::Either::Left(_) = select(signal, ctx.sim().sleep(LOOK)).await {
            let when = server::strftime(&ctx, "%Y/%m/%d %H:%M:%S");
            ctx.eprint(&format!("[{when}] [engine] caught signal (SIGTERM)\n")).await;
            return 0;
        }
    }
}

/// Prints the whole lines after `offset` as records, and gives the new offset.
async fn ship(ctx: &ProcessContext, path: &str, offset: usize) -> usize {
    let Ok(bytes) = ctx.vfs().read_file(path) else { return 0 };
    let start = if offset > bytes.len() { 0 } else { offset };
    let Some(end) = bytes.get(start..).and_then(|rest| rest.iter().rposition(|byte| *byte == b'\n')).map(|at| start + at + 1) else {
        return start;
    };
    let text = String::from_utf8_lossy(bytes.get(start..end).unwrap_or_default()).into_owned();
    let at = ctx.sim().timestamp().strftime("%s.%9f").to_string();
    for (index, line) in text.lines().enumerate() {
        ctx.print(&format!("[{index}] tail.0: [[{at}, {{}}], {{\"log\"=>{line:?}}}]\n")).await;
    }
    end
}
