//! The usual commands: one a file, one line in the list.

pub(crate) mod mode;
