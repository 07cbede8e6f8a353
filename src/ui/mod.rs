//! The Yew application.
pub fn start() {}
