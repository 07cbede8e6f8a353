//! Replication controllers. Models SetDefaults_ReplicationController.
use super::pod_spec;
use k8s_openapi::api::core::v1::ReplicationController;

pub(super) fn set(controller: &mut ReplicationController) {
    controller.status.get_or_insert_default();
    let spec = controller.spec.get_or_insert_default();
    if let Some(template) = &mut spec.template {
        let labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone()).filter(|labels| !labels.is_empty());
        if let Some(labels) = labels {
            let empty = |map: &Option<std::collections::BTreeMap<String, String>>| map.as_ref().is_none_or(|map| map.is_empty());
            if empty(&spec.selector) {
                spec.selector = Some(labels.clone());
            }
            if empty(&controller.metadata.labels) {
                controller.metadata.labels = Some(labels);
            }
        }
        pod_spec::set_template(template);
    }
    spec.replicas.get_or_insert(1);
}
