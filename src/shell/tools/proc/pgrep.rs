//! pgrep, pidof, pkill, kill and killall.

use std::rc::Rc;

use super::super::tool::Tool;
use crate::process::{Process, ProcessState, Signal};

fn name_of(process: &Process) -> String {
    let argv = process.argv.borrow();
    argv.first().map(|a| a.rsplit('/').next().unwrap_or(a).trim_end_matches(':').to_owned()).unwrap_or_default()
}

/// Processes with the numbers they have here.
fn found(t: &Tool, matches: impl Fn(&Process) -> bool) -> Vec<(u32, Rc<Process>)> {
    let alive = |pid: u32, p: &Process| !matches!(p.state(), ProcessState::Zombie(_)) && pid != t.ctx.pid();
    t.ctx.kernel().seen().into_iter().filter(|(pid, p)| alive(*pid, p) && matches(p)).collect()
}

/// The signal among the arguments (`-9`, `-TERM`), and the rest.
fn signal_and_names(t: &Tool) -> (Signal, bool, Vec<String>) {
    let (mut signal, mut whole_line, mut names) = (Signal::TERM, false, Vec::new());
    for word in t.args.iter().skip(1) {
        let given = word.strip_prefix('-').and_then(|s| s.parse().ok().and_then(Signal::from_number).or_else(|| Signal::from_name(s)));
        match given {
            Some(given) => signal = given,
            None if word == "-f" => whole_line = true,
            None if word.starts_with('-') => {}
            None => names.push(word.clone()),
        }
    }
    (signal, whole_line, names)
}

fn by_pattern(t: &Tool, pattern: &str, whole_line: bool) -> Vec<(u32, Rc<Process>)> {
    found(t, |p| if whole_line { p.argv.borrow().join(" ").contains(pattern) } else { name_of(p).contains(pattern) })
}

pub(in super::super) async fn pgrep(t: Tool) -> i32 {
    let (_, whole_line, names) = signal_and_names(&t);
    let Some(pattern) = names.first() else { return t.misuse("no matching criteria specified", 2).await };
    let long = t.args.iter().any(|a| a == "-l" || a == "-a");
    let processes = by_pattern(&t, pattern, whole_line);
    let lines = processes.iter().map(|(pid, p)| if long { format!("{pid} {}\n", name_of(p)) } else { format!("{pid}\n") });
    t.out(lines.collect::<String>()).await;
    i32::from(processes.is_empty())
}

pub(in super::super) async fn pkill(t: Tool) -> i32 {
    let (signal, whole_line, names) = signal_and_names(&t);
    let Some(pattern) = names.first() else { return t.misuse("no matching criteria specified", 2).await };
    let processes = by_pattern(&t, pattern, whole_line);
    for (pid, _) in &processes {
        let _ = t.ctx.kill(i64::from(*pid), Some(signal));
    }
    i32::from(processes.is_empty())
}

pub(in super::super) async fn pidof(t: Tool) -> i32 {
    let names: Vec<String> = t.args.iter().skip(1).filter(|a| !a.starts_with('-')).cloned().collect();
    let mut pids: Vec<u32> = found(&t, |p| names.contains(&name_of(p))).iter().map(|(pid, _)| *pid).collect();
    pids.reverse();
    if pids.is_empty() {
        return 1;
    }
    let texts: Vec<String> = pids.iter().map(u32::to_string).collect();
    t.out(format!("{}\n", texts.join(" "))).await;
    0
}

/// The program, for where no shell is: `kubectl exec POD -- kill 1`.
pub(in super::super) async fn kill(t: Tool) -> i32 {
    let mut words = t.args.get(1..).unwrap_or_default();
    let mut signal = Some(Signal::TERM);
    if let Some(option) = words.first().filter(|word| word.len() > 1 && word.starts_with('-') && *word != "--") {
        let (text, used) = match option.as_str() {
            "-s" | "-n" => (words.get(1).map(String::as_str).unwrap_or_default(), 2),
            option => (option.trim_start_matches('-'), 1),
        };
        signal = Signal::from_name(text).or_else(|| text.parse().ok().and_then(Signal::from_number));
        if signal.is_none() && text != "0" {
            t.complain(&if t.busybox() { format!("bad signal name '{text}'") } else { format!("unknown signal name {text}") }).await;
            return 1;
        }
        words = words.get(used..).unwrap_or_default();
    }
    if words.is_empty() {
        t.complain(if t.busybox() { "you need to specify whom to kill" } else { "not enough arguments" }).await;
        return 1;
    }
    let mut status = 0;
    for word in words.iter().filter(|word| *word != "--") {
        let why = match word.parse().map(|pid: i64| (pid, t.ctx.kill(pid, signal))) {
            Ok((_, Ok(()))) => continue,
            Ok((pid, Err(errno))) if t.busybox() => format!("can't kill pid {pid}: {errno}"),
            Ok((pid, Err(errno))) => format!("({pid}): {errno}"),
            Err(_) if t.busybox() => format!("invalid number '{word}'"),
            Err(_) => format!("failed to parse argument: '{word}'"),
        };
        t.complain(&why).await;
        status = 1;
    }
    status
}

pub(in super::super) async fn killall(t: Tool) -> i32 {
    let (signal, _, names) = signal_and_names(&t);
    if names.is_empty() {
        if t.busybox() {
            t.complain("you need to specify whom to kill").await;
            return 1;
        }
        return t.misuse("", 1).await;
    }
    let mut status = 0;
    for name in &names {
        let processes = found(&t, |p| &name_of(p) == name);
        if processes.is_empty() {
            let text = if t.busybox() { format!("{name}: no process killed") } else { format!("{name}: no process found") };
            if t.busybox() {
                t.complain(&text).await;
            } else {
                t.ctx.eprint(&format!("{text}\n")).await;
            }
            status = 1;
        }
        for (pid, _) in processes {
            let _ = t.ctx.kill(i64::from(pid), Some(signal));
        }
    }
    status
}
