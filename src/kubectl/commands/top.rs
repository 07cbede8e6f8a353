//! `kubectl top`: the cluster has no metrics server, so it says what kubectl says then.

use super::common::{ALL_NAMESPACES, FIELD_SELECTOR, SELECTOR};
use crate::kubectl::command::Cmd;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Running, Verb};

const FLAGS: &[Flag] = &[
    flag("sort-by", FlagKind::Text, "", "If non-empty, sort nodes list using specified field. The field can be either 'cpu' or 'memory'."),
    flag("no-headers", FlagKind::Bool, "false", "If present, print output without headers"),
    flag("show-swap", FlagKind::Bool, "false", ""),
    flag("use-protocol-buffers", FlagKind::Bool, "true", "Enables using protocol-buffers to access Metrics API."),
];

const NODE_FLAGS: &[Flag] = &[flag("show-capacity", FlagKind::Bool, "false", "")];
const POD_FLAGS: &[Flag] = &[flag("containers", FlagKind::Bool, "false", ""), flag("sum", FlagKind::Bool, "false", "")];

/// The verb.
pub const VERB: Verb =
    Verb { name: "top", usage: "[flags]", short: "Display resource (CPU/memory) usage", subcommands: &[&NODE, &POD], ..BASE };

const NODE: Verb = Verb {
    name: "node",
    aliases: &["nodes", "no"],
    usage: "[NAME | -l label]",
    short: "Display resource (CPU/memory) usage of nodes",
    flags: &[FLAGS, NODE_FLAGS, SELECTOR],
    run: unavailable,
    ..BASE
};

const POD: Verb = Verb {
    name: "pod",
    aliases: &["pods", "po"],
    usage: "[NAME | -l label]",
    short: "Display resource (CPU/memory) usage of pods",
    flags: &[FLAGS, POD_FLAGS, SELECTOR, FIELD_SELECTOR, ALL_NAMESPACES],
    run: unavailable,
    ..BASE
};

fn unavailable(cmd: &Cmd) -> Running<'_> {
    Box::pin(async {
        if !cmd.args().is_empty() && !cmd.flags.text("selector").is_empty() {
            return Err("only one of NAME or --selector can be provided".into());
        }
        // What the server has is asked first.
        cmd.json(Call::new("GET", "/apis")).await?;
        Err("Metrics API not available".into())
    })
}
