//! `kubectl exec`. Models kubectl/pkg/cmd/exec.

use super::common::FILENAME;
use super::pods::{behind, container, named, object};
use crate::api::Kind;
use crate::client::{Body, ExecStream};
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use crate::sim::{Either, select};
use serde_json::Value;

const FLAGS: &[Flag] = &[
    short("container", 'c', FlagKind::Text, "", "Container name."),
    short("stdin", 'i', FlagKind::Bool, "false", "Pass stdin to the container"),
    short("tty", 't', FlagKind::Bool, "false", "Stdin is a TTY"),
    short("quiet", 'q', FlagKind::Bool, "false", "Only print output from the remote session"),
    flag("pod-running-timeout", FlagKind::Duration, "1m0s", "The length of time to wait until at least one pod is running"),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "exec",
    usage: "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    short: "Execute a command in a container",
    examples: "# One command\nkubectl exec kubia -- hostname\n\n# A shell; leave it with exit\nkubectl exec -it kubia -- bash\n\n# In a container of several\nkubectl exec kubia -c main -- env",
    flags: &[FLAGS, FILENAME],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let args = cmd.args();
    let files = cmd.flags.list("filename");
    let before = cmd.flags.before_dash.unwrap_or(args.len());
    if (args.is_empty() || cmd.flags.before_dash == Some(0)) && files.is_empty() {
        return Err("pod, type/name or --filename must be specified".into());
    }
    if cmd.flags.before_dash.is_none() && before > usize::from(files.is_empty()) {
        return Err(cmd.usage_error("exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead"));
    }
    let command = args.get(before..).unwrap_or_default().to_vec();
    if command.is_empty() {
        return Err("you must specify at least one command for the container".into());
    }
    let (kind, object) = match args.first() {
        Some(argument) if files.is_empty() => named(cmd, argument).await?,
        _ => of_file(cmd).await?,
    };
    let pods = behind(cmd, kind, &object).await?;
    let Some(pod) = pods.first() else { return Ok(()) };
    let phase = text(pod, &["status", "phase"]);
    if phase == "Succeeded" || phase == "Failed" {
        return Err(Fail::Text(format!("cannot exec into a container in a completed pod; current phase is {phase}")));
    }
    let container = container(cmd, pod, cmd.flags.text("container"), cmd.flags.on("quiet")).await?;
    let streams = Streams::new(cmd, cmd.flags.on("stdin"), cmd.flags.on("tty")).await;
    let mut call = streams.call(pod, "exec", &container);
    for word in &command {
        call.query.push(("command".into(), word.clone()));
    }
    streams.run(cmd, call).await
}

/// What `-f` describes: its kind and itself.
async fn of_file(cmd: &Cmd) -> Result<(Kind, Value), Fail> {
    let targets = Request { args: Vec::new(), ..Request::from(cmd) }.targets(cmd).await?.list;
    if targets.len() > 1 {
        return Err("cannot exec into multiple objects at a time".into());
    }
    match targets.into_iter().next() {
        Some(Target::File(file)) => Ok((file.kind, object(cmd, file.kind, &file.namespace, &file.name).await?)),
        Some(Target::Broken(fail)) => Err(fail),
        _ => Err("pod, type/name or --filename must be specified".into()),
    }
}

/// Which streams are joined, and whether through a terminal.
pub struct Streams {
    stdin: bool,
    tty: bool,
}

impl Streams {
    /// A terminal that is asked for but not there is done without, with a word.
    pub async fn new(cmd: &Cmd, stdin: bool, tty: bool) -> Streams {
        let is_tty = cmd.ctx.is_tty(0);
        if tty && stdin && !is_tty {
            cmd.eprint("Unable to use a TTY - input is not a terminal or the right kind of file\n").await;
        }
        Streams { stdin, tty: tty && is_tty }
    }

    /// The request to join them.
    pub fn call(&self, pod: &Value, subresource: &str, container: &str) -> Call {
        let path = object_path(Kind::Pod, &text(pod, &["metadata", "namespace"]), &text(pod, &["metadata", "name"]));
        let on = |b: bool| if b { "true" } else { "" };
        Call::new("POST", format!("{path}/{subresource}"))
            .query("container", container)
            .query("stdin", on(self.stdin))
            .query("stdout", "true")
            .query("stderr", on(!self.tty))
            .query("tty", on(self.tty))
    }

    /// Sends the request and carries bytes until the process ends.
    pub async fn run(&self, cmd: &Cmd, call: Call) -> Result<(), Fail> {
        let response = cmd.request(call).await.map_err(upgrade_failure)?;
        let Body::Exec(stream) = response.body else { return Err("unable to upgrade connection".into()) };
        let tty = cmd.ctx.tty().filter(|_| self.tty);
        if let Some(tty) = &tty {
            let window = tty.window();
            let _ = stream.resize.send((window.columns, window.rows));
            tty.set_raw(true);
        }
        let code = self.carry(cmd, stream).await;
        if let Some(tty) = &tty {
            tty.set_raw(false);
        }
        match code? {
            0 => Ok(()),
            code => Err(Fail::Raw(format!("command terminated with exit code {code}"), code)),
        }
    }

    async fn carry(&self, cmd: &Cmd, stream: ExecStream) -> Result<i32, Fail> {
        let ExecStream { mut stdin, mut stdout, mut stderr, resize, status } = stream;
        if !self.stdin {
            stdin = None;
        }
        let input = async {
            if let Some(sender) = stdin.take() {
                while let Ok(bytes) = cmd.ctx.read(0, 65_536).await {
                    if bytes.is_empty() || sender.send(bytes).is_err() {
                        break;
                    }
                }
            }
            std::future::pending::<()>().await;
        };
        let out = async {
            while let Some(bytes) = stdout.recv().await {
                let _ = cmd.ctx.write(1, &bytes).await;
            }
        };
        let err = async {
            while let Some(bytes) = stderr.recv().await {
                let _ = cmd.ctx.write(2, &bytes).await;
            }
        };
        let done = futures_util::future::join(out, err);
        match select(Box::pin(input), Box::pin(done)).await {
            Either::Left(_) | Either::Right(_) => {}
        }
        drop(resize);
        match status.await {
            Some(Ok(code)) => Ok(code),
            Some(Err(status)) => Err(exec_failure(&status.message)),
            None => Err("error reading from error stream: the connection was lost".into()),
        }
    }
}

/// What a command in a container printed, and its exit code.
pub struct Captured {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub code: i32,
}

/// Runs a command in a container, `input` on its stdin, and collects what it prints.
pub async fn capture(cmd: &Cmd, pod: &Value, container: &str, command: &[&str], input: Option<Vec<u8>>) -> Result<Captured, Fail> {
    let streams = Streams { stdin: input.is_some(), tty: false };
    let mut call = streams.call(pod, "exec", container);
    call.query.extend(command.iter().map(|word| ("command".to_owned(), (*word).to_owned())));
    let response = cmd.request(call).await.map_err(upgrade_failure)?;
    let Body::Exec(stream) = response.body else { return Err("unable to upgrade connection".into()) };
    let ExecStream { stdin, stdout, stderr, resize, status } = stream;
    if let (Some(sender), Some(input)) = (stdin, input) {
        for piece in input.chunks(32_768) {
            if sender.send(piece.to_vec()).is_err() {
                break;
            }
        }
    }
    let (stdout, stderr) = futures_util::future::join(collect(stdout), collect(stderr)).await;
    drop(resize);
    match status.await {
        Some(result) => Ok(Captured { stdout, stderr, code: result.map_err(|status| exec_failure(&status.message))? }),
        None => Err("error reading from error stream: the connection was lost".into()),
    }
}

async fn collect(mut stream: crate::sim::channel::Receiver<Vec<u8>>) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(bytes) = stream.recv().await {
        all.extend(bytes);
    }
    all
}

/// The kubelet's error and the API server's around it.
fn exec_failure(message: &str) -> Fail {
    let inner = message.trim_start_matches("Internal error occurred: ");
    let prefix = if inner == message { "" } else { "Internal error occurred: Internal error occurred: " };
    Fail::Text(format!("{prefix}{inner}"))
}

/// What the kubelet refuses reaches kubectl as the connection's failure.
fn upgrade_failure(fail: Fail) -> Fail {
    match fail {
        Fail::Status(status) => Fail::Text(format!("unable to upgrade connection: {}", status.message)),
        other => other,
    }
}
