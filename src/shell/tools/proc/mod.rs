//! Commands that look at processes.

pub(super) mod free;
pub(super) mod lsns;
pub(super) mod mount;
pub(super) mod nsenter;
pub(super) mod pgrep;
pub(super) mod ps;
