//! The shell and the usual tools, as programs of the simulated kernel.
//!
//! The grammar is brush-parser's; what runs it is here. One interpreter speaks three dialects
//! ([`Dialect`]): bash 5.2, dash and busybox ash, whose messages differ more than their language.

mod arith;
mod builtins;
mod condition;
mod dialect;
mod driven;
mod editor;
mod exec;
mod expand;
mod filetest;
mod format;
mod history;
mod jobs;
mod main;
mod nesting;
mod pattern;
mod quote;
mod regex;
mod state;
mod syntax;
mod tools;
pub mod userland;
mod vars;

pub use dialect::Dialect;
pub use driven::{Reply, driven};
pub use main::program_of;

use builtins::interpret_escapes;
use exec::descriptor_of as exec_descriptor;

#[cfg(test)]
mod tests;
