//! The objects of the API and what is true of them without a cluster. Pure: no clock, no store.

pub mod object;
pub mod status;

pub use object::{Key, Kind, Object};
pub use status::Status;
