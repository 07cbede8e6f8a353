//! exec and attach over SPDY: one stream each for stdin, stdout, stderr, the terminal's size, and the status.

use std::rc::Rc;
use std::time::Duration;

use podground::apiserver::{ExecStream, Request};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};

use super::{Stream, Writer};
use crate::serve::exec::{self, Channel, Input, Output};
use crate::serve::world::World;

/// How long the client may take to open its streams. Models DefaultStreamCreationTimeout.
const CREATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The streams that the client is to open.
pub struct Wanted(Vec<&'static str>);

impl Wanted {
    pub fn of(asked: &Request) -> Wanted {
        let mut names = vec!["error"];
        names.extend(["stdin", "stdout"].into_iter().filter(|name| asked.flag(name)));
        names.push(if asked.flag("tty") { "resize" } else { "stderr" });
        names.retain(|name| *name != "stderr" || asked.flag("stderr"));
        Wanted(names)
    }
}

struct Streams {
    stdout: Option<Writer>,
    stderr: Option<Writer>,
    error: Option<Writer>,
}

impl Output for Streams {
    async fn write(&mut self, channel: Channel, bytes: Vec<u8>) -> bool {
        let writer = match channel {
            Channel::Stdout => &self.stdout,
            Channel::Stderr => &self.stderr,
            Channel::Error => &self.error,
        };
        match writer {
            Some(writer) => writer.data(bytes).await,
            None => true,
        }
    }

    async fn end(self) {
        for writer in [self.stdout, self.stderr, self.error].into_iter().flatten() {
            writer.end().await;
        }
    }
}

/// Carries an exec or attach.
pub async fn run<IO: AsyncRead + AsyncWrite + 'static>(
    world: Rc<World>,
    io: IO,
    wanted: Wanted,
    stream: ExecStream,
    closing: watch::Receiver<bool>,
) {
    let mut session = super::serve(io);
    let mut output = Streams { stdout: None, stderr: None, error: None };
    let (sender, input) = mpsc::channel(16);
    let mut missing = wanted.0;
    while !missing.is_empty() {
        let Ok(Some(opened)) = tokio::time::timeout(CREATION_TIMEOUT, session.recv()).await else { return };
        let kind = opened.header("streamtype").unwrap_or_default().to_owned();
        missing.retain(|name| *name != kind);
        match kind.as_str() {
            "stdout" => output.stdout = Some(opened.writer),
            "stderr" => output.stderr = Some(opened.writer),
            "error" => output.error = Some(opened.writer),
            "stdin" | "resize" => drop(tokio::task::spawn_local(read(opened, kind == "resize", sender.clone()))),
            _ => return,
        }
    }
    // The connection's end, not that of a stream, is the client's going.
    let gone = async move {
        let _sender = sender;
        while session.recv().await.is_some() {}
    };
    tokio::select! {
        () = exec::run(world, stream, input, output, closing) => {}
        () = gone => {}
    }
}

async fn read(mut stream: Stream, resize: bool, sender: mpsc::Sender<Input>) {
    while let Some(bytes) = stream.data.recv().await {
        let input = if resize { exec::size(&bytes) } else { Some(Input::Stdin(bytes)) };
        if let Some(input) = input
            && sender.send(input).await.is_err()
        {
            return;
        }
    }
    if !resize {
        let _ = sender.send(Input::StdinEnd).await;
    }
}
