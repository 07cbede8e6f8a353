//! ps and `top -bn1`. procps' columns, or busybox's.

use std::rc::Rc;

use super::super::tool::Tool;
use crate::process::{Process, ProcessState};

pub(super) fn user_name(t: &Tool, uid: u32) -> String {
    let passwd = String::from_utf8_lossy(&t.vfs().read_file("/etc/passwd").unwrap_or_default()).into_owned();
    let uid = uid.to_string();
    let line = passwd.lines().find(|line| line.split(':').nth(2) == Some(&uid)).map(str::to_owned);
    line.and_then(|line| line.split(':').next().map(str::to_owned)).unwrap_or(uid)
}

fn command(process: &Process) -> String {
    process.argv.borrow().join(" ")
}

fn state(process: &Process, own: bool) -> &'static str {
    match process.state() {
        ProcessState::Zombie(_) => "Z",
        ProcessState::Stopped(_) => "T",
        ProcessState::Alive if own => "R",
        ProcessState::Alive => "S",
    }
}

/// `H:MM` of processor time: a thousand steps count as ten milliseconds.
fn cpu(process: &Process) -> u64 {
    process.cpu_steps() / 100_000
}

/// A process, with the numbers that it and its parent have here.
struct Row {
    pid: u32,
    ppid: u32,
    process: Rc<Process>,
}

impl std::ops::Deref for Row {
    type Target = Process;
    fn deref(&self) -> &Process {
        &self.process
    }
}

/// Everything that is seen from here: on a node, the processes of containers too.
fn rows(t: &Tool) -> Vec<Row> {
    let kernel = t.ctx.kernel();
    let row = |(pid, process): (u32, Rc<Process>)| Row { pid, ppid: kernel.numbers_of(&process).1, process };
    kernel.seen().into_iter().map(row).collect()
}

pub(in super::super) async fn run(t: Tool) -> i32 {
    let processes = rows(&t);
    if t.busybox() {
        let mut out = String::from("PID   USER     TIME  COMMAND\n");
        for p in &processes {
            let seconds = cpu(p);
            let user = user_name(&t, p.credentials.get().uid);
            out.push_str(&format!("{:>5} {user:<8} {:>2}:{:02} {}\n", p.pid, seconds / 60, seconds % 60, command(p)));
        }
        t.out(out).await;
        return 0;
    }
    let words: Vec<String> = t.args.iter().skip(1).cloned().collect();
    let letters: String = words
        .iter()
        .filter(|w| !w.contains("=") && !w.chars().all(|c| c.is_ascii_digit()))
        .flat_map(|w| w.chars())
        .filter(|c| *c != '-')
        .collect();
    if let Some(bad) = letters.chars().find(|c| !"aAexufowlHpCNTUGjFhcrSv,Lkmt".contains(*c) && !c.is_ascii_lowercase()) {
        t.ctx.eprint(&format!("error: unsupported SysV option\n\nUsage:\n ps [options]\n\n Try 'ps --help <simple|list|output|threads|misc|all>'\n  or 'ps --help <s|l|o|t|m|a>'\n for additional help text.\n\nFor more details see ps(1). ({bad})\n")).await;
        return 1;
    }
    let out = if words.iter().any(|w| !w.starts_with('-') && w.contains('u')) {
        by_user(&t, &processes)
    } else if words.iter().any(|w| w.starts_with('-') && w.contains('f')) {
        full(&t, &processes, words.iter().any(|w| w.contains(['e', 'A'])))
    } else if words.iter().any(|w| !w.starts_with('-') && w.contains('x')) {
        with_state(&t, &processes)
    } else {
        short(&t, &processes, words.iter().any(|w| w.contains(['e', 'A', 'x', 'a'])))
    };
    t.out(out).await;
    0
}

fn start_time(t: &Tool, p: &Process) -> String {
    let ago = t.ctx.now().since(p.started);
    let span = jiff::Span::new().seconds(i64::try_from(ago.as_secs()).unwrap_or(0));
    t.ctx.sim().timestamp().checked_sub(span).map(|then| then.strftime("%H:%M").to_string()).unwrap_or_default()
}

fn terminal(p: &Process) -> &'static str {
    if p.tty.is_some() { "pts/0" } else { "?" }
}

fn full_state(t: &Tool, p: &Row) -> String {
    let leads = p.pid == 1 || p.process.pid == p.pgid.get();
    format!("{}{}", state(p, p.pid == t.ctx.pid()), if leads { "s" } else { "" })
}

/// `ps ax`.
fn with_state(t: &Tool, processes: &[Row]) -> String {
    let mut out = String::from("    PID TTY      STAT   TIME COMMAND\n");
    for p in processes {
        let (stat, seconds) = (full_state(t, p), cpu(p));
        out.push_str(&format!("{:>7} {:<8} {stat:<4} {:>3}:{:02} {}\n", p.pid, terminal(p), seconds / 60, seconds % 60, command(p)));
    }
    out
}

fn by_user(t: &Tool, processes: &[Row]) -> String {
    let mut out = String::from("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n");
    for p in processes {
        let user = user_name(t, p.credentials.get().uid);
        let (seconds, memory) = (cpu(p), 2048 + p.memory() / 1024);
        let stat = full_state(t, p);
        out.push_str(&format!(
            "{user:<8} {:>7}  0.0  0.0 {:>6} {memory:>5} {:<8} {stat:<4} {:<5} {:>3}:{:02} {}\n",
            p.pid,
            memory * 2,
            terminal(p),
            start_time(t, p),
            seconds / 60,
            seconds % 60,
            command(p)
        ));
    }
    out
}

fn full(t: &Tool, processes: &[Row], every: bool) -> String {
    let mut out = String::from("UID          PID    PPID  C STIME TTY          TIME CMD\n");
    for p in processes.iter().filter(|p| every || p.tty.is_some()) {
        let (user, seconds) = (user_name(t, p.credentials.get().uid), cpu(p));
        out.push_str(&format!(
            "{user:<8} {:>7} {:>7}  0 {} {:<8} {:02}:{:02}:{:02} {}\n",
            p.pid,
            p.ppid,
            start_time(t, p),
            terminal(p),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            command(p)
        ));
    }
    out
}

fn short(t: &Tool, processes: &[Row], every: bool) -> String {
    let mut out = String::from("    PID TTY          TIME CMD\n");
    let own_terminal = |p: &&Row| match (&p.tty, t.ctx.tty()) {
        (Some(theirs), Some(own)) => theirs.same(&own),
        _ => false,
    };
    for p in processes.iter().filter(|p| every || own_terminal(p) || p.pid == t.ctx.pid()) {
        let seconds = cpu(p);
        let name = p.argv.borrow().first().map(|a| a.rsplit('/').next().unwrap_or(a).to_owned()).unwrap_or_default();
        let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        out.push_str(&format!("{:>7} {:<8} {time} {name}\n", p.pid, terminal(p)));
    }
    out
}

/// `top -bn1`: one picture; without `-b` on a terminal it says so.
pub(in super::super) async fn top(t: Tool) -> i32 {
    if !t.args.iter().any(|a| a.starts_with('-') && a.contains('b')) {
        t.ctx.eprint("top: the full-screen view is not simulated in Podground; use top -bn1\n").await;
        return 1;
    }
    let processes = rows(&t);
    let running = processes.iter().filter(|p| matches!(p.state(), ProcessState::Alive)).count();
    let now = t.ctx.sim().timestamp().strftime("%H:%M:%S").to_string();
    let mut out = format!("top - {now} up {} min,  0 users,  load average: 0.00, 0.00, 0.00\n", t.ctx.now().as_millis() / 60_000);
    out.push_str(&format!(
        "Tasks: {:>3} total, {:>3} running\n\n    PID USER      PR  NI    VIRT    RES  S  %CPU  %MEM     TIME+ COMMAND\n",
        processes.len(),
        running.min(1)
    ));
    for p in &processes {
        let user = user_name(&t, p.credentials.get().uid);
        let memory = 2048 + p.memory() / 1024;
        let (steps, seconds) = (p.cpu_steps() / 1000 % 100, cpu(p));
        out.push_str(&format!(
            "{:>7} {user:<8}  20   0 {:>7} {memory:>6}  {}   0.0   0.0 {:>3}:{:02}.{steps:02} {}\n",
            p.pid,
            memory * 2,
            state(p, p.pid == t.ctx.pid()),
            seconds / 60,
            seconds % 60,
            command(p)
        ));
    }
    t.out(out).await;
    0
}
