//! `kubectl set env`. Models kubectl/pkg/cmd/set/set_env.go.

use super::super::get::objects;
use super::{Plan, containers, matches, spec_path};
use crate::api::Kind;
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, at, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::printers::gofmt::quote;
use serde_json::{Value, json};

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
            let input = cmd.ctx.read_to_end(0, 1 << 20).await.unwrap_or_default();
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
    let request = Request { args: vec![cmd.flags.text("from").to_owned()], labels: None, ..Request::from(cmd) };
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
    let wanted = cmd.flags.text("containers").to_owned();
    let mut count = 0;
    for container in containers(spec).filter(|c| matches(&wanted, &text(c, &["name"]))) {
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

/// `--list`: each container's variables.
pub async fn list(cmd: &Cmd, object: &Value) {
    let (mut copy, wanted) = (object.clone(), cmd.flags.text("containers").to_owned());
    let (kind, name) = (text(object, &["kind"]), text(object, &["metadata", "name"]));
    let namespace = text(object, &["metadata", "namespace"]);
    let Some(spec) = copy.pointer_mut(spec_path(object)) else { return };
    for container in containers(spec).filter(|c| matches(&wanted, &text(c, &["name"]))) {
        cmd.print(&format!("# {kind} {name}, container {}\n", text(container, &["name"]))).await;
        for variable in at(container, &["env"]).and_then(Value::as_array).into_iter().flatten() {
            let name = text(variable, &["name"]);
            let line = match variable.get("valueFrom") {
                None => format!("{name}={}\n", text(variable, &["value"])),
                Some(source) => referred(cmd, &namespace, &name, source).await,
            };
            cmd.print(&line).await;
        }
    }
}

/// A variable that stands elsewhere: where, or with `--resolve` what.
async fn referred(cmd: &Cmd, namespace: &str, name: &str, source: &Value) -> String {
    let refers = |key: &str, what: &str| {
        let reference = source.get(key)?;
        Some(format!("# {name} from {what} {}, key {}\n", text(reference, &["name"]), text(reference, &["key"])))
    };
    let words = refers("configMapKeyRef", "configmap").or_else(|| refers("secretKeyRef", "secret"));
    let words = words.unwrap_or_else(|| {
        let field = text(source, &["fieldRef", "fieldPath"]);
        if field.is_empty() {
            let (container, resource) =
                (text(source, &["resourceFieldRef", "containerName"]), text(source, &["resourceFieldRef", "resource"]));
            format!("# {name} from resource field {container}.{resource}\n")
        } else {
            format!("# {name} from field path {field}\n")
        }
    });
    let Some(reference) = source.get("configMapKeyRef").filter(|_| cmd.flags.on("resolve")) else { return words };
    match cmd.json(crate::kubectl::rest::Call::new("GET", object_path(Kind::ConfigMap, namespace, &text(reference, &["name"])))).await {
        Ok(map) => format!("{name}={}\n", text(&map, &["data", &text(reference, &["key"])])),
        Err(_) => words,
    }
}
