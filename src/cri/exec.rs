//! Running a command in a container, and joining its first process.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::container::{Container, Tap, exec_error};
use crate::process::vfs::Credentials;
use crate::process::{
    Child, Disposition, Errno, File, Kernel, Namespaces, ProcessContext, Signal, Tty, Window, channel_sink, channel_source, null,
};
use crate::sim::Sim;
use crate::sim::channel::{self, OneshotReceiver, Receiver, Sender};
use crate::sim::select;

/// Why a command could not be started: the runtime's sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecError(pub String);

/// The streams of an exec or attach.
pub struct Session {
    /// Input; dropping it is its end.
    pub stdin: Option<Sender<Vec<u8>>>,
    /// Output.
    pub stdout: Receiver<Vec<u8>>,
    /// Error output; silent where there is a terminal.
    pub stderr: Receiver<Vec<u8>>,
    /// New sizes of the terminal: columns and rows.
    pub resize: Sender<(u16, u16)>,
    /// The exit code.
    pub status: OneshotReceiver<i32>,
}

/// Where and as whom a command runs.
pub struct Place {
    /// The PID namespace.
    pub kernel: Kernel,
    /// The other namespaces.
    pub namespaces: Namespaces,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// The working directory.
    pub cwd: String,
    /// The user.
    pub credentials: Credentials,
}

impl Place {
    /// Starts a command with streams, or with a terminal of its own.
    pub fn start(self, sim: &Sim, command: Vec<String>, stdin: bool, tty: bool) -> Result<(Session, Child), Errno> {
        let terminal = tty.then(Tty::default);
        let (stdin_sender, stdin_receiver) = channel::unbounded::<Vec<u8>>();
        let (stdout_sender, stdout) = channel::unbounded();
        let (stderr_sender, stderr) = channel::unbounded();
        let mut stdin_receiver = Some(stdin_receiver);
        let fds: BTreeMap<i32, File> = match &terminal {
            Some(tty) => {
                let file: File = Rc::new(tty.clone());
                (0..3).map(|fd| (fd, file.clone())).collect()
            }
            None => {
                let input = if stdin { stdin_receiver.take().map_or_else(null, channel_source) } else { null() };
                BTreeMap::from([(0, input), (1, channel_sink(stdout_sender.clone())), (2, channel_sink(stderr_sender))])
            }
        };
        let child = self.kernel.spawn(self.namespaces, command, self.env, &self.cwd, self.credentials, fds, terminal.clone())?;
        let resize = serve_resize(sim, terminal.clone());
        let (status_sender, status) = channel::oneshot();
        match terminal {
            Some(tty) => serve_terminal(sim, tty, child.clone(), stdin_receiver.take().filter(|_| stdin), stdout_sender, status_sender),
            None => {
                drop(stdout_sender);
                let child = child.clone();
                sim.spawn(async move {
                    let _ = status_sender.send(child.wait().await.code());
                });
            }
        }
        Ok((Session { stdin: stdin.then_some(stdin_sender), stdout, stderr, resize, status }, child))
    }
}

fn serve_resize(sim: &Sim, tty: Option<Tty>) -> Sender<(u16, u16)> {
    let (sender, mut receiver) = channel::unbounded();
    sim.spawn(async move {
        while let Some((columns, rows)) = receiver.recv().await {
            if let Some(tty) = &tty {
                tty.resize(Window { columns, rows });
            }
        }
    });
    sender
}

/// Carries a terminal's input and output until its process ends.
fn serve_terminal(
    sim: &Sim,
    tty: Tty,
    child: Child,
    stdin: Option<Receiver<Vec<u8>>>,
    stdout: Sender<Vec<u8>>,
    status: channel::OneshotSender<i32>,
) {
    if let Some(mut stdin) = stdin {
        let tty = tty.clone();
        sim.spawn(async move {
            while let Some(bytes) = stdin.recv().await {
                tty.input(&bytes);
            }
            tty.hang_up();
        });
    }
    sim.spawn(async move {
        let output_changed = tty.output_changed();
        let mut ended = None;
        while ended.is_none() {
            let output = output_changed.notified();
            let bytes = tty.take_output();
            if !bytes.is_empty() {
                let _ = stdout.send(bytes);
                continue;
            }
            let wait = std::pin::pin!(child.wait());
            if let crate::sim::Either::Left((code, _)) = select(wait, output).await {
                ended = Some(code.code());
            }
        }
        let rest = tty.take_output();
        if !rest.is_empty() {
            let _ = stdout.send(rest);
        }
        let _ = status.send(ended.unwrap_or_default());
    });
}

impl Session {
    /// Joins the session to a program's own streams until its process ends; says with what code. With `tty` the
    /// program's terminal is lent to it.
    pub async fn carry(self, ctx: &ProcessContext, stdin: bool, tty: bool) -> i32 {
        let Session { stdin: mut to, mut stdout, mut stderr, resize, status } = self;
        if !stdin {
            to = None;
        }
        let terminal = ctx.tty().filter(|_| tty);
        if let Some(terminal) = &terminal {
            terminal.set_raw(true);
            ctx.set_disposition(Signal::WINCH, Disposition::Catch);
        }
        let input = async {
            if let Some(sender) = to.take() {
                while let Ok(bytes) = ctx.read(0, 65_536).await {
                    if bytes.is_empty() || sender.send(bytes).is_err() {
                        break;
                    }
                }
            }
            std::future::pending::<()>().await;
        };
        let sizes = async {
            while let Some(terminal) = &terminal {
                let window = terminal.window();
                let _ = resize.send((window.columns, window.rows));
                while ctx.next_signal().await != Signal::WINCH {}
            }
            std::future::pending::<()>().await;
        };
        let out = async {
            while let Some(bytes) = stdout.recv().await {
                let _ = ctx.write(1, &bytes).await;
            }
        };
        let err = async {
            while let Some(bytes) = stderr.recv().await {
                let _ = ctx.write(2, &bytes).await;
            }
        };
        let done = futures_util::future::join(out, err);
        let from_here = futures_util::future::join(input, sizes);
        let _ = select(Box::pin(from_here), Box::pin(done)).await;
        if let Some(terminal) = &terminal {
            terminal.set_raw(false);
        }
        status.await.unwrap_or(255)
    }
}

impl Container {
    /// Starts a command in the container's namespaces.
    pub fn exec(self: &Rc<Self>, id: &str, command: Vec<String>, stdin: bool, tty: bool) -> Result<Session, ExecError> {
        let mut env = self.environment();
        if tty {
            env.entry("TERM".into()).or_insert_with(|| "xterm".into());
        }
        let place = Place {
            kernel: self.kernel.clone(),
            namespaces: self.namespaces(),
            env,
            cwd: self.working_dir(),
            credentials: self.credentials(),
        };
        let name = command.first().cloned().unwrap_or_default();
        let started = place.start(&self.sim, command, stdin, tty).map_err(|errno| {
            let why = exec_error(&name, errno);
            ExecError(format!(
                "failed to exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
            ))
        })?;
        self.sandbox.adopt(&started.1);
        Ok(started.0)
    }

    /// Joins the first process: its output from now on, and its input.
    pub fn attach(self: &Rc<Self>, stdin: bool) -> Session {
        let (stdin_sender, mut stdin_receiver) = channel::unbounded::<Vec<u8>>();
        let (stdout_sender, stdout) = channel::unbounded();
        let (stderr_sender, stderr) = channel::unbounded();
        self.taps.borrow_mut().push(Tap { stdout: stdout_sender, stderr: stderr_sender });
        if stdin {
            let container = self.clone();
            self.sim.spawn(async move {
                while let Some(bytes) = stdin_receiver.recv().await {
                    container.input(bytes);
                }
                container.end_input();
            });
        }
        let resize = serve_resize(&self.sim, self.tty.clone());
        let (status_sender, status) = channel::oneshot();
        let container = self.clone();
        self.sim.spawn(async move {
            container.wait_exited().await;
            if let super::ContainerState::Exited { exit_code, .. } = container.state() {
                let _ = status_sender.send(exit_code);
            }
        });
        Session { stdin: stdin.then_some(stdin_sender), stdout, stderr, resize, status }
    }
}
