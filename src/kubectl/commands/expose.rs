//! `kubectl expose`. Models kubectl/pkg/cmd/expose.

use super::common::{DRY_RUN, FIELD_MANAGER, FILES, OUTPUT, RECORD, SAVE_CONFIG, record};
use super::create::save_config;
use super::get::objects;
use super::wait::kind_of;
use crate::api::Kind;
use crate::kubectl::builder::Request;
use crate::kubectl::command::{Cmd, at, items, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("port", FlagKind::Text, "", "The port that the service should serve on. Copied from the resource being exposed, if unspecified"),
    flag("target-port", FlagKind::Text, "", "Name or number for the port on the container that the service should direct traffic to."),
    flag("protocol", FlagKind::Text, "", "The network protocol for the service to be created. Default is 'TCP'."),
    flag("type", FlagKind::Text, "", "Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'."),
    flag("name", FlagKind::Text, "", "The name for the newly created object."),
    flag("cluster-ip", FlagKind::Text, "", "ClusterIP to be assigned to the service. Set to 'None' to create a headless service."),
    flag("external-ip", FlagKind::Text, "", "Additional external IP address (not managed by Kubernetes) to accept for the service."),
    flag("load-balancer-ip", FlagKind::Text, "", "IP to assign to the LoadBalancer."),
    flag(
        "session-affinity",
        FlagKind::Text,
        "",
        "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    ),
    short("labels", 'l', FlagKind::Text, "", "Labels to apply to the service created by this call."),
    flag("selector", FlagKind::Text, "", "A label selector to use for this service."),
    flag("overrides", FlagKind::Text, "", "An inline JSON override for the generated object."),
    flag("override-type", FlagKind::Text, "merge", "The method used to override the generated object: json, merge, or strategic."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "expose",
    usage: "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]",
    short: "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    examples: "# A service for a pod\nkubectl expose pod kubia --port=80 --target-port=8080\n\n# Reachable from outside\nkubectl expose deployment web --type=NodePort --port=80",
    flags: &[FLAGS, RECORD, FILES, DRY_RUN, OUTPUT, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let dry = dry_run(cmd)?;
    let mut printer = Printer::for_change(cmd).await?;
    let mut request = Request::from(cmd);
    request.labels = None;
    let targets = request.clone().targets(cmd).await?.list;
    let affinity = cmd.flags.text("session-affinity");
    if !matches!(affinity, "" | "None" | "ClientIP") {
        return Err(Fail::Text(format!("unknown session affinity: {affinity}")));
    }
    let mut errors = Vec::new();
    for target in &targets {
        let found = match objects(cmd, target, &request).await {
            Ok(found) => found,
            Err(e) => {
                errors.push(e);
                continue;
            }
        };
        for object in found {
            let (namespace, _) = cmd.namespace();
            let mut service = service(cmd, &object)?;
            if !cmd.flags.text("overrides").is_empty() {
                let how = cmd.flags.text("override-type");
                service = super::run::overridden(Kind::Service, service, how, cmd.flags.text("overrides"))?;
            }
            record(cmd, &mut service);
            if dry != DryRun::Client {
                save_config(cmd, &mut service);
            }
            if dry != DryRun::Client {
                service["metadata"]["namespace"] = json!(namespace);
                let query = [("dryRun", dry.query()), ("fieldManager", cmd.manager())];
                service = match cmd.create(Kind::Service, &namespace, &service, &query).await {
                    Ok(service) => service,
                    Err(e) => {
                        errors.push(e);
                        continue;
                    }
                };
            }
            printer.show(cmd, &service, "exposed").await?;
        }
    }
    Fail::join(errors)
}

/// The pod template of a workload, or the pod itself.
fn pod_spec(object: &Value) -> &Value {
    at(object, &["spec", "template", "spec"]).or_else(|| at(object, &["spec"])).unwrap_or(&Value::Null)
}

fn service(cmd: &Cmd, object: &Value) -> Result<Value, Fail> {
    let kind = kind_of(object).unwrap_or(Kind::Pod);
    let (selector, ports) = match kind {
        Kind::Service => (at(object, &["spec", "selector"]).cloned(), service_ports(object)),
        Kind::Pod => (at(object, &["metadata", "labels"]).cloned(), container_ports(object)),
        Kind::Deployment | Kind::ReplicaSet => (at(object, &["spec", "selector", "matchLabels"]).cloned(), container_ports(object)),
        Kind::ReplicationController => (at(object, &["spec", "selector"]).cloned(), container_ports(object)),
        other => return Err(Fail::Text(format!("cannot expose a {}", other.info().kind))),
    };
    let selector = match cmd.flags.text("selector") {
        "" => selector.filter(|s| s.as_object().is_some_and(|m| !m.is_empty())),
        text => Some(super::run::labels(text)?),
    };
    let Some(selector) = selector else {
        if kind == Kind::Pod {
            return Err(
                "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed".into()
            );
        }
        return Err("couldn't retrieve selectors via --selector flag or introspection: no selector".into());
    };
    let mut entries = Vec::new();
    let given = cmd.flags.text("port");
    let protocol =
        |default: &str| if cmd.flags.text("protocol").is_empty() { default.to_owned() } else { cmd.flags.text("protocol").to_owned() };
    let wanted: Vec<(String, String)> = if given.is_empty() {
        ports.iter().map(|p| (p.0.to_string(), p.1.clone())).collect()
    } else {
        given.split(',').map(|p| (p.to_owned(), "TCP".to_owned())).collect()
    };
    if wanted.is_empty() && cmd.flags.text("cluster-ip") != "None" {
        return Err("couldn't find port via --port flag or introspection".into());
    }
    let several = wanted.len() > 1;
    for (i, (port, default)) in wanted.iter().enumerate() {
        let number: i64 = port.parse().map_err(|_| Fail::Text(format!("strconv.Atoi: parsing \"{port}\": invalid syntax")))?;
        let target = cmd.flags.text("target-port");
        let target = if target.is_empty() { json!(number) } else { target.parse::<i64>().map_or_else(|_| json!(target), |n| json!(n)) };
        let mut entry = json!({ "port": number, "protocol": protocol(default), "targetPort": target });
        if several {
            entry["name"] = json!(format!("port-{}", i + 1));
        }
        entries.push(entry);
    }
    let name = match cmd.flags.text("name") {
        "" => text(object, &["metadata", "name"]),
        name => name.to_owned(),
    };
    let mut metadata = json!({ "name": name });
    let labels = match cmd.flags.text("labels") {
        "" => at(object, &["metadata", "labels"]).cloned(),
        text => Some(super::run::labels(text)?),
    };
    if let Some(labels) = labels {
        metadata["labels"] = labels;
    }
    let mut spec = json!({ "ports": entries, "selector": selector });
    let optional =
        [("type", "type"), ("cluster-ip", "clusterIP"), ("load-balancer-ip", "loadBalancerIP"), ("session-affinity", "sessionAffinity")];
    for (flag, field) in optional {
        let fits = flag != "load-balancer-ip" || cmd.flags.text("type") == "LoadBalancer";
        if fits && !cmd.flags.text(flag).is_empty() {
            spec[field] = json!(cmd.flags.text(flag));
        }
    }
    if !cmd.flags.text("external-ip").is_empty() {
        spec["externalIPs"] = json!([cmd.flags.text("external-ip")]);
    }
    Ok(json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec, "status": { "loadBalancer": {} } }))
}

fn container_ports(object: &Value) -> Vec<(i64, String)> {
    let ports = items(pod_spec(object), &["containers"]).iter().flat_map(|c| items(c, &["ports"]));
    ports.filter_map(|p| Some((p.get("containerPort")?.as_i64()?, text(p, &["protocol"])))).collect()
}

fn service_ports(object: &Value) -> Vec<(i64, String)> {
    items(object, &["spec", "ports"]).iter().filter_map(|p| Some((p.get("port")?.as_i64()?, text(p, &["protocol"])))).collect()
}
