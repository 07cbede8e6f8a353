//! `kubectl plugin`: programs called `kubectl-…` on the path. Models kubectl/pkg/cmd/plugin.

use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};

const FLAGS: &[Flag] =
    &[flag("name-only", FlagKind::Bool, "false", "If true, display only the binary name of each plugin, rather than its full path")];

/// The verb.
pub const VERB: Verb = Verb {
    name: "plugin",
    usage: "[flags]",
    short: "Provides utilities for interacting with plugins",
    examples: "# Which plugins there are\nkubectl plugin list",
    subcommands: &[&LIST],
    ..BASE
};

const LIST: Verb = Verb {
    name: "list",
    usage: "[flags]",
    short: "List all visible plugin executables on a user's PATH",
    flags: &[FLAGS],
    run: |cmd| Box::pin(list(cmd)),
    ..BASE
};

async fn list(cmd: &Cmd) -> Result<(), Fail> {
    let path = cmd.ctx.env("PATH").unwrap_or_default();
    let who = cmd.ctx.credentials();
    let mut found = Vec::new();
    for folder in path.split(':').filter(|folder| !folder.is_empty()) {
        let mut names = cmd.ctx.vfs().read_dir(folder, who).unwrap_or_default();
        names.sort();
        for name in names.into_iter().filter(|name| name.starts_with("kubectl-")) {
            found.push(if cmd.flags.on("name-only") { name } else { format!("{folder}/{name}") });
        }
    }
    if found.is_empty() {
        return Err("unable to find any kubectl plugins in your PATH".into());
    }
    cmd.print(&format!("The following compatible plugins are available:\n\n{}\n", found.join("\n"))).await;
    Ok(())
}
