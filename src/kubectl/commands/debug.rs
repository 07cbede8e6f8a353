//! `kubectl debug`: an ephemeral container, a changed copy of a pod, or a pod on a node. Models kubectl/pkg/cmd/debug.

mod profile;

use super::common::FILENAME;
use super::pods::all_containers;
use super::{attach, delete, logs, wait};
use crate::api::Kind;
use crate::api::reference::Reference;
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, at, items, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::verb::{BASE, Verb};
use profile::{Profile, Style};
use serde_json::{Map, Value, json};

const FLAGS: &[Flag] = &[
    flag(
        "arguments-only",
        FlagKind::Bool,
        "false",
        "If specified, everything after -- will be passed to the new container as Args instead of Command.",
    ),
    flag(
        "attach",
        FlagKind::Bool,
        "false",
        "If true, wait for the container to start running, and then attach as if 'kubectl attach ...' were called.  Default false, unless '-i/--stdin' is set, in which case the default is true.",
    ),
    short("container", 'c', FlagKind::Text, "", "Container name to use for debug container."),
    flag("copy-to", FlagKind::Text, "", "Create a copy of the target Pod with this name."),
    flag(
        "custom",
        FlagKind::Text,
        "",
        "Path to a JSON or YAML file containing a partial container spec to customize built-in debug profiles.",
    ),
    flag("env", FlagKind::Slice, "", "Environment variables to set in the container."),
    flag("image", FlagKind::Text, "", "Container image to use for debug container."),
    flag(
        "image-pull-policy",
        FlagKind::Text,
        "",
        "The image pull policy for the container. If left empty, this value will not be specified by the client and defaulted by the server.",
    ),
    flag(
        "keep-annotations",
        FlagKind::Bool,
        "false",
        "If true, keep the original pod annotations.(This flag only works when used with '--copy-to')",
    ),
    flag(
        "keep-init-containers",
        FlagKind::Bool,
        "true",
        "Run the init containers for the pod. Defaults to true.(This flag only works when used with '--copy-to')",
    ),
    flag("keep-labels", FlagKind::Bool, "false", "If true, keep the original pod labels.(This flag only works when used with '--copy-to')"),
    flag(
        "keep-liveness",
        FlagKind::Bool,
        "false",
        "If true, keep the original pod liveness probes.(This flag only works when used with '--copy-to')",
    ),
    flag(
        "keep-readiness",
        FlagKind::Bool,
        "false",
        "If true, keep the original pod readiness probes.(This flag only works when used with '--copy-to')",
    ),
    flag(
        "keep-startup",
        FlagKind::Bool,
        "false",
        "If true, keep the original startup probes.(This flag only works when used with '--copy-to')",
    ),
    flag(
        "profile",
        FlagKind::Text,
        "general",
        "Options are \"general\", \"baseline\", \"restricted\", \"netadmin\" or \"sysadmin\". Defaults to \"general\"",
    ),
    short("quiet", 'q', FlagKind::Bool, "false", "If true, suppress informational messages."),
    flag("replace", FlagKind::Bool, "false", "When used with '--copy-to', delete the original Pod."),
    flag("same-node", FlagKind::Bool, "false", "When used with '--copy-to', schedule the copy of target Pod on the same node."),
    flag(
        "set-image",
        FlagKind::Map,
        "",
        "When used with '--copy-to', a list of name=image pairs for changing container images, similar to how 'kubectl set image' works.",
    ),
    flag("share-processes", FlagKind::Bool, "true", "When used with '--copy-to', enable process namespace sharing in the copy."),
    short("stdin", 'i', FlagKind::Bool, "false", "Keep stdin open on the container(s) in the pod, even if nothing is attached."),
    flag("target", FlagKind::Text, "", "When using an ephemeral container, target processes in this container name."),
    short("tty", 't', FlagKind::Bool, "false", "Allocate a TTY for the debugging container."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "debug",
    usage: "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    short: "Create debugging sessions for troubleshooting workloads and nodes",
    examples: "# A shell beside the program of a pod that has none\nkubectl debug kubia -it --image=busybox --target=kubia -- sh\n\n# A copy of a pod whose program does not start, with a shell in its place\nkubectl debug kubia -it --copy-to=kubia-copy --container=kubia -- sh\n\n# A pod on a node, the node's files under /host\nkubectl debug node/node-1 -it --image=busybox",
    flags: &[FLAGS, FILENAME],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let before = cmd.flags.before_dash.unwrap_or(cmd.args().len());
    let (targets, command) = cmd.args().split_at(before.min(cmd.args().len()));
    let profile = Profile::find(cmd.flags.text("profile"))?;
    if !cmd.flags.text("custom").is_empty() {
        return Err("debug --custom is not simulated in Podground".into());
    }
    check(cmd, targets, command).await?;
    let mut request = Request::from(cmd);
    request.args = targets.iter().map(|t| if t.contains('/') { t.clone() } else { format!("pods/{t}") }).collect();
    for target in request.clone().targets(cmd).await?.list {
        let objects = super::get::objects(cmd, &target, &request).await?;
        let kind = match &target {
            Target::Named { kind, .. } | Target::Listed { kind, .. } => *kind,
            Target::File(file) => file.kind,
            Target::Broken(_) => continue,
        };
        for object in objects {
            let (pod, container) = match kind {
                Kind::Node => on_node(cmd, &object, command, profile).await?,
                Kind::Pod if cmd.flags.text("copy-to").is_empty() => ephemeral(cmd, &object, command, profile).await?,
                Kind::Pod => copy(cmd, &object, command, profile).await?,
                other => {
                    let info = other.info();
                    let name = format!("{}, Kind={}", info.api_version(), info.kind);
                    let name = if info.group.is_empty() { format!("/{name}") } else { name };
                    return Err(Fail::Text(format!("{} not supported by debug", quote(&name))));
                }
            };
            let attaching = if cmd.flags.changed("attach") { cmd.flags.on("attach") } else { cmd.flags.on("stdin") };
            if attaching && !container.is_empty() {
                join(cmd, &pod, &container).await?;
            }
        }
    }
    Ok(())
}

async fn check(cmd: &Cmd, targets: &[String], command: &[String]) -> Result<(), Fail> {
    let given = |name: &str| !cmd.flags.text(name).is_empty();
    let images = cmd.flags.list("set-image");
    if cmd.flags.changed("attach") && cmd.flags.on("attach") && !given("image") && !given("container") {
        return Err("you must specify --container or create a new container using --image in order to attach.".into());
    }
    if given("copy-to") {
        if !given("image") && images.is_empty() && command.is_empty() {
            return Err("you must specify --image, --set-image or command arguments.".into());
        }
        if !command.is_empty() && !given("container") && !given("image") {
            return Err("you must specify an existing container or a new image when specifying args.".into());
        }
    } else {
        for (name, set) in
            [("replace", cmd.flags.on("replace")), ("same-node", cmd.flags.on("same-node")), ("set-image", !images.is_empty())]
        {
            if set {
                return Err(Fail::Text(format!("--{name} may only be used with --copy-to.")));
            }
        }
        if !given("image") {
            return Err("you must specify --image when not using --copy-to.".into());
        }
    }
    let image = cmd.flags.text("image");
    if given("image") && !Reference::matches(image) {
        return Err(Fail::Text(format!("invalid image name {}: invalid reference format", quote(image))));
    }
    if targets.is_empty() && cmd.flags.list("filename").is_empty() {
        return Err("NAME or filename is required for debug".into());
    }
    let policy = cmd.flags.text("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(Fail::Text(format!("invalid image pull policy: {policy}")));
    }
    for (name, image) in images.iter().filter_map(|pair| pair.split_once('=')) {
        if !Reference::matches(image) {
            let (image, name) = (quote(image), quote(name));
            return Err(Fail::Text(format!("invalid image name {image} for container {name}: invalid reference format")));
        }
    }
    if given("target") {
        if given("copy-to") {
            return Err("--target is incompatible with --copy-to. Use --share-processes instead.".into());
        }
        if !cmd.flags.on("quiet") {
            let target = quote(cmd.flags.text("target"));
            cmd.print(&format!("Targeting container {target}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n")).await;
        }
    }
    if let Some(pair) = cmd.flags.list("env").iter().find(|pair| !pair.contains('=')) {
        let why = format!("invalid argument {} for \"--env\" flag: {pair} must be formatted as key=value", quote(pair));
        return Err(Fail::Text(format!("{why}\nSee 'kubectl debug --help' for usage.")));
    }
    if cmd.flags.on("tty") && !cmd.flags.on("stdin") {
        return Err("-i/--stdin is required for containers with -t/--tty=true".into());
    }
    if cmd.flags.text("profile") == "legacy" {
        cmd.eprint("--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example \"--profile=general\".\n").await;
    }
    Ok(())
}

fn environment(cmd: &Cmd) -> Vec<Value> {
    let pairs = cmd.flags.list("env");
    pairs
        .iter()
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

/// A new container as the flags describe it.
fn container(cmd: &Cmd, name: &str, command: &[String]) -> Map<String, Value> {
    let mut container = Map::new();
    container.insert("name".into(), json!(name));
    container.insert("image".into(), json!(cmd.flags.text("image")));
    container.insert("terminationMessagePolicy".into(), json!("File"));
    set_flags(cmd, &mut container, command);
    container
}

/// What a container gets from the flags that may stand on any.
fn set_flags(cmd: &Cmd, container: &mut Map<String, Value>, command: &[String]) {
    if !command.is_empty() {
        if cmd.flags.on("arguments-only") {
            container.insert("args".into(), json!(command));
        } else {
            container.insert("command".into(), json!(command));
            container.remove("args");
        }
    }
    let env = environment(cmd);
    if !env.is_empty() {
        container.insert("env".into(), json!(env));
    }
    for (flag, key) in [("image", "image"), ("image-pull-policy", "imagePullPolicy")] {
        if !cmd.flags.text(flag).is_empty() {
            container.insert(key.into(), json!(cmd.flags.text(flag)));
        }
    }
    for (flag, key) in [("stdin", "stdin"), ("tty", "tty")] {
        container.remove(key);
        if cmd.flags.on(flag) {
            container.insert(key.into(), json!(true));
        }
    }
}

/// The debug container's name: what `-c` says, or a new one.
async fn name_for(cmd: &Cmd, pod: &Value) -> String {
    let asked = cmd.flags.text("container");
    if !asked.is_empty() {
        return asked.to_owned();
    }
    let taken = all_containers(pod);
    let mut name = format!("debugger-{}", cmd.client.sim().rng().suffix(5));
    while taken.contains(&name) {
        name = format!("debugger-{}", cmd.client.sim().rng().suffix(5));
    }
    if !cmd.flags.on("quiet") {
        cmd.print(&format!("Defaulting debug container name to {name}.\n")).await;
    }
    name
}

async fn ephemeral(cmd: &Cmd, pod: &Value, command: &[String], profile: Profile) -> Result<(Value, String), Fail> {
    let name = name_for(cmd, pod).await;
    let mut container = container(cmd, &name, command);
    let target = cmd.flags.text("target");
    if !target.is_empty() {
        container.insert("targetContainerName".into(), json!(target));
    }
    profile.container(&mut container, Style::Ephemeral);
    let mut containers = json!([container]);
    // Of a name that is taken the profile is applied to the container that is there as well.
    let taken = items(pod, &["spec", "ephemeralContainers"]).iter().find(|c| text(c, &["name"]) == name);
    const ADDED: &[&str] = &["securityContext", "capabilities", "add"];
    let added: Vec<Value> = taken.into_iter().chain(containers.get(0)).flat_map(|c| items(c, ADDED)).cloned().collect();
    if taken.is_some() && !added.is_empty() {
        containers[0]["securityContext"]["capabilities"]["add"] = json!(added);
    }
    warn_of_user(cmd, pod, containers.get(0)).await;
    let order: Vec<Value> = items(pod, &["spec", "ephemeralContainers"])
        .iter()
        .map(|c| json!({ "name": c["name"] }))
        .chain([json!({ "name": name })])
        .collect();
    let patch = json!({ "spec": { "$setElementOrder/ephemeralContainers": order, "ephemeralContainers": containers } });
    let path = object_path(Kind::Pod, &text(pod, &["metadata", "namespace"]), &text(pod, &["metadata", "name"]));
    let patched = cmd.patch(&format!("{path}/ephemeralcontainers"), "strategic-merge-patch+json", &patch, &[]).await?;
    Ok((patched, name))
}

async fn warn_of_user(cmd: &Cmd, pod: &Value, container: Option<&Value>) {
    let user = |value: Option<&Value>| value.and_then(|v| at(v, &["securityContext", "runAsUser"])).and_then(Value::as_i64);
    let context = container.and_then(|c| c.get("securityContext"));
    let gains = context.is_some_and(|c| c.get("privileged") == Some(&json!(true)) || !items(c, &["capabilities", "add"]).is_empty());
    if user(pod.get("spec")).unwrap_or(0) != 0 && user(container) != Some(0) && gains {
        cmd.eprint("Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using \"--custom\" with a custom profile that specifies \"securityContext.runAsUser: 0\".\n").await;
    }
}

async fn copy(cmd: &Cmd, pod: &Value, command: &[String], profile: Profile) -> Result<(Value, String), Fail> {
    let mut spec = pod.get("spec").cloned().unwrap_or(json!({}));
    if let Some(map) = spec.as_object_mut() {
        map.remove("ephemeralContainers");
        if !cmd.flags.on("same-node") {
            map.remove("nodeName");
        }
        if cmd.flags.changed("share-processes") {
            map.insert("shareProcessNamespace".into(), json!(cmd.flags.on("share-processes")));
        }
    }
    let images: Vec<(String, String)> =
        cmd.flags.list("set-image").iter().filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let containers = spec.get_mut("containers").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    let mut containers: Vec<Map<String, Value>> = containers.into_iter().filter_map(|c| c.as_object().cloned()).collect();
    let named = |c: &Map<String, Value>, name: &str| c.get("name").and_then(Value::as_str) == Some(name);
    for c in &mut containers {
        let image = images.iter().find(|(name, _)| named(c, name)).or_else(|| images.iter().find(|(name, _)| name == "*"));
        if let Some((_, image)) = image {
            c.insert("image".into(), json!(image));
        }
    }
    let asked = cmd.flags.text("container");
    let mut name = asked.to_owned();
    let mut only_images = false;
    if let Some(existing) = containers.iter_mut().find(|c| named(c, asked)) {
        set_flags(cmd, existing, command);
    } else if cmd.flags.text("image").is_empty() {
        if images.is_empty() {
            return Err("you must specify image when creating new container".into());
        }
        (name, only_images) = (String::new(), true);
    } else {
        name = name_for(cmd, pod).await;
        containers.push(container(cmd, &name, command));
    }
    let mut metadata = json!({ "name": cmd.flags.text("copy-to"), "namespace": text(pod, &["metadata", "namespace"]) });
    // A copy of which only images are changed keeps everything.
    let keeps = |flag: &str| only_images || (profile.keeps_all() && flag != "keep-labels") || cmd.flags.on(flag);
    for (flag, key) in [("keep-labels", "labels"), ("keep-annotations", "annotations")] {
        if keeps(flag)
            && let Some(map) = at(pod, &["metadata", key])
        {
            metadata[key] = map.clone();
        }
    }
    for c in &mut containers {
        for (flag, key) in [("keep-liveness", "livenessProbe"), ("keep-readiness", "readinessProbe"), ("keep-startup", "startupProbe")] {
            if !keeps(flag) {
                c.remove(key);
            }
        }
        if named(c, &name) && !only_images {
            profile.container(c, Style::Copy);
        }
    }
    spec["containers"] = json!(containers);
    if let Some(map) = spec.as_object_mut().filter(|_| !only_images && !profile.keeps_all()) {
        if !cmd.flags.on("keep-init-containers") {
            map.remove("initContainers");
        }
        map.entry("shareProcessNamespace").or_insert(json!(true));
    }
    let debugger = containers.iter().find(|c| named(c, &name)).cloned().map(Value::Object);
    warn_of_user(cmd, pod, debugger.as_ref()).await;
    let namespace = text(pod, &["metadata", "namespace"]);
    let object = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec });
    let created = cmd.create(Kind::Pod, &namespace, &object, &[]).await?;
    if cmd.flags.on("replace") {
        delete::one(cmd, Kind::Pod, &namespace, &text(pod, &["metadata", "name"]), Some(0)).await?;
    }
    Ok((created, name))
}

async fn on_node(cmd: &Cmd, node: &Value, command: &[String], profile: Profile) -> Result<(Value, String), Fail> {
    let node = text(node, &["metadata", "name"]);
    let container_name = match cmd.flags.text("container") {
        "" => "debugger",
        name => name,
    };
    let name = format!("node-debugger-{node}-{}", cmd.client.sim().rng().suffix(5));
    if !cmd.flags.on("quiet") {
        cmd.print(&format!("Creating debugging pod {name} with container {container_name} on node {node}.\n")).await;
    }
    let mut container = container(cmd, container_name, command);
    profile.container(&mut container, Style::Node);
    let mut spec = json!({
        "containers": [container], "nodeName": node, "restartPolicy": "Never", "tolerations": [{ "operator": "Exists" }],
    });
    profile.node_pod(&mut spec);
    let (namespace, _) = cmd.namespace();
    let labels = json!({ "app.kubernetes.io/managed-by": "kubectl-debug" });
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "namespace": namespace, "labels": labels }, "spec": spec
    });
    let created = cmd.create(Kind::Pod, &namespace, &pod, &[]).await?;
    Ok((created, container_name.to_owned()))
}

/// Waits until the container runs, and attaches; of one that has ended already the log is shown.
async fn join(cmd: &Cmd, pod: &Value, container: &str) -> Result<(), Fail> {
    let (namespace, name) = (text(pod, &["metadata", "namespace"]), text(pod, &["metadata", "name"]));
    let mut found = None;
    let mut told: Vec<String> = Vec::new();
    let mut check = |pod: Option<&Value>| {
        let Some(pod) = pod else { return Err(Fail::not_found("pods", "")) };
        let lists = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];
        let status = lists.iter().flat_map(|list| items(pod, &["status", list])).find(|s| text(s, &["name"]) == container);
        let Some(state) = status.and_then(|s| s.get("state")) else { return Ok(false) };
        let waiting = text(state, &["waiting", "message"]);
        if !waiting.is_empty() && !told.contains(&waiting) {
            told.push(waiting);
        }
        let ended = state.get("terminated").is_some();
        if ended || state.get("running").is_some() {
            found = Some((pod.clone(), ended));
        }
        Ok(found.is_some())
    };
    wait::watch(cmd, Kind::Pod, &namespace, &name, i64::MAX / 4, &mut check).await?;
    for waiting in told.iter().filter(|_| !cmd.flags.on("quiet")) {
        cmd.eprint(&format!("Warning: container {container}: {waiting}\n")).await;
    }
    match found {
        Some((_, true)) => logs::of_container(cmd, &namespace, &name, container).await,
        Some((pod, false)) => attach::to_pod(cmd, &pod, container, cmd.flags.on("stdin"), cmd.flags.on("tty")).await,
        None => Ok(()),
    }
}
