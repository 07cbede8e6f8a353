//! Kinds that are listed and not simulated: there are none of them, and none can be made.

use serde_json::json;

use super::super::negotiate::{Representation, representation};
use super::{ApiServer, Method, Request, Response};
use crate::api::Status;
use crate::api::unserved::{Access, Unserved};

/// Answers a request for such a kind.
pub(super) fn answer(server: &ApiServer, request: &Request, kind: &Unserved, name: Option<&str>) -> Result<Response, Status> {
    match (request.method, name) {
        (Method::Get, None) if kind.access == Access::None && !request.flag("watch") => Ok(none(server, request, kind)),
        (Method::Get | Method::Delete | Method::Patch, Some(name)) if kind.access == Access::None => {
            Err(Status::new(404, "NotFound", format!("{} \"{name}\" not found", kind.group_resource())))
        }
        _ => Err(Status::new(501, "NotImplemented", kind.refusal())),
    }
}

fn none(server: &ApiServer, request: &Request, kind: &Unserved) -> Response {
    let metadata = json!({ "resourceVersion": server.store().revision().to_string() });
    let value = match representation(request) {
        Representation::Table => {
            let columns = [json!({ "name": "Name", "type": "string", "format": "name", "description": "", "priority": 0 })];
            json!({ "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": columns, "rows": [] })
        }
        _ => json!({ "kind": format!("{}List", kind.kind), "apiVersion": kind.api_version(), "metadata": metadata, "items": [] }),
    };
    Response::json(200, &value)
}
