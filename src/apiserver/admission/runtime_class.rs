//! Models `plugin/pkg/admission/runtimeclass`. There are no RuntimeClasses here, so none is ever found.

use super::forbidden;
use crate::api::{Object, Status};

/// Refuses a pod that names a class.
pub(super) fn on_create(object: &Object) -> Result<(), Status> {
    let Object::Pod(pod) = object else { return Ok(()) };
    match pod.spec.as_ref().and_then(|spec| spec.runtime_class_name.as_deref()) {
        Some(name) => Err(forbidden(object, &format!("pod rejected: RuntimeClass \"{name}\" not found"))),
        None => Ok(()),
    }
}

/// Refuses a pod that says what its runtime costs, for only a class can say that. Whether there is a map counts, not what is in it.
pub(super) fn validate(object: &Object) -> Result<(), Status> {
    let Object::Pod(pod) = object else { return Ok(()) };
    match pod.spec.as_ref().and_then(|spec| spec.overhead.as_ref()) {
        Some(_) => Err(forbidden(object, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")),
        None => Ok(()),
    }
}
