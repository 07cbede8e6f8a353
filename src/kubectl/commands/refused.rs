//! Verbs that kubectl has and Podground does not simulate: each says so.

use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::verb::{BASE, Running, Verb};

fn refuse(cmd: &Cmd) -> Running<'_> {
    Box::pin(async move { Err(Fail::Text(format!("{} is not simulated in Podground", cmd.path.trim_start_matches("kubectl ")))) })
}

/// `certificate`.
pub const CERTIFICATE: Verb = Verb { name: "certificate", usage: "SUBCOMMAND", short: "Modify certificate resources", run: refuse, ..BASE };
/// `kustomize`.
pub const KUSTOMIZE: Verb =
    Verb { name: "kustomize", usage: "DIR", short: "Build a kustomization target from a directory or URL", run: refuse, ..BASE };
/// `kuberc`.
pub const KUBERC: Verb = Verb { name: "kuberc", usage: "SUBCOMMAND", short: "Manage kuberc configuration files", run: refuse, ..BASE };
