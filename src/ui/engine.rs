//! The one door to the engine.
pub use podground::session::Session;
