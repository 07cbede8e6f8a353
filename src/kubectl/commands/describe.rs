//! `kubectl describe`. Models kubectl/pkg/cmd/describe; the texts are in `kubectl::describe`.

use super::common::{ALL_NAMESPACES, FILES, SELECTOR};
use super::get::objects;
use super::pods::pod_selector;
use super::wait::kind_of;
use crate::api::Kind;
use crate::kubectl::builder::Request;
use crate::kubectl::command::{Cmd, text};
use crate::kubectl::describe::{Writer, generic, node, other, pod, workload};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::Value;

const FLAGS: &[Flag] = &[
    flag("show-events", FlagKind::Bool, "true", "If true, display events related to the described object."),
    flag("chunk-size", FlagKind::Int, "500", "Return large lists in chunks rather than all at once. Pass 0 to disable."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "describe",
    usage: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    short: "Show details of a specific resource or group of resources",
    examples: "# A pod\nkubectl describe pod kubia\n\n# A node\nkubectl describe node node-1\n\n# Every pod with a label\nkubectl describe pods -l app=kubia",
    flags: &[FLAGS, FILES, SELECTOR, ALL_NAMESPACES],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if cmd.args().is_empty() && cmd.flags.list("filename").is_empty() {
        return Err(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources."
                .into(),
        );
    }
    let request = Request { allow_empty_selector: true, ..Request::from(cmd) };
    let targets = request.clone().targets(cmd).await?;
    let mut errors = Vec::new();
    let mut found = Vec::new();
    for target in &targets.list {
        match objects(cmd, target, &request).await {
            Ok(objects) => found.extend(objects),
            Err(e) => errors.push(e),
        }
    }
    // The events of several objects are only shown where they were asked for.
    let with_events = cmd.flags.changed("show-events") || (errors.is_empty() && found.len() < 2);
    if let ([missing], [kind, name]) = (errors.as_slice(), cmd.args())
        && missing.is("NotFound")
    {
        return by_prefix(cmd, (kind, name), missing.clone(), with_events).await;
    }
    let mut first = true;
    for object in &found {
        match described(cmd, object, with_events).await {
            Ok(text) => {
                let separator = if std::mem::take(&mut first) { "" } else { "\n\n" };
                cmd.print(&format!("{separator}{text}")).await;
            }
            Err(e) if errors.iter().any(|known| known.message() == e.message()) => {}
            Err(e) => errors.push(e),
        }
    }
    if found.is_empty() && errors.is_empty() {
        let line = if request.all_namespaces {
            "No resources found\n".into()
        } else {
            format!("No resources found in {} namespace.\n", request.namespace)
        };
        cmd.eprint(&line).await;
    }
    Fail::join(errors)
}

/// A describer gets the object that it describes, whoever found it.
async fn described(cmd: &Cmd, found: &Value, with_events: bool) -> Result<String, Fail> {
    let Some(kind) = kind_of(found) else { return Err("the server could not find the requested resource".into()) };
    let object = cmd.get(kind, &text(found, &["metadata", "namespace"]), &text(found, &["metadata", "name"])).await?;
    one(cmd, &object, with_events).await
}

/// A name that is none may be the beginning of some. Models DescribeMatchingResources.
async fn by_prefix(cmd: &Cmd, (kind, prefix): (&str, &str), missing: Fail, with_events: bool) -> Result<(), Fail> {
    let (namespace, _) = cmd.namespace();
    let request = Request { args: vec![kind.to_owned()], namespace, allow_empty_selector: true, ..Request::default() };
    let targets = request.clone().targets(cmd).await?;
    let [target] = targets.list.as_slice() else { return Err("you may only specify a single resource type".into()) };
    let mut any = false;
    for found in objects(cmd, target, &request).await? {
        if text(&found, &["metadata", "name"]).starts_with(prefix) {
            any = true;
            let text = described(cmd, &found, with_events).await?;
            cmd.print(&format!("{text}\n")).await;
        }
    }
    if any { Ok(()) } else { Err(missing) }
}

async fn events(cmd: &Cmd, object: &Value) -> Option<Vec<Value>> {
    if !cmd.flags.on("show-events") {
        return None;
    }
    let t = |key: &str| text(object, &["metadata", key]);
    let kind = text(object, &["kind"]);
    let mut fields = vec![format!("involvedObject.kind={kind}"), format!("involvedObject.name={}", t("name"))];
    if kind == "Node" {
        fields.push(format!("involvedObject.uid={}", t("name")));
        let mut all = cmd.list(Kind::Event, "", "", &fields[..2].join(",")).await.unwrap_or_default();
        all.sort_by_key(|e| text(e, &["lastTimestamp"]));
        return Some(all);
    }
    if !t("namespace").is_empty() {
        fields.push(format!("involvedObject.namespace={}", t("namespace")));
    }
    // The kubelet's own pod goes by the file's number, and its kind is left open.
    let mirror = text(object, &["metadata", "annotations", "kubernetes.io/config.mirror"]);
    fields.push(format!("involvedObject.uid={}", if mirror.is_empty() { t("uid") } else { mirror }));
    Some(cmd.list(Kind::Event, &t("namespace"), "", &fields.join(",")).await.unwrap_or_default())
}

async fn owned_pods(cmd: &Cmd, object: &Value) -> Vec<Value> {
    let namespace = text(object, &["metadata", "namespace"]);
    let Some(selector) = pod_selector(object) else { return Vec::new() };
    let uid = text(object, &["metadata", "uid"]);
    let pods = cmd.list(Kind::Pod, &namespace, &selector, "").await.unwrap_or_default();
    pods.into_iter().filter(|pod| owner_uid(pod) == uid).collect()
}

fn owner_uid(object: &Value) -> String {
    let owners = crate::kubectl::command::items(object, &["metadata", "ownerReferences"]);
    owners.iter().find(|o| o.get("controller") == Some(&Value::Bool(true))).map(|o| text(o, &["uid"])).unwrap_or_default()
}

/// One object's description.
pub async fn one(cmd: &Cmd, object: &Value, with_events: bool) -> Result<String, Fail> {
    let Some(kind) = kind_of(object) else { return Err("the server could not find the requested resource".into()) };
    let mut w = Writer::new(cmd.client.sim().timestamp().as_millisecond());
    let namespace = text(object, &["metadata", "namespace"]);
    let name = text(object, &["metadata", "name"]);
    let wanted = with_events && !matches!(kind, Kind::Secret | Kind::Namespace | Kind::ResourceQuota | Kind::LimitRange);
    let events = if wanted { events(cmd, object).await } else { None };
    let events = events.as_deref();
    match kind {
        Kind::Pod => pod::describe(&mut w, object, events),
        Kind::Node => {
            let lease = cmd.get(Kind::Lease, "kube-node-lease", &name).await.map_err(|e| e.message());
            let fields = format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed");
            let pods = cmd.list(Kind::Pod, "", "", &fields).await?;
            node::describe(&mut w, object, lease, &pods, events);
        }
        Kind::Namespace => {
            let quotas = cmd.list(Kind::ResourceQuota, &name, "", "").await?;
            let limits = cmd.list(Kind::LimitRange, &name, "", "").await?;
            other::namespace(&mut w, object, &quotas, &limits);
        }
        Kind::Deployment => {
            let sets = match pod_selector(object) {
                Some(selector) => cmd.list(Kind::ReplicaSet, &namespace, &selector, "").await?,
                None => Vec::new(),
            };
            let uid = text(object, &["metadata", "uid"]);
            let sets: Vec<Value> = sets.into_iter().filter(|s| owner_uid(s) == uid).collect();
            workload::deployment(&mut w, object, &sets, events);
        }
        Kind::ReplicaSet | Kind::ReplicationController => workload::replica_set(&mut w, object, &owned_pods(cmd, object).await, events),
        Kind::DaemonSet => workload::daemon_set(&mut w, object, &owned_pods(cmd, object).await, events),
        Kind::Job => workload::job(&mut w, object, events),
        Kind::CronJob => workload::cron_job(&mut w, object, events),
        Kind::Service => {
            let selector = format!("kubernetes.io/service-name={name}");
            let slices = cmd.list(Kind::EndpointSlice, &namespace, &selector, "").await.unwrap_or_default();
            other::service(&mut w, object, &slices, events);
        }
        Kind::Endpoints => other::endpoints_object(&mut w, object, events),
        Kind::EndpointSlice => other::endpoint_slice(&mut w, object, events),
        Kind::ConfigMap => other::config_map(&mut w, object, events),
        Kind::Secret => other::secret(&mut w, object),
        Kind::ServiceAccount => other::service_account(&mut w, object, events),
        Kind::ResourceQuota => other::quota(&mut w, object),
        Kind::LimitRange => other::limit_range(&mut w, object),
        Kind::PriorityClass => other::priority_class(&mut w, object, events),
        Kind::PodDisruptionBudget => other::disruption_budget(&mut w, object, events),
        _ => generic::describe(&mut w, object, events),
    }
    Ok(w.finish())
}
