//! `kubectl autoscale`: there are no metrics to scale by, so it is refused in words once the target is found.

use super::common::{DRY_RUN, FILES, OUTPUT};
use super::get::objects;
use crate::kubectl::builder::Request;
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::verb::{BASE, Verb};

const FLAGS: &[Flag] = &[
    flag("min", FlagKind::Int, "-1", "The lower limit for the number of pods that can be set by the autoscaler."),
    flag("max", FlagKind::Int, "-1", "The upper limit for the number of pods that can be set by the autoscaler. Required."),
    flag("cpu", FlagKind::Text, "", "Target CPU utilization over all the pods."),
    flag("memory", FlagKind::Text, "", "Target memory utilization over all the pods."),
    flag(
        "cpu-percent",
        FlagKind::Int,
        "-1",
        "The target average CPU utilization (represented as a percent of requested CPU) over all the pods.",
    ),
    flag(
        "name",
        FlagKind::Text,
        "",
        "The name for the newly created object. If not specified, the name of the input resource will be used.",
    ),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "autoscale",
    usage: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
    short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
    flags: &[FLAGS, FILES, DRY_RUN, OUTPUT],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.flags.changed("max") {
        return Err("required flag(s) \"max\" not set".into());
    }
    let (min, max) = (cmd.flags.int("min"), cmd.flags.int("max"));
    if max < 1 {
        return Err(Fail::Text(format!("--max=MAXPODS is required and must be at least 1, max: {max}")));
    }
    if max < min {
        return Err(Fail::Text(format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}")));
    }
    let request = Request::from(cmd);
    for target in request.clone().targets(cmd).await?.list {
        objects(cmd, &target, &request).await?;
    }
    Err("horizontal pod autoscaling is not simulated in Podground".into())
}
