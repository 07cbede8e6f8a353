//! Shared by the integration tests.
pub mod compare;
pub mod ledger;
pub mod normalise;
pub mod rules;
