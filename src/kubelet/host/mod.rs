//! The node as a place to go: its services, and the programs that only a node has.

mod args;
mod crictl;
mod crictl_acts;
mod docker;
mod docker_inspect;
mod docker_list;
mod inspect;
mod journal;
mod logs;
mod pods;
mod services;
mod systemctl;
mod table;

use std::rc::{Rc, Weak};

use super::main_loop::{Inner, Kubelet};
use crate::cri::{ExecError, Machine, Runtime, Session};
use crate::process::{ProcessContext, Program, program};
use crate::sim::LocalBoxFuture;

/// How large the programs look in `ls -l`.
const PROGRAM_BYTES: u64 = 40_000_000;

/// What a node's program is told: its process, and the node.
struct Seat {
    ctx: ProcessContext,
    kubelet: Kubelet,
    args: Vec<String>,
}

impl Seat {
    fn runtime(&self) -> &Runtime {
        self.kubelet.runtime()
    }

    fn machine(&self) -> &Machine {
        self.runtime().machine()
    }

    async fn print(&self, text: &str) {
        self.ctx.print(text).await;
    }

    /// A line on stderr, and exit code 1.
    async fn fail(&self, text: &str) -> i32 {
        self.ctx.eprint(&format!("{text}\n")).await;
        1
    }
}

type Run = fn(Seat) -> LocalBoxFuture<'static, i32>;

/// The programs of every node: path and code.
const PROGRAMS: &[(&str, Run)] = &[
    ("/usr/bin/crictl", |seat| Box::pin(crictl::run(seat))),
    ("/usr/bin/ctr", |seat| Box::pin(ctr(seat))),
    ("/usr/bin/journalctl", |seat| Box::pin(journal::run(seat))),
    ("/usr/bin/sudo", |seat| Box::pin(sudo(seat))),
    ("/usr/bin/systemctl", |seat| Box::pin(systemctl::run(seat))),
];
/// Those of a node with Docker Engine.
const DOCKER: &[(&str, Run)] = &[("/usr/bin/docker", |seat| Box::pin(docker::run(seat)))];

fn on_node(kubelet: Weak<Inner>, run: Run) -> Program {
    program(move |ctx| {
        let kubelet = kubelet.upgrade().map(Kubelet);
        async move {
            let Some(kubelet) = kubelet else { return 1 };
            let args = ctx.args();
            run(Seat { ctx, kubelet, args }).await
        }
    })
}

impl Kubelet {
    /// Gives the node its programs and starts its services.
    pub(super) fn furnish(&self) {
        let files = self.runtime().machine().files();
        let docker = self.runtime().flavour().is_docker();
        for (path, run) in PROGRAMS.iter().chain(DOCKER.iter().filter(|_| docker)) {
            files.install(path, on_node(Rc::downgrade(&self.0), *run), PROGRAM_BYTES);
        }
        if docker {
            let _ = files.write_file("/etc/crictl.yaml", b"runtime-endpoint: unix:///run/cri-dockerd.sock\n", self.0.sim.now());
        }
        self.runtime().machine().set_hardware(self.0.config.memory_kib, self.0.config.cpus);
        logs::mount(self);
        pods::mount(self);
        self.start_services();
    }

    /// A root shell on the node, or one command there.
    pub fn log_in(&self, argv: Vec<String>, tty: bool) -> Result<Session, ExecError> {
        self.runtime().machine().log_in(&self.0.sim, argv, tty)
    }
}

/// `ctr`: containerd's own client for its developers.
async fn ctr(seat: Seat) -> i32 {
    seat.fail("ctr: containerd's own client is not simulated in Podground: use crictl").await
}

/// `sudo COMMAND`: the user of a node is root already.
async fn sudo(seat: Seat) -> i32 {
    let command: Vec<String> = seat.args.iter().skip(1).skip_while(|word| word.starts_with('-')).cloned().collect();
    let name = command.first().cloned().unwrap_or_default();
    if name.is_empty() {
        return seat.fail("usage: sudo command [arg ...]").await;
    }
    match seat.ctx.exec(command).await {
        Ok(code) => code,
        Err(_) => seat.fail(&format!("sudo: {name}: command not found")).await,
    }
}
