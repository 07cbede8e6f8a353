//! `kubectl config set-credentials`. Models kubectl/pkg/cmd/config/set_credentials.go.

use super::{put_entry, put_file, put_texts, set_or_remove};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Map, Value, json};

const FLAGS: &[Flag] = &[
    flag("auth-provider", FlagKind::Text, "", ""),
    flag("auth-provider-arg", FlagKind::Slice, "", ""),
    flag("client-certificate", FlagKind::Text, "", ""),
    flag("client-key", FlagKind::Text, "", ""),
    flag("embed-certs", FlagKind::Bool, "false", ""),
    flag("exec-api-version", FlagKind::Text, "", ""),
    flag("exec-arg", FlagKind::Slice, "", ""),
    flag("exec-command", FlagKind::Text, "", ""),
    flag("exec-env", FlagKind::Array, "", ""),
    flag("exec-interactive-mode", FlagKind::Text, "", ""),
    flag("exec-provide-cluster-info", FlagKind::Bool, "false", ""),
    flag("password", FlagKind::Text, "", ""),
    flag("token", FlagKind::Text, "", ""),
    flag("username", FlagKind::Text, "", ""),
];

/// `config set-credentials`.
pub const SET_CREDENTIALS: Verb = Verb {
    name: "set-credentials",
    usage: "NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]",
    short: "Set a user entry in kubeconfig",
    examples: "# A user who is known by a token\nkubectl config set-credentials jane --token=abc",
    flags: &[FLAGS],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let [name] = cmd.args() else {
        return Err(cmd.help_and_error(&format!("unexpected args: [{}]", cmd.args().join(" "))).await);
    };
    let flags = &cmd.flags;
    let given = |flag: &str| !flags.text(flag).is_empty();
    let (token, basic) = (given("token"), given("username") || given("password"));
    if token && basic {
        return Err("you cannot specify more than one authentication method at the same time: --token, --username/--password".into());
    }
    if flags.on("embed-certs") && !given("client-certificate") && !given("client-key") {
        return Err("you must specify a --client-certificate or --client-key to embed".into());
    }
    let mut entry = cmd.config.entry("users", name).cloned().unwrap_or_default();
    put_file(cmd, &mut entry, "client-certificate").await?;
    put_file(cmd, &mut entry, "client-key").await?;
    put_texts(cmd, &mut entry, &["token", "username", "password"]);
    provider(cmd, &mut entry)?;
    exec(cmd, &mut entry)?;
    // One way to say who one is replaces the other.
    if token || basic {
        let others: &[&str] = if token { &["username", "password"] } else { &["token"] };
        entry.retain(|key, _| !others.contains(&key.as_str()));
    }
    put_entry(cmd, "users", name, entry)?;
    cmd.print(&format!("User \"{name}\" set.\n")).await;
    Ok(())
}

/// `key=value` sets, `key-` removes.
fn pairs(cmd: &Cmd, flag: &str) -> Result<Vec<(String, Option<String>)>, Fail> {
    let read = |pair: &String| match (pair.split_once('='), pair.strip_suffix('-')) {
        (Some((key, value)), _) if !key.is_empty() => Ok((key.to_owned(), Some(value.to_owned()))),
        (None, Some(key)) => Ok((key.to_owned(), None)),
        _ => Err(Fail::Text(format!("invalid {flag} format: {pair}"))),
    };
    cmd.flags.list(flag).iter().map(read).collect()
}

fn provider(cmd: &Cmd, entry: &mut Map<String, Value>) -> Result<(), Fail> {
    let changes = pairs(cmd, "auth-provider-arg")?;
    let name = cmd.flags.text("auth-provider");
    if !name.is_empty() && entry.get("auth-provider").is_none_or(|provider| provider["name"] != name) {
        entry.insert("auth-provider".into(), json!({ "name": name, "config": {} }));
    }
    if let Some(config) = entry.get_mut("auth-provider").and_then(|p| p.get_mut("config")).and_then(Value::as_object_mut) {
        for (key, value) in changes {
            set_or_remove(config, &key, value.as_deref().unwrap_or_default());
        }
    }
    Ok(())
}

fn exec(cmd: &Cmd, entry: &mut Map<String, Value>) -> Result<(), Fail> {
    let (flags, changes) = (&cmd.flags, pairs(cmd, "exec-env")?);
    if flags.changed("exec-command") {
        let exec = entry.entry("exec").or_insert_with(|| json!({ "args": null, "env": null, "provideClusterInfo": false }));
        exec["command"] = json!(flags.text("exec-command"));
    }
    let Some(exec) = entry.get_mut("exec").and_then(Value::as_object_mut) else { return Ok(()) };
    for (flag, key) in [("exec-api-version", "apiVersion"), ("exec-interactive-mode", "interactiveMode")] {
        if flags.changed(flag) {
            exec.insert(key.into(), json!(flags.text(flag)));
        }
    }
    if flags.changed("exec-provide-cluster-info") {
        exec.insert("provideClusterInfo".into(), json!(flags.on("exec-provide-cluster-info")));
    }
    if flags.changed("exec-arg") {
        exec.insert("args".into(), json!(flags.list("exec-arg")));
    }
    let mut all = exec.get("env").and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, value) in changes {
        let at = all.iter().position(|variable| variable["name"] == name.as_str());
        match (at, value) {
            (Some(at), Some(value)) => all[at]["value"] = json!(value),
            (Some(at), None) => drop(all.remove(at)),
            (None, Some(value)) => all.push(json!({ "name": name, "value": value })),
            (None, None) => {}
        }
    }
    exec.insert("env".into(), if all.is_empty() { Value::Null } else { Value::Array(all) });
    Ok(())
}
