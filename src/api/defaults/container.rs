//! Containers. Models SetDefaults_Container, SetDefaults_Probe, SetDefaults_HTTPGetAction.
use super::{default_pull_policy, each, number, resources, text};
use k8s_openapi::api::core::v1::{Container, ContainerPort, EnvVar, EphemeralContainer, HTTPGetAction, Lifecycle, Probe};

const MESSAGE_PATH: &str = "/dev/termination-log";
const MESSAGE_POLICY: &str = "File";

pub(super) fn set(container: &mut Container) {
    pull_policy(&mut container.image_pull_policy, container.image.as_deref());
    text(&mut container.termination_message_path, MESSAGE_PATH);
    text(&mut container.termination_message_policy, MESSAGE_POLICY);
    each(&mut container.ports).for_each(port);
    each(&mut container.env).for_each(variable);
    resources::round(container.resources.get_or_insert_default());
    for check in [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe] {
        check.iter_mut().for_each(probe);
    }
    container.lifecycle.iter_mut().for_each(lifecycle);
}

pub(super) fn set_ephemeral(container: &mut EphemeralContainer) {
    pull_policy(&mut container.image_pull_policy, container.image.as_deref());
    text(&mut container.termination_message_path, MESSAGE_PATH);
    text(&mut container.termination_message_policy, MESSAGE_POLICY);
    each(&mut container.ports).for_each(port);
    each(&mut container.env).for_each(variable);
    resources::round(container.resources.get_or_insert_default());
    for check in [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe] {
        check.iter_mut().for_each(probe);
    }
    container.lifecycle.iter_mut().for_each(lifecycle);
}

fn pull_policy(slot: &mut Option<String>, image: Option<&str>) {
    if slot.as_deref().unwrap_or_default().is_empty() {
        *slot = Some(default_pull_policy(image.unwrap_or_default()).to_string());
    }
}

fn port(port: &mut ContainerPort) {
    text(&mut port.protocol, "TCP");
}

fn variable(variable: &mut EnvVar) {
    let Some(source) = &mut variable.value_from else { return };
    if let Some(field) = &mut source.field_ref {
        text(&mut field.api_version, "v1");
    }
    if let Some(resource) = &mut source.resource_field_ref {
        resource.divisor.get_or_insert_with(resources::zero);
    }
    if let Some(file) = &mut source.file_key_ref {
        file.optional.get_or_insert(false);
    }
}

fn probe(probe: &mut Probe) {
    number(&mut probe.timeout_seconds, 1);
    number(&mut probe.period_seconds, 10);
    number(&mut probe.success_threshold, 1);
    number(&mut probe.failure_threshold, 3);
    probe.http_get.iter_mut().for_each(http_get);
    if let Some(grpc) = &mut probe.grpc {
        grpc.service.get_or_insert_default();
    }
}

fn lifecycle(lifecycle: &mut Lifecycle) {
    for handler in [&mut lifecycle.post_start, &mut lifecycle.pre_stop].into_iter().flatten() {
        handler.http_get.iter_mut().for_each(http_get);
    }
}

fn http_get(action: &mut HTTPGetAction) {
    text(&mut action.path, "/");
    text(&mut action.scheme, "HTTP");
}
