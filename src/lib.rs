//! Podground's engine: a small, deterministic Kubernetes cluster.
//!
//! The engine does no I/O, reads no clock and no randomness but its own; see ARCHITECTURE.md.
pub mod api;
pub mod apiserver;
pub mod client;
pub mod cluster;
pub mod controllers;
pub mod cri;
pub mod images;
pub mod kubectl;
pub mod kubelet;
pub mod lessons;
pub mod network;
pub mod process;
pub mod scheduler;
pub mod session;
pub mod shell;
pub mod sim;
pub mod store;
pub mod why;
