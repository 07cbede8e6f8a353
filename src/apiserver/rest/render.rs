//! Objects as answers: whole, as tables, or as metadata only.

use serde_json::{Value, json};

use super::super::negotiate::{Representation, representation};
use super::super::table;
use super::{ApiServer, Request, Response};
use crate::api::{Kind, Object, encode};

/// One object.
pub(super) fn object(server: &ApiServer, request: &Request, code: u16, object: &Object) -> Response {
    Response::json(code, &represent(server, request, object, true))
}

/// One object in the representation that the request asks for. `columns` says whether a table names its columns.
pub(super) fn represent(server: &ApiServer, request: &Request, object: &Object, columns: bool) -> Value {
    match representation(request) {
        Representation::Object => encode::to_json(object),
        Representation::PartialMetadata => partial(object),
        Representation::Table => {
            let metadata = json!({ "resourceVersion": object.meta().resource_version });
            table(server, request, object.kind(), std::slice::from_ref(object), metadata, columns)
        }
    }
}

/// A list of objects.
pub(super) fn list(server: &ApiServer, request: &Request, kind: Kind, objects: &[Object], metadata: Value) -> Response {
    let info = kind.info();
    let value = match representation(request) {
        Representation::Table => table(server, request, kind, objects, metadata, true),
        Representation::PartialMetadata => json!({
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "items": objects.iter().map(partial).collect::<Vec<_>>(),
        }),
        Representation::Object => {
            let items: Vec<Value> = objects.iter().map(item).collect();
            json!({ "kind": format!("{}List", info.kind), "apiVersion": info.api_version(), "metadata": metadata, "items": items })
        }
    };
    Response::json(200, &value)
}

/// An item of a list has neither kind nor apiVersion: the list says both.
fn item(object: &Object) -> Value {
    let mut value = encode::to_json(object);
    if let Some(map) = value.as_object_mut() {
        map.remove("kind");
        map.remove("apiVersion");
    }
    value
}

fn partial(object: &Object) -> Value {
    let metadata = serde_json::to_value(object.meta()).unwrap_or_default();
    json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata })
}

fn table(server: &ApiServer, request: &Request, kind: Kind, objects: &[Object], metadata: Value, columns: bool) -> Value {
    let now = server.api_time().0;
    let include = request.query("includeObject").unwrap_or("Metadata");
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let shown = match include {
                "None" => Value::Null,
                "Object" => encode::to_json(object),
                _ => partial(object),
            };
            json!({ "cells": table::cells(object, now), "object": shown })
        })
        .collect();
    let definitions = if columns { table::columns(kind) } else { &[] };
    let definitions: Vec<Value> = definitions
        .iter()
        .map(|c| json!({ "name": c.name, "type": c.type_, "format": c.format, "description": table::description(kind, c), "priority": c.priority }))
        .collect();
    json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions, "rows": rows })
}
