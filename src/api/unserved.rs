//! Kinds that a plain Kubernetes 1.36 cluster lists and Podground does not simulate: discovery names them, and whatever
//! is asked of them is refused in words.

/// One of them.
pub struct Unserved {
    pub group: &'static str,
    pub version: &'static str,
    pub plural: &'static str,
    pub kind: &'static str,
    pub short_names: &'static [&'static str],
    pub namespaced: bool,
    pub categories: &'static [&'static str],
    pub access: Access,
}

/// What a plain cluster lets one do with them, and whether it has some from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// All verbs; a fresh cluster has none, so a list of them is empty.
    None,
    /// All verbs; a real cluster has some of its own.
    Some,
    /// Only `create`.
    Create,
    /// Only `get` and `list`.
    Read,
}

impl Unserved {
    /// `statefulsets.apps`.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The verbs as discovery lists them.
    pub fn verbs(&self) -> &'static [&'static str] {
        match self.access {
            Access::None | Access::Some => VERBS,
            Access::Create => &["create"],
            Access::Read => &["get", "list"],
        }
    }

    /// Why a request is refused.
    pub fn refusal(&self) -> String {
        format!("{} are not simulated in Podground", self.group_resource())
    }
}

/// Every verb of an ordinary resource.
pub const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// The unserved kind with this plural name in this group.
pub fn by_plural(group: &str, plural: &str) -> Option<&'static Unserved> {
    all().find(|kind| kind.group == group && kind.plural == plural)
}

/// All of them, without those that have come to be served.
pub fn all() -> impl Iterator<Item = &'static Unserved> {
    UNSERVED.iter().filter(|kind| super::Kind::by_plural(kind.group, kind.plural).is_none())
}

const NONE: &[&str] = &[];
const ALL: &[&str] = &["all"];
const EXTENSIONS: &[&str] = &["api-extensions"];

#[allow(clippy::too_many_arguments, reason = "a row of a table")]
const fn row(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
    short_names: &'static [&'static str],
    namespaced: bool,
    categories: &'static [&'static str],
    access: Access,
) -> Unserved {
    Unserved { group, version, plural, kind, short_names, namespaced, categories, access }
}

const ADMISSION: &str = "admissionregistration.k8s.io";
const AUTHORIZATION: &str = "authorization.k8s.io";
const FLOW: &str = "flowcontrol.apiserver.k8s.io";
const NETWORKING: &str = "networking.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const RESOURCE: &str = "resource.k8s.io";
const STORAGE: &str = "storage.k8s.io";

#[rustfmt::skip]
const UNSERVED: &[Unserved] = &[
    row("", "v1", "componentstatuses", "ComponentStatus", &["cs"], false, NONE, Access::Read),
    row("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", &["pvc"], true, NONE, Access::None),
    row("", "v1", "persistentvolumes", "PersistentVolume", &["pv"], false, NONE, Access::None),
    row("", "v1", "podtemplates", "PodTemplate", NONE, true, NONE, Access::None),
    row(ADMISSION, "v1", "mutatingadmissionpolicies", "MutatingAdmissionPolicy", NONE, false, EXTENSIONS, Access::None),
    row(ADMISSION, "v1", "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", NONE, false, EXTENSIONS, Access::None),
    row(ADMISSION, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", NONE, false, EXTENSIONS, Access::None),
    row(ADMISSION, "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", NONE, false, EXTENSIONS, Access::None),
    row(ADMISSION, "v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", NONE, false, EXTENSIONS, Access::None),
    row(ADMISSION, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", NONE, false, EXTENSIONS, Access::None),
    row("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", &["crd", "crds"], false, EXTENSIONS, Access::None),
    row("apiregistration.k8s.io", "v1", "apiservices", "APIService", NONE, false, EXTENSIONS, Access::Some),
    row("apps", "v1", "statefulsets", "StatefulSet", &["sts"], true, ALL, Access::None),
    row("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", NONE, false, NONE, Access::Create),
    row("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", NONE, false, NONE, Access::Create),
    row(AUTHORIZATION, "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", NONE, true, NONE, Access::Create),
    row(AUTHORIZATION, "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", NONE, false, NONE, Access::Create),
    row(AUTHORIZATION, "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", NONE, false, NONE, Access::Create),
    row(AUTHORIZATION, "v1", "subjectaccessreviews", "SubjectAccessReview", NONE, false, NONE, Access::Create),
    row("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", &["hpa"], true, ALL, Access::None),
    row("certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest", &["csr"], false, NONE, Access::None),
    row("events.k8s.io", "v1", "events", "Event", &["ev"], true, NONE, Access::Some),
    row(FLOW, "v1", "flowschemas", "FlowSchema", NONE, false, NONE, Access::Some),
    row(FLOW, "v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", NONE, false, NONE, Access::Some),
    row(NETWORKING, "v1", "ingressclasses", "IngressClass", NONE, false, NONE, Access::None),
    row(NETWORKING, "v1", "ingresses", "Ingress", &["ing"], true, NONE, Access::None),
    row(NETWORKING, "v1", "ipaddresses", "IPAddress", &["ip"], false, NONE, Access::Some),
    row(NETWORKING, "v1", "networkpolicies", "NetworkPolicy", &["netpol"], true, NONE, Access::None),
    row(NETWORKING, "v1", "servicecidrs", "ServiceCIDR", NONE, false, NONE, Access::Some),
    row("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", NONE, false, NONE, Access::None),
    row(RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", NONE, false, NONE, Access::Some),
    row(RBAC, "v1", "clusterroles", "ClusterRole", NONE, false, NONE, Access::Some),
    row(RBAC, "v1", "rolebindings", "RoleBinding", NONE, true, NONE, Access::Some),
    row(RBAC, "v1", "roles", "Role", NONE, true, NONE, Access::Some),
    row(RESOURCE, "v1", "deviceclasses", "DeviceClass", NONE, false, NONE, Access::None),
    row(RESOURCE, "v1", "resourceclaims", "ResourceClaim", NONE, true, NONE, Access::None),
    row(RESOURCE, "v1", "resourceclaimtemplates", "ResourceClaimTemplate", NONE, true, NONE, Access::None),
    row(RESOURCE, "v1", "resourceslices", "ResourceSlice", NONE, false, NONE, Access::None),
    row(STORAGE, "v1", "csidrivers", "CSIDriver", NONE, false, NONE, Access::None),
    row(STORAGE, "v1", "csinodes", "CSINode", NONE, false, NONE, Access::Some),
    row(STORAGE, "v1", "csistoragecapacities", "CSIStorageCapacity", NONE, true, NONE, Access::None),
    row(STORAGE, "v1", "storageclasses", "StorageClass", &["sc"], false, NONE, Access::None),
    row(STORAGE, "v1", "volumeattachments", "VolumeAttachment", NONE, false, NONE, Access::None),
    row(STORAGE, "v1", "volumeattributesclasses", "VolumeAttributesClass", &["vac"], false, NONE, Access::None),
];
