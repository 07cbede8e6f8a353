//! `kubectl auth`. Podground has no authorization: the user of the kubeconfig is in `system:masters`, who may do all.

use super::common::ALL_NAMESPACES;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::{ApiStatus, Fail};
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::mapping;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::verb::{BASE, Verb};

/// The verb.
pub const VERB: Verb = Verb {
    name: "auth",
    usage: "[flags]",
    short: "Inspect authorization",
    long: "Inspect authorization.",
    subcommands: &[&CAN_I, &RECONCILE, &WHO_AM_I],
    ..BASE
};

const CAN_I_FLAGS: &[Flag] = &[
    short("quiet", 'q', FlagKind::Bool, "false", "If true, suppress output and just return the exit code."),
    flag("list", FlagKind::Bool, "false", "If true, prints all allowed actions."),
    flag("no-headers", FlagKind::Bool, "false", "If true, prints allowed actions without headers"),
    flag("subresource", FlagKind::Text, "", "SubResource such as pod/log or deployment/scale"),
];

const CAN_I: Verb = Verb {
    name: "can-i",
    usage: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
    short: "Check whether an action is allowed",
    examples: "# Whether I may create pods here\nkubectl auth can-i create pods",
    flags: &[CAN_I_FLAGS, ALL_NAMESPACES],
    run: |cmd| Box::pin(can_i(cmd)),
    ..BASE
};

const RECONCILE: Verb = Verb {
    name: "reconcile",
    usage: "-f FILENAME",
    short: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
    run: |_| Box::pin(async { Err("auth reconcile is not simulated in Podground".into()) }),
    ..BASE
};

const WHO_AM_I: Verb = Verb {
    name: "whoami",
    short: "Experimental: Check self subject attributes",
    run: |cmd| {
        Box::pin(async move {
            let user = user(cmd);
            let groups = if user == "admin" { "[system:masters system:authenticated]" } else { "[system:authenticated]" };
            let uid = if user == "admin" { "UID\tadmin\n" } else { "" };
            let table = format!("ATTRIBUTE\tVALUE\nUsername\t{user}\n{uid}Groups\t{groups}\n");
            cmd.print(&TabWriter::table().align(&table)).await;
            Ok(())
        })
    },
    ..BASE
};

/// Who asks: `--as`, or the user of the kubeconfig.
fn user(cmd: &Cmd) -> String {
    match cmd.flags.text("as") {
        "" => "admin".into(),
        name => name.into(),
    }
}

async fn can_i(cmd: &Cmd) -> Result<(), Fail> {
    if cmd.flags.on("list") {
        return Err("auth can-i --list is not simulated in Podground".into());
    }
    let [verb, resource] = cmd.args() else {
        return Err(Fail::Text(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.".into(),
        ));
    };
    let user = user(cmd);
    if user == "system:anonymous" {
        let message = "selfsubjectaccessreviews.authorization.k8s.io is forbidden: User \"system:anonymous\" cannot create resource \"selfsubjectaccessreviews\" in API group \"authorization.k8s.io\" at the cluster scope";
        return Err(Fail::Status(Box::new(ApiStatus { reason: "Forbidden".into(), message: message.into(), ..ApiStatus::default() })));
    }
    let plural = resource.split('/').next().unwrap_or_default();
    if plural != "*" && !resource.starts_with('/') {
        match mapping::resolve(plural) {
            Ok(kind) if !kind.info().namespaced && !cmd.flags.on("all-namespaces") => {
                cmd.eprint(&format!("Warning: resource '{}' is not namespace scoped\n\n", kind.info().plural)).await;
            }
            Ok(_) => {}
            Err(_) => cmd.eprint(&format!("Warning: the server doesn't have a resource type '{plural}'\n\n")).await,
        }
    }
    let _ = verb;
    let allowed = user == "admin";
    if !cmd.flags.on("quiet") {
        cmd.print(if allowed { "yes\n" } else { "no\n" }).await;
    }
    if allowed { Ok(()) } else { Err(Fail::Exit(1)) }
}
