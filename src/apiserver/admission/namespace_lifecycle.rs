//! Models `plugin/pkg/admission/namespace/lifecycle`.

use super::ApiServer;
use crate::api::status::Cause;
use crate::api::{Key, Kind, Object, Status};

/// The namespaces that may not be deleted.
const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

/// Refuses new objects in a namespace that is not there or is going.
pub(super) fn on_create(server: &ApiServer, object: &Object) -> Result<(), Status> {
    let kind = object.kind();
    if !kind.info().namespaced {
        return Ok(());
    }
    let namespace = object.namespace();
    let found = server.store().get(&Key::new(Kind::Namespace, "", namespace));
    let Some(found) = found else { return Err(Status::not_found(Kind::Namespace, namespace)) };
    let terminating = match &found {
        Object::Namespace(ns) => ns.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Terminating"),
        _ => false,
    };
    if !terminating {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let mut status = super::forbidden(object, &why);
    let cause = Cause {
        reason: "NamespaceTerminating".into(),
        message: format!("namespace {namespace} is being terminated"),
        field: "metadata.namespace".into(),
    };
    status.details.get_or_insert_default().causes.push(cause);
    Err(status)
}

/// Refuses to delete the namespaces that the cluster needs.
pub(super) fn on_delete(object: &Object) -> Result<(), Status> {
    if matches!(object, Object::Namespace(_)) && IMMORTAL.contains(&object.name()) {
        return Err(Status::forbidden(Kind::Namespace, object.name(), "this namespace may not be deleted"));
    }
    Ok(())
}
