//! Virtual time, chance and concurrency: the only source of all three in the engine.
//!
//! Invariant: nothing in the engine reads a wall clock, a thread-local or the platform's randomness.
//! The same seed and the same timed inputs give the same run, to the byte.

pub mod channel;
mod executor;
mod pace;
mod rng;
mod time;
pub mod trace;

pub use executor::{JoinHandle, Progress, Sim, Sleep, Timeout};
pub use pace::{AtOnce, Pace, at_once};
pub use rng::Rng;
pub use time::Time;
pub use trace::{Trace, TraceEvent, TraceKind};

pub use futures_util::future::{Either, LocalBoxFuture, select};
