//! `kubectl api-resources`. Models kubectl/pkg/cmd/apiresources.

use crate::api::Kind;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::verb::{BASE, Verb};

const FLAGS: &[Flag] = &[
    flag("api-group", FlagKind::Text, "", "Limit to resources in the specified API group."),
    flag(
        "namespaced",
        FlagKind::Bool,
        "true",
        "If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.",
    ),
    flag("verbs", FlagKind::Slice, "", "Limit to resources that support the specified verbs."),
    flag("categories", FlagKind::Slice, "", "Limit to resources that belong to the specified categories."),
    flag("cached", FlagKind::Bool, "false", "Use the cached list of resources if available."),
    flag(
        "sort-by",
        FlagKind::Text,
        "",
        "If non-empty, sort list of resources using specified field. The field can be either 'name' or 'kind'.",
    ),
    flag("no-headers", FlagKind::Bool, "false", "When using the default or custom-column output format, don't print headers."),
    short("output", 'o', FlagKind::Text, "", "Output format. One of: (json, yaml, name, wide)."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "api-resources",
    usage: "[flags]",
    short: "Print the supported API resources on the server",
    examples: "# Everything there is\nkubectl api-resources\n\n# What belongs to no namespace\nkubectl api-resources --namespaced=false",
    flags: &[FLAGS],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// What can be done with objects of a kind.
fn verbs(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Binding => &["create"],
        _ => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    }
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.args().is_empty() {
        return Err(cmd.usage_error(&format!("unexpected arguments: [{}]", cmd.args().join(" "))));
    }
    let output = cmd.flags.text("output");
    if !matches!(output, "" | "wide" | "name") {
        return Err(Fail::Text(format!("--output {output} is not available")));
    }
    let sort = cmd.flags.text("sort-by");
    if !matches!(sort, "" | "name" | "kind") {
        return Err("--sort-by accepts only name or kind".into());
    }
    let (wanted_verbs, categories) = (cmd.flags.list("verbs"), cmd.flags.list("categories"));
    let mut kinds: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|k| {
            let info = k.info();
            (!cmd.flags.changed("api-group") || info.group == cmd.flags.text("api-group"))
                && (!cmd.flags.changed("namespaced") || info.namespaced == cmd.flags.on("namespaced"))
                && wanted_verbs.iter().all(|v| verbs(*k).contains(&v.as_str()))
                && categories.iter().all(|c| info.categories.contains(&c.as_str()))
        })
        .collect();
    match sort {
        "name" => kinds.sort_by_key(|k| k.info().plural),
        "kind" => kinds.sort_by_key(|k| k.info().kind),
        _ => kinds.sort_by_key(|k| (k.info().group, k.info().plural)),
    }
    if output == "name" {
        cmd.print(&kinds.iter().map(|k| format!("{}\n", k.info().group_resource())).collect::<String>()).await;
        return Ok(());
    }
    let wide = output == "wide";
    let mut table = String::new();
    if !cmd.flags.on("no-headers") {
        table += "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND";
        table += if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" };
    }
    for kind in kinds {
        let info = kind.info();
        table += &format!("{}\t{}\t{}\t{}\t{}", info.plural, info.short_names.join(","), info.api_version(), info.namespaced, info.kind);
        if wide {
            table += &format!("\t{}\t{}", verbs(kind).join(","), info.categories.join(","));
        }
        table.push('\n');
    }
    cmd.print(&TabWriter::table().align(&table)).await;
    Ok(())
}
