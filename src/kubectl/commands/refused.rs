//! Verbs that kubectl has and Podground does not simulate: each says so.

use super::common::FILES;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::verb::{BASE, Running, Verb};

fn refuse(cmd: &Cmd) -> Running<'_> {
    Box::pin(async move { Err(Fail::Text(format!("{} is not simulated in Podground", cmd.path.trim_start_matches("kubectl ")))) })
}

/// `edit`.
pub const EDIT: Verb = Verb {
    name: "edit",
    usage: "(RESOURCE/NAME | -f FILENAME)",
    short: "Edit a resource on the server",
    flags: &[FILES],
    run: refuse,
    ..BASE
};
/// `certificate`.
pub const CERTIFICATE: Verb = Verb { name: "certificate", usage: "SUBCOMMAND", short: "Modify certificate resources", run: refuse, ..BASE };
/// `proxy`.
pub const PROXY: Verb = Verb { name: "proxy", short: "Run a proxy to the Kubernetes API server", run: refuse, ..BASE };
/// `cp`.
pub const CP: Verb = Verb {
    name: "cp",
    usage: "<file-spec-src> <file-spec-dest>",
    short: "Copy files and directories to and from containers",
    run: refuse,
    ..BASE
};
/// `debug`.
pub const DEBUG: Verb = Verb {
    name: "debug",
    usage: "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    short: "Create debugging sessions for troubleshooting workloads and nodes",
    run: refuse,
    ..BASE
};
/// `kustomize`.
pub const KUSTOMIZE: Verb =
    Verb { name: "kustomize", usage: "DIR", short: "Build a kustomization target from a directory or URL", run: refuse, ..BASE };
/// `completion`.
pub const COMPLETION: Verb = Verb {
    name: "completion",
    usage: "SHELL",
    short: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
    run: refuse,
    ..BASE
};
/// `kuberc`.
pub const KUBERC: Verb = Verb { name: "kuberc", usage: "SUBCOMMAND", short: "Manage kuberc configuration files", run: refuse, ..BASE };
