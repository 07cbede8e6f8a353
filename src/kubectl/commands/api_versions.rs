//! `kubectl api-versions`.

use crate::api::{Kind, unserved};
use crate::kubectl::verb::{BASE, Verb};
use std::collections::BTreeSet;

/// The verb.
pub const VERB: Verb = Verb {
    name: "api-versions",
    short: "Print the supported API versions on the server, in the form of \"group/version\"",
    examples: "# Every version there is\nkubectl api-versions",
    run: |cmd| {
        Box::pin(async move {
            if !cmd.args().is_empty() {
                return Err(cmd.usage_error(&format!("unexpected arguments: [{}]", cmd.args().join(" "))));
            }
            let served = Kind::ALL.iter().map(|k| k.info().api_version());
            // An autoscaler has an old version too.
            let listed = unserved::all().map(|k| k.api_version()).chain(["autoscaling/v1".into()]);
            let all: BTreeSet<String> = served.chain(listed).collect();
            cmd.print(&all.iter().map(|v| format!("{v}\n")).collect::<String>()).await;
            Ok(())
        })
    },
    ..BASE
};
