//! `kubectl autoscale`: the autoscaler is written down as kubectl would; there are no metrics to scale by, so that none can be
//! created. Models kubectl/pkg/cmd/autoscale.

use super::common::{DRY_RUN, FIELD_MANAGER, FILES, OUTPUT, SAVE_CONFIG};
use super::create::unserved;
use super::get::objects;
use crate::api::quantity::Quantity;
use crate::api::{Kind, unserved as kinds};
use crate::kubectl::builder::Request;
use crate::kubectl::command::{Cmd, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("cpu", FlagKind::Text, "", ""),
    flag("cpu-percent", FlagKind::Int, "-1", "")
        .deprecated("Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU)."),
    flag("max", FlagKind::Int, "-1", ""),
    flag("memory", FlagKind::Text, "", ""),
    flag("min", FlagKind::Int, "-1", ""),
    flag("name", FlagKind::Text, "", ""),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "autoscale",
    usage: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
    short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
    examples: "# An autoscaler for a deployment, as a manifest\nkubectl autoscale deployment web --min=2 --max=5 --cpu=80% --dry-run=client -o yaml",
    flags: &[FLAGS, FILES, DRY_RUN, OUTPUT, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let flags = &cmd.flags;
    cmd.require(&["max"])?;
    let (min, max) = (flags.int("min"), flags.int("max"));
    if max < 1 {
        return Err(Fail::Text(format!("--max=MAXPODS is required and must be at least 1, max: {max}")));
    }
    if max < min {
        return Err(Fail::Text(format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}")));
    }
    if flags.changed("cpu") && flags.changed("cpu-percent") {
        return Err("--cpu-percent and --cpu are mutually exclusive".into());
    }
    let mut spec = json!({ "maxReplicas": max });
    if min > 0 {
        spec["minReplicas"] = json!(min);
    }
    let percent = if flags.int("cpu-percent") > 0 { format!("{}%", flags.text("cpu-percent")) } else { String::new() };
    let cpu = if flags.text("cpu").is_empty() { percent.as_str() } else { flags.text("cpu") };
    let wanted = [("cpu", cpu), ("memory", flags.text("memory"))];
    let request = Request::from(cmd);
    let mut printer = Printer::for_change(cmd).await?.typed();
    for target in request.clone().targets(cmd).await?.list {
        for object in objects(cmd, &target, &request).await? {
            scalable(&object)?;
            let metrics: Vec<Value> =
                wanted.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| metric(name, value)).collect::<Result<_, _>>()?;
            if !metrics.is_empty() {
                spec["metrics"] = Value::Array(metrics);
            }
            let name = text(&object, &["metadata", "name"]);
            spec["scaleTargetRef"] = json!({ "kind": object["kind"], "name": name, "apiVersion": object["apiVersion"] });
            let name = if flags.text("name").is_empty() { &name } else { flags.text("name") };
            let scaler = json!({
                "metadata": { "name": name }, "spec": spec, "status": { "desiredReplicas": 0, "currentMetrics": null },
            });
            let Some(kind) = kinds::by_plural("autoscaling", "horizontalpodautoscalers") else { continue };
            if dry_run(cmd)? != DryRun::Client {
                return Err("horizontal pod autoscaling is not simulated in Podground".into());
            }
            let (scaler, _) = unserved::shaped(cmd, kind, scaler);
            printer.show(cmd, &scaler, "created").await?;
        }
    }
    Ok(())
}

/// `80%` of what is asked for, or an amount.
fn metric(name: &str, value: &str) -> Result<Value, Fail> {
    let invalid = || Fail::Text(format!("invalid resource {name} value: {value}"));
    let target = match value.strip_suffix('%') {
        Some(percent) => {
            let percent: u32 = percent.parse().map_err(|_| Fail::Text(format!("invalid percentage value: {percent}")))?;
            json!({ "type": "Utilization", "averageUtilization": percent })
        }
        None => {
            let amount = Quantity::parse(value).map_err(|_| invalid())?;
            json!({ "type": "AverageValue", "averageValue": amount.to_string() })
        }
    };
    Ok(json!({ "type": "Resource", "resource": { "name": name, "target": target } }))
}

/// Refuses what has no replicas to change.
fn scalable(object: &Value) -> Result<(), Fail> {
    let (version, name) = (text(object, &["apiVersion"]), text(object, &["kind"]));
    if matches!(name.as_str(), "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet") {
        return Ok(());
    }
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let plural = Kind::find(group, &name).map_or("", |kind| kind.info().plural);
    let version = if group.is_empty() { format!("/{version}") } else { version };
    Err(Fail::Text(format!(
        "cannot autoscale a {name}: could not find scale subresource for {version}, Resource={plural} in discovery information"
    )))
}
