use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use super::namespace::ListenerInfo;
use super::stream::TcpStream;
use super::world::{NamespaceId, Network};
use crate::sim::channel::Notify;

/// Connections that may wait to be accepted; more are not answered. Linux' `somaxconn` is 4096, programs ask for 511 or so.
const LIMIT_BACKLOG: usize = 511;

pub(super) struct ListenerState {
    pub address: SocketAddr,
    pub owner: Rc<str>,
    pub waiting: RefCell<VecDeque<TcpStream>>,
    pub closed: Cell<bool>,
    pub changed: Notify,
}

impl ListenerState {
    pub fn info(&self) -> ListenerInfo {
        ListenerInfo { address: self.address.ip(), port: self.address.port(), owner: self.owner.clone() }
    }

    /// Queues a connection; gives it back when the backlog is full or the listener closed.
    pub fn offer(&self, stream: TcpStream) -> Result<(), TcpStream> {
        if self.closed.get() || self.waiting.borrow().len() >= LIMIT_BACKLOG {
            return Err(stream);
        }
        self.waiting.borrow_mut().push_back(stream);
        self.changed.notify();
        Ok(())
    }

    /// Closes the listener; who waits to be accepted is reset.
    pub fn close(&self) {
        self.closed.set(true);
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        for stream in waiting {
            stream.reset();
        }
        self.changed.notify();
    }
}

/// A listening socket. Dropping it closes it and frees the port.
pub struct Listener {
    pub(super) network: Network,
    pub(super) namespace: NamespaceId,
    pub(super) state: Rc<ListenerState>,
}

impl Listener {
    /// The address it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.state.address
    }

    /// The next connection; `None` when the listener was closed with its namespace.
    pub async fn accept(&self) -> Option<TcpStream> {
        loop {
            let changed = self.state.changed.notified();
            if let Some(stream) = self.state.waiting.borrow_mut().pop_front() {
                return Some(stream);
            }
            if self.state.closed.get() {
                return None;
            }
            changed.await;
        }
    }

    fn key(&self) -> (NamespaceId, u16, IpAddr) {
        (self.namespace, self.state.address.port(), self.state.address.ip())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let key = self.key();
        {
            let mut tables = self.network.0.tables.borrow_mut();
            // A port may have been taken over after the namespace was closed: free only what is ours.
            if tables.listeners.get(&key).is_some_and(|state| Rc::ptr_eq(state, &self.state)) {
                tables.listeners.remove(&key);
            }
        }
        self.state.close();
    }
}
