use super::write::{answer as answer_of, check_name, check_namespace, field_validation, options};
use super::{ApiServer, Request, Response, apply, managers};
use crate::api::{Key, Object, Status, encode};
use crate::apiserver::{Subresource, codec};

/// Applies a patch to an object or a part of it.
pub(super) fn answer(server: &ApiServer, request: &Request, key: &Key, part: Subresource) -> Result<Response, Status> {
    let content_type = request.header("Content-Type").unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
    if content_type == apply::CONTENT_TYPE {
        return apply::answer(server, request, key, part);
    }
    let options = options(request, "PatchOptions")?;
    let old = server.get(key)?;
    let (mut object, mut warnings) =
        codec::patch(key.kind, encode::to_json(&old), &content_type, &request.body, field_validation(request))?;
    check_place(&object, key)?;
    // A PUT's uid is a precondition; a patch's is a change, and none that is allowed.
    if !object.uid().is_empty() && object.uid() != old.uid() {
        codec::validate_update(&object, &old, part)?;
    }
    managers::changed(server, request, &mut object, &old, part);
    let updated = server.update_warned(&request.origin, object, part, options, &mut warnings);
    Ok(answer_of(server, request, 200, updated, warnings))
}

/// A patch cannot move an object.
pub(super) fn check_place(object: &Object, key: &Key) -> Result<(), Status> {
    check_name(object.name(), &key.name)?;
    check_namespace(object.namespace(), &key.namespace)
}
