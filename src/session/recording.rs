//! A session's save: seed, topology and timed inputs. Restoring replays them.

use serde::{Deserialize, Serialize};

/// The form's version.
pub const VERSION: u32 = 1;

/// The most text a save may have; a longer one is refused.
pub const LIMIT_SAVE_BYTES: usize = 32 * 1024 * 1024;

/// A whole session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Save {
    /// The form's version.
    pub version: u32,
    /// See `Options`.
    pub seed: u64,
    /// See `Options`.
    pub topology: String,
    /// See `Options`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<String>,
    /// See `Options`.
    pub start: i64,
    /// Where the session stood, in nanoseconds of virtual time and executor steps.
    pub at: (u64, u64),
    /// What came from outside, in order.
    pub inputs: Vec<Recorded>,
    /// Which checks of which step were met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub met: Vec<Vec<bool>>,
}

/// An input and the point of the run at which it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Nanoseconds of virtual time, and executor steps.
    pub at: (u64, u64),
    /// The input.
    pub input: Input,
}

/// Everything that can come from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// A terminal was opened: its columns and rows.
    Open(u16, u16),
    /// A terminal was closed.
    Close(u32),
    /// Bytes from a terminal's keyboard.
    Keys(u32, String),
    /// A terminal's shell had ended; it got a new one.
    LogIn(u32),
    /// A terminal's new size.
    Resize(u32, u16, u16),
    /// A file of the home directory was written.
    Write(String, String),
    /// A file of the home directory was removed.
    Remove(String),
    /// A hint was asked for.
    Hint,
    /// A step was turned to.
    Step(usize),
    /// An exam was handed in.
    Finish,
    /// A question was answered: its id and the answer.
    Answer(String, String),
    /// Something was broken or healed, in the words that `Cluster::order` takes.
    Fault(String),
}
