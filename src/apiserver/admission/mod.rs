//! The admission plugins that a plain cluster has, in the order in which kube-apiserver runs them; one per file.
//!
//! First those that change an object, before it is validated; then, when it was found valid, those that only say no.

mod default_toleration_seconds;
mod limit_ranger;
mod namespace_lifecycle;
pub(super) mod pod_resize;
mod pod_security;
mod priority;
mod resource_quota;
mod runtime_class;
mod service_account;
mod taint_nodes_by_condition;

use super::{ApiServer, Subresource};
use crate::api::{Object, Status};

/// What an admitted write uses of quotas.
pub(super) struct Admitted(resource_quota::Charges);

impl Admitted {
    /// The write is going to be stored.
    pub fn commit(self, server: &ApiServer) {
        resource_quota::commit(server, self.0);
    }
}

/// Mutating admission of a new object.
pub(super) fn on_create(server: &ApiServer, object: &mut Object) -> Result<(), Status> {
    namespace_lifecycle::on_create(server, object)?;
    limit_ranger::mutate(server, object);
    service_account::on_create(server, object)?;
    taint_nodes_by_condition::on_create(object);
    priority::on_create(server, object)?;
    default_toleration_seconds::apply(object);
    runtime_class::on_create(object)
}

/// Mutating admission of a change.
pub(super) fn on_update(_server: &ApiServer, new: &mut Object, old: &Object) -> Result<(), Status> {
    default_toleration_seconds::apply(new);
    priority::on_update(new, old);
    Ok(())
}

/// Validating admission of a new object, with what is to be warned of.
pub(super) fn validate_create(server: &ApiServer, object: &Object, warnings: &mut Vec<String>) -> Result<Admitted, Status> {
    limit_ranger::validate(server, object)?;
    pod_security::on_create(server, object, warnings)?;
    priority::validate(server, object)?;
    runtime_class::validate(object)?;
    Ok(Admitted(resource_quota::validate(server, object, None)?))
}

/// Validating admission of a change.
pub(super) fn validate_update(
    server: &ApiServer,
    new: &Object,
    old: &Object,
    part: Subresource,
    warnings: &mut Vec<String>,
) -> Result<Admitted, Status> {
    if part == Subresource::Resize {
        limit_ranger::validate(server, new)?;
    }
    if matches!(part, Subresource::None | Subresource::EphemeralContainers) {
        pod_security::on_update(server, new, old, warnings)?;
    }
    // A status can only free what its object used, which the quota controller counts.
    let counts = !matches!(part, Subresource::Status | Subresource::Finalize);
    Ok(Admitted(if counts { resource_quota::validate(server, new, Some(old))? } else { Vec::new() }))
}

/// Admission of a deletion.
pub(super) fn on_delete(_server: &ApiServer, object: &Object) -> Result<(), Status> {
    namespace_lifecycle::on_delete(object)
}

/// A plugin's no. Models admission.NewForbidden: an object without a name yet is called by its prefix.
fn forbidden(object: &Object, why: &str) -> Status {
    let name = match object.name() {
        "" => object.meta().generate_name.as_deref().unwrap_or_default(),
        name => name,
    };
    Status::forbidden(object.kind(), if name.is_empty() { "Unknown" } else { name }, why)
}
