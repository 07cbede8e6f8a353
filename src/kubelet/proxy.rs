//! Services on the network: what kube-proxy and CoreDNS make of Services and EndpointSlices.
//!
//! Models `pkg/proxy` and CoreDNS' `kubernetes` plugin. The table is one for all nodes: each node's proxy would hold the same.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Namespace, Service, ServicePort};
use k8s_openapi::api::discovery::v1::EndpointSlice;

use crate::api::well_known::SERVICE_NAME;
use crate::client::{Client, WatchEvent};
use crate::network::dns::CLUSTER_DOMAIN;
use crate::network::{Network, ServiceAddress};

/// Keeps the network's service table and DNS in step with the API.
#[derive(Clone)]
pub struct ServiceProxy {
    client: Client,
    network: Network,
}

/// An address behind a service.
struct Backend {
    ip: IpAddr,
    hostname: Option<String>,
    /// Port numbers by port name.
    ports: BTreeMap<String, u16>,
    ready: bool,
    /// Whether it is on its way out and still serves.
    draining: bool,
}

impl ServiceProxy {
    /// Starts following Services, EndpointSlices and Namespaces. `cluster_dns` is where DNS answers.
    pub fn start(client: &Client, network: &Network, cluster_dns: IpAddr) -> ServiceProxy {
        let proxy = ServiceProxy { client: client.as_actor("kube-proxy"), network: network.clone() };
        network.update_dns(|dns| dns.set_server(cluster_dns, true));
        let sim = client.sim().clone();
        let follower = proxy.clone();
        sim.spawn(async move {
            let mut watch = follower.client.watch::<Service>();
            loop {
                match watch.next().await {
                    WatchEvent::Applied { object, .. } => follower.sync(key(&object.metadata)),
                    WatchEvent::Deleted { object, .. } => follower.forget(key(&object.metadata)),
                }
            }
        });
        let follower = proxy.clone();
        sim.spawn(async move {
            let mut watch = follower.client.watch::<EndpointSlice>();
            loop {
                let (WatchEvent::Applied { object, .. } | WatchEvent::Deleted { object, .. }) = watch.next().await;
                if let Some(service) = object.metadata.labels.as_ref().and_then(|labels| labels.get(SERVICE_NAME)) {
                    follower.sync((object.metadata.namespace.as_deref().unwrap_or_default(), service));
                }
            }
        });
        let follower = proxy.clone();
        sim.spawn(async move {
            let mut watch = follower.client.watch::<Namespace>();
            loop {
                let event = watch.next().await;
                let exists = matches!(event, WatchEvent::Applied { .. });
                let (WatchEvent::Applied { object, .. } | WatchEvent::Deleted { object, .. }) = event;
                let name = object.metadata.name.clone().unwrap_or_default();
                follower.network.update_dns(|dns| dns.set_namespace(&name, exists));
            }
        });
        proxy
    }

    fn forget(&self, (namespace, name): (&str, &str)) {
        let owner = format!("{namespace}/{name}");
        self.network.remove_service(&owner);
        self.network.update_dns(|dns| dns.remove(&owner));
    }

    /// Writes one service's entries anew.
    fn sync(&self, (namespace, name): (&str, &str)) {
        let Some(service) = self.client.get::<Service>(namespace, name) else { return };
        let owner = format!("{namespace}/{name}");
        let backends = self.backends(namespace, name);
        let spec = service.spec.clone().unwrap_or_default();
        let all = spec.publish_not_ready_addresses == Some(true);
        self.network.remove_service(&owner);
        let cluster_ip: Option<IpAddr> = spec.cluster_ip.as_deref().and_then(|ip| ip.parse().ok());
        for port in spec.ports.iter().flatten().filter(|port| port.protocol.as_deref().unwrap_or("TCP") == "TCP") {
            let endpoints = endpoints(&backends, port, all);
            if let (Some(ip), Ok(number)) = (cluster_ip, u16::try_from(port.port)) {
                let address = ServiceAddress::Cluster(SocketAddr::new(ip, number));
                self.network.set_service(&owner, address, endpoints.clone());
            }
            if let Some(node_port) = port.node_port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0) {
                self.network.set_service(&owner, ServiceAddress::NodePort(node_port), endpoints);
            }
        }
        self.network.set_affinity(&owner, spec.session_affinity.as_deref() == Some("ClientIP"));
        let domain = format!("{name}.{namespace}.svc.{CLUSTER_DOMAIN}");
        if let Some(target) = spec.external_name.as_deref().filter(|_| spec.type_.as_deref() == Some("ExternalName")) {
            self.network.update_dns(|dns| {
                dns.remove(&owner);
                dns.set_alias(&owner, &domain, target);
            });
            return;
        }
        self.network.update_dns(|dns| dns.remove(&owner));
        self.network.update_dns(|dns| dns.set(&owner, records(&domain, cluster_ip, &backends, all)));
    }

    fn backends(&self, namespace: &str, service: &str) -> Vec<Backend> {
        let slices = self.client.list::<EndpointSlice>(Some(namespace));
        let belongs = |slice: &&Rc<EndpointSlice>| {
            slice.metadata.labels.as_ref().and_then(|labels| labels.get(SERVICE_NAME)).is_some_and(|name| name == service)
        };
        let mut backends = Vec::new();
        for slice in slices.iter().filter(belongs) {
            let ports: BTreeMap<String, u16> = slice
                .ports
                .iter()
                .flatten()
                .filter_map(|port| Some((port.name.clone().unwrap_or_default(), u16::try_from(port.port?).ok()?)))
                .collect();
            for endpoint in slice.endpoints.iter().flatten() {
                let conditions = endpoint.conditions.clone().unwrap_or_default();
                let ready = conditions.ready != Some(false);
                let draining = conditions.terminating == Some(true) && conditions.serving != Some(false);
                for ip in endpoint.addresses.iter().filter_map(|address| address.parse().ok()) {
                    backends.push(Backend { ip, hostname: endpoint.hostname.clone(), ports: ports.clone(), ready, draining });
                }
            }
        }
        backends
    }
}

fn key(meta: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta) -> (&str, &str) {
    (meta.namespace.as_deref().unwrap_or_default(), meta.name.as_deref().unwrap_or_default())
}

/// Where a port leads: to the ready pods; where there are none, to those that are on their way out and still serve.
/// Models `proxy.CategorizeEndpoints`.
fn endpoints(backends: &[Backend], port: &ServicePort, all: bool) -> Vec<SocketAddr> {
    let name = port.name.clone().unwrap_or_default();
    let address = |backend: &Backend| Some(SocketAddr::new(backend.ip, *backend.ports.get(&name)?));
    let ready: Vec<SocketAddr> = backends.iter().filter(|backend| backend.ready || all).filter_map(address).collect();
    if !ready.is_empty() {
        return ready;
    }
    backends.iter().filter(|backend| backend.draining).filter_map(address).collect()
}

/// The names of a service: its address, or (headless) those of its endpoints.
fn records(domain: &str, cluster_ip: Option<IpAddr>, backends: &[Backend], all: bool) -> BTreeMap<String, Vec<IpAddr>> {
    let mut records = BTreeMap::new();
    if let Some(ip) = cluster_ip {
        records.insert(domain.to_owned(), vec![ip]);
        return records;
    }
    let usable: Vec<&Backend> = backends.iter().filter(|backend| backend.ready || all).collect();
    if !usable.is_empty() {
        records.insert(domain.to_owned(), usable.iter().map(|backend| backend.ip).collect());
    }
    for backend in usable {
        let host = backend.hostname.clone().unwrap_or_else(|| backend.ip.to_string().replace('.', "-"));
        records.entry(format!("{host}.{domain}")).or_insert_with(Vec::new).push(backend.ip);
    }
    records
}
