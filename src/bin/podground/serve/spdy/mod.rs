//! The server's side of SPDY/3.1 as far as Kubernetes uses it: streams that the client opens, data, pings.
//! There is no flow control: Kubernetes' own library has none.

pub mod exec;
mod frame;
mod headers;

use std::collections::BTreeMap;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use frame::Frame;
use headers::{Deflater, Inflater};

/// The largest frame that is read.
const LIMIT_FRAME_BYTES: usize = 4 << 20;
/// The most streams that one client has at once.
const LIMIT_STREAMS: usize = 10_000;
/// How many pieces of data may wait for a stream's reader; then the connection waits.
const LIMIT_WAITING: usize = 256;
/// The longest piece that is sent as one frame.
const LIMIT_PIECE_BYTES: usize = 32 * 1024;

/// A stream that the client opened.
pub struct Stream {
    headers: Vec<(String, String)>,
    /// What the client sends; it ends with the client's half.
    pub data: mpsc::Receiver<Vec<u8>>,
    pub writer: Writer,
}

impl Stream {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Sends on one stream.
#[derive(Clone)]
pub struct Writer {
    id: u32,
    outgoing: mpsc::Sender<Vec<u8>>,
}

impl Writer {
    /// Sends; `false` when the client is gone.
    pub async fn data(&self, bytes: Vec<u8>) -> bool {
        for piece in bytes.chunks(LIMIT_PIECE_BYTES) {
            if self.outgoing.send(frame::data(self.id, piece, false)).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Ends our half.
    pub async fn end(&self) {
        // The client may be gone already.
        let _ = self.outgoing.send(frame::data(self.id, &[], true)).await;
    }
}

/// Serves a connection. The streams that the client opens come out; they end with the connection.
pub fn serve<IO: AsyncRead + AsyncWrite + 'static>(io: IO) -> mpsc::Receiver<Stream> {
    let (reader, writer) = tokio::io::split(io);
    let (outgoing, frames) = mpsc::channel(64);
    let (sender, streams) = mpsc::channel(64);
    tokio::task::spawn_local(write(writer, frames));
    tokio::task::spawn_local(async move {
        let mut session = Session {
            inflater: Inflater::new(),
            deflater: Deflater::new(),
            open: BTreeMap::new(),
            streams: sender.clone(),
            outgoing: outgoing.downgrade(),
            last: 0,
        };
        let keep = outgoing;
        tokio::select! {
            _ = session.read(reader) => {}
            // Nobody serves it any more.
            () = sender.closed() => {}
        }
        drop(keep);
    });
    streams
}

async fn write(mut writer: impl AsyncWrite + Unpin, mut frames: mpsc::Receiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        if writer.write_all(&frame).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
    let _ = writer.shutdown().await;
}

struct Session {
    inflater: Inflater,
    deflater: Deflater,
    open: BTreeMap<u32, mpsc::Sender<Vec<u8>>>,
    streams: mpsc::Sender<Stream>,
    outgoing: mpsc::WeakSender<Vec<u8>>,
    last: u32,
}

impl Session {
    /// Reads frames until the connection ends, or breaks the protocol.
    async fn read(&mut self, mut reader: impl AsyncRead + Unpin) -> Option<()> {
        loop {
            let mut head = [0; 8];
            reader.read_exact(&mut head).await.ok()?;
            let length = frame::length(&head);
            if length > LIMIT_FRAME_BYTES {
                return None;
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).await.ok()?;
            self.take(Frame::parse(&head, body)?).await?;
        }
    }

    async fn take(&mut self, frame: Frame) -> Option<()> {
        match frame {
            Frame::Open { id, fin, block } => self.opened(id, fin, &block).await?,
            Frame::Headers { block } => drop(self.inflater.block(&block)?),
            Frame::Data { id, fin, bytes } => {
                if !bytes.is_empty()
                    && let Some(stream) = self.open.get(&id)
                {
                    // A reader that is gone leaves the stream to its end.
                    let _ = stream.send(bytes).await;
                }
                if fin {
                    self.open.remove(&id);
                }
            }
            Frame::Reset { id } => drop(self.open.remove(&id)),
            Frame::Ping { id } if id % 2 == 1 => self.send(frame::ping(id)).await?,
            Frame::Ping { .. } | Frame::Other => {}
            Frame::GoAway => return None,
        }
        Some(())
    }

    async fn opened(&mut self, id: u32, fin: bool, block: &[u8]) -> Option<()> {
        let headers = self.inflater.block(block)?;
        if id.is_multiple_of(2) || id <= self.last || self.open.len() >= LIMIT_STREAMS {
            return None;
        }
        self.last = id;
        let (sender, data) = mpsc::channel(LIMIT_WAITING);
        if !fin {
            self.open.insert(id, sender);
        }
        let block = self.deflater.empty();
        self.send(frame::reply(id, &block)).await?;
        let outgoing = self.outgoing.upgrade()?;
        self.streams.send(Stream { headers, data, writer: Writer { id, outgoing } }).await.ok()
    }

    async fn send(&self, frame: Vec<u8>) -> Option<()> {
        self.outgoing.upgrade()?.send(frame).await.ok()
    }
}
