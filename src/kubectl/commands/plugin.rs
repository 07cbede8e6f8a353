//! `kubectl plugin`: none can be installed, and `list` says so as kubectl does.

use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};

const FLAGS: &[Flag] =
    &[flag("name-only", FlagKind::Bool, "false", "If true, display only the binary name of each plugin, rather than its full path")];

/// The verb.
pub const VERB: Verb = Verb {
    name: "plugin",
    usage: "[flags]",
    short: "Provides utilities for interacting with plugins",
    long: "Provides utilities for interacting with plugins.",
    subcommands: &[&LIST],
    ..BASE
};

const LIST: Verb = Verb {
    name: "list",
    usage: "[flags]",
    short: "List all visible plugin executables on a user's PATH",
    flags: &[FLAGS],
    run: |_| Box::pin(async { Err("unable to find any kubectl plugins in your PATH".into()) }),
    ..BASE
};
