use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::api::pod::is_sidecar;
use crate::api::quantity;

/// What a container without a request counts for in scores. Models `util.DefaultMilliCPURequest`.
const DEFAULT_MILLI_CPU_REQUEST: i64 = 100;
/// The same for memory: 200 MiB. Models `util.DefaultMemoryRequest`.
const DEFAULT_MEMORY_REQUEST_BYTES: i64 = 200 * 1024 * 1024;

type Quantities = BTreeMap<String, Quantity>;

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
    /// The amounts of `quantities`. Models `Resource.Add`.
    pub fn from_quantities(quantities: Option<&Quantities>) -> Resource {
        let mut resource = Resource::default();
        for (name, quantity) in quantities.into_iter().flatten() {
            match name.as_str() {
                "cpu" => resource.milli_cpu = quantity_milli(quantity),
                "memory" => resource.memory = quantity_value(quantity),
                "ephemeral-storage" => resource.ephemeral_storage = quantity_value(quantity),
                "pods" => resource.allowed_pods = quantity_value(quantity),
                name => {
                    resource.scalars.insert(name.to_owned(), quantity_value(quantity));
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

    /// Raises each amount to `other`'s. Models `Resource.SetMaxResource`.
    fn set_max(&mut self, other: &Resource) {
        self.milli_cpu = self.milli_cpu.max(other.milli_cpu);
        self.memory = self.memory.max(other.memory);
        self.ephemeral_storage = self.ephemeral_storage.max(other.ephemeral_storage);
        for (name, amount) in &other.scalars {
            let own = self.scalars.entry(name.clone()).or_default();
            *own = (*own).max(*amount);
        }
    }

    /// What a pod requests. Models `component-helpers/resource.PodRequests`.
    pub fn of_pod(pod: &Pod) -> Resource {
        let mut total = container_requests(pod, requests_of);
        finish(&mut total, pod, true);
        total
    }

    /// What a pod counts for in scores: as requested, but containers that name no CPU or memory count for a little.
    /// Models `PodInfo.calculateResource`'s `non0CPU` and `non0Mem`.
    pub fn non_zero_of_pod(pod: &Pod) -> Resource {
        let of_pod = pod.spec.as_ref().and_then(|spec| spec.resources.as_ref()).and_then(|r| r.requests.as_ref());
        let requests = of_pod.map(|_| Resource::of_pod(pod));
        // Where the pod itself names its requests, only what it leaves out altogether is filled in.
        let fill_cpu = requests.as_ref().is_none_or(|r| r.milli_cpu == 0);
        let fill_memory = requests.as_ref().is_none_or(|r| r.memory == 0);
        let mut total = container_requests(pod, |container| requests_or_default(container, fill_cpu, fill_memory));
        finish(&mut total, pod, true);
        total
    }

    /// The same by the containers' requests alone: upstream's `Fit` scores a pod that is yet to be placed without
    /// looking at what it requests as a whole.
    pub fn non_zero_of_containers(pod: &Pod) -> Resource {
        let mut total = container_requests(pod, |container| requests_or_default(container, true, true));
        finish(&mut total, pod, false);
        total
    }
}

fn requests_or_default(container: &Container, fill_cpu: bool, fill_memory: bool) -> Resource {
    let named = container.resources.as_ref().and_then(|r| r.requests.as_ref());
    let names = |what| named.is_some_and(|requests| requests.contains_key(what));
    let mut resource = requests_of(container);
    if fill_cpu && !names("cpu") {
        resource.milli_cpu = DEFAULT_MILLI_CPU_REQUEST;
    }
    if fill_memory && !names("memory") {
        resource.memory = DEFAULT_MEMORY_REQUEST_BYTES;
    }
    resource
}

fn requests_of(container: &Container) -> Resource {
    Resource::from_quantities(container.resources.as_ref().and_then(|resources| resources.requests.as_ref()))
}

/// What the containers need together, init containers and sidecars in their turn.
fn container_requests(pod: &Pod, of: impl Fn(&Container) -> Resource) -> Resource {
    let Some(spec) = &pod.spec else { return Resource::default() };
    let mut total = Resource::default();
    for container in &spec.containers {
        total.add(&of(container), 1);
    }
    let mut sidecars = Resource::default();
    let mut highest_init = Resource::default();
    for container in spec.init_containers.iter().flatten() {
        let mut now = of(container);
        if is_sidecar(container) {
            total.add(&now, 1);
            sidecars.add(&now, 1);
            now = sidecars.clone();
        } else {
            now.add(&sidecars, 1);
        }
        highest_init.set_max(&now);
    }
    total.set_max(&highest_init);
    total
}

/// Adds what is named for the pod as a whole.
fn finish(total: &mut Resource, pod: &Pod, pod_level: bool) {
    let Some(spec) = &pod.spec else { return };
    if pod_level {
        override_with_pod_level(total, spec.resources.as_ref().and_then(|resources| resources.requests.as_ref()));
    }
    total.add(&Resource::from_quantities(spec.overhead.as_ref()), 1);
}

/// Requests of the pod as a whole take the place of the sum over its containers.
fn override_with_pod_level(total: &mut Resource, pod_level: Option<&Quantities>) {
    for (name, quantity) in pod_level.into_iter().flatten() {
        match name.as_str() {
            "cpu" => total.milli_cpu = quantity_milli(quantity),
            "memory" => total.memory = quantity_value(quantity),
            name if name.starts_with("hugepages-") => {
                total.scalars.insert(name.to_owned(), quantity_value(quantity));
            }
            _ => {}
        }
    }
}

/// The whole units of a quantity, rounded up; 0 where it cannot be read.
pub fn quantity_value(quantity: &Quantity) -> i64 {
    quantity::Quantity::parse(&quantity.0).map_or(0, |parsed| parsed.value())
}

/// The thousandths of a quantity, rounded up; 0 where it cannot be read.
pub fn quantity_milli(quantity: &Quantity) -> i64 {
    quantity::Quantity::parse(&quantity.0).map_or(0, |parsed| parsed.milli_value())
}
