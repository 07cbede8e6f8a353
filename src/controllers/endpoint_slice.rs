//! EndpointSlices: the pods behind a service, a hundred a slice. Models `k8s.io/endpointslice/reconciler.go`.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Node, Pod, Service};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::pods::{is_ready, name_of, node_name};
use super::service_pods::{self, hostname, ip, is_headless, last_trigger, ports_on, publishes_not_ready, selected, target};
use crate::api::well_known::{LAST_CHANGE_TRIGGER_TIME, SERVICE_NAME};
use crate::client::{Client, DeleteOptions, controller_reference};

/// Models `defaultMaxEndpointsPerSlice`.
const MAX_ENDPOINTS_PER_SLICE: usize = 100;
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";

type Ports = Vec<(String, String, i32)>;

/// Keeps the EndpointSlices of every service with a selector.
pub async fn run(client: Client) {
    service_pods::run(client.as_actor("endpointslice-controller"), sync).await;
}

fn sync(client: &Client, name: &(String, String), service: Option<&Service>) {
    // The slices of a deleted service go by garbage collection.
    let Some(service) = service.filter(|service| service.metadata.deletion_timestamp.is_none()) else { return };
    let Some(pods) = selected(client, service) else { return };
    let mut groups: BTreeMap<Ports, Vec<Endpoint>> = BTreeMap::new();
    for pod in &pods {
        groups.entry(ports_on(service, pod)).or_default().push(endpoint(client, service, pod));
    }
    if groups.is_empty() {
        // A slice without endpoints says that there are none yet.
        groups.insert(Vec::new(), Vec::new());
    }
    let wanted: Vec<(Ports, Vec<Endpoint>)> = groups
        .into_iter()
        .flat_map(|(ports, endpoints)| {
            let mut chunks: Vec<Vec<Endpoint>> = endpoints.chunks(MAX_ENDPOINTS_PER_SLICE).map(<[Endpoint]>::to_vec).collect();
            if chunks.is_empty() {
                chunks.push(Vec::new());
            }
            chunks.into_iter().map(move |chunk| (ports.clone(), chunk))
        })
        .collect();
    let ours = |slice: &Rc<EndpointSlice>| {
        let label = |key: &str| slice.metadata.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str);
        label(SERVICE_NAME) == Some(&name.1) && label(MANAGED_BY) == Some(MANAGER)
    };
    let known: Vec<Rc<EndpointSlice>> = client.list::<EndpointSlice>(Some(&name.0)).into_iter().filter(ours).collect();
    let annotations = last_trigger(service, &pods).map(|time| BTreeMap::from([(LAST_CHANGE_TRIGGER_TIME.to_owned(), time)]));
    for (index, (ports, endpoints)) in wanted.iter().enumerate() {
        write(client, service, known.get(index), ports, endpoints, annotations.as_ref());
    }
    for surplus in known.iter().skip(wanted.len()) {
        let (namespace, name) = name_of(&surplus.metadata);
        let _ = client.delete::<EndpointSlice>(&namespace, &name, DeleteOptions::default());
    }
}

fn write(
    client: &Client,
    service: &Service,
    known: Option<&Rc<EndpointSlice>>,
    ports: &Ports,
    endpoints: &[Endpoint],
    annotations: Option<&BTreeMap<String, String>>,
) {
    let port = |(name, protocol, port): &(String, String, i32)| EndpointPort {
        name: Some(name.clone()),
        port: Some(*port),
        protocol: Some(protocol.clone()),
        ..EndpointPort::default()
    };
    let ports: Option<Vec<EndpointPort>> = Some(ports.iter().map(port).collect::<Vec<_>>()).filter(|ports| !ports.is_empty());
    let labels = labels(service);
    let same = |slice: &&Rc<EndpointSlice>| {
        slice.endpoints.as_deref().unwrap_or_default() == endpoints
            && slice.ports == ports
            && slice.metadata.labels.as_ref() == Some(&labels)
    };
    if known.filter(same).is_some() {
        return;
    }
    let fresh = || EndpointSlice {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-", service.metadata.name.as_deref().unwrap_or_default())),
            namespace: service.metadata.namespace.clone(),
            owner_references: Some(vec![controller_reference(service)]),
            ..ObjectMeta::default()
        },
        address_type: "IPv4".to_owned(),
        ..EndpointSlice::default()
    };
    let mut slice = known.map_or_else(fresh, |known| (**known).clone());
    slice.metadata.labels = Some(labels);
    slice.metadata.annotations = annotations.cloned();
    slice.endpoints = Some(endpoints.to_vec());
    slice.ports = ports;
    let _ = if known.is_some() { client.update(slice) } else { client.create(slice) };
}

fn labels(service: &Service) -> BTreeMap<String, String> {
    let mut labels = service.metadata.labels.clone().unwrap_or_default();
    labels.insert(SERVICE_NAME.to_owned(), service.metadata.name.clone().unwrap_or_default());
    labels.insert(MANAGED_BY.to_owned(), MANAGER.to_owned());
    if is_headless(service) {
        labels.insert("service.kubernetes.io/headless".to_owned(), String::new());
    }
    labels
}

fn endpoint(client: &Client, service: &Service, pod: &Pod) -> Endpoint {
    let serving = is_ready(pod);
    let terminating = pod.metadata.deletion_timestamp.is_some();
    let node = client.get::<Node>("", node_name(pod));
    let zone = node.and_then(|node| node.metadata.labels.as_ref()?.get("topology.kubernetes.io/zone").cloned());
    Endpoint {
        addresses: ip(pod).map(str::to_owned).into_iter().collect(),
        conditions: Some(EndpointConditions {
            ready: Some(publishes_not_ready(service) || (serving && !terminating)),
            serving: Some(serving),
            terminating: Some(terminating),
        }),
        hostname: hostname(service, pod),
        node_name: Some(node_name(pod).to_owned()),
        target_ref: Some(target(pod)),
        zone,
        ..Endpoint::default()
    }
}
