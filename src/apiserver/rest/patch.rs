use serde_json::Value;

use super::write::{field_validation, options};
use super::{ApiServer, Request, Response, render};
use crate::api::{Key, Status};
use crate::apiserver::{Subresource, codec};

/// Applies a patch to an object or a part of it.
pub(super) fn answer(server: &ApiServer, request: &Request, key: &Key, part: Subresource) -> Result<Response, Status> {
    let old = server.get(key)?;
    let content_type = request.header("Content-Type").unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
    let patched = codec::patch(key.kind, old.to_json(), &content_type, &request.body)?;
    let (object, warnings) = codec::decode(key.kind, patched, field_validation(request))?;
    let updated = server.update(&request.origin, object, part, options(request)?)?;
    let mut all = codec::update_warnings(&updated, &old);
    all.splice(0..0, warnings);
    Ok(render::object(server, request, 200, &updated).with_warnings(all))
}

/// RFC 7386.
pub(in crate::apiserver) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
