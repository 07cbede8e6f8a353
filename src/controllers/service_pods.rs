//! The pods behind a service, for Endpoints and EndpointSlices. Models `k8s.io/endpointslice/utils.go`.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{ObjectReference, Pod, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::pods::{condition, is_finished, is_ready, name_of};
use super::work_queue::WorkQueue;
use crate::api::pod::is_sidecar;
use crate::api::selector::Selector;
use crate::client::{Client, WatchEvent, changed};
use crate::sim::Sim;

/// Calls `sync` for each service whose pods changed; `service` is `None` when it is gone.
pub async fn run(client: Client, sync: impl Fn(&Client, &(String, String), Option<&Service>)) {
    let sim: Sim = client.sim().clone();
    let (mut services, mut pods) = (client.watch::<Service>(), client.watch::<Pod>());
    let mut queue = WorkQueue::default();
    let mut selectors: BTreeMap<String, BTreeMap<String, Selector>> = BTreeMap::new();
    loop {
        while let Some(event) = services.try_next() {
            let (WatchEvent::Applied { object, trace_seq, .. } | WatchEvent::Deleted { object, trace_seq }) = &event;
            let name = name_of(&object.metadata);
            let of_namespace = selectors.entry(name.0.clone()).or_default();
            of_namespace.remove(&name.1);
            if let (WatchEvent::Applied { .. }, Some(selector)) = (&event, selector_of(object)) {
                of_namespace.insert(name.1.clone(), selector);
            }
            queue.add(name, sim.now(), *trace_seq);
        }
        while let Some(event) = pods.try_next() {
            let (WatchEvent::Applied { object, trace_seq, .. } | WatchEvent::Deleted { object, trace_seq }) = &event;
            let previous = match &event {
                WatchEvent::Applied { previous, .. } => previous.as_ref(),
                WatchEvent::Deleted { .. } => None,
            };
            if previous.is_some_and(|previous| facts(previous) == facts(object)) {
                continue;
            }
            let namespace = object.metadata.namespace.clone().unwrap_or_default();
            let matches = |pod: &Pod, selector: &Selector| selector.matches_option(pod.metadata.labels.as_ref());
            for (service, selector) in selectors.get(&namespace).into_iter().flatten() {
                if matches(object, selector) || previous.is_some_and(|previous| matches(previous, selector)) {
                    queue.add((namespace.clone(), service.clone()), sim.now(), *trace_seq);
                }
            }
        }
        if let Some((name, cause)) = queue.pop(sim.now()) {
            let acting = if cause > 0 { client.because(cause) } else { client.clone() };
            let service = acting.get::<Service>(&name.0, &name.1);
            sync(&acting, &name, service.as_deref());
            sim.yield_now().await;
            continue;
        }
        changed(&sim, &mut [&mut services, &mut pods], queue.next_due()).await;
    }
}

/// What of a pod matters to services.
fn facts(pod: &Pod) -> impl PartialEq {
    let ip = pod.status.as_ref().and_then(|status| status.pod_ip.clone());
    (ip, is_ready(pod), is_finished(pod), pod.metadata.deletion_timestamp.is_some(), pod.metadata.labels.clone())
}

fn selector_of(service: &Service) -> Option<Selector> {
    let selector = service.spec.as_ref()?.selector.as_ref().filter(|selector| !selector.is_empty())?;
    Some(Selector::from_set(selector))
}

/// The selected pods that have an address and have not ended; `None` where the service selects none.
pub fn selected(client: &Client, service: &Service) -> Option<Vec<Rc<Pod>>> {
    let selector = selector_of(service)?;
    let namespace = service.metadata.namespace.as_deref().unwrap_or_default();
    let mut pods = client.list::<Pod>(Some(namespace));
    pods.retain(|pod| selector.matches_option(pod.metadata.labels.as_ref()) && !is_finished(pod) && ip(pod).is_some());
    Some(pods)
}

/// The pod's address.
pub fn ip(pod: &Pod) -> Option<&str> {
    pod.status.as_ref()?.pod_ip.as_deref().filter(|ip| !ip.is_empty())
}

/// Where the service's ports lead on this pod: name, protocol, number. Ports that the pod does not name are left out.
pub fn ports_on(service: &Service, pod: &Pod) -> Vec<(String, String, i32)> {
    let resolve = |port: &ServicePort| {
        let number = match &port.target_port {
            Some(IntOrString::Int(number)) if *number > 0 => Some(*number),
            Some(IntOrString::String(name)) => named_port(pod, name, port.protocol.as_deref().unwrap_or("TCP")),
            _ => Some(port.port),
        };
        Some((port.name.clone().unwrap_or_default(), port.protocol.clone().unwrap_or_else(|| "TCP".to_owned()), number?))
    };
    service.spec.iter().flat_map(|spec| spec.ports.iter().flatten()).filter_map(resolve).collect()
}

fn named_port(pod: &Pod, name: &str, protocol: &str) -> Option<i32> {
    let spec = pod.spec.as_ref()?;
    let sidecars = spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
    let mut ports = spec.containers.iter().chain(sidecars).flat_map(|container| container.ports.iter().flatten());
    let found = ports.find(|port| port.name.as_deref() == Some(name) && port.protocol.as_deref().unwrap_or("TCP") == protocol);
    found.map(|port| port.container_port)
}

/// Whether pods get traffic before they are ready.
pub fn publishes_not_ready(service: &Service) -> bool {
    service.spec.as_ref().and_then(|spec| spec.publish_not_ready_addresses).unwrap_or(false)
}

/// Whether the service has no address of its own.
pub fn is_headless(service: &Service) -> bool {
    service.spec.as_ref().and_then(|spec| spec.cluster_ip.as_deref()) == Some("None")
}

/// The name by which the service's domain knows the pod: its `hostname`, if its `subdomain` is this service.
/// Models `ShouldSetHostname`.
pub fn hostname(service: &Service, pod: &Pod) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    let hostname = spec.hostname.clone().filter(|hostname| !hostname.is_empty())?;
    (spec.subdomain.is_some() && spec.subdomain == service.metadata.name).then_some(hostname)
}

/// A reference to the pod as endpoints carry it.
pub fn target(pod: &Pod) -> ObjectReference {
    ObjectReference {
        kind: Some("Pod".to_owned()),
        namespace: pod.metadata.namespace.clone(),
        name: pod.metadata.name.clone(),
        uid: pod.metadata.uid.clone(),
        ..ObjectReference::default()
    }
}

/// When the newest reason for the present state came about. Models `TriggerTimeTracker`.
pub fn last_trigger(service: &Service, pods: &[Rc<Pod>]) -> Option<String> {
    let of_pods = pods.iter().filter_map(|pod| condition(pod, "Ready")?.last_transition_time.as_ref());
    let newest = of_pods.chain(service.metadata.creation_timestamp.as_ref()).map(|time| time.0).max()?;
    Some(newest.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
