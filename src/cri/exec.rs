//! Running a command in a container, and joining its first process.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::container::{Container, Tap, exec_error};
use crate::process::{Child, File, Tty, Window, channel_sink, channel_source, null};
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

impl Container {
    /// Starts a command in the container's namespaces.
    pub fn exec(self: &Rc<Self>, id: &str, command: Vec<String>, stdin: bool, tty: bool) -> Result<Session, ExecError> {
        let terminal = tty.then(Tty::default);
        let (stdin_sender, stdin_receiver) = channel::unbounded::<Vec<u8>>();
        let (stdout_sender, stdout) = channel::unbounded();
        let (stderr_sender, stderr) = channel::unbounded();
        let mut env = self.environment();
        let mut stdin_receiver = Some(stdin_receiver);
        let fds: BTreeMap<i32, File> = match &terminal {
            Some(tty) => {
                env.entry("TERM".into()).or_insert_with(|| "xterm".into());
                let file: File = Rc::new(tty.clone());
                (0..3).map(|fd| (fd, file.clone())).collect()
            }
            None => {
                let input = if stdin { stdin_receiver.take().map_or_else(null, channel_source) } else { null() };
                BTreeMap::from([(0, input), (1, channel_sink(stdout_sender.clone())), (2, channel_sink(stderr_sender))])
            }
        };
        let name = command.first().cloned().unwrap_or_default();
        let spawned = self.kernel.spawn(self.namespaces(), command, env, &self.working_dir(), self.credentials(), fds, terminal.clone());
        let child = spawned.map_err(|errno| {
            let why = exec_error(&name, errno);
            ExecError(format!(
                "failed to exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown"
            ))
        })?;
        let resize = self.serve_resize(terminal.clone());
        let (status_sender, status) = channel::oneshot();
        match terminal {
            Some(tty) => self.serve_terminal(tty, child, stdin_receiver.take().filter(|_| stdin), stdout_sender, status_sender),
            None => {
                drop(stdout_sender);
                self.sim.spawn(async move {
                    let _ = status_sender.send(child.wait().await.code());
                });
            }
        }
        Ok(Session { stdin: stdin.then_some(stdin_sender), stdout, stderr, resize, status })
    }

    fn serve_resize(&self, tty: Option<Tty>) -> Sender<(u16, u16)> {
        let (sender, mut receiver) = channel::unbounded();
        self.sim.spawn(async move {
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
        &self,
        tty: Tty,
        child: Child,
        stdin: Option<Receiver<Vec<u8>>>,
        stdout: Sender<Vec<u8>>,
        status: channel::OneshotSender<i32>,
    ) {
        if let Some(mut stdin) = stdin {
            let tty = tty.clone();
            self.sim.spawn(async move {
                while let Some(bytes) = stdin.recv().await {
                    tty.input(&bytes);
                }
                tty.hang_up();
            });
        }
        self.sim.spawn(async move {
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
        let resize = self.serve_resize(self.tty.clone());
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
