use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use crate::api::pod_resources::{Amounts, add, aggregate, container_requests, pod_requests, pod_requests_by, read};
use crate::api::quantity::{Format, Quantity};

/// What a container without a request counts for in scores. Models `util.DefaultMilliCPURequest`.
const DEFAULT_MILLI_CPU_REQUEST: i64 = 100;
/// The same for memory: 200 MiB. Models `util.DefaultMemoryRequest`.
const DEFAULT_MEMORY_REQUEST_BYTES: i64 = 200 * 1024 * 1024;

/// Amounts of every resource, in the scheduler's units. Models `framework.Resource`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// Thousandths of a CPU.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes.
    pub ephemeral_storage: i64,
    /// How many pods a node takes; only used for nodes.
    pub allowed_pods: i64,
    /// Extended resources and huge pages, by name.
    pub scalars: BTreeMap<String, i64>,
}

impl Resource {
    /// The amounts of a list of a manifest.
    pub fn from_quantities(quantities: Option<&BTreeMap<String, Written>>) -> Resource {
        Resource::from_amounts(&read(quantities))
    }

    /// The amounts in the scheduler's units, rounded up. Models `Resource.Add`.
    fn from_amounts(amounts: &Amounts) -> Resource {
        let mut resource = Resource::default();
        for (name, quantity) in amounts {
            match name.as_str() {
                "cpu" => resource.milli_cpu = quantity.milli_value(),
                "memory" => resource.memory = quantity.value(),
                "ephemeral-storage" => resource.ephemeral_storage = quantity.value(),
                "pods" => resource.allowed_pods = quantity.value(),
                name => {
                    resource.scalars.insert(name.to_owned(), quantity.value());
                }
            }
        }
        resource
    }

    /// Adds `other`, `times` 1 or -1. Sums beyond 2⁶³ wrap around, as Go's do: any quantity can be asked for.
    pub fn add(&mut self, other: &Resource, times: i64) {
        let add = |own: &mut i64, amount: i64| *own = own.wrapping_add(times.wrapping_mul(amount));
        add(&mut self.milli_cpu, other.milli_cpu);
        add(&mut self.memory, other.memory);
        add(&mut self.ephemeral_storage, other.ephemeral_storage);
        for (name, amount) in &other.scalars {
            add(self.scalars.entry(name.clone()).or_default(), *amount);
        }
    }

    /// What a pod requests.
    pub fn of_pod(pod: &Pod) -> Resource {
        Resource::from_amounts(&pod_requests(pod.spec.as_ref()))
    }

    /// What a pod counts for in scores: as requested, but containers that name no CPU or memory count for a little.
    /// Models `PodInfo.calculateResource`'s `non0CPU` and `non0Mem`.
    pub fn non_zero_of_pod(pod: &Pod) -> Resource {
        let Some(spec) = &pod.spec else { return Resource::default() };
        let as_a_whole = spec.resources.as_ref().is_some_and(|resources| resources.requests.is_some());
        let requests = if as_a_whole { Resource::of_pod(pod) } else { Resource::default() };
        // Where the pod itself names its requests, only what it leaves out altogether is filled in.
        let (cpu, memory) = (requests.milli_cpu == 0, requests.memory == 0);
        Resource::from_amounts(&pod_requests_by(spec, |container| requests_or_default(container, cpu, memory)))
    }

    /// The same by the containers' requests alone: upstream's `Fit` scores a pod that is yet to be placed without
    /// looking at what it requests as a whole.
    pub fn non_zero_of_containers(pod: &Pod) -> Resource {
        let Some(spec) = &pod.spec else { return Resource::default() };
        let mut amounts = aggregate(spec, |container| requests_or_default(container, true, true));
        add(&mut amounts, &read(spec.overhead.as_ref()));
        Resource::from_amounts(&amounts)
    }
}

fn requests_or_default(container: &Container, fill_cpu: bool, fill_memory: bool) -> Amounts {
    let mut amounts = container_requests(container);
    let mut fill = |name: &str, quantity| {
        amounts.entry(name.to_owned()).or_insert(quantity);
    };
    if fill_cpu {
        fill("cpu", Quantity::from_milli(DEFAULT_MILLI_CPU_REQUEST, Format::DecimalSI));
    }
    if fill_memory {
        fill("memory", Quantity::from_int(DEFAULT_MEMORY_REQUEST_BYTES, Format::BinarySI));
    }
    amounts
}
