//! `kubectl config get-clusters|get-users|set-cluster|delete-cluster|delete-user`.

use super::{delete, only_name, put_entry, put_file, put_texts};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::json;

/// `config get-clusters`.
pub const GET_CLUSTERS: Verb = Verb {
    name: "get-clusters",
    usage: "[flags]",
    short: "Display clusters defined in the kubeconfig",
    run: |cmd| Box::pin(list(cmd, "clusters")),
    ..BASE
};
/// `config get-users`.
pub const GET_USERS: Verb = Verb {
    name: "get-users",
    usage: "[flags]",
    short: "Display users defined in the kubeconfig",
    run: |cmd| Box::pin(list(cmd, "users")),
    ..BASE
};

async fn list(cmd: &Cmd, what: &str) -> Result<(), Fail> {
    let names: String = cmd.config.names(what).iter().map(|name| format!("{name}\n")).collect();
    cmd.print(&format!("NAME\n{names}")).await;
    Ok(())
}

/// `config delete-cluster`.
pub const DELETE_CLUSTER: Verb = Verb {
    name: "delete-cluster",
    usage: "NAME",
    short: "Delete the specified cluster from the kubeconfig",
    run: |cmd| {
        Box::pin(async move {
            match cmd.args() {
                [name] => delete(cmd, "clusters", "cluster", name).await,
                _ => cmd.help_on_stdout().await,
            }
        })
    },
    ..BASE
};

/// `config delete-user`.
pub const DELETE_USER: Verb = Verb {
    name: "delete-user",
    usage: "NAME",
    short: "Delete the specified user from the kubeconfig",
    run: |cmd| {
        Box::pin(async move {
            match cmd.args() {
                [name] => delete(cmd, "users", "user", name).await,
                _ => Err(cmd.usage_error("user to delete is required")),
            }
        })
    },
    ..BASE
};

const CLUSTER_FLAGS: &[Flag] = &[
    flag("certificate-authority", FlagKind::Text, "", ""),
    flag("embed-certs", FlagKind::Bool, "false", ""),
    flag("insecure-skip-tls-verify", FlagKind::Bool, "false", ""),
    flag("proxy-url", FlagKind::Text, "", ""),
    flag("server", FlagKind::Text, "", ""),
    flag("tls-server-name", FlagKind::Text, "", ""),
];

/// `config set-cluster`.
pub const SET_CLUSTER: Verb = Verb {
    name: "set-cluster",
    usage: "NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]",
    short: "Set a cluster entry in kubeconfig",
    examples: "# Another server of the cluster in use\nkubectl config set-cluster playground --server=https://127.0.0.1:6443",
    flags: &[CLUSTER_FLAGS],
    run: |cmd| Box::pin(set_cluster(cmd)),
    ..BASE
};

async fn set_cluster(cmd: &Cmd) -> Result<(), Fail> {
    let name = only_name(cmd).await?;
    let (flags, authority) = (&cmd.flags, "certificate-authority");
    if flags.on("insecure-skip-tls-verify") && !flags.text(authority).is_empty() {
        return Err("you cannot specify a certificate authority and insecure mode at the same time".into());
    }
    if flags.on("embed-certs") && flags.text(authority).is_empty() {
        return Err("you must specify a --certificate-authority to embed".into());
    }
    let mut entry = cmd.config.entry("clusters", &name).cloned().unwrap_or_default();
    if flags.changed("server") {
        // The name in the certificate was that of the old one.
        entry.remove("tls-server-name");
    }
    put_texts(cmd, &mut entry, &["server", "tls-server-name", "proxy-url"]);
    if flags.changed("insecure-skip-tls-verify") {
        entry.insert("insecure-skip-tls-verify".into(), json!(flags.on("insecure-skip-tls-verify")));
        if flags.on("insecure-skip-tls-verify") {
            entry.retain(|key, _| !key.starts_with(authority));
        }
    }
    put_file(cmd, &mut entry, authority).await?;
    if !flags.text(authority).is_empty() {
        entry.remove("insecure-skip-tls-verify");
    }
    put_entry(cmd, "clusters", &name, entry)?;
    cmd.print(&format!("Cluster \"{name}\" set.\n")).await;
    Ok(())
}
