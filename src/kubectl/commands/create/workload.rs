//! `kubectl create deployment|job|cronjob|service`.

use super::super::common::{DRY_RUN, FIELD_MANAGER, OUTPUT, SAVE_CONFIG, VALIDATE};
use super::{generated, name_argument};
use crate::api::Kind;
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

/// The container name that kubectl makes of an image: `nginx` of `docker.io/nginx:1.27`.
fn container_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let last = last.split(['@', ':']).next().unwrap_or(last).to_lowercase();
    let clean: String = last.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    clean.trim_matches('-').to_owned()
}

async fn deployment(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.flags.changed("image") {
        return Err("required flag(s) \"image\" not set".into());
    }
    let (name, command) = name_and_command(cmd)?;
    let images = cmd.flags.list("image");
    if images.len() > 1 && !command.is_empty() {
        return Err("cannot specify multiple --image options and command".into());
    }
    let mut containers = Vec::new();
    for (i, image) in images.iter().enumerate() {
        let mut container = json!({ "image": image, "name": container_name(image), "resources": {} });
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
    let spec = if from.is_empty() {
        json!({ "template": job_template(&name, image, &command, "Never") })
    } else {
        let Some(cron) = from.strip_prefix("cronjob/").or(from.strip_prefix("cj/")) else {
            return Err("from must be an existing cronjob".into());
        };
        let (namespace, _) = cmd.namespace();
        let object = cmd.get(Kind::CronJob, &namespace, cron).await?;
        at(&object, &["spec", "jobTemplate", "spec"]).cloned().unwrap_or_default()
    };
    let object = json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": name }, "spec": spec, "status": {} });
    generated(cmd, Kind::Job, object).await
}

const CRON_FLAGS: &[Flag] = &[
    flag("image", FlagKind::Text, "", "Image name to run."),
    flag("schedule", FlagKind::Text, "", "A schedule in the Cron format the job should be run with."),
    flag("restart", FlagKind::Text, "OnFailure", "job's restart policy. supported values: OnFailure, Never"),
];

/// `create cronjob`.
pub const CRON_JOB: Verb = Verb {
    name: "cronjob",
    aliases: &["cj"],
    usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
    short: "Create a cron job with the specified name",
    examples: "# Every minute\nkubectl create cronjob tick --image=busybox --schedule=\"*/1 * * * *\" -- date",
    flags: &[CRON_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| {
        Box::pin(async move {
            let (name, command) = name_and_command(cmd)?;
            let missing: Vec<&str> = ["image", "schedule"].into_iter().filter(|f| !cmd.flags.changed(f)).collect();
            if !missing.is_empty() {
                let quoted: Vec<String> = missing.iter().map(|m| format!("\"{m}\"")).collect();
                return Err(Fail::Text(format!("required flag(s) {} not set", quoted.join(", "))));
            }
            let template = job_template(&name, cmd.flags.text("image"), &command, cmd.flags.text("restart"));
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
    short: "Create a service using a specified subcommand",
    subcommands: &[&CLUSTER_IP, &NODE_PORT, &LOAD_BALANCER, &EXTERNAL_NAME],
    ..BASE
};

const SERVICE_FLAGS: &[Flag] = &[
    flag("tcp", FlagKind::Slice, "", "Port pairs can be specified as '<port>:<targetPort>'."),
    flag("clusterip", FlagKind::Text, "", "Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing)."),
    flag("node-port", FlagKind::Int, "0", "Port used to expose the service on each node in a cluster."),
    flag("external-name", FlagKind::Text, "", "External name of service"),
];

const SERVICE_ALL: &[&[Flag]] = &[SERVICE_FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER];

const CLUSTER_IP: Verb = Verb {
    name: "clusterip",
    usage: "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
    short: "Create a ClusterIP service",
    flags: SERVICE_ALL,
    run: |cmd| Box::pin(service(cmd, "ClusterIP")),
    ..BASE
};
const NODE_PORT: Verb = Verb {
    name: "nodeport",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    short: "Create a NodePort service",
    flags: SERVICE_ALL,
    run: |cmd| Box::pin(service(cmd, "NodePort")),
    ..BASE
};
const LOAD_BALANCER: Verb = Verb {
    name: "loadbalancer",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    short: "Create a LoadBalancer service",
    flags: SERVICE_ALL,
    run: |cmd| Box::pin(service(cmd, "LoadBalancer")),
    ..BASE
};
const EXTERNAL_NAME: Verb = Verb {
    name: "externalname",
    usage: "NAME --external-name external.name [--dry-run=server|client|none]",
    short: "Create an ExternalName service",
    flags: SERVICE_ALL,
    run: |cmd| Box::pin(service(cmd, "ExternalName")),
    ..BASE
};

async fn service(cmd: &Cmd, kind: &str) -> Result<(), Fail> {
    let name = name_argument(cmd)?;
    let mut ports = Vec::new();
    for pair in cmd.flags.list("tcp") {
        let (port, target) = pair.split_once(':').unwrap_or((&pair, &pair));
        let Ok(number) = port.parse::<u16>() else {
            return Err(Fail::Text(format!("strconv.ParseInt: parsing \"{port}\": invalid syntax")));
        };
        let target = target.parse::<u16>().map_or_else(|_| json!(target), |n| json!(n));
        let mut entry = json!({ "name": pair.replace(':', "-"), "port": number, "protocol": "TCP", "targetPort": target });
        if cmd.flags.int("node-port") != 0 {
            entry["nodePort"] = json!(cmd.flags.int("node-port"));
        }
        ports.push(entry);
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
        spec["externalName"] = json!(cmd.flags.text("external-name"));
    }
    let object = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name, "labels": { "app": name } },
        "spec": spec, "status": { "loadBalancer": {} },
    });
    generated(cmd, Kind::Service, object).await
}
