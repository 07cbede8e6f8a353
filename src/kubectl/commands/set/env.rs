//! `kubectl set env`. Models kubectl/pkg/cmd/set/set_env.go.

use super::super::get::objects;
use super::{Plan, chosen, spec_path};
use crate::api::quantity::Quantity;
use crate::api::{Kind, base64};
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, at, items, text};
use crate::kubectl::error::Fail;
use crate::kubectl::kubeconfig::SIZE_LIMIT;
use crate::kubectl::printers::gofmt::quote;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Why a text is not a variable's name. Models validation.IsEnvVarName.
pub fn name_error(name: &str) -> Option<&'static str> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(good);
    (!fits).then_some("a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')")
}

/// The variables that the arguments, `-e` and `--from` name.
pub async fn read(cmd: &Cmd, plan: &mut Plan) -> Result<(), Fail> {
    if !cmd.flags.list("keys").is_empty() && cmd.flags.text("from").is_empty() {
        return Err("when specifying --keys, a configmap or secret must be provided with --from".into());
    }
    if cmd.flags.on("list") && !cmd.flags.text("output").is_empty() {
        return Err("--list and --output may not be specified together".into());
    }
    let mut given = cmd.flags.list("env");
    given.extend(plan.values.iter().cloned());
    let mut at = 0;
    while let Some(word) = given.get(at).cloned() {
        at += 1;
        if word == "-" {
            let input = cmd.ctx.read_to_end(0, SIZE_LIMIT).await.unwrap_or_default();
            let lines = String::from_utf8_lossy(&input).into_owned();
            let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            given.splice(at..at, lines.map(str::to_owned));
            continue;
        }
        if let Some((name, value)) = word.split_once('=') {
            if let Some(why) = name_error(name) {
                return Err(Fail::Text(format!("{} is not a valid key name: {why}", quote(name))));
            }
            plan.env.push(json!({ "name": name, "value": value }));
        } else if let Some(name) = word.strip_suffix('-') {
            plan.gone.push(name.to_owned());
        } else {
            return Err(Fail::Text(format!("unknown environment variable: {word}")));
        }
    }
    if plan.env.iter().any(|variable| plan.gone.contains(&text(variable, &["name"]))) {
        return Err("can not both modify and remove the same environment variable in the same command".into());
    }
    if !cmd.flags.text("from").is_empty() {
        from(cmd, plan).await?;
    }
    let prefix = cmd.flags.text("prefix");
    for variable in plan.env.iter_mut().filter(|_| !prefix.is_empty()) {
        variable["name"] = json!(format!("{prefix}{}", text(variable, &["name"])));
    }
    Ok(())
}

/// `--from=configmap/NAME`: a variable of each key.
async fn from(cmd: &Cmd, plan: &mut Plan) -> Result<(), Fail> {
    let (namespace, _) = cmd.namespace();
    let request = Request { args: vec![cmd.flags.text("from").to_owned()], namespace, ..Request::default() };
    let wanted = cmd.flags.list("keys");
    for target in request.clone().targets(cmd).await?.list {
        let reference = match &target {
            Target::Named { kind: Kind::ConfigMap, .. } => "configMapKeyRef",
            Target::Named { kind: Kind::Secret, .. } => "secretKeyRef",
            _ => {
                objects(cmd, &target, &request).await?;
                return Err("unsupported resource specified in --from".into());
            }
        };
        for source in objects(cmd, &target, &request).await? {
            let keys = at(&source, &["data"]).and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key);
            for key in keys.filter(|key| wanted.is_empty() || wanted.contains(key)) {
                let clean = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_uppercase() } else { '_' };
                let name: String = key.chars().map(clean).collect();
                if name != *key {
                    cmd.eprint(&format!("Warning: key {key} transferred to {name}\n")).await;
                }
                let reference = json!({ reference: { "name": source["metadata"]["name"], "key": key } });
                plan.env.push(json!({ "name": name, "valueFrom": reference }));
            }
        }
    }
    Ok(())
}

/// Sets the variables in the containers that `-c` names; how many those are.
pub fn set(cmd: &Cmd, spec: &mut Value, plan: &Plan) -> Result<usize, Fail> {
    let mut count = 0;
    for container in chosen(cmd, spec) {
        count += 1;
        let mut env = at(container, &["env"]).and_then(Value::as_array).cloned().unwrap_or_default();
        for entry in &plan.env {
            let name = text(entry, &["name"]);
            match env.iter_mut().find(|e| text(e, &["name"]) == name) {
                Some(old) if cmd.flags.on("overwrite") => *old = entry.clone(),
                Some(old) => {
                    let old = text(old, &["value"]);
                    return Err(Fail::Text(format!("'{name}' already has a value ({old}), and --overwrite is false")));
                }
                None => env.push(entry.clone()),
            }
        }
        env.retain(|entry| !plan.gone.contains(&text(entry, &["name"])));
        if env.is_empty() {
            container.as_object_mut().map(|c| c.remove("env"));
        } else {
            container["env"] = json!(env);
        }
    }
    Ok(count)
}

/// `--list`: each container's variables, with `--resolve` what they stand for.
pub async fn list(cmd: &Cmd, object: &Value) {
    let mut copy = object.clone();
    let (kind, name) = (text(object, &["kind"]), text(object, &["metadata", "name"]));
    let Some(spec) = copy.pointer_mut(spec_path(object)) else { return };
    for container in chosen(cmd, spec) {
        cmd.print(&format!("# {kind} {name}, container {}\n", text(container, &["name"]))).await;
        let mut unresolved: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for variable in items(container, &["env"]) {
            let name = text(variable, &["name"]);
            let value = match variable.get("valueFrom") {
                None => Ok(text(variable, &["value"])),
                Some(source) if cmd.flags.on("resolve") => resolved(cmd, object, container, source).await,
                Some(_) => Err(String::new()),
            };
            let line = match &value {
                Ok(value) => format!("{name}={value}\n"),
                Err(_) => format!("# {name} from {}\n", referred(&variable["valueFrom"])),
            };
            cmd.print(&line).await;
            if let Some(why) = value.err().filter(|why| !why.is_empty()) {
                unresolved.entry(why).or_default().push(name);
            }
        }
        let mut lines: Vec<String> =
            unresolved.iter().map(|(why, names)| format!("error retrieving reference for {}: {why}\n", names.join(", "))).collect();
        lines.sort();
        cmd.eprint(&lines.concat()).await;
    }
}

/// Where a variable's value stands. Models envutil.GetEnvVarRefString.
fn referred(source: &Value) -> String {
    for (key, what) in [("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")] {
        if let Some(reference) = source.get(key) {
            return format!("{what} {}, key {}", text(reference, &["name"]), text(reference, &["key"]));
        }
    }
    if let Some(reference) = source.get("resourceFieldRef") {
        let (container, resource) = (text(reference, &["containerName"]), text(reference, &["resource"]));
        let dot = if container.is_empty() { "" } else { "." };
        return format!("resource field {container}{dot}{resource}");
    }
    format!("field path {}", text(source, &["fieldRef", "fieldPath"]))
}

/// The value that a reference stands for. Models envutil.GetEnvVarRefValue.
async fn resolved(cmd: &Cmd, object: &Value, container: &Value, source: &Value) -> Result<String, String> {
    let namespace = text(object, &["metadata", "namespace"]);
    for (field, kind) in [("configMapKeyRef", Kind::ConfigMap), ("secretKeyRef", Kind::Secret)] {
        let Some(reference) = source.get(field) else { continue };
        let (name, key) = (text(reference, &["name"]), text(reference, &["key"]));
        let holder = cmd.get(kind, &namespace, &name).await.map_err(|e| e.message())?;
        let Some(value) = at(&holder, &["data", &key]).and_then(Value::as_str) else {
            return Err(format!("key {key} not found in {} {name}", kind.info().singular));
        };
        return if kind == Kind::Secret {
            base64::decode(value).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        } else {
            Ok(value.to_owned())
        };
    }
    if let Some(reference) = source.get("resourceFieldRef") {
        let path = text(reference, &["resource"]);
        let Some((list, name)) = path.split_once('.') else { return Err(format!("Unsupported container resource : {path}")) };
        let quantity = |text: String| Quantity::parse(if text.is_empty() { "0" } else { &text });
        let (set, divisor) = (quantity(text(container, &["resources", list, name]))?, quantity(text(reference, &["divisor"]))?);
        let amount = |quantity: &Quantity| if name == "cpu" { quantity.milli_value() } else { quantity.value() };
        let one = if name == "cpu" { 1000 } else { 1 };
        let divisor = Some(amount(&divisor)).filter(|divisor| *divisor > 0).unwrap_or(one);
        return Ok(amount(&set).saturating_add(divisor - 1).div_euclid(divisor).to_string());
    }
    let path = text(source, &["fieldRef", "fieldPath"]);
    match path.as_str() {
        "metadata.name" | "metadata.namespace" | "metadata.uid" => Ok(text(object, &path.split('.').collect::<Vec<_>>())),
        _ => {
            let subscript = path.strip_prefix("metadata.").and_then(|path| path.strip_suffix("']")?.split_once("['"));
            match subscript.filter(|(map, _)| matches!(*map, "labels" | "annotations")) {
                Some((map, key)) => Ok(text(object, &["metadata", map, key])),
                None => Err(format!("unsupported fieldPath: {path}")),
            }
        }
    }
}
