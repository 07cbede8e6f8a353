//! Aggregated discovery, made from the engine's own documents. Models `k8s.io/apiserver/pkg/endpoints/discovery/aggregated`.

use podground::apiserver::{Body, Method, Origin, Request, Response};
use serde_json::{Value, json};

use super::world::World;

/// `GET /api` or `/apis` as an `APIGroupDiscoveryList`.
pub fn aggregated(world: &World, asked: &Request, version: &'static str) -> Option<Response> {
    let groups: Vec<(String, Vec<String>)> = if asked.path.starts_with("/apis") {
        let list = get(world, "/apis")?;
        let names = list.get("groups")?.as_array()?.iter().map(|group| {
            let versions = group.get("versions").and_then(Value::as_array).into_iter().flatten();
            (text(group, "name"), versions.map(|version| text(version, "version")).collect())
        });
        names.collect()
    } else {
        vec![(String::new(), vec!["v1".to_owned()])]
    };
    let items: Vec<Value> = groups.iter().map(|(name, versions)| group(world, name, versions)).collect();
    let value =
        json!({ "kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{version}"), "metadata": {}, "items": items });
    let mut response = Response::json(200, &value);
    let media = format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
    response.headers = vec![("Content-Type".into(), media)];
    Some(response)
}

fn get(world: &World, path: &str) -> Option<Value> {
    let response = world.cluster().server().handle(Request::new(Method::Get, path, Origin::new("discovery")));
    match response.body {
        Body::Full(bytes) if response.status == 200 => serde_json::from_slice(&bytes).ok(),
        _ => None,
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn group(world: &World, name: &str, versions: &[String]) -> Value {
    let versions: Vec<Value> = versions
        .iter()
        .map(|version| {
            let path = if name.is_empty() { format!("/api/{version}") } else { format!("/apis/{name}/{version}") };
            let list = get(world, &path).unwrap_or_default();
            json!({ "version": version, "resources": resources(&list, name, version), "freshness": "Current" })
        })
        .collect();
    let metadata = if name.is_empty() { json!({ "creationTimestamp": null }) } else { json!({ "name": name, "creationTimestamp": null }) };
    json!({ "metadata": metadata, "versions": versions })
}

/// A resource list with each subresource below its resource.
fn resources(list: &Value, group: &str, version: &str) -> Vec<Value> {
    let all: Vec<&Value> = list.get("resources").and_then(Value::as_array).into_iter().flatten().collect();
    let kind = |entry: &Value| {
        let or = |key: &str, otherwise: &str| Some(text(entry, key)).filter(|text| !text.is_empty()).unwrap_or(otherwise.to_owned());
        json!({ "group": or("group", group), "version": or("version", version), "kind": text(entry, "kind") })
    };
    let mut resources = Vec::new();
    for entry in all.iter().filter(|entry| !text(entry, "name").contains('/')) {
        let name = text(entry, "name");
        let scope = if entry.get("namespaced").and_then(Value::as_bool).unwrap_or(false) { "Namespaced" } else { "Cluster" };
        let mut resource = json!({
            "resource": name, "responseKind": kind(entry), "scope": scope, "singularResource": text(entry, "singularName"), "verbs": entry.get("verbs"),
        });
        for optional in ["shortNames", "categories"] {
            if let Some(value) = entry.get(optional) {
                resource[optional] = value.clone();
            }
        }
        let below = all.iter().filter_map(|entry| {
            let sub = text(entry, "name").strip_prefix(&format!("{name}/"))?.to_owned();
            Some(json!({ "subresource": sub, "responseKind": kind(entry), "verbs": entry.get("verbs") }))
        });
        let below: Vec<Value> = below.collect();
        if !below.is_empty() {
            resource["subresources"] = json!(below);
        }
        resources.push(resource);
    }
    resources
}
