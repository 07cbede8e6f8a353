//! Verbs that kubectl has and Podground does not simulate: each says so.

use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::verb::{BASE, Running, Verb};

fn refuse(cmd: &Cmd) -> Running<'_> {
    Box::pin(async move { Err(Fail::Text(format!("{} is not simulated in Podground", cmd.path.trim_start_matches("kubectl ")))) })
}

/// `certificate`.
pub const CERTIFICATE: Verb = Verb {
    name: "certificate",
    usage: "SUBCOMMAND",
    short: "Modify certificate resources",
    subcommands: &[&APPROVE, &DENY],
    run: |cmd| Box::pin(async move { cmd.help_on_stdout().await }),
    ..BASE
};
const APPROVE: Verb =
    Verb { name: "approve", usage: "(-f FILENAME | NAME)", short: "Approve a certificate signing request", run: refuse, ..BASE };
const DENY: Verb = Verb { name: "deny", usage: "(-f FILENAME | NAME)", short: "Deny a certificate signing request", run: refuse, ..BASE };
/// `kustomize`.
pub const KUSTOMIZE: Verb =
    Verb { name: "kustomize", usage: "DIR [flags]", short: "Build a kustomization target from a directory or URL", run: refuse, ..BASE };
/// `kuberc`.
pub const KUBERC: Verb = Verb { name: "kuberc", usage: "SUBCOMMAND", short: "Manage kuberc configuration files", run: refuse, ..BASE };
