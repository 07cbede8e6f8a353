//! Subcommands of `create` for kinds that are not simulated: each says so.

use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::verb::{BASE, Running, Verb};

fn refuse(cmd: &Cmd) -> Running<'_> {
    Box::pin(async move { Err(Fail::Text(format!("{} is not simulated in Podground", cmd.path.trim_start_matches("kubectl ")))) })
}

/// `create clusterrole`.
pub const CLUSTER_ROLE: Verb = Verb {
    name: "clusterrole",
    usage: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]",
    short: "Create a cluster role",
    run: refuse,
    ..BASE
};
/// `create clusterrolebinding`.
pub const CLUSTER_ROLE_BINDING: Verb = Verb {
    name: "clusterrolebinding",
    usage: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Create a cluster role binding for a particular cluster role",
    run: refuse,
    ..BASE
};
/// `create ingress`.
pub const INGRESS: Verb = Verb {
    name: "ingress",
    aliases: &["ing"],
    usage: "NAME --rule=host/path=service:port[,tls[=secret]] ",
    short: "Create an ingress with the specified name",
    run: refuse,
    ..BASE
};
/// `create role`.
pub const ROLE: Verb = Verb {
    name: "role",
    usage: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]",
    short: "Create a role with single rule",
    run: refuse,
    ..BASE
};
/// `create rolebinding`.
pub const ROLE_BINDING: Verb = Verb {
    name: "rolebinding",
    usage: "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Create a role binding for a particular role or cluster role",
    run: refuse,
    ..BASE
};
