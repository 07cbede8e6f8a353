//! Plays shell transcripts on a bare kernel.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;
use crate::process::vfs::Credentials;
use crate::process::{Cgroup, FileSystem, Kernel, Namespaces, Uts, Vfs, channel_sink, null};
use crate::sim::{Sim, Time, channel};

/// A shell to type at.
struct Machine {
    sim: Sim,
    vfs: Vfs,
    home: &'static str,
    who: Credentials,
    lines: channel::Sender<String>,
    replies: RefCell<channel::Receiver<Reply>>,
    out: RefCell<channel::Receiver<Vec<u8>>>,
    err: RefCell<channel::Receiver<Vec<u8>>>,
}

impl Machine {
    fn new(kind: &str) -> Machine {
        let sim = Sim::new(1, 1_700_000_000);
        let vfs = Vfs::new(FileSystem::new());
        let dialect = match kind {
            "sh" => Dialect::Ash,
            "dash" => Dialect::Dash,
            _ => Dialect::Bash,
        };
        let busybox = dialect == Dialect::Ash;
        if busybox {
            userland::busybox(&vfs)
        } else {
            userland::workstation(&vfs)
        }
        let host = if busybox { "app" } else { "workstation" };
        let ip = busybox.then(|| "10.244.0.5".parse().unwrap());
        if busybox {
            vfs.write_file("/etc/hostname", b"app\n", Time::ZERO).unwrap();
            vfs.write_file("/etc/hosts", b"127.0.0.1\tlocalhost\n10.244.0.5\tapp\n", Time::ZERO).unwrap();
            let resolv = b"nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n";
            vfs.write_file("/etc/resolv.conf", resolv, Time::ZERO).unwrap();
        }
        let who = if busybox { Credentials::ROOT } else { Credentials { uid: 1000, gid: 1000 } };
        let home = if busybox { "/root" } else { "/home/learner" };
        let net = crate::network::Network::new(sim.clone()).namespace(host, ip, None);
        let namespaces = Namespaces { mount: vfs.clone(), net, uts: Uts::new(host), ipc: 1, cgroup: Cgroup::new(None, Some(200)) };
        let kernel = Kernel::new(&sim, host);
        let (lines, line_end) = channel::unbounded();
        let (reply, replies) = channel::unbounded();
        vfs.install("/driven", driven(dialect, line_end, reply), 1);
        let env = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>();
        let env = if busybox {
            vfs.install(
                "/init",
                crate::process::program(|ctx| async move {
                    ctx.sleep(std::time::Duration::from_secs(360_000)).await;
                    0
                }),
                1,
            );
            kernel
                .spawn(namespaces.clone(), vec!["/init".into(), "sleep".into(), "3600".into()], env(&[]), "/", who, BTreeMap::new(), None)
                .unwrap();
            env(&[
                ("HOME", home),
                ("HOSTNAME", "app"),
                ("TERM", "xterm"),
                ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            ])
        } else {
            env(&[
                ("HOME", home),
                ("USER", "learner"),
                ("LOGNAME", "learner"),
                ("SHELL", "/bin/bash"),
                ("LANG", "C.UTF-8"),
                ("TERM", "xterm"),
                ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ])
        };
        let (out_sender, out) = channel::unbounded();
        let (err_sender, err) = channel::unbounded();
        let fds = BTreeMap::from([(0, null()), (1, channel_sink(out_sender)), (2, channel_sink(err_sender))]);
        if !busybox {
            vfs.install(
                "/init",
                crate::process::program(|ctx| async move {
                    ctx.sleep(std::time::Duration::from_secs(360_000)).await;
                    0
                }),
                1,
            );
            kernel.spawn(namespaces.clone(), vec!["/init".into()], BTreeMap::new(), "/", Credentials::ROOT, BTreeMap::new(), None).unwrap();
        }
        kernel.spawn(namespaces, vec!["/driven".into()], env, home, who, fds, None).unwrap();
        Machine { sim, vfs, home, who, lines, replies: RefCell::new(replies), out: RefCell::new(out), err: RefCell::new(err) }
    }

    fn write_file(&self, path: &str, text: &str) {
        let path = format!("{}/{path}", self.home);
        let parent = path.rsplit_once('/').unwrap().0.to_owned();
        let mut at = String::new();
        for part in parent.split('/').skip(1) {
            at = format!("{at}/{part}");
            let _ = self.vfs.create_dir(&at, 0o755, self.sim.now(), self.who);
        }
        self.vfs.write_file(&path, text.as_bytes(), self.sim.now()).unwrap();
        let _ = self.vfs.change(&path, Credentials::ROOT, |inode| {
            inode.uid = self.who.uid;
            inode.gid = self.who.gid;
        });
    }

    fn type_line(&self, line: &str) -> Option<Reply> {
        let _ = self.lines.send(line.to_owned());
        let mut busy = 0;
        loop {
            if let Some(reply) = self.replies.borrow_mut().try_recv() {
                // What the signal of the last command did may still want to be printed.
                self.sim.run_ready(10_000);
                return Some(reply);
            }
            self.sim.run_ready(20_000);
            if let Some(reply) = self.replies.borrow_mut().try_recv() {
                return Some(reply);
            }
            let next = self.sim.next_timer()?;
            self.sim.run_until(next, 20_000);
            busy += 1;
            if busy > 50_000 {
                return None;
            }
        }
    }

    fn take(&self) -> (String, String) {
        let drain = |r: &RefCell<channel::Receiver<Vec<u8>>>| {
            let mut all = Vec::new();
            while let Some(bytes) = r.borrow_mut().try_recv() {
                all.extend(bytes);
            }
            String::from_utf8_lossy(&all).into_owned()
        };
        (drain(&self.out), drain(&self.err))
    }
}

fn stream(prefix: char, text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        out.push_str(&if body.is_empty() { format!("{prefix}\n") } else { format!("{prefix} {body}\n") });
    }
    if !text.is_empty() && !text.ends_with('\n') {
        out.push_str(&format!("\\ {prefix}\n"));
    }
    out
}

/// Plays a transcript's commands, and gives the transcript with what happened.
fn replay(source: &str) -> String {
    let kind = source.lines().find_map(|l| l.strip_prefix("@ shell ")).unwrap_or("bash").trim();
    let machine = Machine::new(kind);
    let mut out = String::new();
    let lines: Vec<&str> = source.lines().collect();
    let mut i = 0;
    while i < lines.len() {
        let line = lines[i];
        i += 1;
        if let Some(path) = line.strip_prefix("@ file ") {
            out.push_str(&format!("{line}\n"));
            let mut text = String::new();
            while i < lines.len() && lines[i].starts_with('+') {
                out.push_str(&format!("{}\n", lines[i]));
                text.push_str(lines[i].strip_prefix("+ ").unwrap_or(""));
                text.push('\n');
                i += 1;
            }
            machine.write_file(path.trim(), &text);
        } else if let Some(command) = line.strip_prefix("$ ").or(line.strip_prefix("$").filter(|c| c.is_empty())) {
            out.push_str(&format!("{line}\n"));
            let mut reply = machine.type_line(command);
            while i < lines.len() && lines[i].starts_with('>') {
                out.push_str(&format!("{}\n", lines[i]));
                reply = machine.type_line(lines[i].strip_prefix("> ").unwrap_or(""));
                i += 1;
            }
            let (stdout, stderr) = machine.take();
            out.push_str(&stream('|', &stdout));
            out.push_str(&stream('!', &stderr));
            match reply {
                Some(Reply::Ran(0) | Reply::Exited(0)) => {}
                Some(Reply::Ran(n) | Reply::Exited(n)) => out.push_str(&format!("? {n}\n")),
                other => out.push_str(&format!("? {other:?}\n")),
            }
        } else if line.starts_with(['#', '@']) {
            out.push_str(&format!("{line}\n"));
        }
    }
    out
}

/// Plays every transcript of `PODGROUND_TRANSCRIPTS` into `PODGROUND_REPLAYED`, to be compared from outside.
#[test]
#[ignore = "a tool: it writes files"]
fn replay_folder() {
    let (Ok(from), Ok(to)) = (std::env::var("PODGROUND_TRANSCRIPTS"), std::env::var("PODGROUND_REPLAYED")) else { return };
    let mut paths: Vec<_> = std::fs::read_dir(&from).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths.into_iter().filter(|p| p.extension().is_some_and(|e| e == "txt")) {
        let source = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_owned();
        let to = std::path::Path::new(&to).join(name);
        let played = std::thread::Builder::new().stack_size(16 << 20).spawn(move || replay(&source)).unwrap().join();
        std::fs::write(to, played.unwrap_or_else(|_| "# panicked\n".into())).unwrap();
    }
}

#[test]
fn a_shell_runs_what_is_typed() {
    let played = replay("@ shell bash\n$ for i in 1 2; do echo $i; done | wc -l\n$ foo\n$ echo $((2+3)) {a,b}\n");
    let expected = "@ shell bash\n$ for i in 1 2; do echo $i; done | wc -l\n| 2\n$ foo\n! bash: foo: command not found\n? 127\n\
                    $ echo $((2+3)) {a,b}\n| 5 a b\n";
    assert_eq!(played, expected);
    let _ = Rc::new(());
}
