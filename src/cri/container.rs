//! Containers: configuration, state, start and stop.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::Timestamp;

use super::log::{Log, Output};
use super::rootfs::{self, Mount};
use super::sandbox::Sandbox;
use crate::images::PulledImage;
use crate::process::vfs::Credentials;
use crate::process::{
    Cgroup, Child, Errno, ExitStatus, File, FileOps, FileType, Kernel, Namespaces, Signal, Tty, Vfs, channel_source, null, procfs,
};
use crate::sim::Sim;
use crate::sim::channel::{self, Notify, Sender};

/// Processes that a container may have at once; the kubelet's `podPidsLimit` of many clusters.
const LIMIT_PROCESSES: usize = 1024;

/// What a container is made from. Models `runtimeapi.ContainerConfig`.
#[derive(Clone)]
pub struct ContainerConfig {
    /// Its name within the pod.
    pub name: String,
    /// Counts its restarts.
    pub attempt: u32,
    /// The image.
    pub image: Rc<PulledImage>,
    /// What replaces the image's entry point.
    pub command: Vec<String>,
    /// What replaces the image's arguments.
    pub args: Vec<String>,
    /// The environment, over the image's.
    pub env: Vec<(String, String)>,
    /// The working directory, where it is not the image's.
    pub working_dir: String,
    /// What is mounted.
    pub mounts: Vec<Mount>,
    /// Whether nothing else may be written.
    pub read_only_root: bool,
    /// The user and group, where they are not the image's.
    pub user: Option<u32>,
    /// See `user`.
    pub group: Option<u32>,
    /// Whether its standard input stays open.
    pub stdin: bool,
    /// Whether it has a terminal.
    pub tty: bool,
    /// The most memory it may use.
    pub memory_limit_bytes: Option<u64>,
    /// The processor time it may use, in thousandths of a processor.
    pub cpu_limit_millis: Option<u64>,
    /// The processor time it asked for, in thousandths of a processor.
    pub cpu_request_millis: u64,
}

/// What a container is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Made, not started.
    Created,
    /// Running.
    Running {
        /// Since when.
        started: Timestamp,
    },
    /// Ended, or never got going.
    Exited {
        /// When it was started.
        started: Timestamp,
        /// When it ended.
        finished: Timestamp,
        /// The exit code; 128 and the signal's number after a signal.
        exit_code: i32,
        /// `Completed`, `Error`, `OOMKilled`, `StartError`.
        reason: String,
        /// Why it could not be started.
        message: String,
    },
}

/// The runtime's sentence about a container that could not be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError(pub String);

/// Where an attached client gets the output.
pub(super) struct Tap {
    pub stdout: Sender<Vec<u8>>,
    pub stderr: Sender<Vec<u8>>,
}

/// A container.
pub struct Container {
    /// 64 hexadecimal digits.
    pub id: String,
    /// The sandbox it is in.
    pub sandbox: Rc<Sandbox>,
    /// What it was made from.
    pub config: ContainerConfig,
    /// When it was made.
    pub created: Timestamp,
    /// What its processes wrote.
    pub log: Log,
    /// Its file tree.
    pub files: Vfs,
    /// Its PID namespace.
    pub kernel: Kernel,
    /// Its limits.
    pub cgroup: Cgroup,
    /// Its terminal.
    pub tty: Option<Tty>,
    pub(super) sim: Sim,
    state: RefCell<ContainerState>,
    child: RefCell<Option<Child>>,
    stdin: RefCell<Option<Sender<Vec<u8>>>>,
    pub(super) taps: RefCell<Vec<Tap>>,
    changed: Notify,
    kills: Cell<u32>,
}

impl Container {
    pub(super) fn new(sim: &Sim, id: String, sandbox: &Rc<Sandbox>, config: ContainerConfig) -> Rc<Container> {
        let kernel = sandbox.container_kernel(&config.name);
        let proc = procfs(&kernel, sandbox.memory_kib, sandbox.cpus);
        let cgroup = Cgroup::new(config.memory_limit_bytes, Some(LIMIT_PROCESSES))
            .with_cpu(config.cpu_limit_millis, config.cpu_request_millis)
            .killed_together();
        let files = rootfs::build(&config.image.layer, &config.mounts, config.read_only_root, proc, cgroup.files());
        Rc::new(Container {
            id,
            sandbox: sandbox.clone(),
            created: sim.timestamp(),
            log: Log::new(sim),
            files,
            kernel,
            cgroup,
            tty: config.tty.then(Tty::default),
            sim: sim.clone(),
            state: RefCell::new(ContainerState::Created),
            child: RefCell::default(),
            stdin: RefCell::default(),
            taps: RefCell::default(),
            changed: Notify::new(),
            kills: Cell::new(0),
            config,
        })
    }

    /// What it is doing.
    pub fn state(&self) -> ContainerState {
        self.state.borrow().clone()
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        matches!(*self.state.borrow(), ContainerState::Running { .. })
    }

    /// Notified when its state changes.
    pub fn changed(&self) -> &Notify {
        &self.changed
    }

    /// The number of its first process on the node.
    pub fn node_pid(&self) -> u32 {
        self.child.borrow().as_ref().map_or(0, |child| self.sandbox.machine.numbers_of(child.process()).0)
    }

    /// The number of its first process.
    pub fn pid(&self) -> Option<u32> {
        self.child.borrow().as_ref().map(Child::pid)
    }

    /// The command and its arguments, after the rules of `command` and `args`.
    pub fn argv(&self) -> Vec<String> {
        let (config, image) = (&self.config, &self.config.image.config);
        let mut argv = if config.command.is_empty() { image.entrypoint.clone() } else { config.command.clone() };
        match (config.command.is_empty(), config.args.is_empty()) {
            (_, false) => argv.extend(config.args.iter().cloned()),
            (true, true) => argv.extend(image.cmd.iter().cloned()),
            (false, true) => {}
        }
        argv
    }

    /// The user it runs as.
    pub fn credentials(&self) -> Credentials {
        let (uid, gid) = self.config.image.config.user;
        Credentials {
            uid: self.config.user.unwrap_or(uid),
            gid: self.config.group.unwrap_or(if self.config.user.is_some() { 0 } else { gid }),
        }
    }

    /// The environment of its processes.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let mut env: BTreeMap<String, String> = self.config.image.config.env.iter().cloned().collect();
        env.insert("HOSTNAME".into(), self.sandbox.uts.hostname());
        env.extend(self.config.env.iter().cloned());
        if self.config.tty {
            env.entry("TERM".into()).or_insert_with(|| "xterm".into());
        }
        let uid = self.credentials().uid;
        env.entry("HOME".into()).or_insert_with(|| home_of(&self.files, uid));
        env
    }

    /// The directory its processes start in.
    pub fn working_dir(&self) -> String {
        let image = &self.config.image.config.working_dir;
        let chosen = if self.config.working_dir.is_empty() { image } else { &self.config.working_dir };
        if chosen.is_empty() { "/".to_owned() } else { chosen.clone() }
    }

    pub(super) fn namespaces(&self) -> Namespaces {
        Namespaces {
            mount: self.files.clone(),
            net: self.sandbox.net.clone(),
            uts: self.sandbox.uts.clone(),
            ipc: self.sandbox.ipc,
            cgroup: self.cgroup.clone(),
        }
    }

    /// Starts its first process.
    pub(super) fn start(self: &Rc<Self>) -> Result<(), StartError> {
        let argv = self.argv();
        let cwd = self.working_dir();
        // runc makes a working directory that the image lacks.
        let _ = self.files.create_dir_all(&cwd);
        let started = self.sim.timestamp();
        let fds = self.descriptors();
        let spawned = match argv.first() {
            None => Err("no command specified".to_owned()),
            Some(command) => {
                let result =
                    self.kernel.spawn(self.namespaces(), argv.clone(), self.environment(), &cwd, self.credentials(), fds, self.tty.clone());
                result.map_err(|errno| format!("unable to start container process: {}", exec_error(command, errno)))
            }
        };
        match spawned {
            Ok(child) => {
                self.sandbox.adopt(&child);
                *self.child.borrow_mut() = Some(child.clone());
                self.set_state(ContainerState::Running { started });
                self.watch(child, started);
                Ok(())
            }
            Err(why) => {
                let message = format!(
                    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: {why}: unknown"
                );
                self.log.close();
                self.set_state(ContainerState::Exited {
                    // containerd reports the epoch as the start of what never started.
                    started: Timestamp::UNIX_EPOCH,
                    finished: self.sim.timestamp(),
                    exit_code: 128,
                    reason: "StartError".into(),
                    message: message.clone(),
                });
                Err(StartError(message))
            }
        }
    }

    fn descriptors(self: &Rc<Self>) -> BTreeMap<i32, File> {
        if let Some(tty) = &self.tty {
            self.pump_terminal(tty);
            let file: File = Rc::new(tty.clone());
            return (0..3).map(|fd| (fd, file.clone())).collect();
        }
        let stdin = if self.config.stdin {
            let (sender, receiver) = channel::unbounded();
            *self.stdin.borrow_mut() = Some(sender);
            channel_source(receiver)
        } else {
            null()
        };
        let sink = |output| Rc::new(Sink { container: self.clone(), output }) as File;
        BTreeMap::from([(0, stdin), (1, sink(Output::Stdout)), (2, sink(Output::Stderr))])
    }

    /// Carries what the terminal shows into the log and to whoever is attached.
    fn pump_terminal(self: &Rc<Self>, tty: &Tty) {
        let (container, tty) = (self.clone(), tty.clone());
        self.sim.spawn(async move {
            let output_changed = tty.output_changed();
            loop {
                let output = output_changed.notified();
                let state = container.changed.notified();
                let bytes = tty.take_output();
                if !bytes.is_empty() {
                    container.wrote(Output::Stdout, &bytes);
                    continue;
                }
                if matches!(container.state(), ContainerState::Exited { .. }) {
                    return;
                }
                crate::sim::select(output, state).await;
            }
        });
    }

    fn wrote(&self, output: Output, bytes: &[u8]) {
        self.log.write(output, bytes);
        self.taps.borrow_mut().retain(|tap| {
            let sender = if output == Output::Stdout { &tap.stdout } else { &tap.stderr };
            sender.send(bytes.to_vec()).is_ok()
        });
    }

    /// Input for the first process; false where nobody reads it.
    pub(super) fn input(&self, bytes: Vec<u8>) -> bool {
        if let Some(tty) = &self.tty {
            tty.input(&bytes);
            return true;
        }
        self.stdin.borrow().as_ref().is_some_and(|stdin| stdin.send(bytes).is_ok())
    }

    /// The end of the input.
    pub(super) fn end_input(&self) {
        *self.stdin.borrow_mut() = None;
    }

    fn watch(self: &Rc<Self>, child: Child, started: Timestamp) {
        let container = self.clone();
        self.sim.spawn(async move {
            let status = child.wait().await;
            // In a PID namespace of its own they have ended already.
            container.kernel.kill_cgroup(&container.cgroup);
            if let Some(tty) = &container.tty {
                let rest = tty.take_output();
                container.wrote(Output::Stdout, &rest);
            }
            let oom = status == ExitStatus::Signaled(Signal::KILL) && container.cgroup.oom_killed();
            let exit_code = status.code();
            let reason = match exit_code {
                _ if oom => "OOMKilled",
                0 => "Completed",
                _ => "Error",
            };
            container.finish(started, exit_code, reason);
        });
    }

    fn finish(&self, started: Timestamp, exit_code: i32, reason: &str) {
        self.log.close();
        *self.stdin.borrow_mut() = None;
        let finished = self.sim.timestamp();
        self.set_state(ContainerState::Exited { started, finished, exit_code, reason: reason.into(), message: String::new() });
        self.taps.borrow_mut().clear();
    }

    fn set_state(&self, state: ContainerState) {
        *self.state.borrow_mut() = state;
        self.changed.notify();
    }

    /// Asks it to stop, and kills it when `grace` is over.
    pub(super) async fn stop(&self, grace: Duration) {
        if !self.is_running() {
            return;
        }
        self.kills.set(self.kills.get() + 1);
        let stop_signal = Signal::from_name(&self.config.image.config.stop_signal).unwrap_or(Signal::TERM);
        if !grace.is_zero() {
            self.signal(stop_signal);
            let _ = self.sim.timeout(grace, self.wait_exited()).await;
        }
        if self.is_running() {
            self.signal(Signal::KILL);
            self.wait_exited().await;
        }
    }

    /// Sends a signal to its first process, from outside of its PID namespace.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            let _ = self.kernel.signal_from_outside(pid, signal);
        }
    }

    /// Completes when it has ended.
    pub async fn wait_exited(&self) {
        loop {
            let changed = self.changed.notified();
            if matches!(*self.state.borrow(), ContainerState::Exited { .. }) {
                return;
            }
            changed.await;
        }
    }
}

/// runc's words for an executable that cannot be run.
pub(super) fn exec_error(command: &str, errno: Errno) -> String {
    let why = match errno {
        Errno::ENOENT if command.contains('/') => format!("stat {command}: no such file or directory"),
        Errno::ENOENT => "executable file not found in $PATH".to_owned(),
        Errno::EACCES => "permission denied".to_owned(),
        Errno::ENOEXEC => "exec format error".to_owned(),
        other => other.to_string().to_lowercase(),
    };
    format!("exec: \"{command}\": {why}")
}

/// The home directory that `/etc/passwd` gives a user.
fn home_of(files: &Vfs, uid: u32) -> String {
    let passwd = files.read_file("/etc/passwd").unwrap_or_default();
    let text = String::from_utf8_lossy(&passwd).into_owned();
    let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let uid = uid.to_string();
    let home = lines.find(|fields| fields.get(2) == Some(&uid.as_str())).and_then(|fields| fields.get(5).map(|home| (*home).to_owned()));
    home.unwrap_or_else(|| "/".to_owned())
}

/// A container's stdout or stderr.
struct Sink {
    container: Rc<Container>,
    output: Output,
}

impl FileOps for Sink {
    fn poll_read(&self, _cx: &mut Context<'_>, _max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Err(Errno::EBADF))
    }
    fn poll_write(&self, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        self.container.wrote(self.output, bytes);
        Poll::Ready(Ok(bytes.len()))
    }
    fn file_type(&self) -> FileType {
        FileType::Pipe
    }
}
