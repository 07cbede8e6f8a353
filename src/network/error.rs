use std::fmt;

/// Why the network refused. The names are those of Linux' errno values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetError {
    /// `EADDRINUSE`: another socket of the namespace holds the port.
    AddrInUse,
    /// `EADDRNOTAVAIL`: the namespace has no such address, or no ephemeral port is left.
    AddrNotAvailable,
    /// `ECONNREFUSED`: nobody listens there.
    Refused,
    /// `ETIMEDOUT`: no answer to any of the connection attempts.
    TimedOut,
    /// `EHOSTUNREACH`: the neighbour answers for no such address.
    Unreachable,
    /// `ENETUNREACH`: there is no route to the network.
    NetworkUnreachable,
    /// `ECONNRESET`, `EPIPE`: the other side is gone.
    Reset,
}

impl NetError {
    /// What `strerror` says.
    pub fn strerror(self) -> &'static str {
        match self {
            NetError::AddrInUse => "Address already in use",
            NetError::AddrNotAvailable => "Cannot assign requested address",
            NetError::Refused => "Connection refused",
            NetError::TimedOut => "Connection timed out",
            NetError::Unreachable => "No route to host",
            NetError::NetworkUnreachable => "Network is unreachable",
            NetError::Reset => "Connection reset by peer",
        }
    }

    /// Go's words, as they stand in the kubelet's events: `connection refused`.
    pub fn go_text(self) -> &'static str {
        match self {
            NetError::AddrInUse => "address already in use",
            NetError::AddrNotAvailable => "cannot assign requested address",
            NetError::Refused => "connection refused",
            NetError::TimedOut => "connection timed out",
            NetError::Unreachable => "no route to host",
            NetError::NetworkUnreachable => "network is unreachable",
            NetError::Reset => "connection reset by peer",
        }
    }

    /// The trace's word for the outcome.
    pub fn word(self) -> &'static str {
        match self {
            NetError::AddrInUse | NetError::AddrNotAvailable => "no port",
            NetError::Refused => "refused",
            NetError::TimedOut => "timed out",
            NetError::Unreachable | NetError::NetworkUnreachable => "unreachable",
            NetError::Reset => "reset",
        }
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.strerror())
    }
}

impl std::error::Error for NetError {}
