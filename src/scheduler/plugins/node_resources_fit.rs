//! CPU, memory and the rest must suffice; emptier nodes are better. Models `plugins/noderesources.Fit`, strategy `LeastAllocated`.

use std::borrow::Cow;

use crate::scheduler::framework::{
    ClusterEvent, Code, MAX_NODE_SCORE, NodeFilter, NodeInfo, Plugin, PodInfo, PreFilter, Rejection, Resource, Scorer, Snapshot,
};

/// See the module.
pub struct NodeResourcesFit;

const NAME: &str = "NodeResourcesFit";

impl Plugin for NodeResourcesFit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn pre_filter<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot) -> PreFilter<'a> {
        PreFilter::Filter(Box::new(Filter(&pod.request)))
    }

    fn pre_score<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Scorer + 'a>> {
        let pod_level = pod.pod.spec.as_ref().is_some_and(|spec| spec.resources.is_some());
        let own = if pod_level { Resource::non_zero_of_containers(&pod.pod) } else { pod.non_zero.clone() };
        Some(Box::new(LeastAllocated(own)))
    }

    fn may_help(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let allocatable = |node: &k8s_openapi::api::core::v1::Node| {
            Resource::from_quantities(node.status.as_ref().and_then(|status| status.allocatable.as_ref()))
        };
        match event {
            ClusterEvent::AssignedPodDeleted(_) => true,
            ClusterEvent::NodeAdded(node) => lacking(&pod.request, &Resource::default(), &allocatable(node)).is_empty(),
            ClusterEvent::NodeUpdated(old, new) => {
                allocatable(old) != allocatable(new) && lacking(&pod.request, &Resource::default(), &allocatable(new)).is_empty()
            }
            ClusterEvent::AssignedPodUpdated(old, new) => old.request != new.request,
            ClusterEvent::OwnUpdate(new) => new.request != pod.request,
            _ => false,
        }
    }
}

#[derive(Clone)]
struct Filter<'a>(&'a Resource);

impl NodeFilter for Filter<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Rejection> {
        let mut reasons: Vec<Cow<'static, str>> = Vec::new();
        if node.pods.len() as i64 + 1 > node.allocatable.allowed_pods {
            reasons.push("Too many pods".into());
        }
        let lacking = lacking(self.0, &node.requested, &node.allocatable);
        let never = lacking.iter().any(|lack| lack.requested > lack.capacity);
        reasons.extend(lacking.into_iter().map(|lack| insufficient(lack.resource)));
        if reasons.is_empty() {
            return Ok(());
        }
        let code = if never { Code::UnschedulableAndUnresolvable } else { Code::Unschedulable };
        Err(Rejection { plugin: NAME, code, reasons })
    }

    fn fork(&self) -> Box<dyn NodeFilter + '_> {
        Box::new(self.clone())
    }
}

fn insufficient(name: &str) -> Cow<'static, str> {
    match name {
        "cpu" => "Insufficient cpu".into(),
        "memory" => "Insufficient memory".into(),
        "ephemeral-storage" => "Insufficient ephemeral-storage".into(),
        name => format!("Insufficient {name}").into(),
    }
}

/// A resource that does not suffice, in the units of [`Resource`]. Models `InsufficientResource`.
pub struct Lack<'r> {
    /// Its name.
    pub resource: &'r str,
    /// What the pod wants of it.
    pub requested: i64,
    /// What the node's pods have of it.
    pub used: i64,
    /// What the node has of it.
    pub capacity: i64,
}

/// The resources that do not suffice. Models `fitsRequest`.
pub fn lacking<'r>(request: &'r Resource, used: &Resource, allocatable: &Resource) -> Vec<Lack<'r>> {
    let lack = |resource, requested, used, capacity| Lack { resource, requested, used, capacity };
    let fixed = [
        lack("cpu", request.milli_cpu, used.milli_cpu, allocatable.milli_cpu),
        lack("memory", request.memory, used.memory, allocatable.memory),
        lack("ephemeral-storage", request.ephemeral_storage, used.ephemeral_storage, allocatable.ephemeral_storage),
    ];
    let amount = |of: &Resource, name: &str| of.scalars.get(name).copied().unwrap_or(0);
    let scalars = request.scalars.iter().map(|(name, wanted)| lack(name.as_str(), *wanted, amount(used, name), amount(allocatable, name)));
    let all = fixed.into_iter().chain(scalars);
    all.filter(|lack| lack.requested > 0 && lack.requested > lack.capacity.wrapping_sub(lack.used)).collect()
}

struct LeastAllocated(Resource);

impl Scorer for LeastAllocated {
    fn score(&self, node: &NodeInfo) -> i64 {
        let (own, used, has) = (&self.0, &node.non_zero_requested, &node.allocatable);
        let resources = [(own.milli_cpu.wrapping_add(used.milli_cpu), has.milli_cpu), (own.memory.wrapping_add(used.memory), has.memory)];
        let present = resources.into_iter().filter(|(_, capacity)| *capacity != 0);
        let (sum, count) =
            present.fold((0i64, 0), |(sum, count), (requested, capacity)| (sum.wrapping_add(free_share(requested, capacity)), count + 1));
        if count == 0 { 0 } else { sum / count }
    }
}

/// 0 to 100, the more the emptier (absurd amounts wrap around, as Go's do). Models `leastRequestedScore`.
fn free_share(requested: i64, capacity: i64) -> i64 {
    if requested > capacity || capacity == 0 {
        0
    } else {
        capacity.wrapping_sub(requested).wrapping_mul(MAX_NODE_SCORE).wrapping_div(capacity)
    }
}
