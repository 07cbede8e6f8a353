//! Nodes. Models ValidateNode.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Node, NodeSpec};

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::ip;
use super::meta::{items, text, validate_object_meta, validate_object_meta_update};
use super::names;
use super::resources::validate_amount;
use super::scheduling::validate_taints;

/// A new node.
pub fn validate_create(node: &Node) -> ErrorList {
    let mut errors = ErrorList::new();
    validate(node, &mut errors);
    errors
}

fn validate(node: &Node, errors: &mut ErrorList) {
    validate_object_meta(&node.metadata, false, names::name_is_subdomain, errors);
    let none = NodeSpec::default();
    let spec = node.spec.as_ref().unwrap_or(&none);
    // Kubernetes names the taints' place so.
    validate_taints(items(&spec.taints), &Path::new("metadata").child("taints"), errors);
    validate_resources(node, errors);
    let cidrs = items(&spec.pod_cidrs);
    let path = Path::new("spec").child("podCIDRs");
    let before = errors.len();
    for (index, cidr) in cidrs.iter().enumerate() {
        ip::validate_legacy_cidr(cidr, &[], &path.index(index), errors);
    }
    if cidrs.len() < 2 {
        return;
    }
    let addresses: Vec<String> = cidrs.iter().map(|cidr| cidr.split('/').next().unwrap_or_default().to_owned()).collect();
    if errors.len() == before && (cidrs.len() > 2 || !ip::is_dual_stack(&addresses)) {
        let detail = "may specify no more than one CIDR for each IP family";
        errors.push(Error::invalid(&path, BadValue::strings(cidrs), detail));
    }
}

fn validate_resources(node: &Node, errors: &mut ErrorList) {
    let Some(status) = &node.status else { return };
    for (name, list) in [("capacity", &status.capacity), ("allocatable", &status.allocatable)] {
        for (resource, amount) in list.iter().flatten() {
            validate_amount(resource, amount, &Path::new("status").child(name).child(resource), errors);
        }
    }
}

/// A changed node; also a changed status.
pub fn validate_update(new: &Node, old: &Node) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_resources(new, &mut errors);
    validate_addresses(new, &mut errors);
    let none = NodeSpec::default();
    let (spec, old_spec) = (new.spec.as_ref().unwrap_or(&none), old.spec.as_ref().unwrap_or(&none));
    let path = Path::new("spec");
    let (cidrs, old_cidrs) = (items(&spec.pod_cidrs), items(&old_spec.pod_cidrs));
    if !old_cidrs.is_empty() {
        let detail = "node updates may not change podCIDR except from \"\" to valid";
        let changes = match cidrs.len() == old_cidrs.len() {
            true => cidrs.iter().zip(old_cidrs).filter(|(new, old)| new != old).count(),
            false => 1,
        };
        for _ in 0..changes {
            errors.push(Error::forbidden(&path.child("podCIDRs"), detail));
        }
    }
    let provider = text(&old_spec.provider_id);
    if !provider.is_empty() && provider != text(&spec.provider_id) {
        let detail = "node updates may not change providerID except from \"\" to valid";
        errors.push(Error::forbidden(&path.child("providerID"), detail));
    }
    validate_taints(items(&spec.taints), &Path::new("metadata").child("taints"), &mut errors);
    if text(&spec.external_id) != text(&old_spec.external_id) {
        errors.push(Error::forbidden(&path.child("externalID"), "may not be updated"));
    }
    // The node's strategy checks the node as a new one too.
    let mut anew = ErrorList::new();
    validate(new, &mut anew);
    anew.append(&mut errors);
    anew
}

fn validate_addresses(node: &Node, errors: &mut ErrorList) {
    let addresses = node.status.as_ref().map(|status| items(&status.addresses)).unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (index, address) in addresses.iter().enumerate() {
        if !seen.insert((address.type_.as_str(), address.address.as_str())) {
            let json = serde_json::to_value(address).unwrap_or_default();
            let shown = go_json::compact(Some(&json), &Type::Struct(&go_types::NODE_ADDRESS));
            errors.push(Error::duplicate(&Path::new("status").child("addresses").index(index), BadValue::Json(shown)));
        }
    }
}
