//! Notes who writes which fields, for those who say who they are: kubectl and clients over HTTP. The cluster's own
//! components are not noted, which saves most of the cost of keeping track.

use super::{ApiServer, Request};
use crate::api::apply::{Manager, on_create, on_update};
use crate::api::{Kind, Object};
use crate::apiserver::Subresource;

/// Who writes: `fieldManager`, or the first word of the user agent. Models managerOrUserAgent.
pub(super) fn manager(server: &ApiServer, request: &Request, kind: Kind, part: Subresource, apply: bool) -> Option<Manager> {
    let agent = || request.header("User-Agent").and_then(|agent| agent.split('/').next());
    let name = request.query("fieldManager").filter(|name| !name.is_empty()).or_else(agent)?;
    let subresource = match part {
        Subresource::Status => "status",
        Subresource::EphemeralContainers => "ephemeralcontainers",
        Subresource::Resize => "resize",
        Subresource::Finalize => "finalize",
        Subresource::None => "",
    };
    Some(Manager {
        name: name.to_owned(),
        apply,
        api_version: kind.info().api_version(),
        subresource: subresource.to_owned(),
        time: server.api_time().0,
    })
}

/// An object was made.
pub(super) fn made(server: &ApiServer, request: &Request, object: &mut Object) {
    object.meta_mut().managed_fields = None;
    if let Some(manager) = manager(server, request, object.kind(), Subresource::None, false) {
        on_create(object, &manager);
    }
}

/// An object was changed.
pub(super) fn changed(server: &ApiServer, request: &Request, object: &mut Object, old: &Object, part: Subresource) {
    match manager(server, request, object.kind(), part, false) {
        Some(manager) => on_update(object, old, &manager),
        None => object.meta_mut().managed_fields.clone_from(&old.meta().managed_fields),
    }
}
