//! Endpoints and EndpointSlices. Models ValidateEndpoints and ValidateEndpointSlice.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{EndpointAddress, EndpointPort, Endpoints};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};

use super::container::{PROTOCOLS, validate_port_number, validate_word};
use super::field::{BadValue, Error, ErrorList, Path};
use super::ip;
use super::meta::{IMMUTABLE, items, push_invalid, text, validate_labels, validate_object_meta, validate_object_meta_update};
use super::names;

/// New endpoints.
pub fn validate_create(endpoints: &Endpoints) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&endpoints.metadata, true, names::name_is_subdomain, &mut errors);
    validate_subsets(endpoints, &mut errors);
    errors
}

/// Changed endpoints.
pub fn validate_update(new: &Endpoints, old: &Endpoints) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_object_meta(&new.metadata, true, names::name_is_subdomain, &mut errors);
    if new.subsets != old.subsets {
        validate_subsets(new, &mut errors);
    }
    errors
}

fn validate_subsets(endpoints: &Endpoints, errors: &mut ErrorList) {
    for (index, subset) in items(&endpoints.subsets).iter().enumerate() {
        let path = Path::new("subsets").index(index);
        let (ready, not_ready) = (items(&subset.addresses), items(&subset.not_ready_addresses));
        if ready.is_empty() && not_ready.is_empty() {
            errors.push(Error::required(&path, "must specify `addresses` or `notReadyAddresses`"));
        }
        for (name, addresses) in [("addresses", ready), ("notReadyAddresses", not_ready)] {
            for (index, address) in addresses.iter().enumerate() {
                validate_address(address, &path.child(name).index(index), errors);
            }
        }
        let ports = items(&subset.ports);
        for (index, port) in ports.iter().enumerate() {
            validate_endpoint_port(port, ports.len() > 1, &path.child("ports").index(index), errors);
        }
    }
}

fn validate_address(address: &EndpointAddress, path: &Path, errors: &mut ErrorList) {
    ip::validate_legacy(&address.ip, &[], &path.child("ip"), errors);
    let hostname = text(&address.hostname);
    if !hostname.is_empty() {
        push_invalid(names::dns1123_label(hostname), hostname, &path.child("hostname"), errors);
    }
    if let Some(node) = &address.node_name {
        push_invalid(names::dns1123_subdomain(node), node, &path.child("nodeName"), errors);
    }
    ip::validate_endpoint(&address.ip, &path.child("ip"), errors);
}

fn validate_endpoint_port(port: &EndpointPort, require_name: bool, path: &Path, errors: &mut ErrorList) {
    let name = text(&port.name);
    if !name.is_empty() {
        push_invalid(names::dns1123_label(name), name, &path.child("name"), errors);
    } else if require_name {
        errors.push(Error::required(&path.child("name"), ""));
    }
    validate_port_number(port.port, &path.child("port"), errors);
    validate_word(text(&port.protocol), &PROTOCOLS, &path.child("protocol"), errors);
    if let Some(protocol) = &port.app_protocol {
        push_invalid(names::qualified_name(protocol), protocol, &path.child("appProtocol"), errors);
    }
}

/// A new slice.
pub fn validate_slice_create(slice: &EndpointSlice) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_slice(slice, &mut errors);
    errors
}

/// A changed slice.
pub fn validate_slice_update(new: &EndpointSlice, old: &EndpointSlice) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_slice(new, &mut errors);
    if new.address_type != old.address_type {
        errors.push(Error::invalid(&Path::new("addressType"), BadValue::word(&new.address_type), IMMUTABLE));
    }
    errors
}

fn validate_slice(slice: &EndpointSlice, errors: &mut ErrorList) {
    validate_object_meta(&slice.metadata, true, names::name_is_subdomain, errors);
    validate_word(&slice.address_type, &["FQDN", "IPv4", "IPv6"], &Path::new("addressType"), errors);
    let path = Path::new("endpoints");
    let endpoints = items(&slice.endpoints);
    if endpoints.len() > 1000 {
        errors.push(Error::too_many(&path, endpoints.len(), 1000));
    } else {
        for (index, endpoint) in endpoints.iter().enumerate() {
            validate_slice_endpoint(endpoint, &slice.address_type, &path.index(index), errors);
        }
    }
    validate_slice_ports(slice, errors);
}

fn validate_slice_endpoint(endpoint: &Endpoint, family: &str, path: &Path, errors: &mut ErrorList) {
    let addresses = path.child("addresses");
    if endpoint.addresses.is_empty() {
        errors.push(Error::required(&addresses, "must contain at least 1 address"));
    } else if endpoint.addresses.len() > 100 {
        errors.push(Error::too_many(&addresses, endpoint.addresses.len(), 100));
    }
    for (index, address) in endpoint.addresses.iter().enumerate() {
        match family {
            "IPv4" | "IPv6" => validate_slice_address(address, family, &addresses, index, errors),
            "FQDN" => validate_domain(address, &addresses.index(index), errors),
            _ => {}
        }
    }
    if let Some(node) = &endpoint.node_name {
        push_invalid(names::dns1123_subdomain(node), node, &path.child("nodeName"), errors);
    }
    let topology = path.child("deprecatedTopology");
    let labels = endpoint.deprecated_topology.as_ref().map_or(0, BTreeMap::len);
    if labels > 16 {
        errors.push(Error::too_many(&topology, labels, 16));
    }
    validate_labels(&endpoint.deprecated_topology, &topology, errors);
    if let Some(hostname) = &endpoint.hostname {
        push_invalid(names::dns1123_label(hostname), hostname, &path.child("hostname"), errors);
    }
    if let Some(hints) = &endpoint.hints {
        let zones: Vec<&str> = items(&hints.for_zones).iter().map(|zone| zone.name.as_str()).collect();
        let nodes: Vec<&str> = items(&hints.for_nodes).iter().map(|node| node.name.as_str()).collect();
        let path = path.child("hints");
        if validate_hints(&zones, names::label_value, &path.child("forZones"), errors) {
            validate_hints(&nodes, names::dns1123_subdomain, &path.child("forNodes"), errors);
        }
    }
}

/// `path` is that of all addresses, which Kubernetes names where the family is wrong.
fn validate_slice_address(address: &str, family: &str, path: &Path, index: usize, errors: &mut ErrorList) {
    let before = errors.len();
    ip::validate_legacy(address, &[], &path.index(index), errors);
    if errors.len() > before {
        return;
    }
    if ip::is_ipv6(address) != (family == "IPv6") {
        errors.push(Error::invalid(path, address, format!("must be an {family} address")));
    }
    ip::validate_endpoint(address, &path.index(index), errors);
}

/// Models IsFullyQualifiedDomainName.
fn validate_domain(name: &str, path: &Path, errors: &mut ErrorList) {
    if name.is_empty() {
        errors.push(Error::required(path, ""));
        return;
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let wrong = names::dns1123_subdomain(name);
    if !wrong.is_empty() {
        errors.push(Error::invalid(path, name, wrong.join(",")));
    } else if !name.contains('.') {
        errors.push(Error::invalid(path, name, "should be a domain with at least two segments separated by dots"));
    } else if let Some((label, wrong)) =
        name.split('.').map(|label| (label, names::dns1123_label(label))).find(|(_, wrong)| !wrong.is_empty())
    {
        errors.push(Error::invalid(path, label, wrong.join(",")));
    }
}

/// Zones or nodes an endpoint is meant for; false where there are too many of them.
fn validate_hints(hints: &[&str], rule: fn(&str) -> Vec<String>, path: &Path, errors: &mut ErrorList) -> bool {
    if hints.len() > 8 {
        errors.push(Error::too_many(path, hints.len(), 8));
        return false;
    }
    let mut seen = BTreeSet::new();
    for (index, name) in hints.iter().enumerate() {
        let path = path.index(index).child("name");
        if !seen.insert(*name) {
            errors.push(Error::duplicate(&path, *name));
        }
        push_invalid(rule(name), name, &path, errors);
    }
    true
}

fn validate_slice_ports(slice: &EndpointSlice, errors: &mut ErrorList) {
    let path = Path::new("ports");
    let ports = items(&slice.ports);
    if ports.len() > 20_000 {
        errors.push(Error::too_many(&path, ports.len(), 20_000));
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        // Which number a port has, Kubernetes does not look at here.
        let path = path.index(index);
        let name = text(&port.name);
        if !name.is_empty() {
            push_invalid(names::dns1123_label(name), name, &path.child("name"), errors);
        }
        if !seen.insert(name) {
            errors.push(Error::duplicate(&path.child("name"), name));
        }
        validate_word(text(&port.protocol), &PROTOCOLS, &path.child("protocol"), errors);
        if let Some(protocol) = &port.app_protocol {
            push_invalid(names::qualified_name(protocol), protocol, &path.child("appProtocol"), errors);
        }
    }
}
