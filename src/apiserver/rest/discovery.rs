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
        ["healthz" | "livez" | "readyz", ..] => return Ok(Response::text(200, "ok")),
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

fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
        "gitVersion": VERSION, "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-06-10T00:00:00Z",
        "goVersion": "go1.26.0", "compiler": "gc", "platform": "linux/amd64",
    })
}

fn groups() -> BTreeSet<&'static str> {
    let served = Kind::ALL.iter().map(|kind| kind.info().group);
    served.chain(unserved::all().map(|kind| kind.group)).filter(|group| !group.is_empty()).collect()
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
        let verbs: &[&str] = if info.kind == "Binding" {
            &["create"]
        } else {
            &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
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
        _ => (info.kind, &["get", "patch", "update"]),
    };
    json!({ "name": format!("{}/{sub}", info.plural), "singularName": "", "namespaced": info.namespaced, "kind": kind, "verbs": verbs })
}
