//! The only door of a program.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

use super::kernel::{Birth, STEPS_PER_MILLISECOND};
use super::load::{load, look_up};
use super::vfs::Credentials;
use super::{Cgroup, Child, Disposition, Errno, File, Kernel, Namespaces, OpenOptions, Pid, Process, Signal, Tty, Vfs};
use crate::network::NetNamespace;
use crate::sim::{LocalBoxFuture, Sim, Time};

/// How many descriptors a process may have open.
const DESCRIPTOR_LIMIT: i32 = 1024;

/// What a program may do, and as whom. A cheap handle.
#[derive(Clone)]
pub struct ProcessContext {
    kernel: Kernel,
    process: Rc<Process>,
}

/// What a new process gets that differs from its parent.
#[derive(Clone, Default)]
pub struct Spawn {
    /// The argument list; the first is also the command to look up.
    pub argv: Vec<String>,
    /// The whole environment, where it is not the parent's.
    pub env: Option<BTreeMap<String, String>>,
    /// The working directory, where it is not the parent's.
    pub cwd: Option<String>,
    /// The descriptors, where they are not the parent's.
    pub fds: Option<BTreeMap<i32, File>>,
    /// The process group: `Some(0)` is a new one, `None` the parent's.
    pub group: Option<Pid>,
    /// Signals whose disposition is set before the program starts.
    pub dispositions: Vec<(Signal, Disposition)>,
    /// The user, where it is not the parent's.
    pub credentials: Option<Credentials>,
    /// The namespaces, where they are not the parent's (nsenter).
    pub namespaces: Option<Namespaces>,
    /// The PID namespace, where it is not the parent's.
    pub kernel: Option<Kernel>,
}

impl Spawn {
    /// A plain child.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Spawn {
        Spawn { argv: argv.into_iter().map(Into::into).collect(), ..Spawn::default() }
    }
}

impl Kernel {
    /// Starts a process that has no parent here: a container's first, an `exec`, a login shell.
    /// `argv[0]` is looked up as by execvp(3); errors are its errors.
    #[allow(clippy::too_many_arguments, reason = "everything a process starts with; there is no parent to inherit from")]
    pub fn spawn(
        &self,
        namespaces: Namespaces,
        argv: Vec<String>,
        env: BTreeMap<String, String>,
        cwd: &str,
        credentials: Credentials,
        fds: BTreeMap<i32, File>,
        tty: Option<Tty>,
    ) -> Result<Child, Errno> {
        let command = argv.first().cloned().unwrap_or_default();
        let path = look_up(&namespaces.mount, &command, env.get("PATH").map(String::as_str), cwd, credentials)?;
        let (program, argv) = load(&namespaces.mount, &path, argv, credentials, 0)?;
        let birth = Birth {
            ppid: 0,
            pgid: None,
            argv,
            env,
            cwd: cwd.to_owned(),
            credentials,
            umask: 0o022,
            namespaces,
            tty,
            fds,
            dispositions: BTreeMap::new(),
        };
        let child = self.start(birth, |ctx| program(ctx))?;
        if let Some(tty) = &child.process().tty {
            tty.set_foreground(self, child.process().pgid.get());
        }
        Ok(child)
    }
}

impl ProcessContext {
    pub(super) fn new(kernel: Kernel, process: Rc<Process>) -> Self {
        ProcessContext { kernel, process }
    }

    // ---- itself ----

    /// The process.
    pub fn process(&self) -> &Rc<Process> {
        &self.process
    }
    /// The PID namespace.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }
    /// Its number.
    pub fn pid(&self) -> Pid {
        self.process.pid
    }
    /// The argument list, command first.
    pub fn args(&self) -> Vec<String> {
        self.process.argv.borrow().clone()
    }
    /// An environment variable.
    pub fn env(&self, name: &str) -> Option<String> {
        self.process.env.borrow().get(name).cloned()
    }
    /// The whole environment.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.process.env.borrow().clone()
    }
    /// Sets or (with `None`) removes an environment variable.
    pub fn set_env(&self, name: &str, value: Option<&str>) {
        let mut env = self.process.env.borrow_mut();
        match value {
            Some(value) => env.insert(name.to_owned(), value.to_owned()),
            None => env.remove(name),
        };
    }
    /// The working directory.
    pub fn cwd(&self) -> String {
        self.process.cwd.borrow().clone()
    }
    /// Changes the working directory.
    pub fn chdir(&self, path: &str) -> Result<(), Errno> {
        let path = self.resolve(path);
        if !self.vfs().metadata(&path, true, self.credentials())?.is_dir() {
            return Err(Errno::ENOTDIR);
        }
        self.vfs().access(&path, 1, self.credentials())?;
        *self.process.cwd.borrow_mut() = path;
        Ok(())
    }
    /// `path` made absolute. Keeps a trailing slash, which asks for a directory.
    pub fn resolve(&self, path: &str) -> String {
        if path.is_empty() {
            return String::new();
        }
        let absolute = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.cwd().trim_end_matches('/')) };
        // Computed files do not know who reads them.
        match absolute.strip_prefix("/proc/self") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("/proc/{}{rest}", self.pid()),
            _ => absolute,
        }
    }
    /// The user.
    pub fn credentials(&self) -> Credentials {
        self.process.credentials.get()
    }
    /// The controlling terminal.
    pub fn tty(&self) -> Option<Tty> {
        self.process.tty.clone()
    }

    // ---- its surroundings ----

    /// The simulation.
    pub fn sim(&self) -> &Sim {
        self.kernel.sim()
    }
    /// Virtual time.
    pub fn now(&self) -> Time {
        self.sim().now()
    }
    /// The file tree.
    pub fn vfs(&self) -> &Vfs {
        &self.process.namespaces.mount
    }
    /// The network namespace.
    pub fn net(&self) -> &NetNamespace {
        &self.process.namespaces.net
    }
    /// All of its namespaces.
    pub fn namespaces(&self) -> &Namespaces {
        &self.process.namespaces
    }
    /// Its limits.
    pub fn cgroup(&self) -> &Cgroup {
        &self.process.namespaces.cgroup
    }
    /// The host's name.
    pub fn hostname(&self) -> String {
        self.process.namespaces.uts.hostname()
    }

    // ---- time and work ----

    /// Sleeps.
    pub async fn sleep(&self, duration: Duration) {
        self.sim().sleep(duration).await;
    }

    /// Takes one step of work. Past the budget of a millisecond the process waits for the next one, so
    /// that an endless loop costs virtual time and leaves the host alone. Past its control group's share it waits longer.
    pub async fn step(&self) {
        self.process.cpu_steps.set(self.process.cpu_steps.get() + 1);
        if let Some(wait) = self.cgroup().work(self.now()) {
            self.sleep(wait).await;
        }
        let inner = &self.kernel.0;
        if inner.steps_at.get() != self.now() {
            inner.steps_at.set(self.now());
            inner.steps.set(0);
        }
        inner.steps.set(inner.steps.get() + 1);
        if inner.steps.get() > STEPS_PER_MILLISECOND {
            self.sleep(Duration::from_millis(1)).await;
        }
    }

    /// Takes `bytes` of memory. Past the limit the process is killed, as by the kernel's OOM killer.
    pub async fn allocate(&self, bytes: u64) {
        if self.cgroup().charge(bytes) {
            self.process.memory_bytes.set(self.process.memory_bytes.get() + bytes);
            return;
        }
        let others = self.kernel.processes();
        others.iter().filter(|other| self.cgroup().takes_along(&other.namespaces.cgroup)).for_each(|other| other.kill_for_memory());
        self.process.kill_for_memory();
        std::future::pending().await
    }

    // ---- descriptors ----

    /// The open file behind a descriptor.
    pub fn file(&self, fd: i32) -> Result<File, Errno> {
        self.process.fds.borrow().get(&fd).cloned().ok_or(Errno::EBADF)
    }
    /// All descriptors, as a child gets them.
    pub fn files(&self) -> BTreeMap<i32, File> {
        self.process.fds.borrow().clone()
    }
    /// Replaces all descriptors.
    pub fn set_files(&self, files: BTreeMap<i32, File>) {
        *self.process.fds.borrow_mut() = files;
    }
    /// Makes `fd` mean `file`.
    pub fn set_file(&self, fd: i32, file: File) {
        self.process.fds.borrow_mut().insert(fd, file);
    }
    /// Gives `file` the lowest free descriptor.
    pub fn add_file(&self, file: File) -> Result<i32, Errno> {
        let mut fds = self.process.fds.borrow_mut();
        let fd = (0..DESCRIPTOR_LIMIT).find(|fd| !fds.contains_key(fd)).ok_or(Errno::EMFILE)?;
        fds.insert(fd, file);
        Ok(fd)
    }
    /// Closes a descriptor.
    pub fn close(&self, fd: i32) -> Result<(), Errno> {
        let file = self.process.fds.borrow_mut().remove(&fd);
        file.map(drop).ok_or(Errno::EBADF)
    }
    /// Opens a file without giving it a descriptor.
    pub fn open_file(&self, path: &str, options: OpenOptions) -> Result<File, Errno> {
        let mode = 0o666 & !self.process.umask.get();
        let tty = self.tty();
        super::open::open(self.sim(), self.vfs(), &self.resolve(path), options, mode, self.credentials(), tty.as_ref())
    }
    /// Opens a file.
    pub fn open(&self, path: &str, options: OpenOptions) -> Result<i32, Errno> {
        self.add_file(self.open_file(path, options)?)
    }
    /// Whether a descriptor is a terminal.
    pub fn is_tty(&self, fd: i32) -> bool {
        self.file(fd).is_ok_and(|file| file.tty().is_some())
    }

    /// Reads at most `max` bytes; empty at the end.
    pub async fn read(&self, fd: i32, max: usize) -> Result<Vec<u8>, Errno> {
        read_file(&self.file(fd)?, max).await
    }
    /// Reads to the end, `limit` bytes at the most.
    pub async fn read_to_end(&self, fd: i32, limit: usize) -> Result<Vec<u8>, Errno> {
        let file = self.file(fd)?;
        let mut all = Vec::new();
        while all.len() < limit {
            let bytes = read_file(&file, (limit - all.len()).min(64 * 1024)).await?;
            if bytes.is_empty() {
                break;
            }
            all.extend(bytes);
            self.step().await;
        }
        Ok(all)
    }
    /// Reads one line byte by byte, newline included, and leaves the rest to others. Empty at the end.
    pub async fn read_line(&self, fd: i32) -> Result<Vec<u8>, Errno> {
        self.read_until(fd, b'\n').await
    }

    /// As [`ProcessContext::read_line`], for lines that end with another byte.
    pub async fn read_until(&self, fd: i32, end: u8) -> Result<Vec<u8>, Errno> {
        let file = self.file(fd)?;
        let mut line = Vec::new();
        loop {
            let bytes = read_file(&file, 1).await?;
            line.extend(&bytes);
            if bytes.is_empty() || bytes == [end] {
                return Ok(line);
            }
        }
    }

    /// Writes all of `bytes`. Writing to a pipe that nobody reads raises SIGPIPE.
    pub async fn write(&self, fd: i32, bytes: &[u8]) -> Result<(), Errno> {
        let file = self.file(fd)?;
        let mut rest = bytes;
        while !rest.is_empty() {
            match poll_fn(|cx| file.poll_write(cx, rest)).await {
                Ok(n) => {
                    rest = &rest[n.min(rest.len())..];
                    if file.tty().is_some() {
                        self.pace(n).await;
                    }
                }
                Err(Errno::EPIPE) => {
                    self.process.receive(Signal::PIPE, false);
                    // A process that the signal ends never gets here again.
                    self.sim().yield_now().await;
                    return Err(Errno::EPIPE);
                }
                Err(errno) => return Err(errno),
            }
            self.step().await;
        }
        Ok(())
    }
    /// Slows a process that floods a terminal down to the terminal's speed.
    async fn pace(&self, bytes: usize) {
        let written = self.process.terminal_bytes.get() + bytes;
        if written < super::tty::WRITE_BYTES {
            self.process.terminal_bytes.set(written);
            return;
        }
        self.process.terminal_bytes.set(0);
        self.sleep(Duration::from_millis(1)).await;
    }

    /// Writes text to stdout; what cannot be written is lost, as with an unchecked printf.
    pub async fn print(&self, text: &str) {
        let _ = self.write(1, text.as_bytes()).await;
    }
    /// Writes text to stderr.
    pub async fn eprint(&self, text: &str) {
        let _ = self.write(2, text.as_bytes()).await;
    }

    // ---- other processes ----

    /// The path of the command `name` as execvp(3) finds it.
    pub fn look_up(&self, name: &str) -> Result<String, Errno> {
        let path = self.env("PATH");
        look_up(self.vfs(), name, path.as_deref(), &self.cwd(), self.credentials())
    }

    /// Starts a child that runs the command `argv[0]`.
    pub fn spawn(&self, spawn: Spawn) -> Result<Child, Errno> {
        let command = spawn.argv.first().cloned().unwrap_or_default();
        let path_var = match &spawn.env {
            Some(env) => env.get("PATH").cloned(),
            None => self.env("PATH"),
        };
        let vfs = spawn.namespaces.as_ref().map_or(self.vfs(), |namespaces| &namespaces.mount);
        let path = look_up(vfs, &command, path_var.as_deref(), &self.cwd(), self.credentials())?;
        self.spawn_at(&path, spawn)
    }

    /// Starts a child that runs the executable at `path`, whatever `argv[0]` says.
    pub fn spawn_at(&self, path: &str, spawn: Spawn) -> Result<Child, Errno> {
        let vfs = spawn.namespaces.as_ref().map_or(self.vfs(), |namespaces| &namespaces.mount);
        let (program, argv) = load(vfs, &self.resolve(path), spawn.argv.clone(), self.credentials(), 0)?;
        self.fork(Spawn { argv, ..spawn }, move |ctx| program(ctx))
    }

    /// Starts a child that goes on with `run`, as fork(2) does; caught signals are default again.
    pub fn fork(&self, spawn: Spawn, run: impl FnOnce(ProcessContext) -> LocalBoxFuture<'static, i32>) -> Result<Child, Errno> {
        let mut dispositions = self.process.dispositions.borrow().clone();
        dispositions.retain(|_, disposition| *disposition == Disposition::Ignore);
        dispositions.extend(spawn.dispositions.iter().copied());
        let kernel = spawn.kernel.unwrap_or_else(|| self.kernel.clone());
        let birth = Birth {
            ppid: if kernel.same(&self.kernel) { self.pid() } else { 0 },
            pgid: match spawn.group {
                Some(0) => None,
                Some(group) => Some(group),
                None => Some(self.process.pgid.get()),
            },
            argv: if spawn.argv.is_empty() { self.args() } else { spawn.argv },
            env: spawn.env.unwrap_or_else(|| self.environment()),
            cwd: spawn.cwd.unwrap_or_else(|| self.cwd()),
            credentials: spawn.credentials.unwrap_or_else(|| self.credentials()),
            umask: self.process.umask.get(),
            namespaces: spawn.namespaces.unwrap_or_else(|| self.process.namespaces.clone()),
            tty: self.tty(),
            fds: spawn.fds.unwrap_or_else(|| self.files()),
            dispositions,
        };
        kernel.start(birth, run)
    }

    /// Becomes another program: returns its exit code, with which the caller must end at once.
    pub async fn exec(&self, argv: Vec<String>) -> Result<i32, Errno> {
        let path = self.look_up(argv.first().map(String::as_str).unwrap_or_default())?;
        self.exec_at(&path, argv).await
    }

    /// Becomes the executable at `path`, whatever `argv[0]` says; else as [`ProcessContext::exec`].
    pub async fn exec_at(&self, path: &str, argv: Vec<String>) -> Result<i32, Errno> {
        let (program, argv) = load(self.vfs(), path, argv, self.credentials(), 0)?;
        *self.process.argv.borrow_mut() = argv;
        self.process.dispositions.borrow_mut().retain(|_, disposition| *disposition == Disposition::Ignore);
        Ok(program(self.clone()).await)
    }

    /// Sends a signal to a process of this namespace, or (negative) to a process group.
    pub fn kill(&self, pid: i64, signal: Option<Signal>) -> Result<(), Errno> {
        let group = u32::try_from(pid.unsigned_abs()).map_err(|_| Errno::ESRCH)?;
        let targets: Vec<_> = match pid {
            0 => self.kernel.processes().into_iter().filter(|p| p.pgid.get() == self.process.pgid.get()).collect(),
            -1 => self.kernel.processes().into_iter().filter(|p| p.pid != 1 && p.pid != self.pid()).collect(),
            pid if pid < 0 => self.kernel.processes().into_iter().filter(|p| p.pgid.get() == group).collect(),
            _ => self.kernel.seen_as(group).into_iter().collect(),
        };
        if targets.is_empty() {
            return Err(Errno::ESRCH);
        }
        let who = self.credentials().uid;
        let may = |p: &Rc<Process>| who == 0 || p.credentials.get().uid == who;
        if !targets.iter().any(may) {
            return Err(Errno::EPERM);
        }
        for target in targets.iter().filter(|p| may(p)) {
            if let Some(signal) = signal {
                let outside = self.kernel.process(target.pid).is_none_or(|own| !Rc::ptr_eq(&own, target));
                target.receive(signal, outside);
            }
        }
        Ok(())
    }

    // ---- signals ----

    /// Arranges what happens on `signal`. SIGKILL and SIGSTOP cannot be arranged.
    pub fn set_disposition(&self, signal: Signal, disposition: Disposition) {
        if !matches!(signal, Signal::KILL | Signal::STOP) {
            self.process.dispositions.borrow_mut().insert(signal, disposition);
        }
    }
    /// What was arranged for `signal`.
    pub fn disposition(&self, signal: Signal) -> Disposition {
        self.process.dispositions.borrow().get(&signal).copied().unwrap_or(Disposition::Default)
    }
    /// A caught signal that waits, if any.
    pub fn take_signal(&self) -> Option<Signal> {
        self.process.pending.borrow_mut().pop_front()
    }
    /// The next caught signal.
    pub async fn next_signal(&self) -> Signal {
        loop {
            let changed = self.process.changed.notified();
            if let Some(signal) = self.take_signal() {
                return signal;
            }
            changed.await;
        }
    }
}

/// Reads at most `max` bytes from an open file; empty at the end.
pub async fn read_file(file: &File, max: usize) -> Result<Vec<u8>, Errno> {
    poll_fn(|cx| file.poll_read(cx, max)).await
}
