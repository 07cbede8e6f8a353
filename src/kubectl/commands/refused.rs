//! Verbs that kubectl has and Podground does not simulate: each says so, once what is wrong with the line has been told.

use super::common::{FILES, OUTPUT};
use crate::kubectl::builder::{Request, Target, kustomization};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::verb::{BASE, Running, Verb};

fn refuse(cmd: &Cmd) -> Running<'_> {
    Box::pin(async move { Err(Fail::Text(format!("{} is not simulated in Podground", cmd.path.trim_start_matches("kubectl ")))) })
}

/// The same, once what is wrong with the objects that are named has been told.
pub fn refuse_objects(cmd: &Cmd) -> Running<'_> {
    Box::pin(async {
        match Request::from(cmd).targets(cmd).await?.list.into_iter().find(|target| matches!(target, Target::Broken(_))) {
            Some(Target::Broken(fail)) => Err(fail),
            _ => refuse(cmd).await,
        }
    })
}

const FORCE: &[Flag] = &[flag("force", FlagKind::Bool, "false", "")];

/// `certificate`.
pub const CERTIFICATE: Verb = Verb {
    name: "certificate",
    usage: "SUBCOMMAND",
    short: "Modify certificate resources",
    subcommands: &[&APPROVE, &DENY],
    run: |cmd| Box::pin(async move { cmd.help_on_stdout().await }),
    ..BASE
};
const APPROVE: Verb = Verb {
    name: "approve",
    usage: "(-f FILENAME | NAME)",
    short: "Approve a certificate signing request",
    flags: &[FORCE, FILES, OUTPUT],
    run: certificate,
    ..BASE
};
const DENY: Verb = Verb {
    name: "deny",
    usage: "(-f FILENAME | NAME)",
    short: "Deny a certificate signing request",
    flags: &[FORCE, FILES, OUTPUT],
    run: certificate,
    ..BASE
};

/// There are no signing requests, so that none can be found.
fn certificate(cmd: &Cmd) -> Running<'_> {
    Box::pin(async move {
        match cmd.args().first() {
            Some(name) => Err(Fail::not_found("certificatesigningrequests.certificates.k8s.io", name)),
            None if cmd.flags.changed("filename") || cmd.flags.changed("kustomize") => refuse(cmd).await,
            None => Err("one or more CSRs must be specified as <name> or -f <filename>".into()),
        }
    })
}

const KUSTOMIZE_FLAGS: &[Flag] = &[
    flag("as-current-user", FlagKind::Bool, "false", ""),
    flag("enable-alpha-plugins", FlagKind::Bool, "false", ""),
    flag("enable-helm", FlagKind::Bool, "false", ""),
    short("env", 'e', FlagKind::Array, "", ""),
    flag("helm-api-versions", FlagKind::Array, "", ""),
    flag("helm-command", FlagKind::Text, "helm", ""),
    flag("helm-debug", FlagKind::Bool, "false", ""),
    flag("helm-kube-version", FlagKind::Text, "", ""),
    flag("load-restrictor", FlagKind::Text, "LoadRestrictionsRootOnly", ""),
    flag("mount", FlagKind::Array, "", ""),
    flag("network", FlagKind::Bool, "false", ""),
    flag("network-name", FlagKind::Text, "bridge", ""),
    short("output", 'o', FlagKind::Text, "", ""),
];

/// `kustomize`.
pub const KUSTOMIZE: Verb = Verb {
    name: "kustomize",
    usage: "DIR [flags]",
    short: "Build a kustomization target from a directory or URL",
    flags: &[KUSTOMIZE_FLAGS],
    run: |cmd| {
        Box::pin(async move {
            match cmd.args() {
                [] => Err(kustomization(cmd, ".")),
                [folder] => Err(kustomization(cmd, folder)),
                _ => Err("specify one path to kustomization.yaml".into()),
            }
        })
    },
    ..BASE
};

const KUBERC_FLAGS: &[Flag] = &[
    flag("allowlist-entry", FlagKind::Array, "", ""),
    flag("appendarg", FlagKind::Array, "", ""),
    flag("command", FlagKind::Text, "", ""),
    flag("kuberc", FlagKind::Text, "", ""),
    flag("name", FlagKind::Text, "", ""),
    flag("option", FlagKind::Array, "", ""),
    flag("overwrite", FlagKind::Bool, "false", ""),
    flag("policy", FlagKind::Text, "", ""),
    flag("prependarg", FlagKind::Array, "", ""),
    flag("section", FlagKind::Text, "", ""),
];
const VIEW_FLAGS: &[Flag] = &[flag("kuberc", FlagKind::Text, "", ""), short("output", 'o', FlagKind::Text, "yaml", "")];

/// `kuberc`.
pub const KUBERC: Verb = Verb {
    name: "kuberc",
    usage: "SUBCOMMAND",
    short: "Manage kuberc configuration files",
    subcommands: &[&KUBERC_SET, &KUBERC_VIEW],
    ..BASE
};
const KUBERC_SET: Verb = Verb {
    name: "set",
    usage: "--section (defaults|aliases) --command COMMAND",
    short: "Set values in the kuberc configuration",
    flags: &[KUBERC_FLAGS],
    run: refuse,
    ..BASE
};
const KUBERC_VIEW: Verb =
    Verb { name: "view", short: "Display the current kuberc configuration", flags: &[VIEW_FLAGS, OUTPUT], run: refuse, ..BASE };
