//! Whether a pod whose resources change in place still fits on its node: one that asks for more than the whole node has
//! is refused, as kube-apiserver 1.36 does.

use k8s_openapi::api::core::v1::{Node, Pod, PodSpec};

use crate::api::Key;
use crate::api::object::{Kind, Object};
use crate::api::pod_resources::{aggregate, container_requests};
use crate::api::quantity::Quantity;
use crate::api::status::{Cause, Status};
use crate::apiserver::ApiServer;

/// Refuses a resize that the pod's node cannot hold.
pub(in crate::apiserver) fn check(server: &ApiServer, new: &Object, old: &Object) -> Result<(), Status> {
    let (Some(new), Some(old)) = (new.typed::<Pod>(), old.typed::<Pod>()) else { return Ok(()) };
    let (Some(spec), Some(old_spec)) = (&new.spec, &old.spec) else { return Ok(()) };
    let node = spec.node_name.as_deref().unwrap_or_default();
    if node.is_empty() || requests(spec) == requests(old_spec) {
        return Ok(());
    }
    let Some(node) = server.get(&Key::new(Kind::Node, "", node)).ok().and_then(|node| node.typed::<Node>()) else {
        return Ok(());
    };
    let allocatable = |name: &str| {
        let list = node.status.as_ref().and_then(|status| status.allocatable.as_ref());
        list.and_then(|list| list.get(name)).and_then(|written| Quantity::parse(&written.0).ok()).unwrap_or_default()
    };
    let (cpu, memory) = requests(spec);
    let asked = [("cpu", cpu, allocatable("cpu").milli_value()), ("memory", memory, allocatable("memory").value())];
    let short: Vec<String> = asked
        .iter()
        .filter(|(_, requested, has)| requested > has)
        .map(|(name, requested, has)| format!("{name}, requested: {requested}, allocatable: {has}"))
        .collect();
    if short.is_empty() {
        return Ok(());
    }
    let name = new.metadata.name.as_deref().unwrap_or_default();
    let why = format!("node didn't have enough allocatable resources: {}", short.join("; "));
    let mut status = Status::forbidden(Kind::Pod, name, &why);
    if let Some(details) = &mut status.details {
        details.causes.push(Cause { reason: "NodeCapacity".to_owned(), ..Cause::default() });
    }
    Err(status)
}

/// What the pod asks for: thousandths of a CPU, and bytes.
fn requests(spec: &PodSpec) -> (i64, i64) {
    let totals = aggregate(spec, container_requests);
    let of = |name: &str| totals.get(name);
    (of("cpu").map_or(0, Quantity::milli_value), of("memory").map_or(0, Quantity::value))
}
