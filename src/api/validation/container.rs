//! Containers of every sort. Models validateContainers, validateInitContainers and validateEphemeralContainers.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, ContainerPort, ContainerResizePolicy, EphemeralContainer, PodOS, PodSpec};

use super::env;
use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, push_invalid, text};
use super::mounts::{self, Volumes};
use super::names;
use super::probe;
use super::resources;
use super::security;
use crate::api::pod::is_sidecar;

/// Protocols of ports.
pub const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];
const NOT_IN_EPHEMERAL: &str = "cannot be set for an Ephemeral Container";

/// What containers are checked against.
pub struct Context<'a> {
    /// The pod's volumes that are in order.
    pub volumes: Volumes<'a>,
    /// The names of the pod's resource claims.
    pub claims: BTreeSet<String>,
    /// `terminationGracePeriodSeconds`.
    pub grace: Option<i64>,
    /// `spec.os`.
    pub os: Option<&'a PodOS>,
    /// The pod's `restartPolicy`.
    pub restart_policy: &'a str,
    /// Whether the pod shares the host's user namespace.
    pub host_users: bool,
}

/// A value out of a list, or nothing.
pub fn validate_word(value: &str, supported: &[&str], path: &Path, errors: &mut ErrorList) {
    if value.is_empty() {
        errors.push(Error::required(path, ""));
    } else if !supported.contains(&value) {
        errors.push(Error::not_supported(path, BadValue::word(value), supported));
    }
}

/// When an image is pulled.
pub fn validate_pull_policy(policy: &str, path: &Path, errors: &mut ErrorList) {
    validate_word(policy, &PULL_POLICIES, path, errors);
}

/// The pod's own containers.
pub fn validate_containers(containers: &[Container], context: &Context, path: &Path, errors: &mut ErrorList) {
    if containers.is_empty() {
        errors.push(Error::required(path, ""));
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let path = path.index(index);
        validate_common(container, context, &path, errors);
        if !seen.insert(container.name.as_str()) {
            errors.push(Error::duplicate(&path.child("name"), &container.name));
        }
        if let Some(lifecycle) = &container.lifecycle {
            probe::validate_lifecycle(lifecycle, context.grace, context.os, &path.child("lifecycle"), errors);
        }
        probe::validate_probes(container, context.grace, &path, errors);
        validate_restart_policy(container, &path, errors);
    }
    validate_host_ports(containers, path, errors);
}

/// Init containers and sidecars.
pub fn validate_init_containers(spec: &PodSpec, context: &Context, path: &Path, errors: &mut ErrorList) {
    let mut seen: BTreeSet<&str> = spec.containers.iter().map(|container| container.name.as_str()).collect();
    for (index, container) in items(&spec.init_containers).iter().enumerate() {
        let own = path.index(index);
        validate_common(container, context, &own, errors);
        validate_restart_policy(container, &own, errors);
        if seen.contains(container.name.as_str()) {
            errors.push(Error::duplicate(&own.child("name"), &container.name));
        } else if !container.name.is_empty() {
            seen.insert(&container.name);
        }
        // Kubernetes checks one init container at a time, and so calls each the first.
        validate_host_ports(std::slice::from_ref(container), path, errors);
        if is_sidecar(container) {
            if let Some(lifecycle) = &container.lifecycle {
                probe::validate_lifecycle(lifecycle, context.grace, context.os, &own.child("lifecycle"), errors);
            }
            probe::validate_probes(container, context.grace, &own, errors);
        } else {
            validate_no_hooks(container, &own, errors);
        }
    }
}

fn validate_no_hooks(container: &Container, path: &Path, errors: &mut ErrorList) {
    let given = [
        ("lifecycle", container.lifecycle.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
    ];
    for (name, _) in given.iter().filter(|(_, given)| *given) {
        let detail = "may not be set for init containers without restartPolicy=Always";
        errors.push(Error::forbidden(&path.child(name), detail));
    }
    for (index, policy) in items(&container.resize_policy).iter().enumerate() {
        if policy.restart_policy == "RestartContainer" {
            let path = path.child("resizePolicy").index(index).child("restartPolicy");
            let detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
            errors.push(Error::invalid(&path, BadValue::word(&policy.restart_policy), detail));
        }
    }
}

/// Containers for debugging, added to a running pod.
pub fn validate_ephemeral_containers(spec: &PodSpec, context: &Context, path: &Path, errors: &mut ErrorList) {
    let others: BTreeSet<&str> =
        spec.containers.iter().chain(items(&spec.init_containers)).map(|container| container.name.as_str()).collect();
    let mut seen = others.clone();
    for (index, ephemeral) in items(&spec.ephemeral_containers).iter().enumerate() {
        let path = path.index(index);
        let container = as_container(ephemeral);
        validate_common(&container, context, &path, errors);
        validate_image_spaces(&container, &path, errors);
        if !seen.insert(&ephemeral.name) {
            errors.push(Error::duplicate(&path.child("name"), &ephemeral.name));
        }
        let target = text(&ephemeral.target_container_name);
        if !target.is_empty() && !others.contains(target) {
            errors.push(Error::not_found(&path.child("targetContainerName"), target));
        }
        validate_ephemeral_fields(&container, &path, errors);
    }
}

fn validate_ephemeral_fields(container: &Container, path: &Path, errors: &mut ErrorList) {
    let resources = container.resources.as_ref();
    let has_resources = resources.is_some_and(|r| r.limits.is_some() || r.requests.is_some() || r.claims.is_some());
    let given = [
        ("ports", container.ports.is_some()),
        ("resources", has_resources),
        ("resizePolicy", container.resize_policy.is_some()),
        ("restartPolicy", container.restart_policy.is_some()),
        ("restartPolicyRules", container.restart_policy_rules.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
        ("lifecycle", container.lifecycle.is_some()),
    ];
    for (name, _) in given.iter().filter(|(_, given)| *given) {
        errors.push(Error::forbidden(&path.child(name), NOT_IN_EPHEMERAL));
    }
    for (index, mount) in items(&container.volume_mounts).iter().enumerate() {
        let path = path.child("volumeMounts").index(index);
        for (name, value) in [("subPath", &mount.sub_path), ("subPathExpr", &mount.sub_path_expr)] {
            if !text(value).is_empty() {
                errors.push(Error::forbidden(&path.child(name), NOT_IN_EPHEMERAL));
            }
        }
    }
}

/// An ephemeral container as any other.
pub fn as_container(ephemeral: &EphemeralContainer) -> Container {
    let EphemeralContainer { args, command, env, env_from, image, image_pull_policy, lifecycle, liveness_probe, .. } = ephemeral.clone();
    let EphemeralContainer { name, ports, readiness_probe, resize_policy, resources, restart_policy, restart_policy_rules, .. } =
        ephemeral.clone();
    let EphemeralContainer { security_context, startup_probe, stdin, stdin_once, termination_message_path, .. } = ephemeral.clone();
    let EphemeralContainer { termination_message_policy, tty, volume_devices, volume_mounts, working_dir, .. } = ephemeral.clone();
    Container {
        args,
        command,
        env,
        env_from,
        image,
        image_pull_policy,
        lifecycle,
        liveness_probe,
        name,
        ports,
        readiness_probe,
        resize_policy,
        resources,
        restart_policy,
        restart_policy_rules,
        security_context,
        startup_probe,
        stdin,
        stdin_once,
        termination_message_path,
        termination_message_policy,
        tty,
        volume_devices,
        volume_mounts,
        working_dir,
    }
}

/// What holds for all sorts of containers. Models validateContainerCommon.
fn validate_common(container: &Container, context: &Context, path: &Path, errors: &mut ErrorList) {
    let name_path = path.child("name");
    if container.name.is_empty() {
        errors.push(Error::required(&name_path, ""));
    } else {
        push_invalid(names::dns1123_label(&container.name), &container.name, &name_path, errors);
    }
    if text(&container.image).is_empty() {
        errors.push(Error::required(&path.child("image"), ""));
    }
    let policies = ["File", "FallbackToLogsOnError"];
    let policy_path = path.child("terminationMessagePolicy");
    validate_word(text(&container.termination_message_policy), &policies, &policy_path, errors);
    validate_ports(items(&container.ports), &path.child("ports"), errors);
    env::validate(items(&container.env), &path.child("env"), errors);
    env::validate_from(items(&container.env_from), &path.child("envFrom"), errors);
    mounts::validate_mounts(container, &context.volumes, &path.child("volumeMounts"), errors);
    mounts::validate_devices(container, &context.volumes, &path.child("volumeDevices"), errors);
    validate_pull_policy(text(&container.image_pull_policy), &path.child("imagePullPolicy"), errors);
    resources::validate_container(&container.resources, &context.claims, &path.child("resources"), errors);
    let resize_path = path.child("resizePolicy");
    validate_resize_policy(items(&container.resize_policy), context.restart_policy, &resize_path, errors);
    if let Some(security) = &container.security_context {
        security::validate_container(security, context.host_users, &path.child("securityContext"), errors);
    }
}

fn validate_ports(ports: &[ContainerPort], path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let path = path.index(index);
        let name = text(&port.name);
        if !name.is_empty() {
            let sentences = names::port_name(name);
            if sentences.is_empty() && !seen.insert(name) {
                errors.push(Error::duplicate(&path.child("name"), name));
            }
            push_invalid(sentences, name, &path.child("name"), errors);
        }
        if port.container_port == 0 {
            errors.push(Error::required(&path.child("containerPort"), ""));
        } else {
            validate_port_number(port.container_port, &path.child("containerPort"), errors);
        }
        let host_port = port.host_port.unwrap_or(0);
        if host_port != 0 {
            validate_port_number(host_port, &path.child("hostPort"), errors);
        }
        validate_word(text(&port.protocol), &PROTOCOLS, &path.child("protocol"), errors);
    }
}

/// A port's number.
pub fn validate_port_number(port: i32, path: &Path, errors: &mut ErrorList) {
    errors.extend(names::port_number(port.into()).into_iter().map(|s| Error::invalid(path, port, s)));
}

fn validate_host_ports(containers: &[Container], path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        for (port_index, port) in items(&container.ports).iter().enumerate() {
            let Some(number) = port.host_port.filter(|number| *number != 0) else { continue };
            let key = format!("{}/{}/{number}", text(&port.protocol), text(&port.host_ip));
            if !seen.insert(key.clone()) {
                let path = path.index(index).child("ports").index(port_index).child("hostPort");
                errors.push(Error::duplicate(&path, key));
            }
        }
    }
}

fn validate_resize_policy(policies: &[ContainerResizePolicy], restart: &str, path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, policy) in policies.iter().enumerate() {
        if !seen.insert(policy.resource_name.as_str()) {
            errors.push(Error::duplicate(&path.index(index), BadValue::word(&policy.resource_name)));
        }
        validate_word(&policy.resource_name, &["cpu", "memory"], path, errors);
        validate_word(&policy.restart_policy, &["NotRequired", "RestartContainer"], path, errors);
        if restart == "Never" && policy.restart_policy != "NotRequired" {
            let detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            errors.push(Error::invalid(path, BadValue::word(&policy.restart_policy), detail));
        }
    }
}

/// A container's own restart policy and rules. Models validateContainerRestartPolicy.
fn validate_restart_policy(container: &Container, path: &Path, errors: &mut ErrorList) {
    let rules = items(&container.restart_policy_rules);
    let policy_path = path.child("restartPolicy");
    let supported = ["Always", "Never", "OnFailure"];
    match container.restart_policy.as_deref() {
        None if !rules.is_empty() => {
            errors.push(Error::required(&policy_path, "must specify restartPolicy when restart rules are used"));
        }
        Some(policy) if !supported.contains(&policy) => {
            errors.push(Error::not_supported(&policy_path, BadValue::word(policy), &supported));
        }
        _ => {}
    }
    let rules_path = path.child("restartPolicyRules");
    if rules.len() > 20 {
        errors.push(Error::too_many(&rules_path, rules.len(), 20));
    }
    for (index, rule) in rules.iter().enumerate() {
        let path = rules_path.index(index);
        let actions = ["Restart", "RestartAllContainers"];
        if !actions.contains(&rule.action.as_str()) {
            errors.push(Error::not_supported(&path.child("action"), BadValue::word(&rule.action), &actions));
        }
        let path = path.child("exitCodes");
        let Some(codes) = &rule.exit_codes else {
            errors.push(Error::required(&path, "must be specified"));
            continue;
        };
        let operators = ["In", "NotIn"];
        if !operators.contains(&codes.operator.as_str()) {
            errors.push(Error::not_supported(&path.child("operator"), BadValue::word(&codes.operator), &operators));
        }
        let values = items(&codes.values);
        if values.len() > 255 {
            errors.push(Error::too_many(&path.child("values"), values.len(), 255));
        }
    }
}

/// Spaces around an image's name, which templates may have but pods may not.
pub fn validate_image_spaces(container: &Container, path: &Path, errors: &mut ErrorList) {
    let image = text(&container.image);
    if image.trim() != image {
        let detail = "must not have leading or trailing whitespace";
        errors.push(Error::invalid(&path.child("image"), image, detail));
    }
}
