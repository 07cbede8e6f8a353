//! kubectl: a program that speaks only REST, through `client`.
//!
//! A command line becomes a [`verb::Verb`] and its flags; the verb's file under `commands/` does the work and prints
//! through `printers/`. Models k8s.io/kubectl and k8s.io/cli-runtime 1.36.

mod builder;
mod command;
mod commands;
mod complete;
mod credentials;
pub mod describe;
mod error;
mod flags;
mod kubeconfig;
mod manifest;
mod mapping;
mod output;
pub mod printers;
mod reach;
mod rest;
mod root;
mod verb;
mod verbose;

pub use kubeconfig::{default_config, in_cluster_user};
pub use manifest::parse_yaml;
pub use root::{names, program, run};
