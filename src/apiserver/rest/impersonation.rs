//! Who is asked for with `Impersonate-User`. Podground's own user may do all; anybody else may do nothing, as on a plain
//! cluster where no role has been bound. Models `k8s.io/apiserver/pkg/endpoints/filters`.

use super::path::Resource;
use super::{Method, Request};
use crate::api::{Kind, Status};

/// Refuses what an impersonated user may not do.
pub(super) fn check(request: &Request, resource: &Resource) -> Result<(), Status> {
    let Some(user) = request.header("Impersonate-User").filter(|user| !user.is_empty()) else { return Ok(()) };
    let mut groups = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Impersonate-Group"));
    if groups.any(|(_, group)| group == "system:masters") {
        return Ok(());
    }
    let info = resource.kind.info();
    let name = resource.name.as_deref().unwrap_or_default();
    let mut what = info.plural.to_owned();
    if let Some(sub) = &resource.subresource {
        what = format!("{what}/{sub}");
    }
    // A namespace is looked at within itself.
    let namespace = if resource.kind == Kind::Namespace { name } else { &resource.namespace };
    let place = if namespace.is_empty() { "at the cluster scope".to_owned() } else { format!("in the namespace \"{namespace}\"") };
    let why = format!("User \"{user}\" cannot {} resource \"{what}\" in API group \"{}\" {place}", verb(request, resource), info.group);
    Err(Status::forbidden(resource.kind, name, &why))
}

/// The request's verb. Models `RequestInfo`.
fn verb(request: &Request, resource: &Resource) -> &'static str {
    match (request.method, resource.name.is_some()) {
        (Method::Get, _) if request.flag("watch") || resource.watch => "watch",
        (Method::Get, true) => "get",
        (Method::Get, false) => "list",
        (Method::Post, _) => "create",
        (Method::Put, _) => "update",
        (Method::Patch, _) => "patch",
        (Method::Delete, true) => "delete",
        (Method::Delete, false) => "deletecollection",
    }
}
