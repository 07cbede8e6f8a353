//! Discovery, versions and health. Models `k8s.io/apiserver/pkg/endpoints/discovery`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ApiServer, Method, Request, Response};
use crate::api::{Kind, Status, object::KindInfo, unserved};
use crate::apiserver::VERSION;

/// Paths that are no resources.
pub(super) fn answer(server: &ApiServer, request: &Request, path: &str) -> Result<Response, Status> {
    let _ = server;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let value = match parts.as_slice() {
        ["api" | "version", ..] if request.method != Method::Get => return Err(Status::no_such_path()),
        ["version"] => version(),
        ["healthz" | "livez" | "readyz", checks @ ..] => return Ok(health(request, parts.first().copied().unwrap_or_default(), checks)),
        ["api"] => {
            json!({ "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [{ "clientCIDR": "0.0.0.0/0", "serverAddress": "10.96.0.1:443" }] })
        }
        ["apis"] => json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups().into_iter().map(group).collect::<Vec<_>>() }),
        ["apis", name] if groups().contains(name) => {
            let mut value = group(name);
            value["kind"] = json!("APIGroup");
            value["apiVersion"] = json!("v1");
            value
        }
        ["api", "v1"] => resources("", "v1"),
        ["apis", name, version] if groups().contains(name) => resources(name, version),
        [] => json!({ "paths": paths() }),
        // What is below a group that is served is refused as an API, all else as a web server does.
        ["api", ..] => return Err(Status::no_such_path()),
        ["apis", name, ..] if groups().contains(name) => return Err(Status::no_such_path()),
        _ => return Ok(Response::text(404, "404 page not found\n")),
    };
    Ok(Response::json(200, &value))
}

/// What can be asked after; the server answers, so all of it is well.
const CHECKS: &[&str] = &["ping", "log", "etcd"];
/// The same, of a server that is ready.
const READY_CHECKS: &[&str] = &["informer-sync", "shutdown"];

/// Models `pkg/server/healthz`.
fn health(request: &Request, name: &str, asked: &[&str]) -> Response {
    let known: Vec<&str> = CHECKS.iter().chain(READY_CHECKS.iter().filter(|_| name == "readyz")).copied().collect();
    match asked {
        [one] if known.contains(one) => return Response::text(200, "ok"),
        [_, ..] => return Response::text(404, "404 page not found\n"),
        [] => {}
    }
    if request.query("verbose").is_none() {
        return Response::text(200, "ok");
    }
    let excluded: Vec<&str> = request.query.iter().filter(|(name, _)| name == "exclude").map(|(_, value)| value.as_str()).collect();
    let line = |check: &&str| format!("[+]{check} {}\n", if excluded.contains(check) { "excluded: ok" } else { "ok" });
    Response::text(200, &format!("{}{name} check passed\n", known.iter().map(line).collect::<String>()))
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        "gitVersion": VERSION, "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-06-10T00:00:00Z",
        "goVersion": "go1.26.0", "compiler": "gc", "platform": "linux/amd64",
    })
}

/// The groups in the order in which kube-apiserver prefers them.
fn groups() -> Vec<&'static str> {
    const ORDER: &[&str] = &["apps", "batch", "policy", "scheduling.k8s.io", "coordination.k8s.io", "discovery.k8s.io"];
    let served = Kind::ALL.iter().map(|kind| kind.info().group).chain(unserved::all().map(|kind| kind.group));
    let all: BTreeSet<&'static str> = served.filter(|group| !group.is_empty()).collect();
    let others = all.iter().copied().filter(|group| !ORDER.contains(group));
    ORDER.iter().copied().filter(|group| all.contains(group)).chain(others).collect()
}

fn group(name: &str) -> Value {
    let versions: Vec<Value> =
        versions(name).iter().map(|version| json!({ "groupVersion": format!("{name}/{version}"), "version": version })).collect();
    json!({ "name": name, "versions": versions, "preferredVersion": versions.first() })
}

/// A group's versions, the preferred one first.
fn versions(group: &str) -> &'static [&'static str] {
    if group == "autoscaling" { &["v2", "v1"] } else { &["v1"] }
}

fn paths() -> Vec<String> {
    let mut paths = vec!["/api".to_owned(), "/api/v1".into(), "/apis".into()];
    for group in groups() {
        paths.push(format!("/apis/{group}"));
        paths.extend(versions(group).iter().map(|version| format!("/apis/{group}/{version}")));
    }
    paths.extend(["/healthz", "/livez", "/readyz", "/version"].map(str::to_owned));
    paths
}

fn resources(group: &str, version: &str) -> Value {
    let infos: Vec<&KindInfo> =
        Kind::ALL.iter().map(|kind| kind.info()).filter(|info| info.group == group && info.version == version).collect();
    let mut list = Vec::new();
    for info in infos {
        let verbs: &[&str] = match info.kind {
            "Binding" => &["create"],
            "Namespace" => &["create", "delete", "get", "list", "patch", "update", "watch"],
            _ => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        };
        let mut resource =
            json!({ "name": info.plural, "singularName": info.singular, "namespaced": info.namespaced, "kind": info.kind, "verbs": verbs });
        if !info.short_names.is_empty() {
            resource["shortNames"] = json!(info.short_names);
        }
        if !info.categories.is_empty() {
            resource["categories"] = json!(info.categories);
        }
        list.push(resource);
        for sub in info.subresources {
            list.push(subresource(info, sub));
        }
    }
    // Scale is why autoscaling has an old version.
    for kind in unserved::all().filter(|kind| kind.group == group && (kind.version == version || group == "autoscaling")) {
        let mut resource = json!({
            "name": kind.plural, "singularName": kind.kind.to_lowercase(), "namespaced": kind.namespaced, "kind": kind.kind, "verbs": kind.verbs()
        });
        if !kind.short_names.is_empty() {
            resource["shortNames"] = json!(kind.short_names);
        }
        if !kind.categories.is_empty() {
            resource["categories"] = json!(kind.categories);
        }
        list.push(resource);
    }
    list.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": list })
}

fn subresource(info: &KindInfo, sub: &str) -> Value {
    const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];
    let (kind, verbs): (&str, &[&str]) = match sub {
        "scale" => ("Scale", &["get", "patch", "update"]),
        "eviction" => ("Eviction", &["create"]),
        "binding" => ("Binding", &["create"]),
        "exec" => ("PodExecOptions", &["create", "get"]),
        "attach" => ("PodAttachOptions", &["create", "get"]),
        "portforward" => ("PodPortForwardOptions", &["create", "get"]),
        "log" => (info.kind, &["get"]),
        "finalize" => (info.kind, &["update"]),
        "token" => ("TokenRequest", &["create"]),
        "proxy" if info.kind == "Pod" => ("PodProxyOptions", PROXY),
        "proxy" if info.kind == "Node" => ("NodeProxyOptions", PROXY),
        "proxy" => ("ServiceProxyOptions", PROXY),
        _ => (info.kind, &["get", "patch", "update"]),
    };
    let name = format!("{}/{sub}", info.plural);
    let mut resource = json!({ "name": name, "singularName": "", "namespaced": info.namespaced, "kind": kind, "verbs": verbs });
    // A subresource whose kind is of another group says so.
    let elsewhere = match sub {
        "scale" => Some(("autoscaling", "v1")),
        "eviction" => Some(("policy", "v1")),
        "token" => Some(("authentication.k8s.io", "v1")),
        _ => None,
    };
    if let Some((group, version)) = elsewhere {
        resource["group"] = json!(group);
        resource["version"] = json!(version);
    }
    resource
}
