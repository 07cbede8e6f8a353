//! Names of labels, annotations, taints and namespaces that more than one component knows. Models the `well_known_labels.go`
//! and `annotation_key_constants.go` of `k8s.io/api`.

/// Before a container's name: the annotation with its AppArmor profile.
pub const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
/// The annotation and label with the index of a Job's pod.
pub const JOB_COMPLETION_INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// The annotation of a service's endpoints with the time of the change that brought them about.
pub const LAST_CHANGE_TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";
/// Where nodes keep their leases.
pub const NODE_LEASES: &str = "kube-node-lease";
/// The taint of a node that is not ready.
pub const NOT_READY: &str = "node.kubernetes.io/not-ready";
/// Before a container's name: the annotation with its seccomp profile.
pub const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
/// The annotation with a pod's seccomp profile.
pub const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
/// The label of an EndpointSlice with the name of its service.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// The taint of a node that is not heard of.
pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
