//! free and uptime.

use super::super::tool::Tool;

/// Memory of a machine whose group has no limit, in KiB.
const MACHINE_KIB: u64 = 24 * 1024 * 1024;

pub(in super::super) async fn free(t: Tool) -> i32 {
    let options = match t.options("bkmgh", &[("bytes", 'b'), ("kibi", 'k'), ("mebi", 'm'), ("gibi", 'g'), ("human", 'h')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let total = t.ctx.cgroup().memory_limit().map_or(MACHINE_KIB, |bytes| bytes / 1024);
    let used = t.ctx.cgroup().memory_used() / 1024 + 2048 * t.ctx.kernel().processes().len() as u64;
    let show = |kib: u64| match options.given.last().map(|(letter, _)| *letter) {
        Some('b') => (kib * 1024).to_string(),
        Some('m') => (kib / 1024).to_string(),
        Some('g') => (kib / 1024 / 1024).to_string(),
        Some('h') if kib >= 1024 * 1024 => format!("{:.1}Gi", kib as f64 / 1_048_576.0),
        Some('h') => format!("{}Mi", kib / 1024),
        _ => kib.to_string(),
    };
    let left = total.saturating_sub(used);
    let indent = if t.busybox() { "" } else { " " };
    let out = format!(
        "{indent}              total        used        free      shared  buff/cache   available\nMem:    {:>12} {:>11} {:>11} {:>11} {:>11} {:>11}\nSwap:   {:>12} {:>11} {:>11}\n",
        show(total),
        show(used),
        show(left),
        show(0),
        show(0),
        show(left),
        show(0),
        show(0),
        show(0)
    );
    t.out(out).await;
    0
}

pub(in super::super) async fn uptime(t: Tool) -> i32 {
    let now = t.ctx.sim().timestamp().strftime("%H:%M:%S").to_string();
    let minutes = t.ctx.now().as_millis() / 60_000;
    let up = if minutes >= 60 { format!("{}:{:02}", minutes / 60, minutes % 60) } else { format!("{minutes} min") };
    t.out(format!(" {now} up {up},  0 users,  load average: 0.00, 0.00, 0.00\n")).await;
    0
}
