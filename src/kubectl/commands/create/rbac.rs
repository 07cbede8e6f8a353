//! `kubectl create role|clusterrole|rolebinding|clusterrolebinding`. Models kubectl/pkg/cmd/create/create_role.go and its like.

use super::super::common::{DRY_RUN, FIELD_MANAGER, OUTPUT, SAVE_CONFIG, VALIDATE};
use super::name_argument;
use super::unserved::{generated, resource};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const GROUP: &str = "rbac.authorization.k8s.io";

const RULE_FLAGS: &[Flag] =
    &[flag("resource", FlagKind::Slice, "", ""), flag("resource-name", FlagKind::Array, "", ""), flag("verb", FlagKind::Slice, "", "")];
const CLUSTER_FLAGS: &[Flag] = &[flag("aggregation-rule", FlagKind::Pairs, "", ""), flag("non-resource-url", FlagKind::Slice, "", "")];
const SUBJECT_FLAGS: &[Flag] = &[
    flag("clusterrole", FlagKind::Text, "", ""),
    flag("group", FlagKind::Array, "", ""),
    flag("serviceaccount", FlagKind::Array, "", ""),
    flag("user", FlagKind::Array, "", ""),
];
const ROLE_FLAG: &[Flag] = &[flag("role", FlagKind::Text, "", "")];

/// `create role`.
pub const ROLE: Verb = Verb {
    name: "role",
    usage: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]",
    short: "Create a role with single rule",
    examples: "# Who may look at pods, as a manifest\nkubectl create role reader --verb=get,list,watch --resource=pods --dry-run=client -o yaml",
    flags: &[RULE_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(role(cmd, "roles")),
    ..BASE
};

/// `create clusterrole`.
pub const CLUSTER_ROLE: Verb = Verb {
    name: "clusterrole",
    usage: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]",
    short: "Create a cluster role",
    examples: "# Who may look at nodes, as a manifest\nkubectl create clusterrole reader --verb=get,list --resource=nodes --dry-run=client -o yaml",
    flags: &[RULE_FLAGS, CLUSTER_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(role(cmd, "clusterroles")),
    ..BASE
};

/// `create rolebinding`.
pub const ROLE_BINDING: Verb = Verb {
    name: "rolebinding",
    usage: "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Create a role binding for a particular role or cluster role",
    examples: "# A role for a user, as a manifest\nkubectl create rolebinding jane-reads --role=reader --user=jane --dry-run=client -o yaml",
    flags: &[SUBJECT_FLAGS, ROLE_FLAG, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(binding(cmd, "rolebindings")),
    ..BASE
};

/// `create clusterrolebinding`.
pub const CLUSTER_ROLE_BINDING: Verb = Verb {
    name: "clusterrolebinding",
    usage: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Create a cluster role binding for a particular cluster role",
    examples: "# A cluster role for a group, as a manifest\nkubectl create clusterrolebinding all-read --clusterrole=reader --group=readers --dry-run=client -o yaml",
    flags: &[SUBJECT_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(binding(cmd, "clusterrolebindings")),
    ..BASE
};

const RESOURCE_VERBS: &[&str] = &[
    "*",
    "approve",
    "attest",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "impersonate",
    "list",
    "patch",
    "proxy",
    "sign",
    "update",
    "use",
    "watch",
];
const OTHER_VERBS: &[&str] = &["*", "delete", "get", "head", "options", "patch", "post", "put"];

/// The flag's values, each once.
fn once(cmd: &Cmd, flag: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in cmd.flags.list(flag) {
        if !out.contains(&value) {
            out.push(value);
        }
    }
    out
}

/// The same where a star among them stands for all.
fn once_or_all(cmd: &Cmd, flag: &str) -> Vec<String> {
    let all = once(cmd, flag);
    if all.iter().any(|value| value == "*") { vec!["*".into()] } else { all }
}

async fn role(cmd: &Cmd, plural: &str) -> Result<(), Fail> {
    let name = name_argument(cmd)?;
    let cluster = plural == "clusterroles";
    let (verbs, resources, names) = (once_or_all(cmd, "verb"), once_or_all(cmd, "resource"), once(cmd, "resource-name"));
    let urls = if cluster { once(cmd, "non-resource-url") } else { Vec::new() };
    let mut object = json!({ "metadata": { "name": name }, "rules": null });
    let aggregated = cmd.flags.list("aggregation-rule");
    if cluster && !aggregated.is_empty() {
        if [&verbs, &resources, &names, &urls].iter().any(|list| !list.is_empty()) {
            return Err("aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames".into());
        }
        let labels: Map<String, Value> =
            aggregated.iter().filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key.to_owned(), json!(value))).collect();
        object["aggregationRule"] = json!({ "clusterRoleSelectors": [{ "matchLabels": labels }] });
        return generated(cmd, GROUP, plural, object).await;
    }
    if verbs.is_empty() {
        return Err("at least one verb must be specified".into());
    }
    if resources.is_empty() && urls.is_empty() {
        let missing =
            if cluster { "one of resource or nonResourceURL must be specified" } else { "at least one resource must be specified" };
        return Err(missing.into());
    }
    let mut rules = Vec::new();
    if !resources.is_empty() {
        for verb in verbs.iter().filter(|verb| !RESOURCE_VERBS.contains(&verb.as_str())) {
            cmd.eprint(&format!("Warning: '{verb}' is not a standard resource verb\n")).await;
        }
        rules = resource_rules(&verbs, &resources, &names)?;
    }
    if !urls.is_empty() {
        check_urls(&verbs, &urls)?;
        rules.push(json!({ "verbs": verbs, "nonResourceURLs": urls }));
    }
    object["rules"] = json!(rules);
    generated(cmd, GROUP, plural, object).await
}

/// One rule for each API group.
fn resource_rules(verbs: &[String], resources: &[String], names: &[String]) -> Result<Vec<Value>, Fail> {
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for wanted in resources {
        let (name, subresource) = wanted.split_once('/').map_or((wanted.as_str(), None), |(name, sub)| (name, Some(sub)));
        let (group, plural) = if name == "*" { ("", "*") } else { resource(name)? };
        let shown = subresource.map_or(plural.to_owned(), |sub| format!("{plural}/{sub}"));
        let all = groups.entry(group).or_default();
        if !all.contains(&shown) {
            all.push(shown);
        }
    }
    let rule = |(group, resources): (&str, Vec<String>)| {
        let mut rule = json!({ "verbs": verbs, "apiGroups": [group], "resources": resources });
        if !names.is_empty() {
            rule["resourceNames"] = json!(names);
        }
        rule
    };
    Ok(groups.into_iter().map(rule).collect())
}

fn check_urls(verbs: &[String], urls: &[String]) -> Result<(), Fail> {
    if let Some(verb) = verbs.iter().find(|verb| !OTHER_VERBS.contains(&verb.as_str())) {
        return Err(Fail::Text(format!("invalid verb: '{verb}' for nonResourceURL")));
    }
    for url in urls.iter().filter(|url| *url != "*") {
        if !url.starts_with('/') {
            return Err("nonResourceURL should start with /".into());
        }
        if url.trim_end_matches('*').contains('*') || url.ends_with("**") {
            return Err("nonResourceURL only supports wildcard matches when '*' is at the end".into());
        }
    }
    Ok(())
}

async fn binding(cmd: &Cmd, plural: &str) -> Result<(), Fail> {
    let (role, cluster_role) = (cmd.flags.text("role"), cmd.flags.text("clusterrole"));
    if plural == "clusterrolebindings" {
        cmd.require(&["clusterrole"])?;
    }
    let name = name_argument(cmd)?;
    if plural == "rolebindings" && role.is_empty() == cluster_role.is_empty() {
        return Err("exactly one of clusterrole or role must be specified".into());
    }
    let (kind, named) = if role.is_empty() { ("ClusterRole", cluster_role) } else { ("Role", role) };
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        subjects.extend(cmd.flags.list(flag).iter().map(|name| json!({ "kind": kind, "apiGroup": GROUP, "name": name })));
    }
    for account in cmd.flags.list("serviceaccount") {
        match account.split_once(':') {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains(':') => {
                subjects.push(json!({ "kind": "ServiceAccount", "namespace": namespace, "name": name }));
            }
            _ => return Err("serviceaccount must be <namespace>:<name>".into()),
        }
    }
    let mut object = json!({ "metadata": { "name": name }, "roleRef": { "apiGroup": GROUP, "kind": kind, "name": named } });
    if !subjects.is_empty() {
        object["subjects"] = json!(subjects);
    }
    generated(cmd, GROUP, plural, object).await
}
