//! `kubectl set`. Models kubectl/pkg/cmd/set.

mod env;

pub use env::name_error;

use super::apply::three_way;
use super::common::{ALL, DRY_RUN, FIELD_MANAGER, FILES, LOCAL, OUTPUT, RECORD, SELECTOR, record, resource_list, split_pairs, typed};
use super::get::objects;
use super::refused::refuse_objects;
use super::wait::kind_of;
use crate::api::Kind;
use crate::api::glob::glob;
use crate::api::selector::parse_to_label_selector;
use crate::kubectl::builder::{LOCAL_NEEDS_FILES, MISSING, Request, Target};
use crate::kubectl::command::{Cmd, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::verb::{BASE, Verb};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use serde_json::{Value, json};

/// The verb.
pub const VERB: Verb = Verb {
    name: "set",
    usage: "SUBCOMMAND",
    short: "Set specific features on objects",
    subcommands: &[&ENV, &IMAGE, &RESOURCES, &SELECTOR_VERB, &SERVICE_ACCOUNT, &SUBJECT],
    ..BASE
};

const COMMON: &[&[Flag]] = &[RECORD, FILES, SELECTOR, ALL, DRY_RUN, OUTPUT, LOCAL, FIELD_MANAGER];

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
    flag("keys", FlagKind::Slice, "", "Comma-separated list of keys to import from specified resource"),
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
    flags: &[RESOURCE_FLAGS, RECORD, FILES, SELECTOR, ALL, DRY_RUN, OUTPUT, LOCAL, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd, &Change::Resources)),
    ..BASE
};

const SELECTOR_FLAGS: &[Flag] = &[
    short("filename", 'f', FlagKind::Slice, "", "identifying the resource."),
    short("recursive", 'R', FlagKind::Bool, "true", "Process the directory used in -f, --filename recursively."),
    flag(
        "resource-version",
        FlagKind::Text,
        "",
        "If non-empty, the selectors update will only succeed if this is the current resource-version for the object.",
    ),
];

const SELECTOR_VERB: Verb = Verb {
    name: "selector",
    usage: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
    short: "Set the selector on a resource",
    flags: &[SELECTOR_FLAGS, RECORD, ALL, DRY_RUN, OUTPUT, LOCAL, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd, &Change::Selector)),
    ..BASE
};

const SERVICE_ACCOUNT: Verb = Verb {
    name: "serviceaccount",
    aliases: &["sa"],
    usage: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    short: "Update the service account of a resource",
    flags: &[RECORD, FILES, ALL, DRY_RUN, OUTPUT, LOCAL, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd, &Change::ServiceAccount)),
    ..BASE
};

const SUBJECT_FLAGS: &[Flag] =
    &[flag("group", FlagKind::Array, "", ""), flag("serviceaccount", FlagKind::Array, "", ""), flag("user", FlagKind::Array, "", "")];

const SUBJECT: Verb = Verb {
    name: "subject",
    usage: "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Update the user, group, or service account in a role binding or cluster role binding",
    flags: &[SUBJECT_FLAGS, FILES, SELECTOR, ALL, DRY_RUN, OUTPUT, LOCAL, FIELD_MANAGER],
    run: refuse_objects,
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
        let what = match self {
            Change::Image => "image update to pod template:",
            Change::Env => "env update to pod template:",
            Change::Resources => "resources update to pod template",
            Change::ServiceAccount => "ServiceAccountName",
            Change::Selector => return e,
        };
        Fail::Text(format!("failed to patch {what} {}", e.message().trim_end()))
    }

    /// Divides the arguments into what is named and what is to be set.
    fn split<'a>(&self, args: &'a [String]) -> Result<(&'a [String], &'a [String]), Fail> {
        match self {
            Change::Image => {
                let (resources, images) = split_pairs(args, "image")?;
                match images.iter().find(|image| !image.contains('=')) {
                    Some(image) => Err(Fail::Text(format!("invalid image format: {image}"))),
                    None => Ok((resources, images)),
                }
            }
            Change::Env => split_pairs(args, "environment"),
            Change::Resources => Ok((args, &[])),
            Change::ServiceAccount | Change::Selector => Ok(args.split_at(args.len().saturating_sub(1))),
        }
    }
}

/// What is to be set, read from the command line.
#[derive(Default)]
struct Plan {
    values: Vec<String>,
    env: Vec<Value>,
    gone: Vec<String>,
    limits: Vec<(&'static str, String, Value)>,
    selector: LabelSelector,
}

async fn plan(cmd: &Cmd, change: &Change, resources: &[String], values: &[String]) -> Result<Plan, Fail> {
    let mut plan = Plan { values: values.to_vec(), ..Plan::default() };
    let nothing_named = resources.is_empty() && cmd.flags.list("filename").is_empty() && cmd.flags.text("kustomize").is_empty();
    match change {
        Change::Image => {
            if nothing_named {
                return Err(MISSING.into());
            }
            if plan.values.is_empty() {
                Request { args: resources.to_vec(), ..Request::from(cmd) }.targets(cmd).await?;
                return Err("at least one image update is required".into());
            }
        }
        Change::Env => {
            if nothing_named {
                return Err("one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
            }
            env::read(cmd, &mut plan).await?;
        }
        Change::Resources => {
            if nothing_named {
                return Err(MISSING.into());
            }
            if cmd.flags.text("limits").is_empty() && cmd.flags.text("requests").is_empty() {
                return Err("you must specify an update to requests or limits (in the form of --requests/--limits)".into());
            }
            plan.limits = limits(cmd)?;
        }
        Change::Selector => {
            let Some(text) = plan.values.first() else { return Err("one selector is required".into()) };
            plan.selector = parse_to_label_selector(text).map_err(Fail::Text)?;
            if nothing_named {
                return Err(MISSING.into());
            }
        }
        Change::ServiceAccount if plan.values.is_empty() => return Err("serviceaccount is required".into()),
        Change::ServiceAccount => {}
    }
    Ok(plan)
}

async fn run(cmd: &Cmd, change: &Change) -> Result<(), Fail> {
    let (resources, values) = change.split(cmd.args())?;
    let local = cmd.flags.on("local");
    let plan = plan(cmd, change, resources, values).await?;
    if local && !resources.is_empty() {
        return Err(LOCAL_NEEDS_FILES.into());
    }
    let dry = dry_run(cmd)?;
    let mut printer = Printer::for_change(cmd).await?.typed();
    let request = Request { args: resources.to_vec(), unplaced: local, ..Request::from(cmd) };
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for target in request.clone().targets(cmd).await?.list {
        match &target {
            Target::File(file) if local => {
                let undecodable = |why: String| Fail::Text(format!("unable to decode {}: {why}", quote(&file.source)));
                found.push(typed(file.kind, &file.object).map_err(undecodable)?);
            }
            _ => match objects(cmd, &target, &request).await {
                Ok(objects) => found.extend(objects),
                Err(e) => errors.push(e),
            },
        }
    }
    // Nothing is changed where something is not there.
    Fail::join(std::mem::take(&mut errors))?;
    let listing = *change == Change::Env && cmd.flags.on("list");
    for object in found {
        let mut new = object.clone();
        if let Err(e) = set(cmd, change, &mut new, &plan, &mut errors).await {
            let alone = *change == Change::Selector;
            errors.push(if alone { e } else { Fail::Text(format!("error: {} {}\n", name_of(&object, local), e.message())) });
            continue;
        }
        if listing {
            env::list(cmd, &new).await;
            continue;
        }
        let always = matches!(change, Change::ServiceAccount | Change::Selector);
        record(cmd, &mut new);
        if new == object && !always {
            continue;
        }
        match send(cmd, change, &object, new, dry).await {
            Ok(object) => printer.show(cmd, &object, change.done()).await?,
            Err(e) => errors.push(e),
        }
    }
    Fail::join(errors)
}

/// `deployments/web`; where no server says what its resource is, `deployment.apps/web` on a line of its own. Models getObjectName.
fn name_of(object: &Value, local: bool) -> String {
    let name = text(object, &["metadata", "name"]);
    match kind_of(object).map(Kind::info) {
        Some(info) if !local => format!("{}/{name}", info.plural),
        Some(info) if !info.group.is_empty() => format!("{}.{}/{name}\n", info.singular, info.group),
        _ => format!("{}/{name}", text(object, &["kind"]).to_lowercase()),
    }
}

/// Where an object's pod spec is.
fn spec_path(object: &Value) -> &'static str {
    match text(object, &["kind"]).as_str() {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        _ => "/spec/template/spec",
    }
}

/// Changes the object; what concerns single containers goes to `errors`.
async fn set(cmd: &Cmd, change: &Change, object: &mut Value, plan: &Plan, errors: &mut Vec<Fail>) -> Result<(), Fail> {
    if *change == Change::Selector {
        if text(object, &["kind"]) != "Service" {
            return Err("setting a selector is only supported for Services".into());
        }
        // No service can have what else a selector asks for; as Go prints it.
        let go = |asked: &LabelSelectorRequirement| {
            format!("{{{} {} [{}]}}", asked.key, asked.operator, asked.values.as_deref().unwrap_or_default().join(" "))
        };
        if let Some(asked) = &plan.selector.match_expressions {
            let asked: Vec<String> = asked.iter().map(go).collect();
            return Err(Fail::Text(format!("match expression [{}] not supported on this object", asked.join(" "))));
        }
        object["spec"]["selector"] = json!(plan.selector.match_labels.clone().unwrap_or_default());
        return Ok(());
    }
    let (kind, name) = (text(object, &["kind"]), text(object, &["metadata", "name"]));
    let version = text(object, &["apiVersion"]);
    let Some(spec) = object.pointer_mut(spec_path(object)) else {
        let package = version.rsplit('/').next().unwrap_or_default();
        return Err(Fail::Text(format!("the object is not a pod or does not have a pod template: *{package}.{kind}")));
    };
    match change {
        Change::Image => images(spec, &plan.values, errors),
        Change::Env => {
            if env::set(cmd, spec, plan)? == 0 {
                let wanted = cmd.flags.text("containers");
                cmd.eprint(&format!("Warning: {kind}/{name} does not have any containers matching \"{wanted}\"\n")).await;
            }
        }
        Change::Resources => {
            let mut any = false;
            for container in chosen(cmd, spec) {
                any = true;
                for (list, name, amount) in &plan.limits {
                    container["resources"][*list][name] = amount.clone();
                }
            }
            if !any {
                errors.push(Fail::Text(format!("error: unable to find container named {}", cmd.flags.text("containers"))));
            }
        }
        _ => spec["serviceAccountName"] = json!(plan.values.first()),
    }
    Ok(())
}

async fn send(cmd: &Cmd, change: &Change, object: &Value, mut new: Value, dry: DryRun) -> Result<Value, Fail> {
    if dry == DryRun::Client || cmd.flags.on("local") {
        return Ok(new);
    }
    let Some(kind) = kind_of(object) else { return Err("the server could not find the requested resource".into()) };
    let path = object_path(kind, &text(object, &["metadata", "namespace"]), &text(object, &["metadata", "name"]));
    let version = cmd.flags.text("resource-version");
    if !version.is_empty() {
        new["metadata"]["resourceVersion"] = json!(version);
    }
    let patch = three_way::patch(kind, object, &new, object);
    let query = [("dryRun", dry.query()), ("fieldManager", cmd.manager())];
    cmd.patch(&path, "strategic-merge-patch+json", &patch, &query).await.map_err(|e| change.failed(e))
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

/// Those that `-c` names.
fn chosen<'a>(cmd: &Cmd, spec: &'a mut Value) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    let wanted = cmd.flags.text("containers").to_owned();
    containers(spec).filter(move |container| glob(&wanted, &text(container, &["name"])))
}

fn images(spec: &mut Value, values: &[String], errors: &mut Vec<Fail>) {
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
            errors.push(Fail::Text(format!("error: unable to find container named \"{name}\"")));
        }
    }
}

fn limits(cmd: &Cmd) -> Result<Vec<(&'static str, String, Value)>, Fail> {
    let mut all = Vec::new();
    for list in ["limits", "requests"] {
        all.extend(resource_list(cmd.flags.text(list))?.into_iter().map(|(name, amount)| (list, name, amount)));
    }
    Ok(all)
}
