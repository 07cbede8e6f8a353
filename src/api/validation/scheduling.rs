//! Tolerations, spreading, gates, DNS and what else stands in a pod's spec. Models the smaller rules of ValidatePodSpec.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    HostAlias, PodDNSConfig, PodResourceClaim, PodSchedulingGate, PodSpec, Taint, Toleration, TopologySpreadConstraint,
};

use super::affinity::validate_match_keys;
use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::ip;
use super::meta::{items, push_invalid, text, validate_label_name, validate_label_selector};
use super::names;

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// What a taint does to pods.
fn validate_effect(effect: &str, path: &Path, errors: &mut ErrorList) {
    if !EFFECTS.contains(&effect) {
        errors.push(Error::not_supported(path, BadValue::word(effect), &EFFECTS));
    }
}

/// Which taints a pod puts up with.
pub fn validate_tolerations(tolerations: &[Toleration], path: &Path, errors: &mut ErrorList) {
    for (index, toleration) in tolerations.iter().enumerate() {
        let path = path.index(index);
        let operator_path = path.child("operator");
        let (key, operator, effect) = (text(&toleration.key), text(&toleration.operator), text(&toleration.effect));
        if !key.is_empty() {
            validate_label_name(key, &path.child("key"), errors);
        } else if operator != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.push(Error::invalid(&operator_path, BadValue::word(operator), detail));
        }
        if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.push(Error::invalid(&path.child("effect"), BadValue::word(effect), detail));
        }
        validate_operator(operator, text(&toleration.value), &operator_path, errors);
        if !effect.is_empty() {
            validate_effect(effect, &path.child("effect"), errors);
        }
    }
}

fn validate_operator(operator: &str, value: &str, path: &Path, errors: &mut ErrorList) {
    match operator {
        "" | "Equal" => {
            let sentences = names::label_value(value);
            if !sentences.is_empty() {
                errors.push(Error::invalid(path, value, sentences.join(";")));
            }
        }
        "Exists" if value.is_empty() => {}
        "Exists" => errors.push(Error::invalid(path, value, "value must be empty when `operator` is 'Exists'")),
        "Lt" | "Gt" => {
            errors.push(Error::not_supported(path, BadValue::word(operator), &["Equal", "Exists", "Lt", "Gt"]));
        }
        other => errors.push(Error::not_supported(path, BadValue::word(other), &["Equal", "Exists"])),
    }
}

/// A node's taints.
pub fn validate_taints(taints: &[Taint], path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, taint) in taints.iter().enumerate() {
        let path = path.index(index);
        validate_label_name(&taint.key, &path.child("key"), errors);
        let value = text(&taint.value);
        let sentences = names::label_value(value);
        if !sentences.is_empty() {
            errors.push(Error::invalid(&path.child("value"), value, sentences.join(";")));
        }
        if taint.effect.is_empty() {
            errors.push(Error::required(&path.child("effect"), ""));
        } else {
            validate_effect(&taint.effect, &path.child("effect"), errors);
        }
        if !seen.insert((taint.effect.as_str(), taint.key.as_str())) {
            let json = serde_json::to_value(taint).unwrap_or_default();
            let shown = BadValue::Json(go_json::compact(Some(&json), &Type::Struct(&go_types::TAINT)));
            let mut error = Error::duplicate(&path, shown);
            error.detail = "taints must be unique by key and effect pair".to_owned();
            errors.push(error);
        }
    }
}

/// How pods spread over the cluster. Models validateTopologySpreadConstraints.
pub fn validate_spread(constraints: &[TopologySpreadConstraint], path: &Path, errors: &mut ErrorList) {
    for (index, constraint) in constraints.iter().enumerate() {
        let path = path.index(index);
        let when = constraint.when_unsatisfiable.as_str();
        validate_positive(constraint.max_skew, &path.child("maxSkew"), errors);
        if constraint.topology_key.is_empty() {
            errors.push(Error::required(&path.child("topologyKey"), "can not be empty"));
        }
        let actions = ["DoNotSchedule", "ScheduleAnyway"];
        if !actions.contains(&when) {
            errors.push(Error::not_supported(&path.child("whenUnsatisfiable"), BadValue::word(when), &actions));
        }
        let repeated = |later: &TopologySpreadConstraint| later.topology_key == constraint.topology_key && later.when_unsatisfiable == when;
        if constraints.iter().skip(index + 1).any(repeated) {
            let path = path.child("{topologyKey, whenUnsatisfiable}");
            errors.push(Error::duplicate(&path, format!("{{{}, {when}}}", constraint.topology_key)));
        }
        if let Some(domains) = constraint.min_domains {
            let path = path.child("minDomains");
            validate_positive(domains, &path, errors);
            if when != "DoNotSchedule" {
                let detail = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when}");
                errors.push(Error::invalid(&path, domains, detail));
            }
        }
        let policies = [("nodeAffinityPolicy", &constraint.node_affinity_policy), ("nodeTaintsPolicy", &constraint.node_taints_policy)];
        for (name, policy) in policies {
            if let Some(policy) = policy.as_deref().filter(|policy| !["Honor", "Ignore"].contains(policy)) {
                errors.push(Error::not_supported(&path.child(name), BadValue::word(policy), &["Honor", "Ignore"]));
            }
        }
        validate_match_keys(items(&constraint.match_label_keys), &[], &constraint.label_selector, &path, errors);
        validate_label_selector(&constraint.label_selector, &path.child("labelSelector"), errors);
    }
}

fn validate_positive(value: i32, path: &Path, errors: &mut ErrorList) {
    if value <= 0 {
        errors.push(Error::invalid(path, value, "must be greater than zero"));
    }
}

/// What holds a pod back from the scheduler.
pub fn validate_gates(gates: &[PodSchedulingGate], path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, gate) in gates.iter().enumerate() {
        let path = path.index(index);
        push_invalid(names::qualified_name(&gate.name), &gate.name, &path, errors);
        if !seen.insert(&gate.name) {
            errors.push(Error::duplicate(&path, &gate.name));
        }
    }
}

/// Lines of the pod's /etc/hosts.
pub fn validate_host_aliases(aliases: &[HostAlias], path: &Path, errors: &mut ErrorList) {
    for (index, alias) in aliases.iter().enumerate() {
        let path = path.index(index);
        ip::validate_legacy(&alias.ip, &[], &path.child("ip"), errors);
        for (index, name) in items(&alias.hostnames).iter().enumerate() {
            push_invalid(names::dns1123_subdomain(name), name, &path.child("hostnames").index(index), errors);
        }
    }
}

/// The pod's resolver.
pub fn validate_dns(config: &Option<PodDNSConfig>, policy: &str, path: &Path, errors: &mut ErrorList) {
    let Some(config) = config else {
        if policy == "None" {
            errors.push(Error::required(path, "must provide `dnsConfig` when `dnsPolicy` is None"));
        }
        return;
    };
    let (servers, searches) = (items(&config.nameservers), items(&config.searches));
    let servers_path = path.child("nameservers");
    if policy == "None" && servers.is_empty() {
        let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
        errors.push(Error::required(&servers_path, detail));
        return;
    }
    if servers.len() > 3 {
        let detail = "must not have more than 3 nameservers";
        errors.push(Error::invalid(&servers_path, BadValue::strings(servers), detail));
    }
    for (index, server) in servers.iter().enumerate() {
        ip::validate_legacy(server, &[], &servers_path.index(index), errors);
    }
    let searches_path = path.child("searches");
    if searches.len() > 32 {
        let detail = "must not have more than 32 search paths";
        errors.push(Error::invalid(&searches_path, BadValue::strings(searches), detail));
    }
    if searches.join(" ").len() > 2048 {
        let detail = "must not have more than 2048 characters (including spaces) in the search list";
        errors.push(Error::invalid(&searches_path, BadValue::strings(searches), detail));
    }
    for (index, search) in searches.iter().enumerate().filter(|(_, search)| *search != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        push_invalid(names::dns1123_subdomain_with_underscore(search), search, &searches_path.index(index), errors);
    }
    for (index, option) in items(&config.options).iter().enumerate() {
        if text(&option.name).is_empty() {
            errors.push(Error::required(&path.child("options").index(index), "must not be empty"));
        }
    }
}

/// Devices that the pod claims. Models validatePodResourceClaims.
pub fn validate_resource_claims(claims: &[PodResourceClaim], mirror: bool, path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, claim) in claims.iter().enumerate() {
        if mirror {
            errors.push(Error::forbidden(&Path::new(""), "static pods do not support resource claims"));
            continue;
        }
        let path = path.index(index);
        if claim.name.is_empty() {
            errors.push(Error::required(&path.child("name"), ""));
        } else if seen.insert(&claim.name) {
            push_invalid(names::dns1123_label(&claim.name), &claim.name, &path.child("name"), errors);
        } else {
            errors.push(Error::duplicate(&path.child("name"), &claim.name));
        }
        let json = serde_json::to_value(claim).unwrap_or_default();
        let shown = BadValue::Json(go_json::compact(Some(&json), &Type::Struct(&go_types::POD_RESOURCE_CLAIM)));
        match (&claim.resource_claim_name, &claim.resource_claim_template_name) {
            (Some(_), Some(_)) => {
                let detail = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
                errors.push(Error::invalid(&path, shown, detail));
            }
            (None, None) => {
                let detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
                errors.push(Error::invalid(&path, shown, detail));
            }
            _ => {}
        }
        let named = [("resourceClaimName", &claim.resource_claim_name), ("resourceClaimTemplateName", &claim.resource_claim_template_name)];
        for (field, name) in named {
            if let Some(name) = name {
                push_invalid(names::dns1123_subdomain(name), name, &path.child(field), errors);
            }
        }
    }
}

/// A hostname of the pod's own choice. Models validatePodHostName.
pub fn validate_hostname_override(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let Some(name) = &spec.hostname_override else { return };
    let path = path.child("hostnameOverride");
    if spec.set_hostname_as_fqdn == Some(true) {
        errors.push(Error::forbidden(&path, "may not be specified when setHostnameAsFQDN is true"));
    }
    if spec.host_network == Some(true) {
        errors.push(Error::forbidden(&path, "may not be specified when hostNetwork is true"));
    }
    if name.len() > 64 {
        errors.push(Error::too_long(&path, 64));
    }
    push_invalid(names::dns1123_subdomain(name), name, &path, errors);
}
