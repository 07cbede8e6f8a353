//! `kubectl options`.

use crate::kubectl::root::options_text;
use crate::kubectl::verb::{BASE, Verb};

/// The verb.
pub const VERB: Verb = Verb {
    name: "options",
    short: "Print the list of flags inherited by all commands",
    run: |cmd| {
        Box::pin(async move {
            cmd.print(&(options_text(&cmd.ctx) + "\n")).await;
            Ok(())
        })
    },
    ..BASE
};
