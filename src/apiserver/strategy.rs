//! What each kind's registry strategy does to an object before it is stored. Models `pkg/registry/*/strategy.go`.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Container, NamespaceSpec, NamespaceStatus, Pod, PodCondition, PodIP, PodSpec, PodStatus, Service};

use super::{ApiServer, Subresource};
use crate::api::{Object, Status};

/// Whether the kind counts its spec's changes in `metadata.generation`.
fn counts_generation(object: &Object) -> bool {
    matches!(
        object,
        Object::Pod(_)
            | Object::ReplicationController(_)
            | Object::ReplicaSet(_)
            | Object::Deployment(_)
            | Object::DaemonSet(_)
            | Object::Job(_)
            | Object::CronJob(_)
            | Object::EndpointSlice(_)
            | Object::PriorityClass(_)
            | Object::PodDisruptionBudget(_)
    )
}

/// Clears what a creator may not set, and sets what the server does.
/// `unlabelled` says that the creator gave no labels.
pub(super) fn prepare_for_create(server: &ApiServer, object: &mut Object, unlabelled: bool) {
    if counts_generation(object) {
        object.meta_mut().generation = Some(1);
    }
    match object {
        Object::Pod(pod) => {
            let pod = Rc::make_mut(pod);
            crate::api::defaults::prepare_pod(pod);
            let qos_class = Some(qos_class(pod).to_owned());
            // A static pod's mirror brings its own status.
            pod.status = Some(PodStatus { phase: Some("Pending".into()), qos_class, ..PodStatus::default() });
            note_scheduling_gates(server, pod);
        }
        Object::Namespace(ns) => {
            let ns = Rc::make_mut(ns);
            let finalizers = ns.spec.get_or_insert_with(NamespaceSpec::default).finalizers.get_or_insert_default();
            if !finalizers.iter().any(|finalizer| finalizer == "kubernetes") {
                finalizers.push("kubernetes".into());
            }
            let name = ns.metadata.name.clone().unwrap_or_default();
            ns.metadata.labels.get_or_insert_default().insert("kubernetes.io/metadata.name".into(), name);
            ns.status = Some(NamespaceStatus { phase: Some("Active".into()), ..NamespaceStatus::default() });
        }
        Object::Deployment(o) => Rc::make_mut(o).status = Some(Default::default()),
        Object::ReplicaSet(o) => Rc::make_mut(o).status = Some(Default::default()),
        Object::ReplicationController(o) => Rc::make_mut(o).status = Some(Default::default()),
        Object::DaemonSet(o) => {
            let set = Rc::make_mut(o);
            set.status = Some(Default::default());
            set.metadata.annotations.get_or_insert_default().insert(TEMPLATE_GENERATION.into(), "1".into());
        }
        Object::Job(o) => {
            let uid = o.metadata.uid.clone();
            let job = Rc::make_mut(o);
            job.status = Some(Default::default());
            select_own_pods(job, uid.as_deref().unwrap_or_default());
            // The template's labels became the Job's by default, and both grow together.
            if unlabelled {
                job.metadata.labels = job.spec.as_ref().and_then(|spec| spec.template.metadata.as_ref()?.labels.clone());
            }
        }
        Object::CronJob(o) => Rc::make_mut(o).status = Some(Default::default()),
        Object::PodDisruptionBudget(o) => Rc::make_mut(o).status = Some(Default::default()),
        Object::Service(o) => {
            Rc::make_mut(o).status =
                Some(k8s_openapi::api::core::v1::ServiceStatus { load_balancer: Some(Default::default()), ..Default::default() })
        }
        _ => {}
    }
}

/// A pod with gates is not scheduled, and says so from the start. Models applySchedulingGatedCondition.
fn note_scheduling_gates(server: &ApiServer, pod: &mut Pod) {
    if pod.spec.as_ref().and_then(|spec| spec.scheduling_gates.as_ref()).is_none_or(Vec::is_empty) {
        return;
    }
    let condition = PodCondition {
        type_: "PodScheduled".into(),
        status: "False".into(),
        reason: Some("SchedulingGated".into()),
        message: Some("Scheduling is blocked due to non-empty scheduling gates".into()),
        last_transition_time: Some(server.api_time()),
        ..PodCondition::default()
    };
    pod.status.get_or_insert_default().conditions.get_or_insert_default().push(condition);
}

/// Where a DaemonSet keeps how often its template changed.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// A Job without a selector of its own selects by its uid. Models `pkg/registry/batch/job/strategy.go`.
fn select_own_pods(job: &mut k8s_openapi::api::batch::v1::Job, uid: &str) {
    let name = job.metadata.name.clone().unwrap_or_default();
    let Some(spec) = job.spec.as_mut() else { return };
    if spec.manual_selector == Some(true) {
        return;
    }
    let labels = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
    // What the manifest says otherwise is validation's to refuse.
    for (key, value) in [("controller-uid", uid), ("job-name", &name)] {
        labels.entry(key.into()).or_insert_with(|| value.into());
        labels.entry(format!("batch.kubernetes.io/{key}")).or_insert_with(|| value.into());
    }
    let selected = spec.selector.get_or_insert_default().match_labels.get_or_insert_default();
    selected.entry("batch.kubernetes.io/controller-uid".into()).or_insert_with(|| uid.into());
}

/// Keeps what this way of writing may not change, and counts generations.
pub(super) fn prepare_for_update(_server: &ApiServer, new: &mut Object, old: &Object, subresource: Subresource) {
    {
        let (meta, old_meta) = (new.meta_mut(), old.meta());
        meta.uid = old_meta.uid.clone();
        meta.creation_timestamp = old_meta.creation_timestamp.clone();
        // Nobody takes a deletion back; that nobody starts one this way is validation's to say.
        if old_meta.deletion_timestamp.is_some() {
            meta.deletion_timestamp.clone_from(&old_meta.deletion_timestamp);
        }
        if old_meta.deletion_grace_period_seconds.is_some() && meta.deletion_grace_period_seconds.is_none() {
            meta.deletion_grace_period_seconds = old_meta.deletion_grace_period_seconds;
        }
        meta.generation = old_meta.generation;
        meta.self_link = None;
    }
    match subresource {
        Subresource::None => {
            keep_status(new, old);
            if let (Object::Service(new), Object::Service(old)) = (&mut *new, old) {
                super::service_strategy::prepare(Rc::make_mut(new), old);
            }
            if let (Object::DaemonSet(new), Object::DaemonSet(old)) = (&mut *new, old) {
                count_template(Rc::make_mut(new), old);
            }
            if counts_generation(new) && spec_changed(new, old) {
                let meta = new.meta_mut();
                meta.generation = Some(meta.generation.unwrap_or(0) + 1);
            }
        }
        Subresource::Status => {
            keep_all_but_status(new, old);
            if let (Object::Pod(pod), Object::Pod(old)) = (&mut *new, old) {
                let pod = Rc::make_mut(pod);
                join_addresses(pod);
                keep_observed_generations(pod, old);
                // Set when the pod was made; who leaves it out means no change.
                let class = &mut pod.status.get_or_insert_default().qos_class;
                if class.as_deref().unwrap_or_default().is_empty() {
                    *class = old.status.as_ref().and_then(|status| status.qos_class.clone());
                }
            }
        }
        Subresource::Finalize => keep_all_but_finalizers(new, old),
        Subresource::EphemeralContainers => keep_all_but(new, old, |new, old| old.ephemeral_containers = new.ephemeral_containers.clone()),
        Subresource::Resize => {
            keep_all_but(new, old, |new, old| {
                let count = |spec: &PodSpec| (spec.containers.len(), spec.init_containers.as_ref().map_or(0, Vec::len));
                // Containers that come, go or change places are validation's to refuse.
                if count(new) != count(old) {
                    old.clone_from(new);
                    return;
                }
                old.resources.clone_from(&new.resources);
                take_resources(&new.containers, &mut old.containers);
                if let (Some(new), Some(old)) = (&new.init_containers, &mut old.init_containers) {
                    take_resources(new, old);
                }
            })
        }
    }
}

/// Models the part of daemonSetStrategy.PrepareForUpdate that counts the template's changes.
fn count_template(new: &mut k8s_openapi::api::apps::v1::DaemonSet, old: &k8s_openapi::api::apps::v1::DaemonSet) {
    let template = |set: &k8s_openapi::api::apps::v1::DaemonSet| set.spec.as_ref().map(|spec| spec.template.clone());
    let before = old.metadata.annotations.as_ref().and_then(|all| all.get(TEMPLATE_GENERATION)?.parse::<i64>().ok()).unwrap_or(1);
    let now = if template(new) == template(old) { before } else { before + 1 };
    new.metadata.annotations.get_or_insert_default().insert(TEMPLATE_GENERATION.into(), now.to_string());
}

/// Takes over the containers' resources and nothing else, unless they are others or in another order.
/// Models dropNonResizeUpdatesForContainers.
fn take_resources(new: &[Container], old: &mut Vec<Container>) {
    if new.iter().zip(old.iter()).any(|(new, old)| new.name != old.name) {
        *old = new.to_vec();
        return;
    }
    for (container, resized) in old.iter_mut().zip(new) {
        container.resources.clone_from(&resized.resources);
        container.resize_policy.clone_from(&resized.resize_policy);
    }
}

/// Who leaves `observedGeneration` out means no change. Models preserveOldObservedGeneration.
fn keep_observed_generations(pod: &mut Pod, old: &Pod) {
    let (Some(status), Some(before)) = (&mut pod.status, &old.status) else { return };
    if status.observed_generation.unwrap_or(0) == 0 {
        status.observed_generation = before.observed_generation;
    }
    let mut known: Vec<_> = before.conditions.iter().flatten().map(|c| (c.type_.as_str(), c.observed_generation)).collect();
    for condition in status.conditions.iter_mut().flatten() {
        let position = known.iter().position(|(name, _)| *name == condition.type_);
        let generation = position.and_then(|position| known.remove(position).1);
        if condition.observed_generation.unwrap_or(0) == 0 {
            condition.observed_generation = generation;
        }
    }
}

/// A pod's address is the first of its addresses; `podIP` has the say. Models Convert_v1_PodStatus_To_core_PodStatus.
fn join_addresses(pod: &mut Pod) {
    let Some(status) = &mut pod.status else { return };
    let address = status.pod_ip.clone().unwrap_or_default();
    let addresses = status.pod_ips.get_or_insert_default();
    let differs = addresses.first().is_none_or(|first| first.ip != address);
    if !address.is_empty() && differs {
        *addresses = vec![PodIP { ip: address }];
    } else if let Some(first) = addresses.first() {
        status.pod_ip = Some(first.ip.clone());
    }
    if addresses.is_empty() {
        status.pod_ips = None;
    }
}

macro_rules! with_status {
    ($new:expr, $old:expr, |$n:ident, $o:ident| $body:expr; $($variant:ident),*) => {
        match ($new, $old) {
            $( (Object::$variant($n), Object::$variant($o)) => { let $n = Rc::make_mut($n); $body } )*
            _ => {}
        }
    };
}

fn keep_status(new: &mut Object, old: &Object) {
    with_status!(&mut *new, old, |n, o| n.status = o.status.clone(); Pod, Node, Namespace, Service, ReplicationController, ReplicaSet, Deployment, DaemonSet, Job, CronJob, PodDisruptionBudget, ResourceQuota);
    if let (Object::Namespace(n), Object::Namespace(o)) = (new, old) {
        Rc::make_mut(n).spec = o.spec.clone();
    }
}

fn keep_all_but_status(new: &mut Object, old: &Object) {
    // Most of the metadata may change together with the status.
    with_status!(&mut *new, old, |n, o| n.spec = o.spec.clone(); Pod, Node, Namespace, Service, ReplicationController, ReplicaSet, Deployment, DaemonSet, Job, CronJob, PodDisruptionBudget, ResourceQuota);
    let (meta, before) = (new.meta_mut(), old.meta());
    match old {
        // Old kubelets got the owners wrong.
        Object::Pod(_) => {
            meta.owner_references.clone_from(&before.owner_references);
            meta.deletion_timestamp.clone_from(&before.deletion_timestamp);
        }
        Object::Deployment(_) => meta.labels.clone_from(&before.labels),
        _ => {}
    }
}

fn keep_all_but_finalizers(new: &mut Object, old: &Object) {
    if let (Object::Namespace(n), Object::Namespace(o)) = (new, old) {
        let n = Rc::make_mut(n);
        let finalizers = n.spec.take().and_then(|spec| spec.finalizers);
        *n = (**o).clone();
        n.spec.get_or_insert_default().finalizers = finalizers;
    }
}

fn keep_all_but(new: &mut Object, old: &Object, take: impl Fn(&PodSpec, &mut PodSpec)) {
    if let (Object::Pod(n), Object::Pod(o)) = (&mut *new, old) {
        let mut kept = (**o).clone();
        if let (Some(wanted), Some(spec)) = (n.spec.as_ref(), kept.spec.as_mut()) {
            take(wanted, spec);
        }
        kept.metadata.resource_version = n.metadata.resource_version.clone();
        *n = Rc::new(kept);
    }
    if spec_changed(new, old) {
        let meta = new.meta_mut();
        meta.generation = Some(meta.generation.unwrap_or(0) + 1);
    }
}

fn spec_changed(new: &Object, old: &Object) -> bool {
    match (new, old) {
        (Object::Pod(n), Object::Pod(o)) => n.spec != o.spec,
        (Object::ReplicationController(n), Object::ReplicationController(o)) => n.spec != o.spec,
        (Object::ReplicaSet(n), Object::ReplicaSet(o)) => n.spec != o.spec,
        // A Deployment's annotations count too, because its ReplicaSets copy them.
        (Object::Deployment(n), Object::Deployment(o)) => n.spec != o.spec || n.metadata.annotations != o.metadata.annotations,
        (Object::DaemonSet(n), Object::DaemonSet(o)) => n.spec != o.spec,
        (Object::Job(n), Object::Job(o)) => n.spec != o.spec,
        (Object::CronJob(n), Object::CronJob(o)) => n.spec != o.spec,
        (Object::PodDisruptionBudget(n), Object::PodDisruptionBudget(o)) => n.spec != o.spec,
        (Object::EndpointSlice(n), Object::EndpointSlice(o)) => n.endpoints != o.endpoints || n.ports != o.ports,
        _ => false,
    }
}

/// The pod's quality of service. Models `pkg/apis/core/v1/helper/qos`.
pub(super) fn qos_class(pod: &Pod) -> &'static str {
    pod.spec.as_ref().map_or("BestEffort", crate::api::validation::qos_class)
}

/// Gives a service its address and node ports. Models `pkg/registry/core/service/storage/alloc.go`.
pub(super) fn allocate(server: &ApiServer, object: &mut Object) -> Result<(), Status> {
    let Object::Service(service) = object else { return Ok(()) };
    let service: &mut Service = Rc::make_mut(service);
    let Some(spec) = service.spec.as_mut() else { return Ok(()) };
    let kind = spec.type_.clone().unwrap_or_else(|| "ClusterIP".into());
    if kind == "ExternalName" {
        return Ok(());
    }
    let (others, _) = server.store().list(crate::api::Kind::Service, None);
    let others: Vec<Rc<Service>> = others.iter().filter_map(Object::typed).collect();
    let taken_ip = |ip: &str| others.iter().any(|o| o.spec.as_ref().and_then(|s| s.cluster_ip.as_deref()) == Some(ip));
    let taken_port =
        |port: i32| others.iter().flat_map(|o| o.spec.iter().flat_map(|s| s.ports.iter().flatten())).any(|p| p.node_port == Some(port));
    let rng = server.sim().rng();
    if spec.cluster_ip.as_deref().unwrap_or_default().is_empty() {
        let free = (0..10_000).map(|_| 256 + rng.below(65_000)).map(|n| format!("10.96.{}.{}", n / 256, n % 256)).find(|ip| !taken_ip(ip));
        spec.cluster_ip = free;
    }
    spec.cluster_ips = spec.cluster_ip.clone().map(|ip| vec![ip]);
    if kind == "NodePort" || (kind == "LoadBalancer" && spec.allocate_load_balancer_node_ports.unwrap_or(true)) {
        for port in spec.ports.iter_mut().flatten().filter(|port| port.node_port.unwrap_or(0) == 0) {
            port.node_port = (0..10_000).map(|_| 30_000 + rng.below(2768) as i32).find(|port| !taken_port(*port));
        }
    }
    let local = spec.external_traffic_policy.as_deref() == Some("Local");
    if kind == "LoadBalancer" && local && spec.health_check_node_port.unwrap_or(0) == 0 {
        spec.health_check_node_port = (0..10_000).map(|_| 30_000 + rng.below(2768) as i32).find(|port| !taken_port(*port));
    }
    Ok(())
}
