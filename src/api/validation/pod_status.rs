//! Changes to pods' status. Models ValidatePodStatusUpdate.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodResourceClaimStatus, PodSpec, PodStatus};

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json;
use super::ip;
use super::meta::{IMMUTABLE, items, push_invalid, text, validate_object_meta_update};
use super::names;
use super::pod_annotations;
use crate::api::pod::{Restart, restart};

/// The conditions whose names need no check.
const SYSTEM_CONDITIONS: [&str; 3] = ["PodScheduled", "Ready", "Initialized"];

/// A changed status.
pub fn validate_status_update(new: &Pod, old: &Pod) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    pod_annotations::validate_update(new, old, &mut errors);
    let (status, old_status) = (new.status.clone().unwrap_or_default(), old.status.clone().unwrap_or_default());
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    let path = Path::new("status");
    for (index, condition) in items(&status.conditions).iter().enumerate() {
        if let Some(generation) = condition.observed_generation.filter(|generation| *generation < 0) {
            let path = path.child("conditions").index(index).child("observedGeneration");
            errors.push(Error::invalid(&path, generation, "must be a non-negative integer"));
        }
        if !SYSTEM_CONDITIONS.contains(&condition.type_.as_str()) {
            // Kubernetes looks for the conditions in the metadata.
            let path = Path::new("metadata").child("conditions").index(index).child("Type");
            push_invalid(names::qualified_name(&condition.type_), &condition.type_, &path, &mut errors);
        }
    }
    if text(&spec.node_name) != text(&old_spec.node_name) {
        errors.push(Error::forbidden(&path.child("nodeName"), "may not be changed directly"));
    }
    validate_nomination(&status, &old_status, &old_spec, &path, &mut errors);
    if let Some(generation) = status.observed_generation.filter(|generation| *generation < 0) {
        errors.push(Error::invalid(&path.child("observedGeneration"), generation, "must be a non-negative integer"));
    }
    let class = text(&status.qos_class);
    if class != text(&old_status.qos_class) {
        errors.push(Error::invalid(&path.child("qosClass"), BadValue::word(class), IMMUTABLE));
    }
    validate_states(&status, &old_status, &old_spec, &path, &mut errors);
    validate_claims(items(&status.resource_claim_statuses), &spec, &path.child("resourceClaimStatuses"), &mut errors);
    validate_addresses(&status, &old_status, &path, &mut errors);
    for (name, statuses) in [
        ("containerStatuses", &status.container_statuses),
        ("initContainerStatuses", &status.init_container_statuses),
        ("ephemeralContainerStatuses", &status.ephemeral_container_statuses),
    ] {
        validate_users(items(statuses), &spec, &path.child(name), &mut errors);
    }
    errors
}

fn validate_nomination(status: &PodStatus, old: &PodStatus, old_spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let node = text(&status.nominated_node_name);
    let path = path.child("nominatedNodeName");
    if node.is_empty() || node == text(&old.nominated_node_name) {
        return;
    }
    push_invalid(names::dns1123_subdomain(node), node, &path, errors);
    if !text(&old_spec.node_name).is_empty() {
        errors.push(Error::forbidden(&path, "may not be set on pods that are already bound to a node"));
    }
}

/// What has ended stays ended, unless it restarts.
fn validate_states(status: &PodStatus, old: &PodStatus, spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let lists = [
        ("containerStatuses", &status.container_statuses, &old.container_statuses, Some(spec.containers.as_slice())),
        ("initContainerStatuses", &status.init_container_statuses, &old.init_container_statuses, Some(items(&spec.init_containers))),
        // Nothing restarts these.
        ("ephemeralContainerStatuses", &status.ephemeral_container_statuses, &old.ephemeral_container_statuses, None),
    ];
    for (name, new, old, containers) in lists {
        for (index, before) in items(old).iter().enumerate() {
            let Some(code) = exit_code(before) else { continue };
            let back = items(new).iter().any(|after| after.name == before.name && exit_code(after).is_none());
            let restarts = containers.is_some_and(|containers| may_restart(spec, containers, &before.name, code));
            if back && !restarts {
                let path = path.child(name).index(index).child("state");
                errors.push(Error::forbidden(&path, "may not be transitioned to non-terminated state"));
            }
        }
    }
}

fn exit_code(status: &ContainerStatus) -> Option<i32> {
    status.state.as_ref().and_then(|state| state.terminated.as_ref()).map(|terminated| terminated.exit_code)
}

/// Whether a container that ended with this code comes again, by itself or with all others.
fn may_restart(spec: &PodSpec, containers: &[Container], name: &str, code: i32) -> bool {
    let all = spec.containers.iter().chain(items(&spec.init_containers));
    let with_all = all.flat_map(|container| items(&container.restart_policy_rules)).any(|rule| rule.action == "RestartAllContainers");
    let container = containers.iter().find(|container| container.name == name).cloned().unwrap_or_default();
    with_all || restart(&container, text(&spec.restart_policy), code) != Restart::No
}

/// The claims that were made for the pod. Models validatePodResourceClaimStatuses.
fn validate_claims(statuses: &[PodResourceClaimStatus], spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, status) in statuses.iter().enumerate() {
        let path = path.index(index).child("name");
        if items(&spec.resource_claims).iter().all(|claim| claim.name != status.name) {
            errors.push(Error::invalid(&path, &status.name, "must match the name of an entry in `spec.resourceClaims`"));
        }
        if !seen.insert(&status.name) {
            errors.push(Error::duplicate(&path, &status.name));
        }
        if let Some(name) = &status.resource_claim_name {
            push_invalid(names::dns1123_subdomain(name), name, &path, errors);
        }
    }
}

fn validate_addresses(status: &PodStatus, old: &PodStatus, path: &Path, errors: &mut ErrorList) {
    let pod_ips = |status: &PodStatus| -> Vec<String> { items(&status.pod_ips).iter().map(|ip| ip.ip.clone()).collect() };
    let host_ips = |status: &PodStatus| -> Vec<String> { items(&status.host_ips).iter().map(|ip| ip.ip.clone()).collect() };
    let lists = [("podIPs", pod_ips(status), pod_ips(old)), ("hostIPs", host_ips(status), host_ips(old))];
    let shown = |address: &String| format!("{{\"IP\":{}}}", go_json::string(address));
    for (name, addresses, old) in lists {
        let path = path.child(name);
        if let Some(first) = addresses.first().filter(|first| name == "hostIPs" && **first != text(&status.host_ip)) {
            errors.push(Error::invalid(&path.index(0).child("ip"), first, "must be equal to `hostIP`"));
        }
        for (index, address) in addresses.iter().enumerate() {
            ip::validate_legacy(address, &old, &path.index(index), errors);
        }
        if addresses.len() > 2 || (addresses.len() > 1 && !ip::is_dual_stack(&addresses)) {
            let all: Vec<String> = addresses.iter().map(shown).collect();
            let all = BadValue::Json(format!("[{}]", all.join(",")));
            errors.push(Error::invalid(&path, all, "may specify no more than one IP for each IP family"));
        }
        let mut seen = BTreeSet::new();
        for (index, address) in addresses.iter().enumerate() {
            if !seen.insert(address) {
                errors.push(Error::duplicate(&path.index(index), BadValue::Json(shown(address))));
            }
        }
    }
}

/// Who the containers run as. Models validateContainerStatusUsers.
fn validate_users(statuses: &[ContainerStatus], spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let os = spec.os.as_ref().map_or("linux", |os| os.name.as_str());
    for (index, status) in statuses.iter().enumerate() {
        let Some(linux) = status.user.as_ref().and_then(|user| user.linux.as_ref()) else { continue };
        let path = path.index(index).child("linux");
        if os == "windows" {
            errors.push(Error::forbidden(&path, "cannot be set for a windows pod"));
        } else if os == "linux" {
            let mut check = |id: i64, path: &Path| errors.extend(names::user_id(id).into_iter().map(|s| Error::invalid(path, id, s)));
            check(linux.uid, &path.child("uid"));
            check(linux.gid, &path.child("gid"));
            for (index, group) in items(&linux.supplemental_groups).iter().enumerate() {
                check(*group, &path.child("supplementalGroups").index(index));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn faults(spec: Value, before: Value, after: Value) -> Vec<String> {
        let pod = |status: Value| -> Pod {
            let meta = json!({"name": "p", "namespace": "n", "resourceVersion": "1"});
            serde_json::from_value(json!({"metadata": meta, "spec": spec, "status": status})).unwrap()
        };
        validate_status_update(&pod(after), &pod(before)).iter().map(Error::to_string).collect()
    }

    fn ended(code: i32) -> Value {
        json!({"containerStatuses": [{"name": "a", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": code}}}]})
    }

    fn running() -> Value {
        json!({"containerStatuses": [{"name": "a", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": {"running": {}}}]})
    }

    #[test]
    fn only_what_restarts_comes_back() {
        let refused = ["status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"];
        let never = json!({"restartPolicy": "Never", "containers": [{"name": "a"}]});
        assert_eq!(faults(never, ended(1), running()), refused);
        let rule = json!({"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}});
        let ruled =
            json!({"restartPolicy": "Never", "containers": [{"name": "a", "restartPolicy": "Never", "restartPolicyRules": [rule]}]});
        assert_eq!(faults(ruled.clone(), ended(42), running()), [""; 0]);
        assert_eq!(faults(ruled, ended(1), running()), refused);
        let always = json!({"restartPolicy": "Always", "containers": []});
        assert_eq!(faults(always, ended(0), running()), [""; 0]);
    }

    #[test]
    fn claims_and_users() {
        let spec = json!({"containers": [], "resourceClaims": [{"name": "gpu"}]});
        let status = json!({
            "resourceClaimStatuses": [{"name": "gpu"}, {"name": "gpu"}, {"name": "x"}],
            "containerStatuses": [{"name": "a", "image": "", "imageID": "", "ready": true, "restartCount": 0,
                "user": {"linux": {"uid": -1, "gid": 0}}}],
        });
        assert_eq!(
            faults(spec, json!({}), status),
            [
                "status.resourceClaimStatuses[1].name: Duplicate value: \"gpu\"",
                "status.resourceClaimStatuses[2].name: Invalid value: \"x\": must match the name of an entry in `spec.resourceClaims`",
                "status.containerStatuses[0].linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive",
            ]
        );
    }
}
