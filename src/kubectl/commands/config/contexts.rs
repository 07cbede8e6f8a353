//! `kubectl config current-context|use-context|set-context|get-contexts|delete-context|rename-context`.

use super::{delete, only_name, put_entry, put_texts, unexpected};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

/// `config current-context`.
pub const CURRENT: Verb = Verb {
    name: "current-context",
    usage: "[flags]",
    short: "Display the current-context",
    run: |cmd| {
        Box::pin(async move {
            match cmd.config.current() {
                "" => Err("current-context is not set".into()),
                name => {
                    cmd.print(&format!("{name}\n")).await;
                    Ok(())
                }
            }
        })
    },
    ..BASE
};

/// `config use-context`.
pub const USE: Verb = Verb {
    name: "use-context",
    aliases: &["use"],
    usage: "CONTEXT_NAME",
    short: "Set the current-context in a kubeconfig file",
    examples: "# The cluster of this playground\nkubectl config use-context playground",
    run: |cmd| {
        Box::pin(async move {
            let name = only_name(cmd).await?;
            if cmd.config.entry("contexts", &name).is_none() {
                return Err(Fail::Text(format!("no context exists with the name: \"{name}\"")));
            }
            let mut config = cmd.config.clone();
            config.value["current-context"] = json!(name);
            config.save(&cmd.ctx)?;
            cmd.print(&format!("Switched to context \"{name}\".\n")).await;
            Ok(())
        })
    },
    ..BASE
};

const CONTEXT_FLAGS: &[Flag] = &[
    flag("cluster", FlagKind::Text, "", ""),
    flag("current", FlagKind::Bool, "false", "Modify the current context"),
    short("namespace", 'n', FlagKind::Text, "", ""),
    flag("user", FlagKind::Text, "", ""),
];

/// `config set-context`.
pub const SET_CONTEXT: Verb = Verb {
    name: "set-context",
    usage: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
    short: "Set a context entry in kubeconfig",
    examples: "# The namespace of the context in use\nkubectl config set-context --current --namespace=custom-namespace",
    flags: &[CONTEXT_FLAGS],
    run: |cmd| Box::pin(set_context(cmd)),
    ..BASE
};

async fn set_context(cmd: &Cmd) -> Result<(), Fail> {
    let current = cmd.flags.on("current");
    if cmd.args().len() > 1 {
        return Err(unexpected(cmd).await);
    }
    let name = match (cmd.args().first(), current) {
        (Some(_), true) => return Err("you cannot specify both a context name and --current".into()),
        (Some(name), false) => name.clone(),
        (None, true) if cmd.config.current().is_empty() => return Err("no current context is set".into()),
        (None, true) => cmd.config.current().to_owned(),
        (None, false) => return Err("you must specify a non-empty context name or --current".into()),
    };
    if name.is_empty() {
        return Err("empty context name is not allowed".into());
    }
    let existing = cmd.config.entry("contexts", &name);
    let done = if existing.is_some() { "modified" } else { "created" };
    let mut entry = existing.cloned().unwrap_or_default();
    put_texts(cmd, &mut entry, &["cluster", "user", "namespace"]);
    put_entry(cmd, "contexts", &name, entry)?;
    cmd.print(&format!("Context \"{name}\" {done}.\n")).await;
    Ok(())
}

const LIST_FLAGS: &[Flag] = &[
    flag("no-headers", FlagKind::Bool, "false", "When using the default or custom-column output format, don't print headers."),
    short("output", 'o', FlagKind::Text, "", "Output format. One of: (name)."),
];

/// `config get-contexts`.
pub const GET_CONTEXTS: Verb = Verb {
    name: "get-contexts",
    usage: "[(-o|--output=)name)]",
    short: "Describe one or many contexts",
    flags: &[LIST_FLAGS],
    run: |cmd| Box::pin(get_contexts(cmd)),
    ..BASE
};

async fn get_contexts(cmd: &Cmd) -> Result<(), Fail> {
    let mut names = cmd.config.names("contexts");
    names.sort();
    let mut errors = Vec::new();
    if !cmd.args().is_empty() {
        for wanted in cmd.args().iter().filter(|n| !names.contains(n)) {
            errors.push(Fail::Text(format!("context {wanted} not found")));
        }
        names.retain(|n| cmd.args().contains(n));
    }
    let output = cmd.flags.text("output");
    if output == "name" {
        cmd.print(&names.iter().map(|n| format!("{n}\n")).collect::<String>()).await;
        return Fail::join(errors);
    }
    if !output.is_empty() {
        return Err(Fail::Text(format!(
            "--output {output} is not available in kubectl config get-contexts; resetting to default output format"
        )));
    }
    let mut table = if cmd.flags.on("no-headers") { String::new() } else { "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n".into() };
    for name in names {
        let entry = cmd.config.entry("contexts", &name);
        let field = |key: &str| entry.and_then(|e| e.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mark = if name == cmd.config.current() { "*" } else { "" };
        table += &format!("{mark}\t{name}\t{}\t{}\t{}\n", field("cluster"), field("user"), field("namespace"));
    }
    cmd.print(&TabWriter::table().align(&table)).await;
    Fail::join(errors)
}

/// `config delete-context`.
pub const DELETE_CONTEXT: Verb = Verb {
    name: "delete-context",
    usage: "NAME",
    short: "Delete the specified context from the kubeconfig",
    run: |cmd| {
        Box::pin(async move {
            match cmd.args() {
                [name] => delete(cmd, "contexts", "context", name).await,
                _ => cmd.help_on_stdout().await,
            }
        })
    },
    ..BASE
};
/// `config rename-context`.
pub const RENAME: Verb = Verb {
    name: "rename-context",
    usage: "CONTEXT_NAME NEW_NAME",
    short: "Rename a context from the kubeconfig file",
    run: |cmd| {
        Box::pin(async move {
            let [old, new] = cmd.args() else { return Err(unexpected(cmd).await) };
            let Some(entry) = cmd.config.entry("contexts", old).cloned() else {
                return Err(Fail::Text(format!("cannot rename the context \"{old}\", it's not in {}", cmd.config.path)));
            };
            if cmd.config.entry("contexts", new).is_some() {
                return Err(Fail::Text(format!(
                    "cannot rename the context \"{old}\", the context \"{new}\" already exists in {}",
                    cmd.config.path
                )));
            }
            let mut config = cmd.config.clone();
            config.remove("contexts", old);
            if let Some(slot) = config.entry_mut("contexts", new) {
                *slot = entry;
            }
            if config.current() == old {
                config.value["current-context"] = json!(new);
            }
            config.save(&cmd.ctx)?;
            cmd.print(&format!("Context \"{old}\" renamed to \"{new}\".\n")).await;
            Ok(())
        })
    },
    ..BASE
};
