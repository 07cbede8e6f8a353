//! `kubectl describe`: one file per kind. Models kubectl/pkg/describe/describe.go.
//!
//! Pure: a description is made of the object and of what belongs to it; `commands/describe.rs` fetches both.

mod containers;
pub mod generic;
pub mod node;
pub mod other;
pub mod pod;
mod volumes;
pub mod workload;
mod writer;

pub use writer::Writer;
