//! The streams of an exec or attach, whatever carries them. Models `k8s.io/kubelet/pkg/cri/streaming/remotecommand`.

use std::future::Future;
use std::rc::Rc;

use podground::api::Status;
use podground::apiserver::ExecStream;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::world::World;

/// How many pieces of input may wait for the process.
const LIMIT_INPUT: usize = 64;

/// What the client sends.
pub enum Input {
    Stdin(Vec<u8>),
    StdinEnd,
    /// Columns and rows.
    Resize(u16, u16),
}

/// Where something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Stdout,
    Stderr,
    /// The `Status` at the end.
    Error,
}

/// What carries the streams to the client.
pub trait Output {
    /// Sends; `false` when the client is gone.
    fn write(&mut self, channel: Channel, bytes: Vec<u8>) -> impl Future<Output = bool>;
    /// Everything was sent.
    fn end(self) -> impl Future<Output = ()>;
}

/// Carries the streams until the process ends or the client goes.
pub async fn run(
    world: Rc<World>,
    mut exec: ExecStream,
    mut input: mpsc::Receiver<Input>,
    mut output: impl Output,
    mut closing: watch::Receiver<bool>,
) {
    let _waiter = world.waiter();
    let mut generation = world.generation();
    let (mut stdout_open, mut stderr_open) = (true, true);
    let result = loop {
        let full = exec.stdin.as_ref().is_some_and(|stdin| stdin.len() >= LIMIT_INPUT);
        let (channel, bytes) = tokio::select! {
            biased;
            bytes = world.hear(exec.stdout.recv()), if stdout_open => (Channel::Stdout, bytes),
            bytes = world.hear(exec.stderr.recv()), if stderr_open => (Channel::Stderr, bytes),
            status = world.hear(&mut exec.status) => break status,
            sent = input.recv(), if !full => {
                let Some(sent) = sent else { return };
                take(&mut exec, sent);
                world.poke();
                continue;
            }
            () = tokio::time::sleep(std::time::Duration::from_millis(5)), if full => continue,
            _ = generation.changed() => return,
            _ = closing.changed() => return,
        };
        match (channel, bytes) {
            (Channel::Stdout, None) => stdout_open = false,
            (_, None) => stderr_open = false,
            (channel, Some(bytes)) => {
                if !output.write(channel, bytes).await {
                    return;
                }
            }
        }
    };
    while let Some(bytes) = exec.stdout.try_recv() {
        output.write(Channel::Stdout, bytes).await;
    }
    while let Some(bytes) = exec.stderr.try_recv() {
        output.write(Channel::Stderr, bytes).await;
    }
    output.write(Channel::Error, status(result).to_string().into_bytes()).await;
    output.end().await;
}

fn take(exec: &mut ExecStream, sent: Input) {
    match sent {
        Input::Stdin(bytes) => {
            if exec.stdin.as_ref().is_some_and(|stdin| stdin.send(bytes).is_err()) {
                exec.stdin = None;
            }
        }
        Input::StdinEnd => exec.stdin = None,
        Input::Resize(columns, rows) => drop(exec.resize.send((columns, rows))),
    }
}

/// The `Status` that tells how the command ended.
fn status(result: Option<Result<i32, Status>>) -> Value {
    match result {
        Some(Ok(0)) => json!({ "metadata": {}, "status": "Success" }),
        Some(Ok(code)) => json!({
            "metadata": {}, "status": "Failure", "message": format!("command terminated with non-zero exit code: {code}"),
            "reason": "NonZeroExitCode", "details": { "causes": [{ "reason": "ExitCode", "message": code.to_string() }] },
        }),
        Some(Err(status)) => status.to_json(),
        None => Status::internal("the container is gone").to_json(),
    }
}

/// Reads what a client sends as the terminal's size: `{"Width":80,"Height":24}`.
pub fn size(bytes: &[u8]) -> Option<Input> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let number = |key: &str| value.get(key).and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
    Some(Input::Resize(number("Width")?, number("Height")?))
}
