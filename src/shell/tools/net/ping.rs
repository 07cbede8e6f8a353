//! ping. iputils' words, or busybox's.

use std::time::Duration;

use super::super::tool::Tool;
use super::resolve;

pub(in super::super) async fn run(t: Tool) -> i32 {
    let options = match t.options("!swI!46c:i:W:w:qs:I:n", &[], 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(host) = options.operands.first() else {
        return t.misuse(if t.busybox() { "" } else { "usage error: Destination address required" }, 2).await;
    };
    let Some(ip) = resolve(&t, host).await.ok().and_then(|all| all.first().copied()) else {
        if t.busybox() {
            t.complain(&format!("bad address '{host}'")).await;
            return 1;
        }
        t.complain(&format!("{host}: Name or service not known")).await;
        return 2;
    };
    let wanted = options.value('c');
    let count: u64 = wanted.and_then(|c| c.parse().ok()).unwrap_or(u64::MAX);
    if let Some(bad) = wanted.filter(|c| c.parse::<u64>().is_err()) {
        t.complain(&if t.busybox() { format!("invalid number '{bad}'") } else { format!("invalid argument: '{bad}'") }).await;
        return 1;
    }
    let interval = options.value('i').and_then(|i| i.parse::<f64>().ok()).filter(|i| *i > 0.0).unwrap_or(1.0);
    let wait = options.value('W').and_then(|w| w.parse::<f64>().ok()).unwrap_or(10.0);
    let head =
        if t.busybox() { format!("PING {host} ({ip}): 56 data bytes\n") } else { format!("PING {host} ({ip}) 56(84) bytes of data.\n") };
    t.out(head).await;
    let begun = t.ctx.now();
    let (mut sent, mut times) = (0u64, Vec::new());
    while sent < count {
        if sent > 0 {
            t.ctx.sleep(Duration::from_secs_f64(interval)).await;
        }
        sent += 1;
        let answer = t.ctx.sim().timeout(Duration::from_secs_f64(wait), t.ctx.net().ping(ip)).await;
        if let Ok(Ok(took)) = answer {
            let milliseconds = took.as_secs_f64() * 1000.0;
            times.push(milliseconds);
            if !options.has('q') {
                let line = if t.busybox() {
                    format!("64 bytes from {ip}: seq={} ttl=64 time={milliseconds:.3} ms\n", sent - 1)
                } else {
                    format!("64 bytes from {ip}: icmp_seq={sent} ttl=64 time={milliseconds:.3} ms\n")
                };
                t.out(line).await;
            }
        }
    }
    summary(&t, host, sent, &times, t.ctx.now().since(begun)).await;
    i32::from(times.is_empty())
}

async fn summary(t: &Tool, host: &str, sent: u64, times: &[f64], took: Duration) {
    let received = times.len() as u64;
    let loss = (sent - received.min(sent)) * 100 / sent.max(1);
    let tail = if t.busybox() { String::new() } else { format!(", time {}ms", took.as_millis()) };
    let name = if t.busybox() { "packets received" } else { "received" };
    let mut text = format!("\n--- {host} ping statistics ---\n{sent} packets transmitted, {received} {name}, {loss}% packet loss{tail}\n");
    if !times.is_empty() {
        let min = times.iter().copied().fold(f64::INFINITY, f64::min);
        let max = times.iter().copied().fold(0.0, f64::max);
        let average = times.iter().sum::<f64>() / times.len() as f64;
        let deviation = (times.iter().map(|x| (x - average).powi(2)).sum::<f64>() / times.len() as f64).sqrt();
        text.push_str(&if t.busybox() {
            format!("round-trip min/avg/max = {min:.3}/{average:.3}/{max:.3} ms\n")
        } else {
            format!("rtt min/avg/max/mdev = {min:.3}/{average:.3}/{max:.3}/{deviation:.3} ms\n")
        });
    }
    t.out(text).await;
}
