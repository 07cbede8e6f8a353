//! Endpoints, the older list of a service's pods. Models `pkg/controller/endpoint`.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::pods::{is_ready, node_name};
use super::service_pods::{self, hostname, ip, is_headless, last_trigger, ports_on, publishes_not_ready, selected, target};
use crate::api::well_known::LAST_CHANGE_TRIGGER_TIME;
use crate::client::{Client, DeleteOptions};

const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";

/// Keeps the Endpoints of every service with a selector.
pub async fn run(client: Client) {
    service_pods::run(client.as_actor("endpoint-controller"), sync).await;
}

fn sync(client: &Client, name: &(String, String), service: Option<&Service>) {
    let Some(service) = service else {
        // Nothing else owns them. Gone already is as good.
        let _ = client.delete::<Endpoints>(&name.0, &name.1, DeleteOptions::default());
        return;
    };
    let Some(pods) = selected(client, service) else { return };
    let subsets = subsets(service, &pods);
    let mut labels = service.metadata.labels.clone().unwrap_or_default();
    labels.insert(MANAGED_BY.to_owned(), "endpoint-controller".to_owned());
    if is_headless(service) {
        labels.insert("service.kubernetes.io/headless".to_owned(), String::new());
    }
    let known = client.get::<Endpoints>(&name.0, &name.1);
    if known
        .as_ref()
        .is_some_and(|known| known.subsets.clone().unwrap_or_default() == subsets && known.metadata.labels.as_ref() == Some(&labels))
    {
        return;
    }
    let annotations = last_trigger(service, &pods).map(|time| BTreeMap::from([(LAST_CHANGE_TRIGGER_TIME.to_owned(), time)]));
    let fresh = || Endpoints {
        metadata: ObjectMeta { name: Some(name.1.clone()), namespace: Some(name.0.clone()), ..ObjectMeta::default() },
        ..Endpoints::default()
    };
    let mut wanted = known.as_ref().map_or_else(fresh, |known| (**known).clone());
    wanted.metadata.labels = Some(labels);
    wanted.metadata.annotations = annotations;
    wanted.subsets = Some(subsets).filter(|subsets| !subsets.is_empty());
    let _ = if known.is_some() { client.update(wanted) } else { client.create(wanted) };
}

/// Pods with the same ports together, ready apart from unready ones. Models `endpoints.RepackSubsets`.
fn subsets(service: &Service, pods: &[Rc<Pod>]) -> Vec<EndpointSubset> {
    type Ports = Vec<(String, String, i32)>;
    let mut groups: BTreeMap<Ports, (Vec<EndpointAddress>, Vec<EndpointAddress>)> = BTreeMap::new();
    let unready_too = publishes_not_ready(service);
    for pod in pods {
        let ports = ports_on(service, pod);
        let no_ports_wanted = service.spec.as_ref().is_none_or(|spec| spec.ports.iter().flatten().next().is_none());
        if (ports.is_empty() && !no_ports_wanted) || (pod.metadata.deletion_timestamp.is_some() && !unready_too) {
            continue;
        }
        let address = EndpointAddress {
            hostname: hostname(service, pod),
            ip: ip(pod).unwrap_or_default().to_owned(),
            node_name: Some(node_name(pod).to_owned()),
            target_ref: Some(target(pod)),
        };
        let group = groups.entry(ports).or_default();
        if is_ready(pod) || unready_too { group.0.push(address) } else { group.1.push(address) }
    }
    let some = |mut addresses: Vec<EndpointAddress>| {
        addresses.sort_by(|a, b| a.ip.cmp(&b.ip));
        Some(addresses).filter(|addresses| !addresses.is_empty())
    };
    let port = |(name, protocol, port): &(String, String, i32)| EndpointPort {
        name: Some(name.clone()).filter(|name| !name.is_empty()),
        port: *port,
        protocol: Some(protocol.clone()),
        ..EndpointPort::default()
    };
    let subset = |(ports, (ready, unready)): (Ports, (Vec<EndpointAddress>, Vec<EndpointAddress>))| EndpointSubset {
        addresses: some(ready),
        not_ready_addresses: some(unready),
        ports: Some(ports.iter().map(port).collect::<Vec<_>>()).filter(|ports| !ports.is_empty()),
    };
    groups.into_iter().map(subset).collect()
}
