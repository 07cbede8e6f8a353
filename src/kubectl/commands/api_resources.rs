//! `kubectl api-resources`. Models kubectl/pkg/cmd/apiresources.

use crate::api::{Kind, unserved};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::printers::{json as go_json, kyaml, yaml};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("show-managed-fields", FlagKind::Bool, "false", ""),
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

/// One line of the table.
struct Row {
    group: &'static str,
    api_version: String,
    plural: &'static str,
    kind: &'static str,
    short_names: &'static [&'static str],
    namespaced: bool,
    categories: &'static [&'static str],
    verbs: &'static [&'static str],
}

impl Row {
    fn group_resource(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// As discovery describes it.
    fn to_json(&self) -> Value {
        let (group, version) = self.api_version.split_once('/').unwrap_or(("", &self.api_version));
        let mut value = json!({
            "name": self.plural, "singularName": self.kind.to_lowercase(), "namespaced": self.namespaced,
            "version": version, "kind": self.kind, "verbs": self.verbs,
        });
        for (key, list) in [("shortNames", self.short_names), ("categories", self.categories)] {
            if !list.is_empty() {
                value[key] = json!(list);
            }
        }
        if !group.is_empty() {
            value["group"] = json!(group);
        }
        value
    }
}

fn rows() -> Vec<Row> {
    let served = Kind::ALL.iter().map(|kind| {
        let info = kind.info();
        Row {
            group: info.group,
            api_version: info.api_version(),
            plural: info.plural,
            kind: info.kind,
            short_names: info.short_names,
            namespaced: info.namespaced,
            categories: info.categories,
            verbs: match kind {
                Kind::Binding => &["create"],
                // All at once they cannot be deleted.
                Kind::Namespace => &["create", "delete", "get", "list", "patch", "update", "watch"],
                _ => unserved::VERBS,
            },
        }
    });
    let listed = unserved::all().map(|kind| Row {
        group: kind.group,
        api_version: kind.api_version(),
        plural: kind.plural,
        kind: kind.kind,
        short_names: kind.short_names,
        namespaced: kind.namespaced,
        categories: kind.categories,
        verbs: kind.verbs(),
    });
    served.chain(listed).collect()
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.args().is_empty() {
        return Err(cmd.usage_error(&format!("unexpected arguments: [{}]", cmd.args().join(" "))));
    }
    let output = cmd.flags.text("output");
    if !matches!(output, "" | "wide" | "name" | "json" | "yaml" | "kyaml") {
        let quoted = crate::kubectl::printers::gofmt::quote(output);
        return Err(Fail::Text(format!(
            "unable to match a printer suitable for the output format {quoted}, allowed formats are: json,kyaml,name,wide,yaml"
        )));
    }
    let sort = cmd.flags.text("sort-by");
    if !matches!(sort, "" | "name" | "kind") {
        return Err("--sort-by accepts only name or kind".into());
    }
    let (wanted_verbs, categories) = (cmd.flags.list("verbs"), cmd.flags.list("categories"));
    let mut rows = rows();
    rows.retain(|row| {
        (!cmd.flags.changed("api-group") || row.group == cmd.flags.text("api-group"))
            && (!cmd.flags.changed("namespaced") || row.namespaced == cmd.flags.on("namespaced"))
            && wanted_verbs.iter().all(|v| row.verbs.contains(&v.as_str()))
            && categories.iter().all(|c| row.categories.contains(&c.as_str()))
    });
    match sort {
        "name" => rows.sort_by_key(|row| row.plural),
        "kind" => rows.sort_by_key(|row| row.kind),
        _ => rows.sort_by_key(|row| (row.group, row.plural)),
    }
    let text = match output {
        "name" => rows.iter().map(|row| format!("{}\n", row.group_resource())).collect::<String>(),
        "json" | "yaml" | "kyaml" => {
            let resources: Vec<Value> = rows.iter().map(Row::to_json).collect();
            let list = json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "", "resources": resources });
            match output {
                "json" => go_json::typed(&list, "    ") + "\n",
                "kyaml" => kyaml::to_kyaml(&list),
                _ => yaml::to_yaml(&list),
            }
        }
        _ => table(&rows, output == "wide", cmd.flags.on("no-headers")),
    };
    cmd.print(&text).await;
    Ok(())
}

fn table(rows: &[Row], wide: bool, no_headers: bool) -> String {
    let mut table = String::new();
    if !no_headers {
        table += "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND";
        table += if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" };
    }
    for row in rows {
        table += &format!("{}\t{}\t{}\t{}\t{}", row.plural, row.short_names.join(","), row.api_version, row.namespaced, row.kind);
        if wide {
            table += &format!("\t{}\t{}", row.verbs.join(","), row.categories.join(","));
        }
        table.push('\n');
    }
    TabWriter::table().align(&table)
}
