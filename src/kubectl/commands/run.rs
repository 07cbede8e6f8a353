//! `kubectl run`. Models kubectl/pkg/cmd/run/run.go.

use super::common::{DRY_RUN, FIELD_MANAGER, OUTPUT, RECORD, SAVE_CONFIG, record, typed};
use super::create::save_config;
use super::set::name_error;
use super::{attach, delete, logs, wait};
use crate::api::Kind;
use crate::api::reference::Reference;
use crate::kubectl::command::{Cmd, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Map, Value, json};

const FLAGS: &[Flag] = &[
    flag("detach-keys", FlagKind::Text, "ctrl-p,ctrl-q", "").refused(),
    short("filename", 'f', FlagKind::Slice, "", "").refused(),
    short("kustomize", 'k', FlagKind::Text, "", "").refused(),
    short("recursive", 'R', FlagKind::Bool, "false", "").refused(),
    flag("image", FlagKind::Text, "", "The image for the container to run."),
    flag("image-pull-policy", FlagKind::Text, "", "The image pull policy for the container."),
    flag("rm", FlagKind::Bool, "false", "If true, delete the pod after it exits. Only valid when attaching to the container."),
    flag("override-type", FlagKind::Text, "merge", "The method used to override the generated object: json, merge, or strategic."),
    flag("overrides", FlagKind::Text, "", "An inline JSON override for the generated object."),
    short("labels", 'l', FlagKind::Text, "", "Comma separated labels to apply to the pod."),
    flag("annotations", FlagKind::Array, "", "Annotations to apply to the pod."),
    flag("env", FlagKind::Array, "", "Environment variables to set in the container."),
    flag("port", FlagKind::Text, "", "The port that this container exposes."),
    flag("expose", FlagKind::Bool, "false", "If true, create a ClusterIP service associated with the pod. Requires `--port`."),
    short("stdin", 'i', FlagKind::Bool, "false", "Keep stdin open on the container in the pod, even if nothing is attached."),
    short("tty", 't', FlagKind::Bool, "false", "Allocate a TTY for the container in the pod."),
    flag("attach", FlagKind::Bool, "false", "If true, wait for the Pod to start running, and then attach to the Pod."),
    flag(
        "leave-stdin-open",
        FlagKind::Bool,
        "false",
        "If the pod is started in interactive mode or with stdin, leave stdin open after the first attach completes.",
    ),
    flag("restart", FlagKind::Text, "Always", "The restart policy for this Pod. Legal values [Always, OnFailure, Never]."),
    flag("command", FlagKind::Bool, "false", "If true and extra arguments are present, use them as the 'command' field in the container."),
    flag("privileged", FlagKind::Bool, "false", "If true, run the container in privileged mode."),
    short("quiet", 'q', FlagKind::Bool, "false", "If true, suppress prompt messages."),
    flag("pod-running-timeout", FlagKind::Duration, "1m0s", "The length of time to wait until at least one pod is running"),
    flag("cascade", FlagKind::Optional("background"), "background", "Must be \"background\", \"orphan\", or \"foreground\"."),
    flag("force", FlagKind::Bool, "false", "If true, immediately remove resources from API and bypass graceful deletion."),
    flag("grace-period", FlagKind::Int, "-1", "Period of time in seconds given to the resource to terminate gracefully."),
    flag("timeout", FlagKind::Duration, "0s", "The length of time to wait before giving up on a delete."),
    flag("wait", FlagKind::Bool, "false", "If true, wait for resources to be gone before returning."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "run",
    usage: "NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]",
    short: "Run a particular image on the cluster",
    examples: "# A pod\nkubectl run kubia --image=luksa/kubia --port=8080\n\n# With labels and an environment variable\nkubectl run kubia --image=luksa/kubia --labels=\"app=kubia,env=prod\" --env=\"COLOUR=blue\"\n\n# A shell in a pod that goes when you leave\nkubectl run -it box --image=busybox --rm --restart=Never -- sh\n\n# Only write the manifest\nkubectl run kubia --image=luksa/kubia --dry-run=client -o yaml",
    flags: &[FLAGS, RECORD, OUTPUT, DRY_RUN, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    cmd.require(&["image"])?;
    let Some(name) = cmd.args().first().cloned().filter(|_| cmd.flags.before_dash != Some(0)) else {
        return Err(cmd.usage_error("NAME is required for run"));
    };
    let image = cmd.flags.text("image");
    if image.is_empty() {
        return Err("--image is required".into());
    }
    if !Reference::matches(image) {
        return Err(Fail::Text(format!("Invalid image name \"{image}\": invalid reference format")));
    }
    let (stdin, tty) = (cmd.flags.on("stdin"), cmd.flags.on("tty"));
    if tty && !stdin {
        return Err(cmd.usage_error("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if cmd.flags.on("expose") && cmd.flags.text("port").is_empty() {
        return Err(cmd.usage_error("--port must be set when exposing a service"));
    }
    let restart = cmd.flags.text("restart");
    if !matches!(restart, "Always" | "OnFailure" | "Never") {
        return Err(cmd.usage_error(&format!("invalid restart policy: {restart}")));
    }
    if cmd.flags.duration("pod-running-timeout") <= 0 {
        return Err(cmd.usage_error("--pod-running-timeout must be higher than zero"));
    }
    let dry = dry_run(cmd)?;
    let attaching = if cmd.flags.changed("attach") { cmd.flags.on("attach") } else { stdin || tty };
    if cmd.flags.on("rm") && !attaching {
        return Err(cmd.usage_error("--rm should only be used for attached containers"));
    }
    if attaching && dry != DryRun::None {
        let refused = "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)";
        return Err(cmd.usage_error(refused));
    }
    let policy = cmd.flags.text("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(cmd.usage_error(&format!("invalid image pull policy: {policy}")));
    }
    let mut printer = Printer::for_change(cmd).await?.typed();
    let mut pod = pod(cmd, &name)?;
    override_with(cmd, &mut pod)?;
    let (namespace, explicit) = cmd.namespace();
    let service = if cmd.flags.on("expose") { Some(service(&pod, cmd.flags.text("port"))) } else { None };
    if dry != DryRun::Client {
        save_config(cmd, &mut pod);
    }
    let created = create(cmd, Kind::Pod, &namespace, explicit, pod, dry).await?;
    if let Some(service) = service {
        let service = create(cmd, Kind::Service, &namespace, explicit, service, dry).await?;
        printer.show(cmd, &service, "created").await?;
        if cmd.flags.text("output") == "yaml" {
            // Besides the printer's own: run.go "separates yaml objects" once more.
            cmd.print("---\n").await;
        }
    }
    if attaching {
        return attached(cmd, &created, stdin, tty).await;
    }
    printer.show(cmd, &created, "created").await
}

async fn create(cmd: &Cmd, kind: Kind, namespace: &str, explicit: bool, mut object: Value, dry: DryRun) -> Result<Value, Fail> {
    if explicit || dry != DryRun::Client {
        object["metadata"]["namespace"] = json!(namespace);
    }
    record(cmd, &mut object);
    if dry == DryRun::Client {
        return Ok(object);
    }
    cmd.create(kind, namespace, &object, &[("dryRun", dry.query()), ("fieldManager", cmd.manager())]).await
}

fn pod(cmd: &Cmd, name: &str) -> Result<Value, Fail> {
    let labels = match cmd.flags.text("labels") {
        "" => json!({ "run": name }),
        text => self::labels(text)?,
    };
    let mut container = json!({ "name": name, "image": cmd.flags.text("image"), "resources": {} });
    let rest = cmd.args().get(1..).unwrap_or_default();
    if !rest.is_empty() {
        container[if cmd.flags.on("command") { "command" } else { "args" }] = json!(rest);
    }
    let mut env = Vec::new();
    for pair in cmd.flags.list("env") {
        match pair.split_once('=') {
            Some((key, value)) if name_error(key).is_none() => env.push(json!({ "name": key, "value": value })),
            _ => return Err(Fail::Text(format!("invalid env: {pair}"))),
        }
    }
    let mut set = |key: &str, value: Value| container[key] = value;
    if !env.is_empty() {
        set("env", json!(env));
    }
    if !cmd.flags.text("port").is_empty() {
        let port = cmd.flags.text("port");
        let number: i64 = port.parse().map_err(|_| Fail::Text(format!("strconv.Atoi: parsing \"{port}\": invalid syntax")))?;
        set("ports", json!([{ "containerPort": number }]));
    }
    if !cmd.flags.text("image-pull-policy").is_empty() {
        set("imagePullPolicy", json!(cmd.flags.text("image-pull-policy")));
    }
    if cmd.flags.on("privileged") {
        set("securityContext", json!({ "privileged": true }));
    }
    if cmd.flags.on("stdin") {
        set("stdin", json!(true));
        if !cmd.flags.on("leave-stdin-open") {
            set("stdinOnce", json!(true));
        }
    }
    if cmd.flags.on("tty") {
        set("tty", json!(true));
    }
    let mut metadata = json!({ "name": name, "labels": labels });
    let mut annotations = Map::new();
    for pair in cmd.flags.list("annotations") {
        let Some((key, value)) = pair.split_once('=') else { return Err(Fail::Text(format!("invalid annotations format: {pair}"))) };
        annotations.insert(key.to_owned(), json!(value));
    }
    if !annotations.is_empty() {
        metadata["annotations"] = Value::Object(annotations);
    }
    Ok(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": { "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": cmd.flags.text("restart") },
        "status": {},
    }))
}

fn override_with(cmd: &Cmd, pod: &mut Value) -> Result<(), Fail> {
    let text = cmd.flags.text("overrides");
    if text.is_empty() {
        return Ok(());
    }
    *pod = overridden(Kind::Pod, pod.take(), cmd.flags.text("override-type"), text)?;
    Ok(())
}

/// What `--overrides` makes of a generated object.
pub fn overridden(kind: Kind, object: Value, how: &str, text: &str) -> Result<Value, Fail> {
    let content_type = match how {
        "merge" => "merge-patch+json",
        "strategic" => "strategic-merge-patch+json",
        "json" => "json-patch+json",
        other => return Err(Fail::Text(format!("invalid override type: {other}"))),
    };
    let object = super::patch::locally(kind, object, content_type, text.as_bytes())?;
    typed(kind, &object).map_err(Fail::Text)
}

/// `key=value,…` as an object. Models generate.ParseLabels.
pub fn labels(text: &str) -> Result<Value, Fail> {
    let mut labels = Map::new();
    for pair in text.split(',') {
        let halves = pair.split_once('=').filter(|(key, value)| !key.is_empty() && !value.contains('='));
        let Some((key, value)) = halves else { return Err(Fail::Text(format!("unexpected label spec: {pair}"))) };
        labels.insert(key.to_owned(), json!(value));
    }
    Ok(Value::Object(labels))
}

fn service(pod: &Value, port: &str) -> Value {
    let number = port.parse::<i64>().unwrap_or(0);
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": text(pod, &["metadata", "name"]) },
        "spec": {
            "ports": [{ "port": number, "protocol": "TCP", "targetPort": number }],
            "selector": pod["metadata"]["labels"],
        },
        "status": { "loadBalancer": {} },
    })
}

/// Joins the pod's container, or prints its log where that cannot be; ends with the container's exit code.
async fn followed(cmd: &Cmd, pod: &Value, stdin: bool, tty: bool) -> Result<(), Fail> {
    let (namespace, name) = (text(pod, &["metadata", "namespace"]), text(pod, &["metadata", "name"]));
    let container = attach::first_container(pod);
    let ended = matches!(text(pod, &["status", "phase"]).as_str(), "Succeeded" | "Failed");
    let joined = if ended { Ok(()) } else { attach::to_pod(cmd, pod, &container, stdin, tty).await };
    // The end of the container is told by the pod, below.
    let failed = joined.err().filter(|fail| !matches!(fail, Fail::Raw(..)));
    if let Some(fail) = &failed {
        let why = fail.message();
        cmd.eprint(&format!("warning: couldn't attach to pod/{name}, falling back to streaming logs: {why}\n")).await;
    }
    if ended || failed.is_some() {
        logs::of_container(cmd, &namespace, &name, &container).await?;
    }
    if cmd.flags.on("leave-stdin-open") || cmd.flags.text("restart") == "Always" {
        return Ok(());
    }
    let pod = wait::until_ended(cmd, &namespace, &name, cmd.flags.duration("pod-running-timeout")).await?;
    if text(&pod, &["status", "phase"]) != "Failed" {
        return Ok(());
    }
    let state = pod.pointer("/status/containerStatuses/0/state/terminated").unwrap_or(&Value::Null);
    match state.get("exitCode").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok()) {
        Some(code) if code != 0 => {
            let (reason, message) = (text(state, &["reason"]), text(state, &["message"]));
            Err(Fail::Raw(format!("pod {namespace}/{name} terminated ({reason})\n{message}"), code))
        }
        _ => Err(Fail::Text(format!("pod {namespace}/{name} failed with unknown exit code"))),
    }
}

async fn attached(cmd: &Cmd, pod: &Value, stdin: bool, tty: bool) -> Result<(), Fail> {
    let (namespace, name) = (text(pod, &["metadata", "namespace"]), text(pod, &["metadata", "name"]));
    let timeout = cmd.flags.duration("pod-running-timeout");
    let result = match wait::until_running(cmd, &namespace, &name, timeout).await {
        Ok(pod) => followed(cmd, &pod, stdin, tty).await,
        Err(e) => Err(e),
    };
    if cmd.flags.on("rm") {
        let removed = delete::one(cmd, Kind::Pod, &namespace, &name, None).await;
        cmd.print(&delete::sentence(Kind::Pod, &namespace, &name, "deleted")).await;
        removed?;
    }
    result
}
