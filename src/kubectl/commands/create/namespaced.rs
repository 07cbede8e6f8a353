//! `kubectl create namespace|quota|serviceaccount|priorityclass|token`.

use super::super::common::{DRY_RUN, FIELD_MANAGER, OUTPUT, SAVE_CONFIG, VALIDATE, resource_list};
use super::{generated, name_argument};
use crate::api::Kind;
use crate::kubectl::command::{Cmd, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::output::Printer;
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Map, Value, json};

/// `create namespace`.
pub const NAMESPACE: Verb = Verb {
    name: "namespace",
    aliases: &["ns"],
    usage: "NAME [--dry-run=server|client|none]",
    short: "Create a namespace with the specified name",
    examples: "# A namespace\nkubectl create namespace custom-namespace",
    flags: &[OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| {
        Box::pin(async move {
            let name = name_argument(cmd)?;
            let object = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name }, "spec": {}, "status": {} });
            generated(cmd, Kind::Namespace, object).await
        })
    },
    ..BASE
};

/// `create serviceaccount`.
pub const SERVICE_ACCOUNT: Verb = Verb {
    name: "serviceaccount",
    aliases: &["sa"],
    usage: "NAME [--dry-run=server|client|none]",
    short: "Create a service account with the specified name",
    examples: "# A service account\nkubectl create serviceaccount my-service-account",
    flags: &[OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| {
        Box::pin(async move {
            let name = name_argument(cmd)?;
            generated(cmd, Kind::ServiceAccount, json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": name } }))
                .await
        })
    },
    ..BASE
};

const QUOTA_FLAGS: &[Flag] = &[
    flag("hard", FlagKind::Text, "", "A comma-delimited set of resource=quantity pairs that define a hard limit."),
    flag("scopes", FlagKind::Text, "", "A comma-delimited set of quota scopes that must all match each object tracked by the quota."),
];

/// `create quota`.
pub const QUOTA: Verb = Verb {
    name: "quota",
    aliases: &["resourcequota"],
    usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]",
    short: "Create a quota with the specified name",
    examples: "# At most two pods\nkubectl create quota few --hard=pods=2",
    flags: &[QUOTA_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(quota(cmd)),
    ..BASE
};

async fn quota(cmd: &Cmd) -> Result<(), Fail> {
    let name = name_argument(cmd)?;
    let mut spec = Map::new();
    let hard: Map<String, Value> = resource_list(cmd.flags.text("hard"))?.into_iter().collect();
    if !hard.is_empty() {
        spec.insert("hard".into(), Value::Object(hard));
    }
    let scopes = cmd.flags.text("scopes");
    if scopes.split(',').any(str::is_empty) && !scopes.is_empty() {
        return Err("invalid resource quota scope \"\"".into());
    }
    if !scopes.is_empty() {
        spec.insert("scopes".into(), json!(scopes.split(',').collect::<Vec<_>>()));
    }
    let object = json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": name }, "spec": spec, "status": {} });
    generated(cmd, Kind::ResourceQuota, object).await
}

const PRIORITY_FLAGS: &[Flag] = &[
    flag("value", FlagKind::Int, "0", "the value of this priority class."),
    flag(
        "global-default",
        FlagKind::Bool,
        "false",
        "global-default specifies whether this PriorityClass should be considered as the default priority.",
    ),
    flag(
        "description",
        FlagKind::Text,
        "",
        "description is an arbitrary string that usually provides guidelines on when this priority class should be used.",
    ),
    flag(
        "preemption-policy",
        FlagKind::Text,
        "PreemptLowerPriority",
        "preemption-policy is the policy for preempting pods with lower priority.",
    ),
];

/// `create priorityclass`.
pub const PRIORITY_CLASS: Verb = Verb {
    name: "priorityclass",
    aliases: &["pc"],
    usage: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
    short: "Create a priority class with the specified name",
    examples: "# A priority class\nkubectl create priorityclass high --value=1000 --description=\"high priority\"",
    flags: &[PRIORITY_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| {
        Box::pin(async move {
            let name = name_argument(cmd)?;
            let mut object = json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": { "name": name },
                "value": cmd.flags.int("value"), "preemptionPolicy": cmd.flags.text("preemption-policy"),
            });
            if cmd.flags.on("global-default") {
                object["globalDefault"] = json!(true);
            }
            if !cmd.flags.text("description").is_empty() {
                object["description"] = json!(cmd.flags.text("description"));
            }
            generated(cmd, Kind::PriorityClass, object).await
        })
    },
    ..BASE
};

const TOKEN_FLAGS: &[Flag] = &[
    flag("audience", FlagKind::Array, "", ""),
    flag("bound-object-kind", FlagKind::Text, "", ""),
    flag("bound-object-name", FlagKind::Text, "", ""),
    flag("bound-object-uid", FlagKind::Text, "", ""),
    flag("duration", FlagKind::Duration, "0s", ""),
];

/// `create token`.
pub const TOKEN: Verb = Verb {
    name: "token",
    usage: "SERVICE_ACCOUNT_NAME",
    short: "Request a service account token",
    examples: "# A token of the default service account\nkubectl create token default",
    flags: &[TOKEN_FLAGS, OUTPUT],
    run: |cmd| Box::pin(token(cmd)),
    ..BASE
};

async fn token(cmd: &Cmd) -> Result<(), Fail> {
    let name = name_argument(cmd)?;
    let printer = Printer::from_flags(cmd, false).await?;
    let (namespace, _) = cmd.namespace();
    let mut spec = json!({ "audiences": null, "boundObjectRef": null, "expirationSeconds": null });
    let [kind, bound, uid] = ["kind", "name", "uid"].map(|part| cmd.flags.text(&format!("bound-object-{part}")));
    match (kind, bound) {
        ("", "") if uid.is_empty() => {}
        ("", "") => return Err("--bound-object-uid can only be set if --bound-object-kind is provided".into()),
        ("", _) => return Err("--bound-object-name can only be set if --bound-object-kind is provided".into()),
        ("Node" | "Pod" | "Secret", "") => return Err("--bound-object-name is required if --bound-object-kind is provided".into()),
        ("Node" | "Pod" | "Secret", _) => {
            spec["boundObjectRef"] = json!({ "kind": kind, "apiVersion": "v1", "name": bound });
            if !uid.is_empty() {
                spec["boundObjectRef"]["uid"] = json!(uid);
            }
        }
        _ => return Err("supported --bound-object-kind values are Node, Pod, Secret".into()),
    }
    let seconds = cmd.flags.duration("duration") / 1000;
    if seconds < 0 {
        return Err("--duration must be greater than or equal to 0".into());
    }
    if seconds > 0 {
        spec["expirationSeconds"] = json!(seconds);
    }
    if cmd.flags.changed("audience") {
        spec["audiences"] = json!(cmd.flags.list("audience"));
    }
    let path = format!("{}/token", object_path(Kind::ServiceAccount, &namespace, &name));
    let body = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec });
    let answer = cmd.json(Call::new("POST", path).json(&body)).await;
    let answer = answer.map_err(|e| Fail::Text(format!("failed to create token: {}", e.message())))?;
    match printer {
        Some(mut printer) => printer.show(cmd, &answer, "").await,
        None => {
            cmd.print(&(text(&answer, &["status", "token"]) + "\n")).await;
            Ok(())
        }
    }
}
