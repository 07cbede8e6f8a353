//! `kubectl cordon` and `kubectl uncordon`. Models kubectl/pkg/cmd/drain.

use super::common::{DRY_RUN, SELECTOR};
use super::nodes::{chosen, cordon};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::verb::{BASE, Verb};

/// `cordon`.
pub const VERB: Verb = Verb {
    name: "cordon",
    usage: "NODE",
    short: "Mark node as unschedulable",
    examples: "# No new pods on the node\nkubectl cordon node-1",
    flags: &[DRY_RUN, SELECTOR],
    run: |cmd| Box::pin(run(cmd, true)),
    ..BASE
};

/// `uncordon`.
pub const UNCORDON: Verb = Verb {
    name: "uncordon",
    usage: "NODE",
    short: "Mark node as schedulable",
    examples: "# Pods may come again\nkubectl uncordon node-1",
    flags: &[DRY_RUN, SELECTOR],
    run: |cmd| Box::pin(run(cmd, false)),
    ..BASE
};

async fn run(cmd: &Cmd, wanted: bool) -> Result<(), Fail> {
    let (nodes, mut errors) = chosen(cmd, if wanted { "cordon" } else { "uncordon" }).await?;
    // A name that is none stops it before anything is done.
    if !errors.is_empty() {
        return Fail::join(errors);
    }
    for node in &nodes {
        if let Err(e) = cordon(cmd, node, wanted).await {
            errors.push(e);
        }
    }
    Fail::join(errors)
}
