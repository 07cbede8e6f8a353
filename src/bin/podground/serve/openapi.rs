//! `/openapi/v2` and `/openapi/v3`. Models kube-openapi's handlers.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use podground::api::Kind;
use podground::api::object::KindInfo;
use podground::apiserver::{Body, Response, VERSION};
use serde_json::{Map, Value, json};

use super::gnostic;
use super::schemas::{Collector, Flavour};

/// The documents, made when first asked for.
#[derive(Default)]
pub struct Documents(RefCell<BTreeMap<String, Vec<u8>>>);

/// `api/v1`, `apis/apps/v1`
fn group_path(info: &KindInfo) -> String {
    if info.group.is_empty() { format!("api/{}", info.version) } else { format!("apis/{}/{}", info.group, info.version) }
}

impl Documents {
    fn cached(&self, name: &str, make: impl FnOnce() -> Value) -> Response {
        self.kept(name, "application/json", || serde_json::to_vec(&make()).unwrap_or_default())
    }

    fn kept(&self, name: &str, media_type: &str, make: impl FnOnce() -> Vec<u8>) -> Response {
        let known = self.0.borrow().get(name).cloned();
        let bytes = known.unwrap_or_else(|| {
            let bytes = make();
            self.0.borrow_mut().insert(name.to_owned(), bytes.clone());
            bytes
        });
        Response { status: 200, headers: vec![("Content-Type".into(), media_type.into())], body: Body::Full(bytes) }
    }

    /// The list of the third generation's documents.
    pub fn v3_index(&self) -> Response {
        self.cached("v3", || {
            let groups: BTreeSet<String> = Kind::ALL.iter().map(|kind| group_path(kind.info())).collect();
            let paths: Map<String, Value> = groups
                .into_iter()
                .map(|group| {
                    let url = format!("/openapi/v3/{group}?hash={}", VERSION.trim_start_matches('v').replace('.', ""));
                    (group, json!({ "serverRelativeURL": url }))
                })
                .collect();
            json!({ "paths": paths })
        })
    }

    /// The document of one group's version.
    pub fn v3(&self, group: &str) -> Option<Response> {
        let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| group_path(kind.info()) == group).collect();
        if kinds.is_empty() {
            return None;
        }
        Some(self.cached(&format!("v3/{group}"), || {
            let mut collector = Collector::new(Flavour::V3);
            let paths = paths(&kinds, &mut collector, Flavour::V3);
            json!({
                "openapi": "3.0.0", "info": { "title": "Kubernetes", "version": VERSION }, "paths": paths,
                "components": { "schemas": collector.schemas },
            })
        }))
    }

    /// The one document of the second generation.
    pub fn v2(&self) -> Response {
        self.cached("v2", v2)
    }

    /// The same in protobuf.
    pub fn v2_protobuf(&self) -> Response {
        self.kept("v2.pb", gnostic::MEDIA_TYPE, || gnostic::document(&v2()))
    }
}

fn v2() -> Value {
    let mut collector = Collector::new(Flavour::V2);
    let paths = paths(Kind::ALL, &mut collector, Flavour::V2);
    json!({
        "swagger": "2.0", "info": { "title": "Kubernetes", "version": VERSION }, "paths": paths,
        "definitions": collector.schemas,
    })
}

fn paths(kinds: &[Kind], collector: &mut Collector, flavour: Flavour) -> Map<String, Value> {
    let mut paths = Map::new();
    for kind in kinds {
        let Some((name, list)) = collector.kind(*kind) else { continue };
        let info = kind.info();
        let root = format!("/{}", group_path(info));
        let scope = if info.namespaced { "/namespaces/{namespace}" } else { "" };
        let collection = format!("{root}{scope}/{}", info.plural);
        let item = format!("{collection}/{{name}}");
        let operation = |action: &'static str, schema: &str| Operation { info, action, schema: schema.to_owned(), flavour }.json();
        if info.kind == "Binding" {
            paths.insert(collection, entry(&[("post", operation("post", &name))], flavour, info, false));
            continue;
        }
        if info.namespaced {
            paths.insert(format!("{root}/{}", info.plural), entry(&[("get", operation("list", &list))], flavour, info, false));
        }
        let many =
            [("get", operation("list", &list)), ("post", operation("post", &name)), ("delete", operation("deletecollection", &name))];
        paths.insert(collection, entry(&many, flavour, info, false));
        let one = ["get", "put", "patch", "delete"].map(|verb| (verb, operation(verb, &name)));
        paths.insert(item.clone(), entry(&one, flavour, info, true));
        for sub in info.subresources.iter().filter(|sub| matches!(**sub, "status" | "ephemeralcontainers" | "resize")) {
            let part = ["get", "put", "patch"].map(|verb| (verb, operation(verb, &name)));
            paths.insert(format!("{item}/{sub}"), entry(&part, flavour, info, true));
        }
    }
    paths
}

fn entry(operations: &[(&str, Value)], flavour: Flavour, info: &KindInfo, named: bool) -> Value {
    let mut value: Map<String, Value> = operations.iter().map(|(verb, operation)| ((*verb).to_owned(), operation.clone())).collect();
    let mut parameters = vec![parameter("pretty", "query", "string", flavour)];
    if info.namespaced && (named || operations.iter().any(|(verb, _)| *verb == "post")) {
        parameters.push(parameter("namespace", "path", "string", flavour));
    }
    if named {
        parameters.push(parameter("name", "path", "string", flavour));
    }
    value.insert("parameters".into(), json!(parameters));
    Value::Object(value)
}

fn parameter(name: &str, place: &str, type_: &str, flavour: Flavour) -> Value {
    let mut value = json!({ "name": name, "in": place });
    match flavour {
        Flavour::V2 => value["type"] = json!(type_),
        Flavour::V3 => value["schema"] = json!({ "type": type_ }),
    }
    if place == "path" {
        value["required"] = json!(true);
    }
    value
}

struct Operation {
    info: &'static KindInfo,
    action: &'static str,
    schema: String,
    flavour: Flavour,
}

impl Operation {
    fn json(self) -> Value {
        let (info, flavour) = (self.info, self.flavour);
        let names: &[(&str, &str)] = match self.action {
            "list" => &[
                ("allowWatchBookmarks", "boolean"),
                ("continue", "string"),
                ("fieldSelector", "string"),
                ("labelSelector", "string"),
                ("limit", "integer"),
                ("resourceVersion", "string"),
                ("timeoutSeconds", "integer"),
                ("watch", "boolean"),
            ],
            "post" | "put" => &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")],
            "patch" => &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string"), ("force", "boolean")],
            "delete" | "deletecollection" => {
                &[("dryRun", "string"), ("gracePeriodSeconds", "integer"), ("labelSelector", "string"), ("propagationPolicy", "string")]
            }
            _ => &[],
        };
        let mut parameters: Vec<Value> = names.iter().map(|(name, type_)| parameter(name, "query", type_, flavour)).collect();
        let reference = match flavour {
            Flavour::V2 => json!({ "$ref": format!("#/definitions/{}", self.schema) }),
            Flavour::V3 => json!({ "$ref": format!("#/components/schemas/{}", self.schema) }),
        };
        let content = json!({ "application/json": { "schema": reference } });
        let response = match flavour {
            Flavour::V2 => json!({ "description": "OK", "schema": reference }),
            Flavour::V3 => json!({ "description": "OK", "content": content }),
        };
        let mut value = json!({
            "operationId": format!("{}{}", self.action, info.kind),
            "responses": { "200": response },
            "x-kubernetes-action": self.action,
            "x-kubernetes-group-version-kind": { "group": info.group, "version": info.version, "kind": info.kind },
        });
        if matches!(self.action, "post" | "put" | "patch") {
            match flavour {
                Flavour::V2 => parameters.push(json!({ "name": "body", "in": "body", "required": true, "schema": reference })),
                Flavour::V3 => value["requestBody"] = json!({ "required": true, "content": content }),
            }
        }
        value["parameters"] = json!(parameters);
        value
    }
}
