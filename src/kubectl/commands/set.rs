//! `kubectl set`. Models kubectl/pkg/cmd/set.

use super::common::{ALL, DRY_RUN, FIELD_MANAGER, FILES, LOCAL, OUTPUT, SELECTOR};
use super::get::objects;
use super::wait::kind_of;
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, at, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Map, Value, json};

/// The verb.
pub const VERB: Verb = Verb {
    name: "set",
    usage: "SUBCOMMAND",
    short: "Set specific features on objects",
    long: "Configure application resources.\n\n These commands help you make changes to existing application resources.",
    subcommands: &[&ENV, &IMAGE, &RESOURCES, &SELECTOR_VERB, &SERVICE_ACCOUNT, &SUBJECT],
    ..BASE
};

const COMMON: &[&[Flag]] = &[FILES, SELECTOR, ALL, DRY_RUN, OUTPUT, LOCAL, FIELD_MANAGER];

const IMAGE: Verb = Verb {
    name: "image",
    usage: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
    short: "Update the image of a pod template",
    examples: "# Another image for one container\nkubectl set image deployment/web nginx=nginx:1.27",
    flags: COMMON,
    run: |cmd| Box::pin(run(cmd, &Change::Image)),
    ..BASE
};

const ENV_FLAGS: &[Flag] = &[
    short("containers", 'c', FlagKind::Text, "*", "The names of containers in the selected pod templates to change - may use wildcards"),
    short("env", 'e', FlagKind::Array, "", "Specify a key-value pair for an environment variable to set into each container."),
    flag("list", FlagKind::Bool, "false", "If true, display the environment and any changes in the standard format."),
    flag(
        "overwrite",
        FlagKind::Bool,
        "true",
        "If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.",
    ),
    flag("from", FlagKind::Text, "", "The name of a resource from which to inject environment variables"),
    flag("prefix", FlagKind::Text, "", "Prefix to append to variable names"),
    flag("resolve", FlagKind::Bool, "false", "If true, show secret or configmap references when listing variables"),
];

const ENV: Verb = Verb {
    name: "env",
    usage: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
    short: "Update environment variables on a pod template",
    examples: "# Set a variable, and take one away\nkubectl set env deployment/web COLOUR=blue DEBUG-",
    flags: &[ENV_FLAGS, FILES, SELECTOR, ALL, DRY_RUN, OUTPUT, LOCAL, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd, &Change::Env)),
    ..BASE
};

const RESOURCE_FLAGS: &[Flag] = &[
    short(
        "containers",
        'c',
        FlagKind::Text,
        "*",
        "The names of containers in the selected pod templates to change, all containers are selected by default - may use wildcards",
    ),
    flag("limits", FlagKind::Text, "", "The resource requirement requests for this container. For example, 'cpu=100m,memory=256Mi'."),
    flag("requests", FlagKind::Text, "", "The resource requirement requests for this container. For example, 'cpu=100m,memory=256Mi'."),
];

const RESOURCES: Verb = Verb {
    name: "resources",
    usage: "(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]",
    short: "Update resource requests/limits on objects with pod templates",
    flags: &[RESOURCE_FLAGS, FILES, SELECTOR, ALL, DRY_RUN, OUTPUT, LOCAL, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd, &Change::Resources)),
    ..BASE
};

const SELECTOR_VERB: Verb = Verb {
    name: "selector",
    usage: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
    short: "Set the selector on a resource",
    flags: &[FILES, ALL, DRY_RUN, OUTPUT, LOCAL, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd, &Change::Selector)),
    ..BASE
};

const SERVICE_ACCOUNT: Verb = Verb {
    name: "serviceaccount",
    aliases: &["sa"],
    usage: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    short: "Update the service account of a resource",
    flags: COMMON,
    run: |cmd| Box::pin(run(cmd, &Change::ServiceAccount)),
    ..BASE
};

const SUBJECT: Verb = Verb {
    name: "subject",
    short: "Update the user, group, or service account in a role binding or cluster role binding",
    run: |_| Box::pin(async { Err("set subject is not simulated in Podground".into()) }),
    ..BASE
};

/// Which part of an object is set.
#[derive(PartialEq)]
enum Change {
    Image,
    Env,
    Resources,
    Selector,
    ServiceAccount,
}

impl Change {
    fn done(&self) -> &'static str {
        match self {
            Change::Image => "image updated",
            Change::Env => "env updated",
            Change::Resources => "resource requirements updated",
            Change::Selector => "selector updated",
            Change::ServiceAccount => "serviceaccount updated",
        }
    }

    fn failed(&self, e: Fail) -> Fail {
        match self {
            Change::Image => Fail::Text(format!("failed to patch image update to pod template: {}", e.message())),
            Change::Env => Fail::Text(format!("failed to patch env update to pod template: {}", e.message())),
            Change::Resources => Fail::Text(format!("failed to patch resources update to pod template {}", e.message())),
            _ => e,
        }
    }
}

/// Divides the arguments into what is named and what is to be set.
fn split<'a>(change: &Change, args: &'a [String]) -> (&'a [String], Vec<String>) {
    let is_value = |a: &String| match change {
        Change::Image => a.contains('='),
        Change::Env => a.contains('=') || (a.ends_with('-') && a.len() > 1),
        Change::Selector => a.contains('='),
        Change::Resources => false,
        Change::ServiceAccount => false,
    };
    if *change == Change::ServiceAccount {
        return match args.split_last() {
            Some((account, rest)) if !rest.is_empty() => (rest, vec![account.clone()]),
            _ => (args, Vec::new()),
        };
    }
    let at = args.iter().position(is_value).unwrap_or(args.len());
    (&args[..at], args[at..].to_vec())
}

async fn run(cmd: &Cmd, change: &Change) -> Result<(), Fail> {
    let (resources, mut values) = split(change, cmd.args());
    if *change == Change::Selector && values.is_empty() {
        return Err("one selector is required".into());
    }
    values.extend(cmd.flags.list("env"));
    let mut request = Request::from(cmd);
    request.args = resources.to_vec();
    if resources.is_empty() && request.filenames.is_empty() {
        return Err(match change {
            Change::Env => "one or more resources must be specified as <resource> <name> or <resource>/<name>".into(),
            Change::ServiceAccount => "serviceaccount is required".into(),
            _ => crate::kubectl::builder::MISSING.into(),
        });
    }
    let listing = *change == Change::Env && cmd.flags.on("list");
    // The shape of the names is looked at before the values are missed.
    let targets = request.clone().targets(cmd).await;
    if values.is_empty() && !listing {
        match change {
            Change::Image => {
                targets?;
                return Err("at least one image update is required".into());
            }
            Change::Env => return Err("at least one environment variable must be provided".into()),
            Change::Resources if cmd.flags.text("limits").is_empty() && cmd.flags.text("requests").is_empty() => {
                return Err("you must specify an update to requests or limits (in the form of --requests/--limits)".into());
            }
            Change::ServiceAccount => return Err("serviceaccount is required".into()),
            _ => {}
        }
    }
    let dry = dry_run(cmd)?;
    let mut printer = Printer::for_change(cmd).await?;
    let mut errors = Vec::new();
    for target in targets?.list {
        let found = match &target {
            Target::File(file) if cmd.flags.on("local") => Ok(vec![file.object.clone()]),
            _ => objects(cmd, &target, &request).await,
        };
        let found = match found {
            Ok(found) => found,
            Err(e) => {
                errors.push(e);
                continue;
            }
        };
        for object in found {
            if listing {
                list_env(cmd, &object).await;
                continue;
            }
            match one(cmd, change, &object, &values, dry).await {
                Ok(Some(object)) => printer.show(cmd, &object, change.done()).await?,
                Ok(None) => {}
                Err(e) => errors.push(e),
            }
        }
    }
    Fail::join(errors)
}

/// Where an object's pod spec is.
fn spec_path(object: &Value) -> &'static str {
    match text(object, &["kind"]).as_str() {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    }
}

async fn one(cmd: &Cmd, change: &Change, object: &Value, values: &[String], dry: DryRun) -> Result<Option<Value>, Fail> {
    let mut new = object.clone();
    match change {
        Change::Selector => {
            let map: Map<String, Value> =
                values.iter().flat_map(|v| v.split(',')).filter_map(|p| p.split_once('=')).map(|(k, v)| (k.into(), json!(v))).collect();
            new["spec"]["selector"] = Value::Object(map);
        }
        _ => {
            let Some(spec) = new.pointer_mut(spec_path(object)) else { return Err("the object has no pod template".into()) };
            match change {
                Change::Image => images(spec, values)?,
                Change::Env => environment(cmd, spec, values)?,
                Change::Resources => resources(cmd, spec)?,
                _ => spec["serviceAccountName"] = json!(values.first()),
            }
        }
    }
    if new == *object {
        return Ok(None);
    }
    if dry == DryRun::Client || cmd.flags.on("local") {
        return Ok(Some(new));
    }
    let Some(kind) = kind_of(object) else { return Err("the server could not find the requested resource".into()) };
    let path = object_path(kind, &text(object, &["metadata", "namespace"]), &text(object, &["metadata", "name"]));
    let pointer = if *change == Change::Selector { "/spec/selector" } else { spec_path(object) };
    let patch = json!([{ "op": "replace", "path": pointer, "value": new.pointer(pointer) }]);
    let query = [("dryRun", if dry == DryRun::Server { "All" } else { "" }), ("fieldManager", "kubectl-set")];
    cmd.patch(&path, "json-patch+json", &patch, &query).await.map(Some).map_err(|e| change.failed(e))
}

fn containers<'a>(spec: &'a mut Value) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    let mut lists: Vec<&mut Value> = Vec::new();
    if let Some(map) = spec.as_object_mut() {
        for (key, list) in map {
            if key == "containers" || key == "initContainers" {
                lists.extend(list.as_array_mut().into_iter().flatten());
            }
        }
    }
    lists.into_iter()
}

fn images(spec: &mut Value, values: &[String]) -> Result<(), Fail> {
    for value in values {
        let Some((name, image)) = value.split_once('=') else { continue };
        let mut found = false;
        for container in containers(spec) {
            if name == "*" || text(container, &["name"]) == name {
                container["image"] = json!(image);
                found = true;
            }
        }
        if !found {
            return Err(Fail::Text(format!("unable to find container named \"{name}\"")));
        }
    }
    Ok(())
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern == "*" || pattern == name
}

fn environment(cmd: &Cmd, spec: &mut Value, values: &[String]) -> Result<(), Fail> {
    let wanted = cmd.flags.text("containers").to_owned();
    for container in containers(spec).filter(|c| matches(&wanted, &text(c, &["name"]))) {
        let mut env = at(container, &["env"]).and_then(Value::as_array).cloned().unwrap_or_default();
        for value in values {
            if let Some((name, value)) = value.split_once('=') {
                let entry = json!({ "name": name, "value": value });
                match env.iter_mut().find(|e| text(e, &["name"]) == name) {
                    Some(old) if cmd.flags.on("overwrite") => *old = entry,
                    Some(_) => return Err(Fail::Text(format!("'{name}' already has a value, and --overwrite is false"))),
                    None => env.push(entry),
                }
            } else if let Some(name) = value.strip_suffix('-') {
                env.retain(|e| text(e, &["name"]) != name);
            }
        }
        if env.is_empty() {
            container.as_object_mut().map(|c| c.remove("env"));
        } else {
            container["env"] = json!(env);
        }
    }
    Ok(())
}

fn resources(cmd: &Cmd, spec: &mut Value) -> Result<(), Fail> {
    let wanted = cmd.flags.text("containers").to_owned();
    for container in containers(spec).filter(|c| matches(&wanted, &text(c, &["name"]))) {
        for kind in ["limits", "requests"] {
            for pair in cmd.flags.text(kind).split(',').filter(|p| !p.is_empty()) {
                let Some((name, amount)) = pair.split_once('=') else {
                    return Err(Fail::Text(format!("Invalid argument syntax {pair}, expected <resource>=<value>")));
                };
                container["resources"][kind][name] = json!(amount);
            }
        }
    }
    Ok(())
}

async fn list_env(cmd: &Cmd, object: &Value) {
    let mut copy = object.clone();
    let name = text(object, &["metadata", "name"]);
    let kind = kind_of(object).map(|k| k.info().plural).unwrap_or_default();
    let Some(spec) = copy.pointer_mut(spec_path(object)) else { return };
    let mut out = String::new();
    for container in containers(spec) {
        out += &format!("# {kind} {name}, container {}\n", text(container, &["name"]));
        for variable in at(container, &["env"]).and_then(Value::as_array).into_iter().flatten() {
            out += &format!("{}={}\n", text(variable, &["name"]), text(variable, &["value"]));
        }
    }
    cmd.print(&out).await;
}
