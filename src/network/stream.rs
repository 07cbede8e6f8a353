//! A connected TCP socket.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::{Rc, Weak};

use super::NetError;
use super::pipe::{Front, Pipe};
use super::world::{Inner, NamespaceId, Network, Told};
use crate::sim::Time;

/// What the trace will say of a connection.
struct Story {
    from: Rc<str>,
    to: Rc<str>,
    port: u16,
    label: Option<Rc<str>>,
    /// When the labelled request was sent.
    sent: Time,
}

/// One end of a connection, shared by its halves. When the last half goes, the connection is closed.
pub(super) struct End {
    id: u64,
    network: Weak<Inner>,
    namespace: NamespaceId,
    peer_namespace: NamespaceId,
    local: SocketAddr,
    remote: SocketAddr,
    incoming: Pipe,
    outgoing: Pipe,
    story: RefCell<Option<Story>>,
}

impl End {
    fn network(&self) -> Option<Network> {
        self.network.upgrade().map(Network)
    }

    async fn read(&self) -> Option<Vec<u8>> {
        loop {
            let network = self.network()?;
            let changed = self.incoming.changed();
            let faults_changed = network.0.faults_changed.notified();
            if network.is_cut(self.namespace, self.peer_namespace) && !self.incoming.was_reset() {
                // Held up until the cut is mended or this side gives up.
                drop(network);
                crate::sim::select(Box::pin(changed), Box::pin(faults_changed)).await;
                continue;
            }
            match self.incoming.front(network.0.sim.now()) {
                Front::Chunk(chunk) => return Some(chunk),
                Front::End => return None,
                Front::At(at) => {
                    let sleep = network.0.sim.sleep_until(at);
                    drop(network);
                    // The peer may be reset before its bytes arrive.
                    crate::sim::select(Box::pin(changed), sleep).await;
                }
                Front::Nothing => {
                    drop(network);
                    changed.await;
                }
            }
        }
    }

    fn write(&self, bytes: &[u8]) -> Result<(), NetError> {
        let network = self.network().ok_or(NetError::Reset)?;
        let latency = network.trip(self.namespace, self.peer_namespace);
        self.outgoing.write(network.0.sim.now(), latency, bytes)
    }

    async fn writable(&self) {
        loop {
            let changed = self.outgoing.changed();
            if self.outgoing.is_writable() {
                return;
            }
            changed.await;
        }
    }

    fn shutdown(&self) {
        if let Some(network) = self.network() {
            let latency = network.trip(self.namespace, self.peer_namespace);
            self.outgoing.finish(network.0.sim.now(), latency);
        }
    }

    fn label(&self, what: &str) {
        let now = self.network().map(|network| network.0.sim.now());
        if let (Some(story), Some(now)) = (self.story.borrow_mut().as_mut(), now) {
            story.label = Some(what.into());
            story.sent = now;
        }
    }

    fn outcome(&self, outcome: &str) {
        let told = match self.story.borrow_mut().as_mut() {
            Some(story) => story.label.take().map(|label| Told {
                from: story.from.clone(),
                to: story.to.clone(),
                port: story.port,
                source_port: self.local.port(),
                label,
                sent: story.sent,
            }),
            None => None,
        };
        if let (Some(told), Some(network)) = (told, self.network()) {
            network.record(told, outcome);
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.outcome("no answer");
        self.shutdown();
        self.incoming.close_reader();
        if let Some(network) = self.network.upgrade() {
            network.tables.borrow_mut().connections.remove(&self.id);
        }
    }
}

/// One end of a TCP connection. Dropping it closes it.
pub struct TcpStream(Rc<End>);

/// The reading half of a [`TcpStream`].
pub struct ReadHalf(Rc<End>);

/// The writing half of a [`TcpStream`]. Dropping it ends this direction, as `shutdown` does.
pub struct WriteHalf(Rc<End>);

/// What both ends of a new connection are made of.
pub(super) struct Ends {
    pub from: NamespaceId,
    pub to: NamespaceId,
    /// The client's address as it knows it and as the server sees it.
    pub client: SocketAddr,
    pub client_seen: SocketAddr,
    /// The server's address as the client dialled it and as the server knows it.
    pub dialled: SocketAddr,
    pub server: SocketAddr,
    pub client_owner: Rc<str>,
    pub server_owner: Rc<str>,
}

impl TcpStream {
    /// Both ends of a new connection: the client's and the server's.
    pub(super) fn pair(network: &Network, ends: Ends) -> (TcpStream, TcpStream) {
        let (there, back) = (Pipe::default(), Pipe::default());
        let story = Story {
            from: network.name_of(ends.from),
            to: network.name_of(ends.to),
            port: ends.server.port(),
            label: None,
            sent: Time::ZERO,
        };
        let client = End {
            id: network.next_id(),
            network: network.downgrade(),
            namespace: ends.from,
            peer_namespace: ends.to,
            local: ends.client,
            remote: ends.dialled,
            incoming: back.clone(),
            outgoing: there.clone(),
            story: RefCell::new(Some(story)),
        };
        let server = End {
            id: network.next_id(),
            network: network.downgrade(),
            namespace: ends.to,
            peer_namespace: ends.from,
            local: ends.server,
            remote: ends.client_seen,
            incoming: there,
            outgoing: back,
            story: RefCell::new(None),
        };
        let mut tables = network.0.tables.borrow_mut();
        for (end, owner) in [(&client, ends.client_owner), (&server, ends.server_owner)] {
            let state = super::world::ConnectionState {
                namespace: end.namespace,
                local: end.local,
                remote: end.remote,
                owner,
                incoming: end.incoming.clone(),
                outgoing: end.outgoing.clone(),
            };
            tables.connections.insert(end.id, state);
        }
        (TcpStream(Rc::new(client)), TcpStream(Rc::new(server)))
    }

    /// The next bytes; `None` when the other side has ended, or the connection was reset.
    pub async fn read(&mut self) -> Option<Vec<u8>> {
        self.0.read().await
    }

    /// Sends bytes. Never waits; a sender of much awaits [`TcpStream::writable`] in between.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        self.0.write(bytes)
    }

    /// Completes when the send buffer has room.
    pub async fn writable(&self) {
        self.0.writable().await;
    }

    /// Ends this direction: the other side reads the end.
    pub fn shutdown(&mut self) {
        self.0.shutdown();
    }

    /// Breaks the connection for both sides.
    pub fn reset(&self) {
        self.0.incoming.reset();
        self.0.outgoing.reset();
    }

    /// Whether the connection was reset rather than ended.
    pub fn was_reset(&self) -> bool {
        self.0.incoming.was_reset()
    }

    /// Two halves that can be held by two tasks.
    pub fn split(self) -> (ReadHalf, WriteHalf) {
        (ReadHalf(self.0.clone()), WriteHalf(self.0))
    }

    /// This side's address.
    pub fn local_addr(&self) -> SocketAddr {
        self.0.local
    }

    /// The other side's address, as this side sees it.
    pub fn peer_addr(&self) -> SocketAddr {
        self.0.remote
    }

    /// Names, on the client's side, the request under way for the trace: `GET /`.
    pub fn label(&self, what: &str) {
        self.0.label(what);
    }

    /// Tells, on the client's side, how the labelled request ended: `200`. Dropping the stream without it means `no answer`.
    pub fn outcome(&self, outcome: &str) {
        self.0.outcome(outcome);
    }
}

impl ReadHalf {
    /// See [`TcpStream::read`].
    pub async fn read(&mut self) -> Option<Vec<u8>> {
        self.0.read().await
    }
}

impl WriteHalf {
    /// See [`TcpStream::write`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        self.0.write(bytes)
    }

    /// See [`TcpStream::writable`].
    pub async fn writable(&self) {
        self.0.writable().await;
    }

    /// See [`TcpStream::shutdown`].
    pub fn shutdown(&mut self) {
        self.0.shutdown();
    }
}

impl Drop for WriteHalf {
    fn drop(&mut self) {
        self.0.shutdown();
    }
}
