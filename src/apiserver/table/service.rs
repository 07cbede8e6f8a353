//! Models `printService`, `printEndpoints` and `printEndpointSlice` of `pkg/printers/internalversion`.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Endpoints, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde_json::{Value, json};

use super::{AGE, Column, NAME, column, labels_text, since};

pub(super) const COLUMNS: &[Column] = &[
    NAME,
    column("Type", "string", 0),
    column("Cluster-IP", "string", 0),
    column("External-IP", "string", 0),
    column("Port(s)", "string", 0),
    AGE,
    column("Selector", "string", 1),
];

pub(super) const ENDPOINTS: &[Column] = &[NAME, column("Endpoints", "string", 0), AGE];

pub(super) const SLICES: &[Column] =
    &[NAME, column("AddressType", "string", 0), column("Ports", "string", 0), column("Endpoints", "string", 0), AGE];

/// How many addresses a cell names before it only counts.
const SHOWN_ADDRESSES: usize = 3;

pub(super) fn cells(service: &Service, now: Timestamp) -> Vec<Value> {
    let spec = service.spec.clone().unwrap_or_default();
    let type_ = spec.type_.clone().unwrap_or_default();
    let cluster_ip = spec.cluster_ip.clone().filter(|ip| !ip.is_empty()).unwrap_or_else(|| "<none>".into());
    let selector = spec.selector.as_ref();
    vec![
        json!(service.metadata.name),
        json!(type_),
        json!(cluster_ip),
        json!(external_ip(service, &type_)),
        json!(ports(service)),
        json!(since(service.metadata.creation_timestamp.as_ref().map(|t| t.0), now)),
        json!(labels_text(selector)),
    ]
}

fn external_ip(service: &Service, type_: &str) -> String {
    let spec = service.spec.clone().unwrap_or_default();
    let ips = spec.external_ips.clone().unwrap_or_default();
    let listed = |ips: &[String]| if ips.is_empty() { "<none>".to_owned() } else { ips.join(",") };
    match type_ {
        "LoadBalancer" => {
            let ingress = service.status.iter().filter_map(|s| s.load_balancer.as_ref()).flat_map(|lb| lb.ingress.iter().flatten());
            let mut addresses: Vec<String> = ingress.filter_map(|i| i.ip.clone().or_else(|| i.hostname.clone())).collect();
            addresses.extend(ips);
            if addresses.is_empty() { "<pending>".into() } else { addresses.join(",") }
        }
        "ExternalName" => spec.external_name.unwrap_or_default(),
        "ClusterIP" | "NodePort" => listed(&ips),
        _ => "<unknown>".into(),
    }
}

fn ports(service: &Service) -> String {
    let ports = service.spec.iter().flat_map(|s| s.ports.iter().flatten());
    let texts: Vec<String> = ports
        .map(|p| {
            let protocol = p.protocol.as_deref().unwrap_or("TCP");
            match p.node_port.filter(|port| *port > 0) {
                Some(node_port) => format!("{}:{node_port}/{protocol}", p.port),
                None => format!("{}/{protocol}", p.port),
            }
        })
        .collect();
    if texts.is_empty() { "<none>".into() } else { texts.join(",") }
}

/// `a,b,c + 2 more...`
fn shortened(all: &[String]) -> String {
    if all.is_empty() {
        return "<none>".into();
    }
    let shown = all.iter().take(SHOWN_ADDRESSES).cloned().collect::<Vec<_>>().join(",");
    if all.len() > SHOWN_ADDRESSES { format!("{shown} + {} more...", all.len() - SHOWN_ADDRESSES) } else { shown }
}

pub(super) fn endpoints(object: &Endpoints, now: Timestamp) -> Vec<Value> {
    let mut all = Vec::new();
    for subset in object.subsets.iter().flatten() {
        let ports: Vec<i32> = subset.ports.iter().flatten().map(|p| p.port).collect();
        for address in subset.addresses.iter().flatten() {
            if ports.is_empty() {
                all.push(address.ip.clone());
            }
            all.extend(ports.iter().map(|port| format!("{}:{port}", address.ip)));
        }
    }
    let age = since(object.metadata.creation_timestamp.as_ref().map(|t| t.0), now);
    vec![json!(object.metadata.name), json!(shortened(&all)), json!(age)]
}

pub(super) fn slice(object: &EndpointSlice, now: Timestamp) -> Vec<Value> {
    let ports: Vec<String> = object.ports.iter().flatten().filter_map(|p| p.port).map(|p| p.to_string()).collect();
    let ports = if ports.is_empty() { "<unset>".to_owned() } else { shortened(&ports) };
    let addresses: Vec<String> = object.endpoints.iter().flatten().flat_map(|e| e.addresses.clone()).collect();
    let addresses = if addresses.is_empty() { "<unset>".to_owned() } else { shortened(&addresses) };
    let age = since(object.metadata.creation_timestamp.as_ref().map(|t| t.0), now);
    vec![json!(object.metadata.name), json!(object.address_type), json!(ports), json!(addresses), json!(age)]
}
