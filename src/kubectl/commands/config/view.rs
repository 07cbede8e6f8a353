//! `kubectl config view`. Models kubectl/pkg/cmd/config/view.go.

use super::super::common::OUTPUT;
use crate::api::base64;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::kubeconfig::{KubeConfig, read_text};
use crate::kubectl::output::Printer;
use crate::kubectl::printers::yaml;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const VIEW_FLAGS: &[Flag] = &[
    short("output", 'o', FlagKind::Text, "yaml", ""),
    flag("minify", FlagKind::Bool, "false", "Remove all information not used by current-context from the output"),
    flag("raw", FlagKind::Bool, "false", "Display raw byte data and sensitive data"),
    flag("flatten", FlagKind::Bool, "false", "Flatten the resulting kubeconfig file into self-contained output"),
    flag("merge", FlagKind::Bool, "true", "Merge the full hierarchy of kubeconfig files"),
];

/// `config view`.
pub const VIEW: Verb = Verb {
    name: "view",
    usage: "[flags]",
    short: "Display merged kubeconfig settings or a specified kubeconfig file",
    flags: &[VIEW_FLAGS, OUTPUT],
    run: |cmd| Box::pin(view(cmd)),
    ..BASE
};

async fn view(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.args().is_empty() {
        return Err(cmd.usage_error(&format!("unexpected arguments: [{}]", cmd.args().join(" "))));
    }
    if !cmd.flags.on("merge") && !cmd.flags.changed("kubeconfig") {
        return Err("if merge==false a precise file must be specified".into());
    }
    let printer = Printer::from_flags(cmd, false).await?;
    let mut config = cmd.config.value.clone();
    if cmd.flags.on("minify") {
        let context = cmd.context().to_owned();
        let Some(entry) = cmd.config.entry("contexts", &context) else {
            return Err(Fail::Text(if context.is_empty() {
                "current-context must exist in order to minify".into()
            } else {
                format!("cannot locate context {context}")
            }));
        };
        let field = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (cluster, user) = (field("cluster"), field("user"));
        if !cluster.is_empty() && cmd.config.entry("clusters", &cluster).is_none() {
            return Err(Fail::Text(format!("cannot locate cluster {cluster}")));
        }
        for (list, name) in [("contexts", &context), ("clusters", &cluster), ("users", &user)] {
            if let Some(items) = config.get_mut(list).and_then(Value::as_array_mut) {
                items.retain(|item| item.get("name").and_then(Value::as_str) == Some(name));
            }
        }
        config["current-context"] = json!(context);
    }
    if cmd.flags.on("flatten") {
        flatten(cmd, &mut config).await?;
    } else if !cmd.flags.on("raw") {
        redact(&mut config);
    }
    let config = KubeConfig::shown(&config);
    match printer {
        Some(_) if cmd.flags.text("output") == "name" => cmd.print("config/<unknown>\n").await,
        Some(printer) => return printer.typed().show(cmd, &config, "").await,
        None => cmd.print(&yaml::to_yaml(&config)).await,
    }
    Ok(())
}

fn redact(config: &mut Value) {
    let secrets = [
        ("clusters", "cluster", "certificate-authority-data", "DATA+OMITTED"),
        ("users", "user", "client-certificate-data", "DATA+OMITTED"),
        ("users", "user", "client-key-data", "DATA+OMITTED"),
        ("users", "user", "token", "REDACTED"),
        ("users", "user", "password", "REDACTED"),
    ];
    for (list, kind, key, shown) in secrets {
        for item in config.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(entry) = item.get_mut(kind).and_then(Value::as_object_mut)
                && entry.contains_key(key)
            {
                entry.insert(key.into(), json!(shown));
            }
        }
    }
}

/// Puts the content of the files that are named in their place.
async fn flatten(cmd: &Cmd, config: &mut Value) -> Result<(), Fail> {
    for (list, kind, keys) in
        [("users", "user", &["client-certificate", "client-key"][..]), ("clusters", "cluster", &["certificate-authority"][..])]
    {
        for entry in config.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().filter_map(|item| item.get_mut(kind)) {
            for key in keys {
                let Some(path) = entry.get(*key).and_then(Value::as_str).map(str::to_owned) else { continue };
                let data = format!("{key}-data");
                if entry.get(&data).is_some() {
                    return Err("cannot have values for both path and contents".into());
                }
                let text = read_text(&cmd.ctx, &path).await?;
                if let Some(entry) = entry.as_object_mut() {
                    entry.remove(*key);
                    entry.insert(data, json!(base64::encode(text.as_bytes())));
                }
            }
        }
    }
    Ok(())
}
