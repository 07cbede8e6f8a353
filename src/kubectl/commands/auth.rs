//! `kubectl auth`. Podground has no authorization: the user of the kubeconfig is in `system:masters`, who may do all.

use super::common::{ALL_NAMESPACES, DRY_RUN, FILES, OUTPUT};
use super::refused::refuse_objects;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::{ApiStatus, Fail};
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::mapping;
use crate::kubectl::output::Printer;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::json;
use std::collections::BTreeMap;

/// The verb.
pub const VERB: Verb =
    Verb { name: "auth", usage: "[flags]", short: "Inspect authorization", subcommands: &[&CAN_I, &RECONCILE, &WHO_AM_I], ..BASE };

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

const RECONCILE_FLAGS: &[Flag] =
    &[flag("remove-extra-permissions", FlagKind::Bool, "false", ""), flag("remove-extra-subjects", FlagKind::Bool, "false", "")];

const RECONCILE: Verb = Verb {
    name: "reconcile",
    usage: "-f FILENAME",
    short: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
    flags: &[RECONCILE_FLAGS, FILES, DRY_RUN, OUTPUT],
    run: |cmd| {
        Box::pin(async {
            if !cmd.flags.changed("filename") && !cmd.flags.changed("kustomize") {
                return Err("must specify one of -f and -k".into());
            }
            refuse_objects(cmd).await
        })
    },
    ..BASE
};

const WHO_AM_I: Verb = Verb {
    name: "whoami",
    short: "Experimental: Check self subject attributes",
    flags: &[OUTPUT],
    run: |cmd| Box::pin(who_am_i(cmd)),
    ..BASE
};

/// An error where no server is there that could be asked.
async fn answers(cmd: &Cmd, path: &str) -> Result<(), Fail> {
    match cmd.unreachable().await {
        Some(why) => Err(cmd.no_answer(why, &Call::new("POST", path)).await),
        None => Ok(()),
    }
}

async fn who_am_i(cmd: &Cmd) -> Result<(), Fail> {
    let user = user(cmd);
    let groups = groups(cmd);
    let uid = if cmd.flags.text("as").is_empty() { "admin" } else { cmd.flags.text("as-uid") };
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in cmd.extras() {
        extra.entry(key).or_default().push(value);
    }
    let printer = Printer::from_flags(cmd, false).await?;
    answers(cmd, "/apis/authentication.k8s.io/v1/selfsubjectreviews").await?;
    if let Some(printer) = printer {
        let mut info = json!({ "groups": groups, "username": user });
        if !uid.is_empty() {
            info["uid"] = json!(uid);
        }
        if !extra.is_empty() {
            info["extra"] = json!(extra);
        }
        let created = format!("{:.0}", cmd.client.sim().timestamp());
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
            "metadata": { "creationTimestamp": created }, "status": { "userInfo": info },
        });
        return printer.typed().show(cmd, &review, "").await;
    }
    let uid = if uid.is_empty() { String::new() } else { format!("UID\t{uid}\n") };
    let extra: String = extra.iter().map(|(key, values)| format!("Extra: {key}\t[{}]\n", values.join(" "))).collect();
    let table = format!("ATTRIBUTE\tVALUE\nUsername\t{user}\n{uid}Groups\t[{}]\n{extra}", groups.join(" "));
    cmd.print(&TabWriter::table().align(&table)).await;
    Ok(())
}

/// Who asks: `--as`, or the user of the kubeconfig.
fn user(cmd: &Cmd) -> String {
    match cmd.flags.text("as") {
        "" => "admin".into(),
        name => name.into(),
    }
}

/// The groups of who asks.
fn groups(cmd: &Cmd) -> Vec<String> {
    let user = cmd.flags.text("as");
    if user.is_empty() {
        return ["system:masters", "system:authenticated"].map(str::to_owned).to_vec();
    }
    let mut groups = cmd.flags.list("as-group");
    if let Some((namespace, _)) = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'))
        && groups.is_empty()
    {
        groups = vec!["system:serviceaccounts".into(), format!("system:serviceaccounts:{namespace}")];
    }
    groups.push(if user == "system:anonymous" { "system:unauthenticated" } else { "system:authenticated" }.into());
    groups
}

fn is_master(cmd: &Cmd) -> bool {
    groups(cmd).iter().any(|group| group == "system:masters")
}

fn anonymous(cmd: &Cmd, resource: &str) -> Result<(), Fail> {
    if user(cmd) != "system:anonymous" || is_master(cmd) {
        return Ok(());
    }
    let message = format!(
        "{resource}.authorization.k8s.io is forbidden: User \"system:anonymous\" cannot create resource \"{resource}\" in API group \"authorization.k8s.io\" at the cluster scope"
    );
    Err(Fail::Status(Box::new(ApiStatus { reason: "Forbidden".into(), message, ..ApiStatus::default() })))
}

const RESOURCE_VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];
const URL_VERBS: &[&str] = &["get", "put", "post", "head", "options", "delete", "patch", "*"];
/// What everybody who has logged in may read.
const PUBLIC_URLS: &[&str] = &["/api", "/apis", "/healthz", "/livez", "/openapi", "/readyz", "/version", "/version/"];

async fn can_i(cmd: &Cmd) -> Result<(), Fail> {
    if cmd.flags.on("list") {
        return list(cmd).await;
    }
    let [verb, resource] = cmd.args() else {
        return Err(Fail::Text(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.".into(),
        ));
    };
    let is_url = resource.starts_with('/');
    let word = resource.split('/').next().unwrap_or_default().to_lowercase();
    let known = if is_url { URL_VERBS } else { RESOURCE_VERBS };
    let unknown_verb = !known.contains(&verb.as_str());
    if is_url {
        if !cmd.flags.text("subresource").is_empty() {
            return Err("--subresource can not be used with NonResourceURL".into());
        }
    } else if word != "*" {
        let (name, group) = word.split_once('.').map_or((word.as_str(), ""), |(name, group)| (name, group));
        let scope = match (mapping::resolve(&word), mapping::unserved(&word)) {
            (Ok(kind), _) => Some((kind.info().plural, kind.info().group, kind.info().namespaced)),
            (_, Some(kind)) => Some((kind.plural, kind.group, kind.namespaced)),
            _ => None,
        };
        match scope {
            Some((plural, group, false)) if !cmd.flags.on("all-namespaces") => {
                let group = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
                cmd.eprint(&format!("Warning: resource '{plural}' is not namespace scoped{group}\n\n")).await;
            }
            Some(_) => {}
            None if !matches!(name, "users" | "groups") => {
                let group = if group.is_empty() { String::new() } else { format!(" in group '{group}'") };
                cmd.eprint(&format!("Warning: the server doesn't have a resource type '{name}'{group}\n\n")).await;
            }
            None => {}
        }
    }
    if unknown_verb && (is_url || !cmd.flags.on("all-namespaces")) {
        cmd.eprint(&format!("Warning: verb '{verb}' is not a known verb\n\n")).await;
    }
    if cmd.flags.on("no-headers") {
        return Err("--no-headers cannot be set without --list specified".into());
    }
    answers(cmd, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews").await?;
    anonymous(cmd, "selfsubjectaccessreviews")?;
    let public = is_url && verb == "get" && PUBLIC_URLS.iter().any(|url| resource == url || resource.starts_with(&format!("{url}/")));
    let allowed = is_master(cmd) || public;
    if !cmd.flags.on("quiet") {
        cmd.print(if allowed { "yes\n" } else { "no\n" }).await;
    }
    if allowed { Ok(()) } else { Err(Fail::Exit(1)) }
}

/// `--list`: the rules of a plain cluster, where only `system:masters` may do more than look around.
async fn list(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.args().is_empty() {
        return Err("list option must be specified with no arguments".into());
    }
    if cmd.flags.on("quiet") || cmd.flags.on("all-namespaces") || !cmd.flags.text("subresource").is_empty() {
        return Err("list option can't be specified with neither quiet, all-namespaces nor subresource options".into());
    }
    answers(cmd, "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews").await?;
    anonymous(cmd, "selfsubjectrulesreviews")?;
    let mut table = String::new();
    if !cmd.flags.on("no-headers") {
        table += "Resources\tNon-Resource URLs\tResource Names\tVerbs\n";
    }
    if is_master(cmd) {
        table += "*.*\t[]\t[]\t[*]\n\t[*]\t[]\t[*]\n";
    }
    for resource in ["selfsubjectreviews.authentication", "selfsubjectaccessreviews.authorization", "selfsubjectrulesreviews.authorization"]
    {
        table += &format!("{resource}.k8s.io\t[]\t[]\t[create]\n");
    }
    for (url, times) in [
        ("/api/*", 1),
        ("/api", 1),
        ("/apis/*", 1),
        ("/apis", 1),
        ("/healthz", 2),
        ("/livez", 2),
        ("/openapi/*", 1),
        ("/openapi", 1),
        ("/readyz", 2),
        ("/version/", 2),
        ("/version", 2),
    ] {
        table += &format!("\t[{url}]\t[]\t[get]\n").repeat(times);
    }
    cmd.print(&TabWriter::table().align(&table)).await;
    Ok(())
}
