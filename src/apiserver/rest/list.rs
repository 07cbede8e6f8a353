use serde_json::json;

use super::path::Resource;
use super::{ApiServer, Request, Response, render};
use crate::api::selector::{FieldSelector, LabelSelector, Selector};
use crate::api::{Kind, Object, Status};

/// What a list or watch is limited to.
pub(super) struct Filter {
    labels: Selector,
    fields: FieldSelector,
    name: Option<String>,
}

impl Filter {
    /// Reads `labelSelector` and `fieldSelector`.
    pub fn of(request: &Request, resource: &Resource) -> Result<Filter, Status> {
        let labels = request.query("labelSelector").unwrap_or_default();
        let fields = request.query("fieldSelector").unwrap_or_default();
        Ok(Filter {
            labels: LabelSelector::parse(labels).map_err(Status::bad_request)?,
            fields: FieldSelector::parse_for_kind(fields, resource.kind.info().kind).map_err(Status::bad_request)?,
            name: resource.name.clone(),
        })
    }

    /// Whether `object` is among those that are asked for.
    pub fn matches(&self, object: &Object) -> bool {
        self.name.as_deref().is_none_or(|name| name == object.name())
            && self.labels.matches_option(object.meta().labels.as_ref())
            && (self.fields.is_empty() || self.fields.matches(|field| field_value(object, field)))
    }
}

/// The value that a field selector compares: a dotted path of the object's JSON, absent as the empty string.
fn field_value(object: &Object, field: &str) -> String {
    match field {
        "metadata.name" => return object.name().to_owned(),
        "metadata.namespace" => return object.namespace().to_owned(),
        _ => {}
    }
    let json = object.to_json();
    let source = || {
        let component = json.pointer("/source/component").or(json.get("reportingComponent"));
        component.and_then(|c| c.as_str()).unwrap_or_default().to_owned()
    };
    if field == "source" && object.kind() == Kind::Event {
        return source();
    }
    let found = field.split('.').try_fold(&json, |value, part| value.get(part));
    match found {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Null) | None if field == "spec.unschedulable" || field == "spec.hostNetwork" => "false".into(),
        Some(serde_json::Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// Lists objects.
pub(super) fn answer(server: &ApiServer, request: &Request, resource: &Resource) -> Result<Response, Status> {
    let filter = Filter::of(request, resource)?;
    let (all, revision) = server.store().list(resource.kind, resource.scope());
    let mut objects: Vec<Object> = all.into_iter().filter(|object| filter.matches(object)).collect();
    let mut metadata = json!({ "resourceVersion": revision.to_string() });
    // A continue token names the last object given: "<namespace>/<name>".
    if let Some(token) = request.query("continue").filter(|token| !token.is_empty()) {
        let (namespace, name) = token.split_once('/').ok_or_else(|| Status::bad_request("continue key is not valid: unexpected token"))?;
        objects.retain(|object| (object.namespace(), object.name()) > (namespace, name));
    }
    let limit = request.query("limit").and_then(|limit| limit.parse::<usize>().ok()).unwrap_or(0);
    if limit > 0 && objects.len() > limit {
        let left = objects.len() - limit;
        objects.truncate(limit);
        if let Some(last) = objects.last() {
            metadata["continue"] = json!(format!("{}/{}", last.namespace(), last.name()));
            metadata["remainingItemCount"] = json!(left);
        }
    }
    Ok(render::list(server, request, resource.kind, &objects, metadata))
}
