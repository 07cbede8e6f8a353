//! What cordon, uncordon, drain and taint share: the nodes they are about.

use crate::api::Kind;
use crate::kubectl::command::{Cmd, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::output::{DryRun, dry_run};
use serde_json::{Value, json};

/// The nodes named, or selected with `-l`. What does not exist is among the errors.
pub async fn chosen(cmd: &Cmd, verb: &str) -> Result<(Vec<Value>, Vec<Fail>), Fail> {
    let selector = cmd.flags.text("selector");
    if cmd.args().is_empty() && selector.is_empty() {
        return Err(cmd.usage_error(&format!("USAGE: {verb} NODE [flags]")));
    }
    if !cmd.args().is_empty() && !selector.is_empty() {
        return Err(cmd.usage_error("error: cannot specify both a node name and a --selector option"));
    }
    if !selector.is_empty() {
        return Ok((cmd.list(Kind::Node, "", selector, "").await?, Vec::new()));
    }
    let (mut nodes, mut errors) = (Vec::new(), Vec::new());
    for name in cmd.args() {
        let name = match name.split_once('/') {
            Some((kind, name)) => match crate::kubectl::mapping::resolve(kind)? {
                Kind::Node => name,
                other => {
                    let info = other.info();
                    let what = format!("{}/{}, Resource={}", info.group, info.version, info.plural);
                    return Err(Fail::Text(format!("expected resource of type node, got \"{what}\"")));
                }
            },
            None => name,
        };
        match cmd.get(Kind::Node, "", name).await {
            Ok(node) => nodes.push(node),
            Err(e) => errors.push(e),
        }
    }
    Ok((nodes, errors))
}

/// Sets `spec.unschedulable`; prints what was done.
pub async fn cordon(cmd: &Cmd, node: &Value, wanted: bool) -> Result<(), Fail> {
    let name = text(node, &["metadata", "name"]);
    let word = if wanted { "cordoned" } else { "uncordoned" };
    let is = node.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or(false);
    let dry = dry_run(cmd)?;
    let suffix = dry.suffix();
    if is == wanted {
        cmd.print(&format!("node/{name} already {word}{suffix}\n")).await;
        return Ok(());
    }
    if dry != DryRun::Client {
        let patch = json!({ "spec": { "unschedulable": if wanted { json!(true) } else { Value::Null } } });
        cmd.patch(&object_path(Kind::Node, "", &name), "strategic-merge-patch+json", &patch, &[("dryRun", dry.query())]).await?;
    }
    cmd.print(&format!("node/{name} {word}{suffix}\n")).await;
    Ok(())
}
