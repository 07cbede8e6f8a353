//! What a kubelet refuses although the pod is bound to its node. Models `pkg/kubelet/lifecycle/predicate.go`.

use k8s_openapi::api::core::v1::{Pod, PodSpec};

use super::main_loop::Kubelet;
use super::record::{spec_of, uid_of};
use crate::api::quantity::Quantity;

/// The sum of the containers' requests, in milli-units for cpu and units otherwise. Init containers count where they are larger.
fn request(spec: &PodSpec, resource: &str) -> i64 {
    let value = |container: &k8s_openapi::api::core::v1::Container| -> i64 {
        let requests = container.resources.as_ref().and_then(|r| r.requests.as_ref());
        let quantity = requests.and_then(|map| map.get(resource)).and_then(|q| Quantity::parse(&q.0).ok());
        quantity.map_or(0, |q| if resource == "cpu" { q.milli_value() } else { q.value() })
    };
    let main: i64 = spec.containers.iter().map(value).sum();
    let init = spec.init_containers.iter().flatten().map(value).max().unwrap_or(0);
    main.max(init)
}

/// `Err` with the reason and message of the refusal.
pub(super) fn admit(kubelet: &Kubelet, pod: &Pod) -> Result<(), (String, String)> {
    let inner = &kubelet.0;
    if let Some(message) = kubelet.refuses_under_pressure(pod) {
        return Err(("Evicted".into(), message));
    }
    let spec = spec_of(pod);
    let node = inner.client.get::<k8s_openapi::api::core::v1::Node>("", &inner.config.name);
    let labels = node.and_then(|node| node.metadata.labels.clone()).unwrap_or_default();
    let matches = spec.node_selector.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    if !matches {
        return Err(("NodeAffinity".into(), "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector".into()));
    }
    let workers = inner.workers.borrow();
    let others: Vec<_> =
        workers.values().filter(|w| uid_of(&w.pod()) != uid_of(pod) && !w.record.borrow().terminated).map(|w| w.pod()).collect();
    if others.len() as u32 >= inner.config.max_pods {
        let message =
            format!("Node didn't have enough resource: pods, requested: 1, used: {}, capacity: {}", others.len(), inner.config.max_pods);
        return Err(("OutOfpods".into(), message));
    }
    let capacities =
        [("cpu", i64::from(inner.config.cpus) * 1000), ("memory", i64::try_from(inner.config.memory_kib * 1024).unwrap_or(i64::MAX))];
    for (resource, capacity) in capacities {
        let used: i64 = others.iter().map(|pod| request(&spec_of(pod), resource)).sum();
        let requested = request(&spec, resource);
        if requested > 0 && used.saturating_add(requested) > capacity {
            let message =
                format!("Node didn't have enough resource: {resource}, requested: {requested}, used: {used}, capacity: {capacity}");
            return Err((format!("OutOf{resource}"), message));
        }
    }
    Ok(())
}
