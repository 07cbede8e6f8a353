//! The admission plugins that a plain cluster has, in the order in which kube-apiserver runs them; one per file.

mod default_toleration_seconds;
mod namespace_lifecycle;
pub(super) mod pod_resize;
mod priority;
mod service_account;

use super::ApiServer;
use crate::api::{Object, Status};

/// Mutating and validating admission of a new object.
pub(super) fn on_create(server: &ApiServer, object: &mut Object) -> Result<(), Status> {
    namespace_lifecycle::on_create(server, object)?;
    service_account::on_create(server, object)?;
    default_toleration_seconds::apply(object);
    priority::on_create(server, object)
}

/// Admission of a change.
pub(super) fn on_update(_server: &ApiServer, new: &mut Object, old: &Object) -> Result<(), Status> {
    default_toleration_seconds::apply(new);
    priority::on_update(new, old);
    Ok(())
}

/// Admission of a deletion.
pub(super) fn on_delete(_server: &ApiServer, object: &Object) -> Result<(), Status> {
    namespace_lifecycle::on_delete(object)
}
