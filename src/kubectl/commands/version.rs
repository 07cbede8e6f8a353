//! `kubectl version`.

use crate::kubectl::command::{Cmd, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::printers::{json as go_json, yaml};
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::json;

const FLAGS: &[Flag] = &[
    flag("client", FlagKind::Bool, "false", "If true, shows client version only (no server required)."),
    short("output", 'o', FlagKind::Text, "", "One of 'yaml' or 'json'."),
];

/// The version that this kubectl says it is, and its kustomize.
const CLIENT: &str = "v1.36.2";
const KUSTOMIZE: &str = "v5.8.1";

/// The verb.
pub const VERB: Verb = Verb {
    name: "version",
    usage: "[flags]",
    short: "Print the client and server version information",
    examples: "# Of both sides\nkubectl version\n\n# Only of kubectl\nkubectl version --client",
    flags: &[FLAGS],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.args().is_empty() {
        return Err(Fail::Text(format!("extra arguments: [{}]", cmd.args().join(" "))));
    }
    let server = if cmd.flags.on("client") { None } else { Some(cmd.json(Call::new("GET", "/version")).await?) };
    let client = json!({
        "major": "1", "minor": "36", "gitVersion": CLIENT, "gitTreeState": "clean", "compiler": "rustc", "platform": "linux/amd64",
    });
    let mut all = json!({ "clientVersion": client, "kustomizeVersion": KUSTOMIZE });
    if let Some(server) = &server {
        all["serverVersion"] = server.clone();
    }
    let shown = match cmd.flags.text("output") {
        "yaml" => yaml::to_yaml(&all),
        "json" => go_json::typed(&all, "  ") + "\n",
        "" => {
            let line = server.map(|s| format!("Server Version: {}\n", text(&s, &["gitVersion"]))).unwrap_or_default();
            format!("Client Version: {CLIENT}\nKustomize Version: {KUSTOMIZE}\n{line}")
        }
        _ => return Err("--output must be 'yaml' or 'json'".into()),
    };
    cmd.print(&shown).await;
    Ok(())
}
