//! `kubectl taint`. Models kubectl/pkg/cmd/taint.

use super::common::{ALL, DRY_RUN, FIELD_MANAGER, OUTPUT, SELECTOR, VALIDATE};
use super::get::objects;
use crate::api::Kind;
use crate::api::validation::names::{label_value, qualified_name};
use crate::kubectl::builder::Request;
use crate::kubectl::command::{Cmd, items, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::mapping;
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[flag(
    "overwrite",
    FlagKind::Bool,
    "false",
    "If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.",
)];

/// The verb.
pub const VERB: Verb = Verb {
    name: "taint",
    usage: "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
    short: "Update the taints on one or more nodes",
    examples: "# Only pods that tolerate it\nkubectl taint nodes node-1 node-type=production:NoSchedule\n\n# Take it away\nkubectl taint nodes node-1 node-type=production:NoSchedule-",
    flags: &[FLAGS, SELECTOR, ALL, DRY_RUN, OUTPUT, FIELD_MANAGER, VALIDATE],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

#[derive(Clone, Debug, PartialEq)]
struct Taint {
    key: String,
    value: String,
    effect: String,
}

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// `key=value:Effect`, `key:Effect`, and where it is to be removed `key`.
fn parse(spec: &str) -> Result<Taint, String> {
    let parts: Vec<&str> = spec.split(':').collect();
    let (pair, effect) = match parts.as_slice() {
        [pair] => (*pair, ""),
        [pair, effect] => {
            if !EFFECTS.contains(effect) {
                return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
            }
            (*pair, *effect)
        }
        _ => return Err(format!("invalid taint spec: {spec}")),
    };
    let legal = |faults: Vec<String>| match faults.is_empty() {
        true => Ok(()),
        false => Err(format!("invalid taint spec: {spec}, {}", faults.join("; "))),
    };
    if parts.len() == 1 {
        legal(qualified_name(pair))?;
    }
    let halves: Vec<&str> = pair.split('=').collect();
    let (key, value) = match halves.as_slice() {
        [key] => (*key, ""),
        [key, value] => (*key, *value),
        _ => return Err(format!("invalid taint spec: {spec}")),
    };
    legal(qualified_name(key))?;
    legal(label_value(value))?;
    Ok(Taint { key: key.into(), value: value.into(), effect: effect.into() })
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let args = cmd.args();
    let is_taint = |a: &String| a.contains(':') || a.contains('=') || a.ends_with('-');
    let at = args.iter().position(is_taint).unwrap_or(args.len());
    let (resources, specs) = args.split_at(at);
    if resources.is_empty() {
        return Err("one or more resources must be specified as <resource> <name>".into());
    }
    if specs.is_empty() {
        return Err("at least one taint update is required".into());
    }
    let (mut add, mut remove): (Vec<Taint>, Vec<Taint>) = (Vec::new(), Vec::new());
    for spec in specs {
        let usage = |e: String| cmd.usage_error(&e);
        match spec.strip_suffix('-') {
            Some(spec) => remove.push(parse(spec).map_err(usage)?),
            None => {
                let taint = parse(spec).map_err(usage)?;
                if taint.effect.is_empty() {
                    return Err(cmd.usage_error(&format!("invalid taint spec: {spec}")));
                }
                if add.iter().any(|known: &Taint| known.key == taint.key && known.effect == taint.effect) {
                    let Taint { key, value, effect } = &taint;
                    let twice = format!("duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}");
                    return Err(cmd.usage_error(&twice));
                }
                add.push(taint);
            }
        }
    }
    let clashes = |gone: &Taint| add.iter().any(|t| t.key == gone.key && (gone.effect.is_empty() || gone.effect == t.effect));
    let both: Vec<String> = remove.iter().filter(|gone| clashes(gone)).map(|t| format!("{}={}", t.key, t.effect)).collect();
    if !both.is_empty() {
        let both = both.join(", ");
        return Err(Fail::Text(format!("can not both modify and remove the following taint(s) in the same command: {both}")));
    }
    let all = cmd.flags.on("all");
    if let Some(kind) = resources.first() {
        match mapping::resolve(kind) {
            Ok(Kind::Node) => {}
            Ok(_) => return Err(Fail::Text(format!("invalid resource type {kind}, only node types are supported"))),
            Err(e) => return Err(Fail::Raw(e.message(), 1)),
        }
    }
    let resources = if all { resources.get(..1).unwrap_or_default() } else { resources };
    let dry = dry_run(cmd)?;
    let mut request = Request::from(cmd);
    request.args = resources.to_vec();
    let targets = request.clone().targets(cmd).await?.list;
    let mut printer = Printer::for_change(cmd).await?.without_suffix();
    let mut errors = Vec::new();
    for target in &targets {
        let nodes = match objects(cmd, target, &request).await {
            Ok(nodes) => nodes,
            Err(e) => {
                errors.push(e);
                continue;
            }
        };
        for node in nodes {
            match one(cmd, &node, &add, &remove, dry).await {
                Ok((node, word)) => printer.show(cmd, &node, word).await?,
                Err(e) => errors.push(e),
            }
        }
    }
    Fail::join(errors)
}

async fn one(cmd: &Cmd, node: &Value, add: &[Taint], remove: &[Taint], dry: DryRun) -> Result<(Value, &'static str), Fail> {
    let name = text(node, &["metadata", "name"]);
    let old = items(node, &["spec", "taints"]);
    let same = |value: &Value, taint: &Taint| text(value, &["key"]) == taint.key && text(value, &["effect"]) == taint.effect;
    if !cmd.flags.on("overwrite") {
        let clashes: Vec<&str> = add.iter().filter(|t| old.iter().any(|o| same(o, t))).map(|t| t.key.as_str()).collect();
        if !clashes.is_empty() {
            return Err(Fail::Text(format!(
                "node {name} already has {} taint(s) with same effect(s) and --overwrite is false",
                clashes.join(",")
            )));
        }
    }
    let overwritten = add.iter().any(|t| old.iter().any(|o| same(o, t)));
    let mut new: Vec<Value> = old.to_vec();
    let mut missing = Vec::new();
    for taint in remove {
        let before = new.len();
        new.retain(|o| !(text(o, &["key"]) == taint.key && (taint.effect.is_empty() || text(o, &["effect"]) == taint.effect)));
        if new.len() == before {
            let shown = if taint.effect.is_empty() { taint.key.clone() } else { format!("{}:{}", taint.key, taint.effect) };
            missing.push(Fail::Text(format!("taint {} not found", quote(&shown))));
        }
    }
    if !missing.is_empty() {
        Fail::join(missing)?;
    }
    let removed = new.len() < old.len();
    let mut added = Vec::new();
    for taint in add {
        new.retain(|o| !same(o, taint));
        let mut value = json!({ "key": taint.key, "effect": taint.effect });
        if !taint.value.is_empty() {
            value["value"] = json!(taint.value);
        }
        added.push(value);
    }
    added.extend(new);
    let word = match (removed || overwritten, add.is_empty()) {
        (_, true) => "untainted",
        (true, false) => "modified",
        (false, false) => "tainted",
    };
    let mut result = node.clone();
    result["spec"]["taints"] = json!(added);
    if dry != DryRun::Client {
        let patch = json!({ "spec": { "taints": if added.is_empty() { Value::Null } else { json!(added) } } });
        let query = [("dryRun", dry.query()), ("fieldManager", cmd.manager())];
        result = cmd.patch(&object_path(Kind::Node, "", &name), "merge-patch+json", &patch, &query).await?;
    }
    Ok((result, word))
}
