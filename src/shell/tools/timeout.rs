use super::env::{cannot_run, child};
use super::sleep::duration;
use super::tool::Tool;
use crate::process::{Disposition, Signal};
use crate::sim::{Either, select};

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("signal", 's'), ("kill-after", 'k'), ("preserve-status", 'p'), ("foreground", 'f'), ("verbose", 'v')];
    let options = match t.options("+s:k:v|pf", &long, 125).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let operands = &options.operands;
    let (Some(limit), Some(command)) = (operands.first(), operands.get(1)) else {
        if operands.is_empty() || !t.busybox() {
            return t.hint(125).await;
        }
        return t.hint(1).await;
    };
    let Some(limit) = duration(limit) else {
        if t.busybox() {
            t.complain(&format!("invalid number '{limit}'")).await;
            return 1;
        }
        return t.misuse(&format!("invalid time interval {}", t.quote(limit)), 125).await;
    };
    let signal = match options.value('s') {
        None => Signal::TERM,
        Some(name) => match name.parse().ok().and_then(Signal::from_number).or_else(|| Signal::from_name(name)) {
            Some(signal) => signal,
            None => return t.misuse(&format!("{}: invalid signal", t.quote(name)), 125).await,
        },
    };
    let child = match child(&t, operands.get(1..).unwrap_or(&[])) {
        Ok(child) => child,
        Err(errno) => return cannot_run(&t, command, errno).await,
    };
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        t.ctx.set_disposition(signal, Disposition::Catch);
    }
    let pid = i64::from(child.pid());
    let ended = Box::pin(child.wait());
    let late = Box::pin(t.ctx.sleep(limit));
    let ended = match select(ended, late).await {
        Either::Left((status, _)) => return status.code(),
        Either::Right((_, ended)) => ended,
    };
    let say = async |signal: Signal| {
        if options.has('v') {
            t.complain(&format!("sending signal {} to command {}", signal.name(), t.quote(command))).await;
        }
    };
    say(signal).await;
    let _ = t.ctx.kill(pid, Some(signal));
    let killed = options.value('k').and_then(duration);
    let status = match killed {
        None => ended.await,
        Some(wait) => match select(ended, Box::pin(t.ctx.sleep(wait))).await {
            Either::Left((status, _)) => status,
            Either::Right((_, ended)) => {
                say(Signal::KILL).await;
                let _ = t.ctx.kill(pid, Some(Signal::KILL));
                ended.await
            }
        },
    };
    if status.code() == 137 && !t.busybox() {
        // Its own end shall look like the command's.
        let _ = t.ctx.kill(i64::from(t.ctx.pid()), Some(Signal::KILL));
        t.ctx.sim().yield_now().await;
        return 137;
    }
    match (t.busybox(), options.has('p')) {
        (true, _) | (_, true) => status.code(),
        _ => 124,
    }
}
