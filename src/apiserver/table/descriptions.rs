//! What columns are: texts of the printers, or of the field that a column shows (`core.PodStatus.podIP`).

use crate::api::Kind;

const NAME: &str = "meta.ObjectMeta.name";
const CREATED: &str = "meta.ObjectMeta.creationTimestamp";
const REPLICAS_HAVE: &[(&str, &str)] =
    &[("Containers", "Names of each container in the template."), ("Images", "Images referenced by each container in the template.")];

const OF_KINDS: &[(Kind, &str, &str)] = &[
    (Kind::Pod, "Ready", "The aggregate readiness state of this pod for accepting traffic."),
    (Kind::Pod, "Status", "The aggregate status of the containers in this pod."),
    (
        Kind::Pod,
        "Restarts",
        "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
    ),
    (Kind::Pod, "IP", "core.PodStatus.podIP"),
    (Kind::Pod, "Node", "core.PodSpec.nodeName"),
    (Kind::Pod, "Nominated Node", "core.PodStatus.nominatedNodeName"),
    (Kind::Pod, "Readiness Gates", "core.PodSpec.readinessGates"),
    (Kind::Node, "Status", "The status of the node"),
    (Kind::Node, "Roles", "The roles of the node"),
    (Kind::Node, "Version", "core.NodeSystemInfo.kubeletVersion"),
    (Kind::Node, "Internal-IP", "core.NodeStatus.addresses"),
    (Kind::Node, "External-IP", "core.NodeStatus.addresses"),
    (Kind::Node, "OS-Image", "core.NodeSystemInfo.osImage"),
    (Kind::Node, "Kernel-Version", "core.NodeSystemInfo.kernelVersion"),
    (Kind::Node, "Container-Runtime", "core.NodeSystemInfo.containerRuntimeVersion"),
    (Kind::Namespace, "Status", "The status of the namespace"),
    (Kind::Service, "Type", "core.ServiceSpec.type"),
    (Kind::Service, "Cluster-IP", "core.ServiceSpec.clusterIP"),
    (Kind::Service, "External-IP", "core.ServiceSpec.externalIPs"),
    (Kind::Service, "Port(s)", "core.ServiceSpec.ports"),
    (Kind::Service, "Selector", "core.ServiceSpec.selector"),
    (Kind::Endpoints, "Endpoints", "core.Endpoints.subsets"),
    (Kind::EndpointSlice, "AddressType", "discovery.EndpointSlice.addressType"),
    (Kind::EndpointSlice, "Ports", "discovery.EndpointSlice.ports"),
    (Kind::EndpointSlice, "Endpoints", "discovery.EndpointSlice.endpoints"),
    (Kind::Deployment, "Ready", "Number of the pod with ready state"),
    (Kind::Deployment, "Up-to-date", "apps.DeploymentStatus.updatedReplicas"),
    (Kind::Deployment, "Available", "apps.DeploymentStatus.availableReplicas"),
    (Kind::Deployment, "Selector", "apps.DeploymentSpec.selector"),
    (Kind::ReplicaSet, "Desired", "apps.ReplicaSetSpec.replicas"),
    (Kind::ReplicaSet, "Current", "apps.ReplicaSetStatus.replicas"),
    (Kind::ReplicaSet, "Ready", "apps.ReplicaSetStatus.readyReplicas"),
    (Kind::ReplicaSet, "Selector", "apps.ReplicaSetSpec.selector"),
    (Kind::ReplicationController, "Desired", "core.ReplicationControllerSpec.replicas"),
    (Kind::ReplicationController, "Current", "core.ReplicationControllerStatus.replicas"),
    (Kind::ReplicationController, "Ready", "core.ReplicationControllerStatus.readyReplicas"),
    (Kind::ReplicationController, "Selector", "core.ReplicationControllerSpec.selector"),
    (Kind::DaemonSet, "Desired", "apps.DaemonSetStatus.desiredNumberScheduled"),
    (Kind::DaemonSet, "Current", "apps.DaemonSetStatus.currentNumberScheduled"),
    (Kind::DaemonSet, "Ready", "apps.DaemonSetStatus.numberReady"),
    (Kind::DaemonSet, "Up-to-date", "apps.DaemonSetStatus.updatedNumberScheduled"),
    (Kind::DaemonSet, "Available", "apps.DaemonSetStatus.numberAvailable"),
    (Kind::DaemonSet, "Node Selector", "core.PodSpec.nodeSelector"),
    (Kind::DaemonSet, "Selector", "apps.DaemonSetSpec.selector"),
    (Kind::Job, "Status", "Status of the job."),
    (Kind::Job, "Completions", "batch.JobStatus.succeeded"),
    (Kind::Job, "Duration", "Time required to complete the job."),
    (Kind::Job, "Selector", "batch.JobSpec.selector"),
    (Kind::CronJob, "Schedule", "batch.CronJobSpec.schedule"),
    (Kind::CronJob, "Timezone", "batch.CronJobSpec.timeZone"),
    (Kind::CronJob, "Suspend", "batch.CronJobSpec.suspend"),
    (Kind::CronJob, "Active", "batch.CronJobStatus.active"),
    (Kind::CronJob, "Last Schedule", "batch.CronJobStatus.lastScheduleTime"),
    (Kind::CronJob, "Selector", "batch.JobSpec.selector"),
    (Kind::Event, "Last Seen", "core.Event.lastTimestamp"),
    (Kind::Event, "Type", "core.Event.type"),
    (Kind::Event, "Reason", "core.Event.reason"),
    (Kind::Event, "Object", "core.Event.involvedObject"),
    (Kind::Event, "Subobject", "core.ObjectReference.fieldPath"),
    (Kind::Event, "Source", "core.Event.source"),
    (Kind::Event, "Message", "core.Event.message"),
    (Kind::Event, "First Seen", "core.Event.firstTimestamp"),
    (Kind::Event, "Count", "core.Event.count"),
    (Kind::ConfigMap, "Data", "core.ConfigMap.data"),
    (Kind::Secret, "Type", "core.Secret.type"),
    (Kind::Secret, "Data", "core.Secret.data"),
    (Kind::Lease, "Holder", "coordination.LeaseSpec.holderIdentity"),
    (Kind::PriorityClass, "Value", "scheduling.PriorityClass.value"),
    (Kind::PriorityClass, "Global-Default", "scheduling.PriorityClass.globalDefault"),
    (Kind::PriorityClass, "PreemptionPolicy", "scheduling.PriorityClass.preemptionPolicy"),
    (Kind::ControllerRevision, "Controller", "Controller of the object"),
    (Kind::ControllerRevision, "Revision", "revision indicates the revision of the state represented by data."),
    (Kind::ResourceQuota, "Request", "Request represents a minimum amount of cpu/memory that a container may consume."),
    (
        Kind::ResourceQuota,
        "Limit",
        "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.",
    ),
];

/// What a column of a kind's table shows.
pub(super) fn of(kind: Kind, column: &str) -> &'static str {
    let known = match column {
        "Name" => NAME,
        "Age" | "Created At" => CREATED,
        _ => {
            let own = OF_KINDS.iter().find(|(of, name, _)| *of == kind && *name == column).map(|(_, _, text)| *text);
            let shared = || REPLICAS_HAVE.iter().find(|(name, _)| *name == column).map(|(_, text)| *text);
            own.or_else(shared).unwrap_or_default()
        }
    };
    if known.contains(' ') { known } else { field(known) }
}

/// The description of a field; it is loaded only natively, where it is at hand.
#[cfg(not(target_arch = "wasm32"))]
fn field(path: &str) -> &'static str {
    let Some((type_, name)) = path.rsplit_once('.') else { return "" };
    crate::api::schema::docs().get(type_).and_then(|fields| fields.get(name)).map_or("", String::as_str)
}

#[cfg(target_arch = "wasm32")]
fn field(_path: &str) -> &'static str {
    ""
}
