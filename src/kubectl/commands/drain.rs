//! `kubectl drain`. Models kubectl/pkg/cmd/drain and kubectl/pkg/drain.

use super::common::{DRY_RUN, SELECTOR};
use super::nodes::{chosen, cordon};
use super::wait;
use crate::api::Kind;
use crate::api::go::aggregate;
use crate::kubectl::command::{Cmd, items, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::output::{DryRun, dry_run};
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("force", FlagKind::Bool, "false", "Continue even if there are pods that do not declare a controller."),
    flag("ignore-daemonsets", FlagKind::Bool, "false", "Ignore DaemonSet-managed pods."),
    flag(
        "delete-emptydir-data",
        FlagKind::Bool,
        "false",
        "Continue even if there are pods using emptyDir (local data that will be deleted when the node is drained).",
    ),
    flag("grace-period", FlagKind::Int, "-1", "Period of time in seconds given to each pod to terminate gracefully."),
    flag("timeout", FlagKind::Duration, "0s", "The length of time to wait before giving up, zero means infinite"),
    flag("pod-selector", FlagKind::Text, "", "Label selector to filter pods on the node"),
    flag("disable-eviction", FlagKind::Bool, "false", "Force drain to use delete, even if eviction is supported."),
    flag("skip-wait-for-delete-timeout", FlagKind::Int, "0", "If pod DeletionTimestamp older than N seconds, skip waiting for the pod."),
    flag("chunk-size", FlagKind::Int, "500", "Return large lists in chunks rather than all at once. Pass 0 to disable."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "drain",
    usage: "NODE",
    short: "Drain node in preparation for maintenance",
    examples: "# Every pod away from the node, also those without a controller\nkubectl drain node-1 --force --ignore-daemonsets",
    flags: &[FLAGS, DRY_RUN, SELECTOR],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if crate::api::selector::LabelSelector::parse(cmd.flags.text("pod-selector")).is_err() {
        return Err("--pod-selector=<pod_selector> must be a valid label selector".into());
    }
    let (nodes, errors) = chosen(cmd, "drain").await?;
    Fail::join(errors)?;
    for node in &nodes {
        cordon(cmd, node, true).await?;
    }
    let mut failed: Vec<(String, Vec<String>)> = Vec::new();
    for node in &nodes {
        let name = text(node, &["metadata", "name"]);
        if let Err(e) = one(cmd, &name).await {
            let reasons = match e {
                Fail::Many(all) => all.iter().map(Fail::message).collect(),
                one => vec![one.message()],
            };
            let message = aggregate(&reasons).unwrap_or_default();
            let told = format!("error: unable to drain node \"{name}\" due to error: {message}, continuing command...\n");
            cmd.eprint(&told).await;
            failed.push((name, reasons));
        } else {
            cmd.print(&format!("node/{name} drained{}\n", dry_run(cmd)?.suffix())).await;
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let names: String = failed.iter().map(|(name, _)| format!(" {name}\n")).collect();
    cmd.eprint(&format!("There are pending nodes to be drained:\n{names}")).await;
    let told: Vec<String> = failed.into_iter().flat_map(|(_, reasons)| reasons).collect();
    Err(Fail::Raw(told.join("\n"), 1))
}

/// What is to be done with the pods of a node.
#[derive(Default)]
struct Verdict {
    evict: Vec<Value>,
    daemons: Vec<String>,
    daemons_ignored: Vec<String>,
    local: Vec<String>,
    bare: Vec<String>,
    bare_forced: Vec<String>,
}

fn judge(cmd: &Cmd, pods: Vec<Value>) -> Verdict {
    let mut verdict = Verdict::default();
    for pod in pods {
        let name = format!("{}/{}", text(&pod, &["metadata", "namespace"]), text(&pod, &["metadata", "name"]));
        let ended = matches!(text(&pod, &["status", "phase"]).as_str(), "Succeeded" | "Failed");
        let owner = items(&pod, &["metadata", "ownerReferences"]).iter().find(|o| o.get("controller") == Some(&Value::Bool(true)));
        let mirror = pod.pointer("/metadata/annotations/kubernetes.io~1config.mirror").is_some();
        if mirror || is_overdue(cmd, &pod) {
            continue;
        }
        let daemon = owner.is_some_and(|o| text(o, &["kind"]) == "DaemonSet");
        if daemon && !ended {
            let list = if cmd.flags.on("ignore-daemonsets") { &mut verdict.daemons_ignored } else { &mut verdict.daemons };
            list.push(name);
            continue;
        }
        let local = items(&pod, &["spec", "volumes"]).iter().any(|v| v.get("emptyDir").is_some());
        let allowed = cmd.flags.on("delete-emptydir-data");
        if local && !ended && !allowed {
            verdict.local.push(name);
            continue;
        }
        if owner.is_none() && !ended {
            if !cmd.flags.on("force") {
                verdict.bare.push(name);
                continue;
            }
            verdict.bare_forced.push(name);
        }
        verdict.evict.push(pod);
    }
    verdict
}

/// Whether a pod should have been gone for longer than `--skip-wait-for-delete-timeout`. Models drain.shouldSkipPod.
fn is_overdue(cmd: &Cmd, pod: &Value) -> bool {
    let patience = cmd.flags.int("skip-wait-for-delete-timeout");
    let deleted = text(pod, &["metadata", "deletionTimestamp"]).parse::<jiff::Timestamp>();
    patience > 0 && deleted.is_ok_and(|time| cmd.client.sim().timestamp().as_second() - time.as_second() > patience)
}

async fn one(cmd: &Cmd, node: &str) -> Result<(), Fail> {
    let pods = cmd.list(Kind::Pod, "", cmd.flags.text("pod-selector"), &format!("spec.nodeName={node}")).await?;
    let verdict = judge(cmd, pods);
    let mut refusals = Vec::new();
    for (names, what) in [
        (&verdict.daemons, "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"),
        (&verdict.local, "cannot delete Pods with local storage (use --delete-emptydir-data to override)"),
        (&verdict.bare, "cannot delete Pods that declare no controller (use --force to override)"),
    ] {
        if !names.is_empty() {
            refusals.push(Fail::Text(format!("{what}: {}", names.join(", "))));
        }
    }
    Fail::join(refusals)?;
    let mut warnings = Vec::new();
    if !verdict.daemons_ignored.is_empty() {
        warnings.push(format!("ignoring DaemonSet-managed Pods: {}", verdict.daemons_ignored.join(", ")));
    }
    if !verdict.bare_forced.is_empty() {
        warnings.push(format!("deleting Pods that declare no controller: {}", verdict.bare_forced.join(", ")));
    }
    if !warnings.is_empty() {
        cmd.eprint(&format!("Warning: {}\n", warnings.join("; "))).await;
    }
    evict(cmd, &verdict.evict).await
}

async fn evict(cmd: &Cmd, pods: &[Value]) -> Result<(), Fail> {
    let dry = dry_run(cmd)?;
    let timeout = match cmd.flags.duration("timeout") {
        0 => i64::MAX / 4,
        given => given,
    };
    let deleting = cmd.flags.on("disable-eviction");
    let place = |pod: &Value| (text(pod, &["metadata", "namespace"]), text(pod, &["metadata", "name"]));
    for pod in pods {
        let (namespace, name) = place(pod);
        let word = if deleting { "deleting" } else { "evicting" };
        cmd.print(&format!("{word} pod {namespace}/{name}{}\n", dry.suffix())).await;
        if dry != DryRun::None {
            continue;
        }
        let path = object_path(Kind::Pod, &namespace, &name);
        let grace = cmd.flags.int("grace-period");
        let mut options = json!({});
        if grace >= 0 {
            options["gracePeriodSeconds"] = json!(grace);
        }
        let call = if deleting {
            Call::new("DELETE", path).json(&options)
        } else {
            let eviction = json!({
                "apiVersion": "policy/v1", "kind": "Eviction", "metadata": { "name": name, "namespace": namespace }, "deleteOptions": options,
            });
            Call::new("POST", format!("{path}/eviction")).json(&eviction)
        };
        match cmd.json(call).await {
            Err(e) if !e.is("NotFound") => {
                return Err(Fail::Text(format!("error when evicting pods/\"{name}\" -n \"{namespace}\": {}", e.message())));
            }
            _ => {}
        }
    }
    for pod in pods {
        let (namespace, name) = place(pod);
        if dry != DryRun::None {
            continue;
        }
        wait::until_gone(cmd, Kind::Pod, &namespace, &name, &text(pod, &["metadata", "uid"]), timeout).await?;
        cmd.print(&format!("pod/{name} {}\n", if deleting { "deleted" } else { "evicted" })).await;
    }
    Ok(())
}
