//! `kubectl config`: one subcommand a function. Models kubectl/pkg/cmd/config.

use super::common::OUTPUT;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::output::Printer;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::printers::yaml;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Map, Value, json};

/// The verb.
pub const VERB: Verb = Verb {
    name: "config",
    usage: "SUBCOMMAND",
    short: "Modify kubeconfig files",
    long: "Modify kubeconfig files using subcommands like \"kubectl config set current-context my-context\".\n\n The loading order follows these rules:\n\n  1.  If the --kubeconfig flag is set, then only that file is loaded. The flag may only be set once and no merging takes place.\n  2.  If $KUBECONFIG environment variable is set, then it is used as a list of paths (normal path delimiting rules for your system). These paths are merged. When a value is modified, it is modified in the file that defines the stanza. When a value is created, it is created in the first file that exists. If no files in the chain exist, then it creates the last file in the list.\n  3.  Otherwise, ${HOME}/.kube/config is used and no merging takes place.",
    subcommands: &[
        &CURRENT,
        &DELETE_CLUSTER,
        &DELETE_CONTEXT,
        &DELETE_USER,
        &GET_CLUSTERS,
        &GET_CONTEXTS,
        &GET_USERS,
        &RENAME,
        &SET,
        &SET_CLUSTER,
        &SET_CONTEXT,
        &SET_CREDENTIALS,
        &UNSET,
        &USE,
        &VIEW,
    ],
    ..BASE
};

const CURRENT: Verb = Verb {
    name: "current-context",
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

const USE: Verb = Verb {
    name: "use-context",
    aliases: &["use"],
    usage: "CONTEXT_NAME",
    short: "Set the current-context in a kubeconfig file",
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

async fn only_name(cmd: &Cmd) -> Result<String, Fail> {
    match cmd.args() {
        [name] => Ok(name.clone()),
        _ => Err(unexpected(cmd).await),
    }
}

async fn unexpected(cmd: &Cmd) -> Fail {
    cmd.help_and_error(&format!("Unexpected args: [{}]", cmd.args().join(" "))).await
}

const CONTEXT_FLAGS: &[Flag] = &[flag("current", FlagKind::Bool, "false", "Modify the current context")];

const SET_CONTEXT: Verb = Verb {
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
    let existed = cmd.config.entry("contexts", &name).is_some();
    let mut config = cmd.config.clone();
    if let Some(entry) = config.entry_mut("contexts", &name) {
        for key in ["cluster", "user", "namespace"] {
            if cmd.flags.changed(key) {
                set_or_remove(entry, key, cmd.flags.text(key));
            }
        }
    }
    config.save(&cmd.ctx)?;
    cmd.print(&format!("Context \"{name}\" {}.\n", if existed { "modified" } else { "created" })).await;
    Ok(())
}

fn set_or_remove(entry: &mut Map<String, Value>, key: &str, value: &str) {
    if value.is_empty() {
        entry.remove(key);
    } else {
        entry.insert(key.into(), json!(value));
    }
}

const SET_CLUSTER: Verb = Verb {
    name: "set-cluster",
    usage: "NAME [--server=server]",
    short: "Set a cluster entry in kubeconfig",
    run: |cmd| {
        Box::pin(async move {
            let name = only_name(cmd).await?;
            let mut config = cmd.config.clone();
            if let Some(entry) = config.entry_mut("clusters", &name) {
                for key in ["server", "tls-server-name", "certificate-authority"] {
                    if cmd.flags.changed(key) {
                        set_or_remove(entry, key, cmd.flags.text(key));
                    }
                }
            }
            config.save(&cmd.ctx)?;
            cmd.print(&format!("Cluster \"{name}\" set.\n")).await;
            Ok(())
        })
    },
    ..BASE
};

const SET_CREDENTIALS: Verb = Verb {
    name: "set-credentials",
    usage: "NAME [--token=bearer_token] [--username=basic_user] [--password=basic_password]",
    short: "Set a user entry in kubeconfig",
    run: |cmd| {
        Box::pin(async move {
            let name = only_name(cmd).await?;
            let mut config = cmd.config.clone();
            if let Some(entry) = config.entry_mut("users", &name) {
                for key in ["token", "username", "password", "client-certificate", "client-key"] {
                    if cmd.flags.changed(key) {
                        set_or_remove(entry, key, cmd.flags.text(key));
                    }
                }
            }
            config.save(&cmd.ctx)?;
            cmd.print(&format!("User \"{name}\" set.\n")).await;
            Ok(())
        })
    },
    ..BASE
};

const LIST_FLAGS: &[Flag] = &[
    flag("no-headers", FlagKind::Bool, "false", "When using the default or custom-column output format, don't print headers."),
    short("output", 'o', FlagKind::Text, "", "Output format. One of: (name)."),
];

const GET_CONTEXTS: Verb = Verb {
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
        return Err(Fail::Text(format!("output must be one of '' or 'name': {output}")));
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

const GET_CLUSTERS: Verb =
    Verb { name: "get-clusters", short: "Display clusters defined in the kubeconfig", run: |cmd| Box::pin(list(cmd, "clusters")), ..BASE };
const GET_USERS: Verb =
    Verb { name: "get-users", short: "Display users defined in the kubeconfig", run: |cmd| Box::pin(list(cmd, "users")), ..BASE };

async fn list(cmd: &Cmd, what: &str) -> Result<(), Fail> {
    let mut names = cmd.config.names(what);
    names.sort();
    cmd.print(&format!("NAME\n{}", names.iter().map(|n| format!("{n}\n")).collect::<String>())).await;
    Ok(())
}

const DELETE_CONTEXT: Verb = Verb {
    name: "delete-context",
    usage: "NAME",
    short: "Delete the specified context from the kubeconfig",
    run: |cmd| Box::pin(delete(cmd, "contexts", "context")),
    ..BASE
};
const DELETE_CLUSTER: Verb = Verb {
    name: "delete-cluster",
    usage: "NAME",
    short: "Delete the specified cluster from the kubeconfig",
    run: |cmd| Box::pin(delete(cmd, "clusters", "cluster")),
    ..BASE
};
const DELETE_USER: Verb = Verb {
    name: "delete-user",
    usage: "NAME",
    short: "Delete the specified user from the kubeconfig",
    run: |cmd| Box::pin(delete(cmd, "users", "user")),
    ..BASE
};

async fn delete(cmd: &Cmd, list: &str, word: &str) -> Result<(), Fail> {
    let name = only_name(cmd).await?;
    let mut config = cmd.config.clone();
    if !config.remove(list, &name) {
        return Err(Fail::Text(format!("cannot delete {word} {name}, not in {}", config.path)));
    }
    if list == "contexts" && config.current() == name {
        cmd.eprint("warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n").await;
    }
    config.save(&cmd.ctx)?;
    cmd.print(&format!("deleted {word} {name} from {}\n", config.path)).await;
    Ok(())
}

const RENAME: Verb = Verb {
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

const SET: Verb = Verb {
    name: "set",
    usage: "PROPERTY_NAME PROPERTY_VALUE",
    short: "Set an individual value in a kubeconfig file",
    run: |cmd| {
        Box::pin(async move {
            let [name, value] = cmd.args() else { return Err(unexpected(cmd).await) };
            change(cmd, name, Some(value))?;
            cmd.print(&format!("Property \"{name}\" set.\n")).await;
            Ok(())
        })
    },
    ..BASE
};

const UNSET: Verb = Verb {
    name: "unset",
    usage: "PROPERTY_NAME",
    short: "Unset an individual value in a kubeconfig file",
    run: |cmd| {
        Box::pin(async move {
            let name = only_name(cmd).await?;
            change(cmd, &name, None)?;
            cmd.print(&format!("Property \"{name}\" unset.\n")).await;
            Ok(())
        })
    },
    ..BASE
};

/// `current-context`, `contexts.playground.namespace`, `contexts.playground`.
fn change(cmd: &Cmd, name: &str, value: Option<&str>) -> Result<(), Fail> {
    let mut config = cmd.config.clone();
    let parts: Vec<&str> = name.splitn(2, '.').collect();
    match (parts.as_slice(), value) {
        ([only], value) if *only == "current-context" => config.value["current-context"] = json!(value.unwrap_or_default()),
        ([list, rest], value) if matches!(*list, "contexts" | "clusters" | "users") => {
            let (entry, field) = rest.rsplit_once('.').map_or((*rest, None), |(e, f)| (e, Some(f)));
            match (field, value) {
                (Some(field), value) => {
                    if let Some(entry) = config.entry_mut(list, entry) {
                        set_or_remove(entry, field, value.unwrap_or_default());
                    }
                }
                (None, None) => {
                    config.remove(list, entry);
                }
                (None, Some(_)) => return Err(Fail::Text(format!("unable to parse path \"{name}\" at \"{entry}\""))),
            }
        }
        _ => return Err(Fail::Text(format!("unable to parse {name} after [] at api.Config"))),
    }
    config.save(&cmd.ctx)
}

const VIEW_FLAGS: &[Flag] = &[
    flag("minify", FlagKind::Bool, "false", "Remove all information not used by current-context from the output"),
    flag("raw", FlagKind::Bool, "false", "Display raw byte data and sensitive data"),
    flag("flatten", FlagKind::Bool, "false", "Flatten the resulting kubeconfig file into self-contained output"),
    flag("merge", FlagKind::Optional("true"), "true", "Merge the full hierarchy of kubeconfig files"),
];

const VIEW: Verb = Verb {
    name: "view",
    usage: "[flags]",
    short: "Display merged kubeconfig settings or a specified kubeconfig file",
    flags: &[VIEW_FLAGS, OUTPUT],
    run: |cmd| Box::pin(view(cmd)),
    ..BASE
};

async fn view(cmd: &Cmd) -> Result<(), Fail> {
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
        for (list, name) in [("contexts", &context), ("clusters", &cluster), ("users", &user)] {
            if let Some(items) = config.get_mut(list).and_then(Value::as_array_mut) {
                items.retain(|item| item.get("name").and_then(Value::as_str) == Some(name));
            }
        }
        config["current-context"] = json!(context);
    }
    if !cmd.flags.on("raw") {
        redact(&mut config);
    }
    match Printer::from_flags(cmd, false).await? {
        Some(mut printer) => printer.show(cmd, &config, "").await,
        None => {
            cmd.print(&yaml::to_yaml(&config)).await;
            Ok(())
        }
    }
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
