//! OpenAPI schemas from the engine's one schema of all kinds.

use std::collections::BTreeSet;

use podground::api::Kind;
use podground::api::schema::{Docs, Field, GoType, Schema, Shape, TypeInfo, docs};
use serde_json::{Map, Value, json};

/// OpenAPI's two generations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    V2,
    V3,
}

impl Flavour {
    fn reference(self, name: &str) -> Value {
        match self {
            Flavour::V2 => json!({ "$ref": format!("#/definitions/{name}") }),
            Flavour::V3 => json!({ "$ref": format!("#/components/schemas/{name}") }),
        }
    }
}

/// The full name of a struct: `core.Pod` is `io.k8s.api.core.v1.Pod`.
pub fn full_name(name: &str) -> String {
    match name.split_once('.') {
        Some(("meta", name)) => format!("io.k8s.apimachinery.pkg.apis.meta.v1.{name}"),
        Some((package, name)) => format!("io.k8s.api.{package}.v1.{name}"),
        None => name.to_owned(),
    }
}

/// The struct of a kind.
pub fn of_kind(kind: Kind) -> Option<&'static TypeInfo> {
    Schema::get().kind(kind.info().group, kind.info().kind)
}

const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING: &str = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const TIME: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
const MICRO_TIME: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";

/// Collects schemas, each with all it refers to.
pub struct Collector {
    flavour: Flavour,
    docs: &'static Docs,
    pub schemas: Map<String, Value>,
}

impl Collector {
    pub fn new(flavour: Flavour) -> Collector {
        Collector { flavour, docs: docs(), schemas: Map::new() }
    }

    /// Adds a kind, its list, and all they are made of; the names of both.
    pub fn kind(&mut self, kind: Kind) -> Option<(String, String)> {
        let info = of_kind(kind)?;
        let name = full_name(&info.name);
        self.add(info);
        let about = kind.info();
        let gvk = |kind: String| json!([{ "group": about.group, "version": about.version, "kind": kind }]);
        if let Some(schema) = self.schemas.get_mut(&name) {
            schema["x-kubernetes-group-version-kind"] = gvk(about.kind.to_owned());
        }
        let list = format!("{name}List");
        let string = || json!({ "type": "string" });
        let meta = json!({
            "description": "ListMeta describes metadata that synthetic resources must have, including lists and various status objects.",
            "type": "object",
            "properties": {
                "continue": string(), "resourceVersion": string(), "selfLink": string(),
                "remainingItemCount": { "type": "integer", "format": "int64" },
            },
        });
        let meta = self.named("io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta", meta);
        let schema = json!({
            "description": format!("{}List is a list of {}.", about.kind, about.plural),
            "type": "object",
            "required": ["items"],
            "properties": {
                "apiVersion": string(), "kind": string(),
                "metadata": meta,
                "items": { "type": "array", "items": self.flavour.reference(&name) },
            },
            "x-kubernetes-group-version-kind": gvk(format!("{}List", about.kind)),
        });
        self.schemas.insert(list.clone(), schema);
        Some((name, list))
    }

    fn add(&mut self, info: &'static TypeInfo) {
        let name = full_name(&info.name);
        if self.schemas.contains_key(&name) {
            return;
        }
        // A place is held, so that types that contain themselves end.
        self.schemas.insert(name.clone(), Value::Null);
        let docs = self.docs.get(&info.name);
        let doc = |field: &str| docs.and_then(|docs| docs.get(field)).cloned().unwrap_or_default();
        let mut properties = Map::new();
        for field in &info.fields {
            properties.insert(field.name.clone(), self.property(field, &doc(&field.name)));
        }
        let mut schema = json!({ "description": doc(""), "type": "object" });
        if !properties.is_empty() {
            schema["properties"] = Value::Object(properties);
        }
        let required: BTreeSet<&str> =
            info.fields.iter().filter(|field| field.required && !field.omit_empty).map(|field| field.name.as_str()).collect();
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if info.atomic {
            schema["x-kubernetes-map-type"] = json!("atomic");
        }
        self.schemas.insert(name, schema);
    }

    fn property(&mut self, field: &Field, doc: &str) -> Value {
        let mut value = self.shape(&field.go_type);
        if self.flavour == Flavour::V3 && value.get("$ref").is_some() {
            value = json!({ "allOf": [value] });
        }
        let mut doc = doc.to_owned();
        // Version 2 has no enums, as in Kubernetes' own document.
        if let (Shape::String(Some(name)), Flavour::V3) = (field.go_type.shape.innermost(), self.flavour)
            && let mut values = Schema::get().enum_values(name).to_vec()
            && !values.is_empty()
        {
            values.sort();
            if value.get("type").is_some_and(|kind| kind == "string") {
                let told = self.docs.get(name.as_str());
                let words = |value: &String| told.and_then(|docs| docs.get(value)).map_or(String::new(), |words| format!(" {words}"));
                let lines: Vec<String> = values.iter().map(|value| format!(" - `\"{value}\"`{}", words(value))).collect();
                doc = format!("{doc}\n\nPossible enum values:\n{}", lines.join("\n"));
                value["enum"] = json!(values);
            } else if let Some(items) = value.get_mut("items") {
                items["enum"] = json!(values);
            }
        }
        if !doc.is_empty() {
            value["description"] = json!(doc);
        }
        if !field.patch_strategy.is_empty() {
            value["x-kubernetes-patch-strategy"] = json!(field.patch_strategy.join(","));
        }
        if let Some(key) = &field.patch_merge_key {
            value["x-kubernetes-patch-merge-key"] = json!(key);
        }
        match field.list_type.as_str() {
            "" => {}
            kind @ ("map" | "set" | "atomic") if matches!(field.go_type.shape, Shape::List(_)) => {
                value["x-kubernetes-list-type"] = json!(kind);
            }
            kind => value["x-kubernetes-map-type"] = json!(kind),
        }
        if !field.list_map_keys.is_empty() {
            value["x-kubernetes-list-map-keys"] = json!(field.list_map_keys);
        }
        value
    }

    fn named(&mut self, name: &str, schema: Value) -> Value {
        self.schemas.entry(name).or_insert(schema);
        self.flavour.reference(name)
    }

    fn shape(&mut self, go_type: &GoType) -> Value {
        match &go_type.shape {
            Shape::String(_) => json!({ "type": "string" }),
            Shape::Bool => json!({ "type": "boolean" }),
            Shape::Int32 => json!({ "type": "integer", "format": "int32" }),
            Shape::Int64 => json!({ "type": "integer", "format": "int64" }),
            Shape::Bytes => json!({ "type": "string", "format": "byte" }),
            Shape::Any => json!({ "type": "object" }),
            Shape::Quantity if self.flavour == Flavour::V2 => self.named(QUANTITY, json!({ "type": "string" })),
            Shape::Quantity => self.named(QUANTITY, json!({ "oneOf": [{ "type": "string" }, { "type": "number" }] })),
            Shape::IntOrString if self.flavour == Flavour::V2 => {
                self.named(INT_OR_STRING, json!({ "type": "string", "format": "int-or-string" }))
            }
            Shape::IntOrString => {
                self.named(INT_OR_STRING, json!({ "format": "int-or-string", "oneOf": [{ "type": "integer" }, { "type": "string" }] }))
            }
            Shape::Time => self.named(TIME, json!({ "type": "string", "format": "date-time" })),
            Shape::MicroTime => self.named(MICRO_TIME, json!({ "type": "string", "format": "date-time" })),
            Shape::Struct(id) => match Schema::get().info(*id) {
                Some(info) => {
                    self.add(info);
                    self.flavour.reference(&full_name(&info.name))
                }
                None => json!({ "type": "object" }),
            },
            Shape::List(inner) => {
                let inner = self.shape(inner);
                let inner = self.wrapped(inner);
                json!({ "type": "array", "items": inner })
            }
            Shape::Map(inner) => {
                let inner = self.shape(inner);
                let inner = self.wrapped(inner);
                json!({ "type": "object", "additionalProperties": inner })
            }
        }
    }

    /// In the third generation a reference stands in `allOf`, so that a default may stand beside it.
    fn wrapped(&self, inner: Value) -> Value {
        if self.flavour == Flavour::V3 && inner.get("$ref").is_some() { json!({ "allOf": [inner] }) } else { inner }
    }
}
