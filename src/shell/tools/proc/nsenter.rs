//! `nsenter`: a command in another process's namespaces. Models util-linux.

use super::super::tool::Tool;
use crate::process::{Errno, Spawn};

const LONG: &[(&str, char)] = &[
    ("target", 't'),
    ("all", 'a'),
    ("mount", 'm'),
    ("uts", 'u'),
    ("ipc", 'i'),
    ("net", 'n'),
    ("pid", 'p'),
    ("user", 'U'),
    ("cgroup", 'C'),
    ("time", 'T'),
    ("no-fork", 'F'),
    ("root", 'r'),
    ("wd", 'w'),
];

pub(in super::super) async fn run(t: Tool) -> i32 {
    // The optional values (files instead of a process's namespaces) are not there: `-n` takes none.
    let options = match t.options("+t:amuinpUCTFrw", LONG, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(target) = options.value('t') else {
        t.complain("no target PID specified for --all").await;
        return 1;
    };
    let kernel = t.ctx.kernel();
    let process = target.parse().ok().and_then(|pid| kernel.seen_as(pid));
    let (Some(process), true) = (process, t.who().uid == 0) else {
        let why = if t.who().uid == 0 { Errno::ENOENT } else { Errno::EACCES };
        let first = options.given.iter().find_map(|(letter, _)| LONG.iter().find(|(_, l)| l == letter && *l != 't'));
        let name = first.map_or("mnt", |(name, _)| if matches!(*name, "mount" | "all") { "mnt" } else { name });
        t.complain(&format!("cannot open /proc/{target}/ns/{name}: {why}")).await;
        return 1;
    };
    let all = options.has('a');
    let mut namespaces = t.ctx.namespaces().clone();
    let theirs = &process.namespaces;
    if all || options.has('m') {
        namespaces.mount = theirs.mount.clone();
    }
    if all || options.has('n') {
        namespaces.net = theirs.net.clone();
    }
    if all || options.has('u') {
        namespaces.uts = theirs.uts.clone();
    }
    if all || options.has('i') {
        namespaces.ipc = theirs.ipc;
    }
    if all || options.has('C') {
        namespaces.cgroup = theirs.cgroup.clone();
    }
    let command = match options.operands.is_empty() {
        true => vec![t.ctx.env("SHELL").unwrap_or_else(|| "/bin/sh".into())],
        false => options.operands.clone(),
    };
    let name = command.first().cloned().unwrap_or_default();
    let enters_pid = (all || options.has('p')).then(|| process.kernel()).flatten();
    let moved = all || options.has('m');
    let spawn = Spawn { namespaces: Some(namespaces), kernel: enters_pid.clone(), cwd: moved.then(|| "/".into()), ..Spawn::new(command) };
    let child = match t.ctx.spawn(spawn) {
        Ok(child) => child,
        Err(errno) => {
            t.complain(&format!("failed to execute {name}: {errno}")).await;
            return if errno == Errno::ENOENT { 127 } else { 126 };
        }
    };
    // The terminal's signals go to the command, whose group has another number.
    let terminal = t.ctx.tty().filter(|_| enters_pid.is_some());
    if let (Some(tty), Some(inner)) = (&terminal, &enters_pid) {
        child.process().pgid.set(child.pid());
        tty.set_foreground(inner, child.pid());
    }
    let status = child.wait().await;
    if let Some(tty) = &terminal {
        tty.set_foreground(kernel, t.ctx.process().pgid.get());
    }
    status.code()
}
