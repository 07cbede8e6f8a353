//! Assigns pods to nodes. Models `pkg/scheduler`.
//!
//! `framework` and `plugins` are pure functions over a snapshot of the cluster; `preemption` says who would have to
//! go for a more important pod.

pub mod framework;
pub mod plugins;
pub mod preemption;
