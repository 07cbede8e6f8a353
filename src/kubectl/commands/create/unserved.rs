//! Objects that kubectl can write down, of kinds that the cluster does not serve.

use super::{field_validation, place, save_config};
use crate::api::unserved::{self, Unserved};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::mapping;
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::rest::Call;
use serde_json::{Value, json};

/// A kind's group and plural name, of those that are served and those that are not.
pub fn resource(name: &str) -> Result<(&'static str, &'static str), Fail> {
    if let Ok(kind) = mapping::resolve(name) {
        return Ok((kind.info().group, kind.info().plural));
    }
    match mapping::unserved(name) {
        Some(kind) => Ok((kind.group, kind.plural)),
        None => {
            let (name, group) = name.split_once('.').unwrap_or((name, ""));
            let group = if group.is_empty() { String::new() } else { format!(" in group \"{group}\"") };
            Err(Fail::Raw(format!("the server doesn't have a resource type \"{name}\"{group}"), 1))
        }
    }
}

/// Prints the object, or asks the server to create it, which refuses in words.
pub async fn generated(cmd: &Cmd, group: &str, plural: &str, object: Value) -> Result<(), Fail> {
    let Some(kind) = unserved::by_plural(group, plural) else { return Err(Fail::Exit(1)) };
    let failed = |e: Fail| Fail::Text(format!("failed to create {}: {}", kind.kind.to_lowercase(), e.message()));
    let mut printer = Printer::for_change(cmd).await?.typed();
    field_validation(cmd)?;
    let dry = dry_run(cmd)?;
    let (mut object, namespace) = shaped(cmd, kind, object);
    save_config(cmd, &mut object);
    if dry != DryRun::Client {
        let place = if kind.namespaced { format!("namespaces/{namespace}/") } else { String::new() };
        let call = Call::new("POST", format!("/apis/{}/{place}{}", kind.api_version(), kind.plural));
        let call = call.query("dryRun", dry.query()).query("fieldManager", cmd.manager());
        object = cmd.json(call.json(&object)).await.map_err(failed)?;
    }
    printer.show(cmd, &object, "created").await
}

/// The object with what it is and where, and its namespace.
pub fn shaped(cmd: &Cmd, kind: &Unserved, mut object: Value) -> (Value, String) {
    object["apiVersion"] = json!(kind.api_version());
    object["kind"] = json!(kind.kind);
    let namespace = place(cmd, &mut object, kind.namespaced);
    (object, namespace)
}
