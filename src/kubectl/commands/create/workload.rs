//! `kubectl create deployment|job|cronjob|service`.

use super::super::common::{DRY_RUN, FIELD_MANAGER, OUTPUT, SAVE_CONFIG, VALIDATE};
use super::{generated, name_argument};
use crate::api::Kind;
use crate::api::go::number_error;
use crate::api::validation::names::{dns1123_subdomain, port_name};
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, at};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const DEPLOYMENT_FLAGS: &[Flag] = &[
    flag("image", FlagKind::Slice, "", "Image names to run. A deployment can have multiple images set for multi-container pod."),
    flag("port", FlagKind::Int, "-1", "The containerPort that this deployment exposes."),
    short("replicas", 'r', FlagKind::Int, "1", "Number of replicas to create. Default is 1."),
];

/// `create deployment`.
pub const DEPLOYMENT: Verb = Verb {
    name: "deployment",
    aliases: &["deploy"],
    usage: "NAME --image=image -- [COMMAND] [args...]",
    short: "Create a deployment with the specified name",
    examples: "# A deployment of three pods\nkubectl create deployment web --image=nginx --replicas=3",
    flags: &[DEPLOYMENT_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(deployment(cmd)),
    ..BASE
};

/// Name and command of `NAME -- COMMAND`.
fn name_and_command(cmd: &Cmd) -> Result<(String, Vec<String>), Fail> {
    let before = cmd.flags.before_dash.unwrap_or(cmd.args().len());
    match cmd.args().split_at(before) {
        ([name], command) => Ok((name.clone(), command.to_vec())),
        (names, _) => Err(cmd.usage_error(&format!("exactly one NAME is required, got {}", names.len()))),
    }
}

/// The container name that kubectl makes of an image: `nginx` of `docker.io/nginx:1.27`. Models sanitizeAndUniquify.
fn container_name(cmd: &Cmd, image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let last = last.split(['@', ':']).next().unwrap_or(last);
    if !last.contains(['_', '.']) {
        return last.to_owned();
    }
    format!("{}-{}", last.replace(['_', '.'], "-"), cmd.client.sim().rng().suffix(5))
}

async fn deployment(cmd: &Cmd) -> Result<(), Fail> {
    cmd.require(&["image"])?;
    let (name, command) = name_and_command(cmd)?;
    let images = cmd.flags.list("image");
    if images.len() > 1 && !command.is_empty() {
        return Err("cannot specify multiple --image options and command".into());
    }
    let mut containers = Vec::new();
    for (i, image) in images.iter().enumerate() {
        let mut container = json!({ "image": image, "name": container_name(cmd, image), "resources": {} });
        if i == 0 && !command.is_empty() {
            container["command"] = json!(command);
        }
        if i == 0 && cmd.flags.int("port") >= 0 {
            container["ports"] = json!([{ "containerPort": cmd.flags.int("port") }]);
        }
        containers.push(container);
    }
    let labels = json!({ "app": name });
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": name, "labels": labels },
        "spec": {
            "replicas": cmd.flags.int("replicas"), "selector": { "matchLabels": labels }, "strategy": {},
            "template": { "metadata": { "labels": labels }, "spec": { "containers": containers } },
        },
        "status": {},
    });
    generated(cmd, Kind::Deployment, object).await
}

const JOB_FLAGS: &[Flag] = &[
    flag("image", FlagKind::Text, "", "Image name to run."),
    flag("from", FlagKind::Text, "", "The name of the resource to create a Job from (only cronjob is supported)."),
];

/// `create job`.
pub const JOB: Verb = Verb {
    name: "job",
    usage: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    short: "Create a job with the specified name",
    examples: "# A job\nkubectl create job once --image=busybox -- date",
    flags: &[JOB_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(job(cmd)),
    ..BASE
};

fn job_template(name: &str, image: &str, command: &[String], restart: &str) -> Value {
    let mut container = json!({ "image": image, "name": name, "resources": {} });
    if !command.is_empty() {
        container["command"] = json!(command);
    }
    json!({ "metadata": {}, "spec": { "containers": [container], "restartPolicy": restart } })
}

async fn job(cmd: &Cmd) -> Result<(), Fail> {
    let (name, command) = name_and_command(cmd)?;
    let (image, from) = (cmd.flags.text("image"), cmd.flags.text("from"));
    if image.is_empty() == from.is_empty() {
        return Err("either --image or --from must be specified".into());
    }
    if !from.is_empty() && !command.is_empty() {
        return Err("cannot specify --from and command".into());
    }
    if !from.is_empty() {
        return from_cron_job(cmd, &name, from).await;
    }
    let spec = json!({ "template": job_template(&name, image, &command, "Never") });
    let object = json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": name }, "spec": spec, "status": {} });
    generated(cmd, Kind::Job, object).await
}

/// `--from=cronjob/NAME`.
async fn from_cron_job(cmd: &Cmd, name: &str, from: &str) -> Result<(), Fail> {
    let mut request = Request::from(cmd);
    request.args = vec![from.to_owned()];
    let targets = request.targets(cmd).await?.list;
    let [Target::Named { kind, namespace, name: cron }] = targets.as_slice() else {
        return Err("from must be an existing cronjob".into());
    };
    let cron = cmd.get(*kind, namespace, cron).await?;
    if *kind != Kind::CronJob {
        let info = kind.info();
        let package = if info.group.is_empty() { "v1".to_owned() } else { info.version.to_owned() };
        return Err(Fail::Text(format!("unknown object type *{package}.{}", info.kind)));
    }
    let template = at(&cron, &["spec", "jobTemplate"]).cloned().unwrap_or_default();
    let mut metadata = json!({ "name": name, "annotations": { "cronjob.kubernetes.io/instantiate": "manual" } });
    for (key, value) in at(&template, &["metadata", "annotations"]).and_then(Value::as_object).into_iter().flatten() {
        metadata["annotations"][key] = value.clone();
    }
    if let Some(labels) = at(&template, &["metadata", "labels"]) {
        metadata["labels"] = labels.clone();
    }
    metadata["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": cron["metadata"]["name"], "uid": cron["metadata"]["uid"], "controller": true,
    }]);
    let spec = template.get("spec").cloned().unwrap_or_default();
    let object = json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec, "status": {} });
    generated(cmd, Kind::Job, object).await
}

const CRON_FLAGS: &[Flag] = &[
    flag("image", FlagKind::Text, "", "Image name to run."),
    flag("schedule", FlagKind::Text, "", "A schedule in the Cron format the job should be run with."),
    flag("restart", FlagKind::Text, "", "job's restart policy. supported values: OnFailure, Never"),
];

/// `create cronjob`.
pub const CRON_JOB: Verb = Verb {
    name: "cronjob",
    aliases: &["cj"],
    usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
    short: "Create a cron job with the specified name",
    examples: "# Every minute\nkubectl create cronjob tick --image=busybox --schedule=\"*/1 * * * *\" -- date",
    flags: &[CRON_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| {
        Box::pin(async move {
            cmd.require(&["image", "schedule"])?;
            let (name, command) = name_and_command(cmd)?;
            let restart = Some(cmd.flags.text("restart")).filter(|policy| !policy.is_empty()).unwrap_or("OnFailure");
            let template = job_template(&name, cmd.flags.text("image"), &command, restart);
            let object = json!({
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": name },
                "spec": { "jobTemplate": { "metadata": { "name": name }, "spec": { "template": template } }, "schedule": cmd.flags.text("schedule") },
                "status": {},
            });
            generated(cmd, Kind::CronJob, object).await
        })
    },
    ..BASE
};

/// `create service`.
pub const SERVICE: Verb = Verb {
    name: "service",
    aliases: &["svc"],
    usage: "[flags]",
    short: "Create a service using a specified subcommand",
    subcommands: &[&CLUSTER_IP, &NODE_PORT, &LOAD_BALANCER, &EXTERNAL_NAME],
    ..BASE
};

const TCP: &[Flag] = &[flag("tcp", FlagKind::Slice, "", "Port pairs can be specified as '<port>:<targetPort>'.")];
const CLUSTER_IP_FLAG: &[Flag] =
    &[flag("clusterip", FlagKind::Text, "", "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing).")];
const NODE_PORT_FLAG: &[Flag] = &[flag("node-port", FlagKind::Int, "0", "Port used to expose the service on each node in a cluster.")];
const EXTERNAL_NAME_FLAG: &[Flag] = &[flag("external-name", FlagKind::Text, "", "External name of service")];

const CLUSTER_IP: Verb = Verb {
    name: "clusterip",
    usage: "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
    short: "Create a ClusterIP service",
    flags: &[TCP, CLUSTER_IP_FLAG, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(service(cmd, "ClusterIP")),
    ..BASE
};
const NODE_PORT: Verb = Verb {
    name: "nodeport",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    short: "Create a NodePort service",
    flags: &[TCP, NODE_PORT_FLAG, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(service(cmd, "NodePort")),
    ..BASE
};
const LOAD_BALANCER: Verb = Verb {
    name: "loadbalancer",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    short: "Create a LoadBalancer service",
    flags: &[TCP, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(service(cmd, "LoadBalancer")),
    ..BASE
};
const EXTERNAL_NAME: Verb = Verb {
    name: "externalname",
    usage: "NAME --external-name external.name [--dry-run=server|client|none]",
    short: "Create an ExternalName service",
    flags: &[TCP, EXTERNAL_NAME_FLAG, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(service(cmd, "ExternalName")),
    ..BASE
};

async fn service(cmd: &Cmd, kind: &str) -> Result<(), Fail> {
    if kind == "ExternalName" {
        cmd.require(&["external-name"])?;
    }
    let name = name_argument(cmd)?;
    let mut ports = Vec::new();
    for pair in cmd.flags.list("tcp") {
        let (port, target) = pair.split_once(':').map_or((pair.as_str(), None), |(port, target)| (port, Some(target)));
        let Ok(number) = port.parse::<u16>() else {
            return Err(Fail::Text(number_error("ParseUint", port)));
        };
        let target = match target.map(|target| (target, target.parse::<i64>())) {
            None => json!(number),
            Some((_, Ok(port @ 1..=65535))) => json!(port),
            Some((_, Ok(_))) => return Err("must be between 1 and 65535, inclusive".into()),
            Some((name, Err(_))) => match port_name(name).join(",") {
                faults if faults.is_empty() => json!(name),
                faults => return Err(Fail::Text(faults)),
            },
        };
        let mut entry = json!({ "name": pair.replace(':', "-"), "port": number, "protocol": "TCP", "targetPort": target });
        if cmd.flags.int("node-port") != 0 {
            entry["nodePort"] = json!(cmd.flags.int("node-port"));
        }
        ports.push(entry);
    }
    let external = cmd.flags.text("external-name");
    if kind == "ExternalName" && !dns1123_subdomain(external.trim_end_matches('.')).is_empty() {
        return Err(Fail::Text(format!("invalid service external name {external}")));
    }
    if kind != "ClusterIP" && cmd.flags.text("clusterip") == "None" {
        return Err("ClusterIP=None can only be used with ClusterIP service type".into());
    }
    if ports.is_empty() && kind != "ExternalName" && cmd.flags.text("clusterip") != "None" {
        return Err("at least one tcp port specifier must be provided".into());
    }
    let mut spec = json!({ "type": kind, "selector": { "app": name } });
    if !ports.is_empty() {
        spec["ports"] = json!(ports);
    }
    if !cmd.flags.text("clusterip").is_empty() {
        spec["clusterIP"] = json!(cmd.flags.text("clusterip"));
    }
    if kind == "ExternalName" {
        spec["externalName"] = json!(external);
    }
    let object = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "labels": { "app": name } },
        "spec": spec, "status": { "loadBalancer": {} },
    });
    generated(cmd, Kind::Service, object).await
}
