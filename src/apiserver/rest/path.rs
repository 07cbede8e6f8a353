//! Reading URL paths. Models `k8s.io/apiserver/pkg/endpoints/request`.

use crate::api::Kind;
use crate::api::unserved::{self, Unserved};

/// Where a path leads.
pub(super) enum Route<'a> {
    /// To a resource.
    Resource(Resource),
    /// To a kind that is only listed, and the object's name.
    Unserved(&'static Unserved, Option<&'a str>),
    /// Elsewhere: discovery, versions, health.
    Other(&'a str),
}

/// A path to objects.
pub(super) struct Resource {
    pub kind: Kind,
    /// Empty for cluster-wide kinds and for lists over all namespaces.
    pub namespace: String,
    pub name: Option<String>,
    pub subresource: Option<String>,
    /// The old `/watch/` prefix.
    pub watch: bool,
}

impl Resource {
    /// The namespace to list in; `None` is all of them.
    pub fn scope(&self) -> Option<&str> {
        if self.kind.info().namespaced && !self.namespace.is_empty() { Some(&self.namespace) } else { None }
    }
}

/// Reads a path.
pub(super) fn route(path: &str) -> Route<'_> {
    match resource(path) {
        Some(resource) => Route::Resource(resource),
        None => unserved_kind(path).map_or(Route::Other(path), |(kind, name)| Route::Unserved(kind, name)),
    }
}

fn unserved_kind(path: &str) -> Option<(&'static Unserved, Option<&str>)> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, rest) = match parts.as_slice() {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => return None,
    };
    let rest = match rest {
        ["namespaces", _, rest @ ..] => rest,
        rest => rest,
    };
    let (plural, after) = rest.split_first()?;
    Some((unserved::by_plural(group, plural)?, after.first().copied()))
}

fn resource(path: &str) -> Option<Resource> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, version, mut rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return None,
    };
    let mut watch = false;
    if let ["watch", after @ ..] = rest {
        (watch, rest) = (true, after);
    }
    let mut namespace = "";
    if let ["namespaces", name, after @ ..] = rest
        && !after.is_empty()
        && !matches!(after, ["status" | "finalize"])
    {
        (namespace, rest) = (name, after);
    }
    let (plural, after) = rest.split_first()?;
    let kind = Kind::by_plural(group, plural)?;
    let info = kind.info();
    if info.version != version || (!info.namespaced && !namespace.is_empty()) {
        return None;
    }
    let mut after = after.iter().map(|part| (*part).to_owned());
    let (name, subresource) = (after.next(), after.next());
    // Objects of namespaced kinds are addressed within their namespace only.
    if after.next().is_some() || (info.namespaced && namespace.is_empty() && name.is_some()) {
        return None;
    }
    Some(Resource { kind, namespace: namespace.to_owned(), name, subresource, watch })
}
