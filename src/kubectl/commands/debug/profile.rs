//! What a debug container may do. Models kubectl/pkg/cmd/debug/profiles.go.

use crate::kubectl::command::{at_mut, items};
use crate::kubectl::error::Fail;
use serde_json::{Map, Value, json};

/// How one debugs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Ephemeral,
    Copy,
    Node,
}

/// `--profile`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    Legacy,
    General,
    Baseline,
    Restricted,
    Netadmin,
    Sysadmin,
}

impl Profile {
    /// The profile with this name.
    pub fn find(name: &str) -> Result<Profile, Fail> {
        Ok(match name {
            "legacy" => Profile::Legacy,
            "general" => Profile::General,
            "baseline" => Profile::Baseline,
            "restricted" => Profile::Restricted,
            "netadmin" => Profile::Netadmin,
            "sysadmin" => Profile::Sysadmin,
            other => return Err(Fail::Text(format!("unknown profile: {other}"))),
        })
    }

    /// The old profile leaves a copy as it is, but for its labels.
    pub fn keeps_all(self) -> bool {
        self == Profile::Legacy
    }

    /// Changes the debug container.
    pub fn container(self, container: &mut Map<String, Value>, style: Style) {
        match (self, style) {
            (Profile::Legacy, Style::Node) => mount_root(container),
            (Profile::Legacy, _) => {}
            (Profile::General, Style::Node) => {
                mount_root(container);
                container.remove("securityContext");
            }
            (Profile::General, _) => add_capabilities(container, &["SYS_PTRACE"]),
            (Profile::Baseline, _) => {
                container.remove("securityContext");
            }
            (Profile::Restricted, _) => {
                let context = json!({
                    "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] },
                    "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" },
                });
                container.insert("securityContext".into(), context);
            }
            (Profile::Netadmin, _) => add_capabilities(container, &["NET_ADMIN", "NET_RAW"]),
            (Profile::Sysadmin, style) => {
                context(container)["privileged"] = json!(true);
                if style == Style::Node {
                    mount_root(container);
                }
            }
        }
    }

    /// Changes the spec of a pod that debugs a node.
    pub fn node_pod(self, spec: &mut Value) {
        if matches!(self, Profile::Legacy | Profile::General | Profile::Sysadmin) {
            spec["volumes"] = json!([{ "name": "host-root", "hostPath": { "path": "/" } }]);
        }
        if !matches!(self, Profile::Baseline | Profile::Restricted) {
            for key in ["hostNetwork", "hostPID", "hostIPC"] {
                spec[key] = json!(true);
            }
        }
    }
}

fn add_capabilities(container: &mut Map<String, Value>, names: &[&str]) {
    let context = context(container);
    let mut all = items(context, &["capabilities", "add"]).to_vec();
    all.extend(names.iter().map(|name| json!(name)));
    at_mut(context, &["capabilities"])["add"] = json!(all);
}

fn context(container: &mut Map<String, Value>) -> &mut Value {
    container.entry("securityContext").or_insert_with(|| json!({}))
}

fn mount_root(container: &mut Map<String, Value>) {
    let mut mounts = container.get("volumeMounts").and_then(Value::as_array).cloned().unwrap_or_default();
    mounts.push(json!({ "mountPath": "/host", "name": "host-root" }));
    container.insert("volumeMounts".into(), json!(mounts));
}
