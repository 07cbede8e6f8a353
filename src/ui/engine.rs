//! The one door to the engine.
pub use super::demo::Session;
