//! `kubectl create poddisruptionbudget`. Models kubectl/pkg/cmd/create/create_pdb.go.

use super::super::common::{DRY_RUN, FIELD_MANAGER, OUTPUT, SAVE_CONFIG, VALIDATE};
use super::{generated, name_argument};
use crate::api::Kind;
use crate::api::selector::parse_to_label_selector;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("min-available", FlagKind::Text, "", "The minimum number or percentage of available pods this budget requires."),
    flag("max-unavailable", FlagKind::Text, "", "The maximum number or percentage of unavailable pods this budget requires."),
    flag(
        "selector",
        FlagKind::Text,
        "",
        "A label selector to use for this budget. Only equality-based selector requirements are supported.",
    ),
];

/// `create poddisruptionbudget`.
pub const POD_DISRUPTION_BUDGET: Verb = Verb {
    name: "poddisruptionbudget",
    aliases: &["pdb"],
    usage: "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]",
    short: "Create a pod disruption budget with the specified name",
    examples: "# At least half of the pods with app=web stay available\nkubectl create pdb web --selector=app=web --min-available=50%",
    flags: &[FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(budget(cmd)),
    ..BASE
};

/// `10`, `30%`.
fn amount(text: &str, flag: &str) -> Result<Value, Fail> {
    let digits = text.strip_suffix('%').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fail::Text(format!("invalid format specified for {flag}")));
    }
    Ok(if text.ends_with('%') { json!(text) } else { json!(digits.parse::<i32>().unwrap_or(i32::MAX)) })
}

async fn budget(cmd: &Cmd) -> Result<(), Fail> {
    let name = name_argument(cmd)?;
    let (selector, least, most) = (cmd.flags.text("selector"), cmd.flags.text("min-available"), cmd.flags.text("max-unavailable"));
    if selector.is_empty() {
        return Err("a selector must be specified".into());
    }
    let (field, value) = match (least.is_empty(), most.is_empty()) {
        (true, true) => return Err("one of min-available or max-unavailable must be specified".into()),
        (false, false) => return Err("min-available and max-unavailable cannot be both specified".into()),
        (false, true) => ("minAvailable", amount(least, "min-available")?),
        (true, false) => ("maxUnavailable", amount(most, "max-unavailable")?),
    };
    let chosen = parse_to_label_selector(selector).map_err(Fail::Text)?;
    let object = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": name },
        "spec": { field: value, "selector": chosen },
        "status": { "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0 },
    });
    generated(cmd, Kind::PodDisruptionBudget, object).await
}
