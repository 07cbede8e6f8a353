//! `kubectl rollout status`.

use crate::api::Kind;
use crate::kubectl::command::{Cmd, at, int, items, text};
use crate::kubectl::commands::wait::{kind_of, watch};
use crate::kubectl::error::Fail;
use serde_json::Value;

/// Prints each step until the rollout is done.
pub async fn run(cmd: &Cmd) -> Result<(), Fail> {
    super::positive(cmd)?;
    let (objects, mut errors) = super::some(cmd).await?;
    for object in objects {
        let Some(kind) = kind_of(&object) else { continue };
        let viewed = if matches!(kind, Kind::Deployment | Kind::DaemonSet) {
            one(cmd, kind, &object).await
        } else {
            Err(Fail::Text(format!("no status viewer has been implemented for {}", kind.info().kind)))
        };
        errors.extend(viewed.err());
    }
    Fail::join(errors)
}

async fn one(cmd: &Cmd, kind: Kind, object: &Value) -> Result<(), Fail> {
    let (namespace, name) = (text(object, &["metadata", "namespace"]), text(object, &["metadata", "name"]));
    if !cmd.flags.on("watch") {
        let (line, _) = view(cmd, kind, object)?;
        cmd.print(&line).await;
        return Ok(());
    }
    let timeout = match cmd.flags.duration("timeout") {
        0 => i64::MAX / 4,
        given => given,
    };
    let (sender, mut receiver) = crate::sim::channel::unbounded::<String>();
    let waiting = async {
        // Dropped with this block, so that the printing ends.
        let sender = sender;
        let mut check = |object: Option<&Value>| {
            let Some(object) = object else { return Err(Fail::Text("object has been deleted".into())) };
            let (line, done) = view(cmd, kind, object)?;
            let _ = sender.send(line);
            Ok(done)
        };
        watch(cmd, kind, &namespace, &name, timeout, &mut check).await
    };
    let printing = async {
        let mut last = String::new();
        while let Some(line) = receiver.recv().await {
            if line != last {
                cmd.print(&line).await;
            }
            last = line;
        }
    };
    match futures_util::future::join(waiting, printing).await.0 {
        Ok(true) => Ok(()),
        Ok(false) => Err("timed out waiting for the condition".into()),
        Err(e) => Err(e),
    }
}

fn view(cmd: &Cmd, kind: Kind, object: &Value) -> Result<(String, bool), Fail> {
    let name = text(object, &["metadata", "name"]);
    let generation = int(object, &["metadata", "generation"]);
    let seen = int(object, &["status", "observedGeneration"]);
    let n = |key: &str| int(object, &["status", key]);
    if kind == Kind::DaemonSet {
        if generation > seen {
            return Ok(("Waiting for daemon set spec update to be observed...\n".into(), false));
        }
        let desired = n("desiredNumberScheduled");
        if n("updatedNumberScheduled") < desired {
            let updated = n("updatedNumberScheduled");
            return Ok((
                format!("Waiting for daemon set \"{name}\" rollout to finish: {updated} out of {desired} new pods have been updated...\n"),
                false,
            ));
        }
        if n("numberAvailable") < desired {
            let available = n("numberAvailable");
            return Ok((
                format!("Waiting for daemon set \"{name}\" rollout to finish: {available} of {desired} updated pods are available...\n"),
                false,
            ));
        }
        return Ok((format!("daemon set \"{name}\" successfully rolled out\n"), true));
    }
    let wanted = cmd.flags.int("revision");
    if wanted > 0 {
        let revision = text(object, &["metadata", "annotations", "deployment.kubernetes.io/revision"]);
        if revision.parse::<i64>().is_ok_and(|r| r != wanted) {
            return Err(Fail::Text(format!("desired revision ({wanted}) is different from the running revision ({revision})")));
        }
    }
    if generation > seen {
        return Ok(("Waiting for deployment spec update to be observed...\n".into(), false));
    }
    let exceeded = items(object, &["status", "conditions"])
        .iter()
        .any(|c| text(c, &["type"]) == "Progressing" && text(c, &["reason"]) == "ProgressDeadlineExceeded");
    if exceeded {
        return Err(Fail::Text(format!("deployment \"{name}\" exceeded its progress deadline")));
    }
    let desired = at(object, &["spec", "replicas"]).and_then(Value::as_i64);
    let updated = n("updatedReplicas");
    let waiting = format!("Waiting for deployment \"{name}\" rollout to finish:");
    if let Some(desired) = desired.filter(|d| updated < *d) {
        return Ok((format!("{waiting} {updated} out of {desired} new replicas have been updated...\n"), false));
    }
    if n("replicas") > updated {
        return Ok((format!("{waiting} {} old replicas are pending termination...\n", n("replicas") - updated), false));
    }
    if n("availableReplicas") < updated {
        return Ok((format!("{waiting} {} of {updated} updated replicas are available...\n", n("availableReplicas")), false));
    }
    Ok((format!("deployment \"{name}\" successfully rolled out\n"), true))
}
