//! Kinds with a default or two.
use super::{each, resources, text};
use k8s_openapi::api::core::v1::{Endpoints, Namespace, ResourceQuota, Secret};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::scheduling::v1::PriorityClass;

const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Models SetDefaults_Namespace, SetDefaults_NamespaceStatus.
pub(super) fn set_namespace(namespace: &mut Namespace) {
    if let Some(name) = namespace.metadata.name.clone().filter(|name| !name.is_empty()) {
        namespace.metadata.labels.get_or_insert_default().insert(NAME_LABEL.to_string(), name);
    }
    namespace.spec.get_or_insert_default();
    text(&mut namespace.status.get_or_insert_default().phase, "Active");
}

/// Models SetDefaults_Secret; `stringData` is for writing only and becomes `data`.
pub(super) fn set_secret(secret: &mut Secret) {
    text(&mut secret.type_, "Opaque");
    for (key, value) in secret.string_data.take().into_iter().flatten() {
        let bytes = k8s_openapi::ByteString(value.into_bytes());
        secret.data.get_or_insert_default().insert(key, bytes);
    }
}

/// Models SetDefaults_Endpoints.
pub(super) fn set_endpoints(endpoints: &mut Endpoints) {
    for subset in each(&mut endpoints.subsets) {
        for port in each(&mut subset.ports) {
            text(&mut port.protocol, "TCP");
        }
    }
}

/// Models SetDefaults_EndpointPort of `pkg/apis/discovery/v1`.
pub(super) fn set_endpoint_slice(slice: &mut EndpointSlice) {
    for endpoint in each(&mut slice.endpoints) {
        endpoint.conditions.get_or_insert_default();
    }
    for port in each(&mut slice.ports) {
        port.name.get_or_insert_default();
        port.protocol.get_or_insert_with(|| "TCP".to_string());
    }
}

/// Models SetDefaults_PriorityClass.
pub(super) fn set_priority_class(class: &mut PriorityClass) {
    class.preemption_policy.get_or_insert_with(|| "PreemptLowerPriority".to_string());
}

/// Quotas count no finer than thousandths.
pub(super) fn set_quota(quota: &mut ResourceQuota) {
    resources::round_list(&mut quota.spec.get_or_insert_default().hard);
    quota.status.get_or_insert_default();
}
