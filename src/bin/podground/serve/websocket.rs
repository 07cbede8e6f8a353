//! Streams over WebSocket: `v5.channel.k8s.io` and its elders, and SPDY in a tunnel. Models apimachinery's
//! `util/httpstream/wsstream` and `util/remotecommand`.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use podground::apiserver::{ExecStream, Request};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode};

use super::exec::{self, Channel, Input, Output};
use super::port_forward;
use super::world::World;

/// Protocols of exec and attach, the best first. In those with `base64` the messages are text.
pub const EXEC: &[&str] =
    &["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];
/// Protocols of port-forward.
pub const PORT_FORWARD: &[&str] = &[TUNNEL, "v4.channel.k8s.io", "portforward.k8s.io"];
/// SPDY's frames as the bytes of binary messages; what kubectl 1.31 and later begin with.
const TUNNEL: &str = "SPDY/3.1+portforward.k8s.io";
/// The largest message that is read.
const LIMIT_MESSAGE_BYTES: usize = 4 << 20;
/// How much the tunnel holds between its ends.
const TUNNEL_BYTES: usize = 64 * 1024;
/// `v5`'s message that closes the channel named by its next byte.
const CLOSE: u8 = 255;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;

async fn open<IO: AsyncRead + AsyncWrite + Unpin>(io: IO) -> WebSocketStream<IO> {
    let config = WebSocketConfig::default().max_message_size(Some(LIMIT_MESSAGE_BYTES)).max_frame_size(Some(LIMIT_MESSAGE_BYTES));
    WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await
}

/// The bytes of a message; `None` when the client is done.
fn bytes_of(message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>, base64: bool) -> Option<Vec<u8>> {
    match message? {
        Ok(Message::Binary(bytes)) => Some(bytes.to_vec()),
        // The first character of a text message is the channel's digit.
        Ok(Message::Text(text)) if base64 => {
            let (channel, rest) = text.split_at_checked(1)?;
            let mut bytes = vec![channel.parse().ok()?];
            bytes.extend(STANDARD.decode(rest).ok()?);
            Some(bytes)
        }
        Ok(Message::Text(text)) => Some(text.as_bytes().to_vec()),
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Some(Vec::new()),
        Ok(Message::Close(_)) | Err(_) => None,
    }
}

struct Channels<IO> {
    sink: SplitSink<WebSocketStream<IO>, Message>,
    base64: bool,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Channels<IO> {
    async fn send(&mut self, channel: u8, bytes: &[u8]) -> bool {
        let message = if self.base64 {
            Message::text(format!("{channel}{}", STANDARD.encode(bytes)))
        } else {
            let mut whole = Vec::with_capacity(bytes.len() + 1);
            whole.push(channel);
            whole.extend(bytes);
            Message::binary(whole)
        };
        self.sink.send(message).await.is_ok()
    }

    async fn close(mut self) {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        // The client may have gone already.
        let _ = self.sink.send(Message::Close(Some(frame))).await;
        let _ = self.sink.close().await;
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Output for Channels<IO> {
    async fn write(&mut self, channel: Channel, bytes: Vec<u8>) -> bool {
        let number = match channel {
            Channel::Stdout => STDOUT,
            Channel::Stderr => STDERR,
            Channel::Error => ERROR,
        };
        self.send(number, &bytes).await
    }

    async fn end(self) {
        self.close().await;
    }
}

/// Carries an exec or attach.
pub async fn exec<IO: AsyncRead + AsyncWrite + Unpin + 'static>(
    world: Rc<World>,
    io: IO,
    protocol: &str,
    stream: ExecStream,
    closing: watch::Receiver<bool>,
) {
    let base64 = protocol.contains("base64");
    let (sink, messages) = open(io).await.split();
    let mut channels = Channels { sink, base64 };
    let (sender, receiver) = mpsc::channel(16);
    let reader = tokio::task::spawn_local(read_exec(messages, base64, sender));
    // An empty message says that the streams are up.
    if channels.send(STDOUT, &[]).await {
        exec::run(world, stream, receiver, channels, closing).await;
    }
    reader.abort();
}

async fn read_exec<IO: AsyncRead + AsyncWrite + Unpin>(
    mut messages: SplitStream<WebSocketStream<IO>>,
    base64: bool,
    sender: mpsc::Sender<Input>,
) {
    while let Some(bytes) = bytes_of(messages.next().await, base64) {
        let input = match bytes.split_first() {
            Some((&STDIN, [])) | None => None,
            Some((&STDIN, rest)) => Some(Input::Stdin(rest.to_vec())),
            Some((&RESIZE, rest)) => exec::size(rest),
            Some((&CLOSE, [STDIN, ..])) => Some(Input::StdinEnd),
            Some(_) => None,
        };
        if let Some(input) = input
            && sender.send(input).await.is_err()
        {
            return;
        }
    }
}

/// Carries forwarded connections.
pub async fn port_forward<IO: AsyncRead + AsyncWrite + Unpin + 'static>(
    world: Rc<World>,
    io: IO,
    protocol: &str,
    asked: Request,
    closing: watch::Receiver<bool>,
) {
    let socket = open(io).await;
    if protocol == TUNNEL {
        let (ours, theirs) = tokio::io::duplex(TUNNEL_BYTES);
        let pump = tokio::task::spawn_local(tunnel(socket, theirs));
        port_forward::speedy(world, ours, asked, closing).await;
        pump.abort();
    } else {
        channelled(world, socket, &asked, closing).await;
    }
}

/// Passes bytes between binary messages and a stream of bytes.
async fn tunnel<IO: AsyncRead + AsyncWrite + Unpin>(socket: WebSocketStream<IO>, io: tokio::io::DuplexStream) {
    let (mut sink, mut messages) = socket.split();
    let (mut reader, mut writer) = tokio::io::split(io);
    let inward = async {
        while let Some(bytes) = bytes_of(messages.next().await, false) {
            if writer.write_all(&bytes).await.is_err() {
                break;
            }
        }
        let _ = writer.shutdown().await;
    };
    let outward = async {
        let mut buffer = vec![0; TUNNEL_BYTES];
        while let Ok(n @ 1..) = reader.read(&mut buffer).await {
            if sink.send(Message::binary(buffer.get(..n).unwrap_or_default().to_vec())).await.is_err() {
                break;
            }
        }
        let _ = sink.close().await;
    };
    tokio::join!(inward, outward);
}

/// One data and one error channel for each port, numbered in pairs; each begins with the port's number.
async fn channelled<IO: AsyncRead + AsyncWrite + Unpin>(
    world: Rc<World>,
    socket: WebSocketStream<IO>,
    asked: &Request,
    mut closing: watch::Receiver<bool>,
) {
    let (sink, mut messages) = socket.split();
    let mut channels = Channels { sink, base64: false };
    let (outgoing, mut from_pods) = mpsc::channel::<(u8, Vec<u8>)>(16);
    let mut to_pods = Vec::new();
    for (index, port) in port_forward::ports(asked).into_iter().enumerate() {
        let Ok(data) = u8::try_from(index * 2) else { break };
        for channel in [data, data + 1] {
            if !channels.send(channel, &port.to_le_bytes()).await {
                return;
            }
        }
        let (sender, receiver) = mpsc::channel(16);
        to_pods.push(Some(sender));
        let (world, asked, out) = (world.clone(), asked.clone(), outgoing.clone());
        tokio::task::spawn_local(async move {
            let write = |bytes: Vec<u8>| {
                let out = out.clone();
                async move { out.send((data, bytes)).await.is_ok() }
            };
            if let Some(error) = port_forward::connection(&world, &asked, port, receiver, write).await {
                let _ = out.send((data + 1, error.into_bytes())).await;
            }
        });
    }
    drop(outgoing);
    loop {
        tokio::select! {
            sent = from_pods.recv() => match sent {
                Some((channel, bytes)) if channels.send(channel, &bytes).await => {}
                _ => break,
            },
            message = messages.next() => {
                let Some(bytes) = bytes_of(message, false) else { break };
                let Some((channel, rest)) = bytes.split_first() else { continue };
                let sender = to_pods.get(usize::from(channel / 2)).and_then(Option::as_ref);
                if let Some(sender) = sender.filter(|_| channel % 2 == 0 && !rest.is_empty()) {
                    let _ = sender.send(rest.to_vec()).await;
                }
            }
            _ = closing.changed() => break,
        }
    }
    channels.close().await;
}
