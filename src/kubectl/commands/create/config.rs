//! `kubectl create configmap`, and the data that secrets are made of too.

use super::super::common::{DRY_RUN, FIELD_MANAGER, OUTPUT, SAVE_CONFIG, VALIDATE};
use super::super::set::name_error;
use super::{generated, name_argument};
use crate::api::Kind;
use crate::api::validation::names::config_map_key;
use crate::kubectl::command::{Cmd, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::kubeconfig::read_text;
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::printers::json as go_json;
use crate::kubectl::verb::{BASE, Verb};
use crate::process::hash::sha256;
use serde_json::{Map, Value, json};

/// The flags that data comes from.
pub const FLAGS: &[Flag] = &[
    flag("from-literal", FlagKind::Array, "", "Specify a key and literal value to insert (i.e. mykey=somevalue)"),
    flag(
        "from-file",
        FlagKind::Slice,
        "",
        "Key file can be specified using its file path, in which case file basename will be used as key.",
    ),
    flag("from-env-file", FlagKind::Slice, "", "Specify the path to a file to read lines of key=val pairs."),
    flag("append-hash", FlagKind::Bool, "false", "Append a hash of the object to its name."),
];

/// `create configmap`.
pub const CONFIGMAP: Verb = Verb {
    name: "configmap",
    aliases: &["cm"],
    usage: "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    short: "Create a config map from a local file, directory or literal value",
    examples: "# From two values\nkubectl create configmap colours --from-literal=sky=blue --from-literal=grass=green\n\n# From a file\nkubectl create configmap site --from-file=index.html",
    flags: &[FLAGS, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, FIELD_MANAGER],
    run: |cmd| {
        Box::pin(async move {
            let name = name_argument(cmd)?;
            let data = data(cmd, Kind::ConfigMap).await?;
            let mut object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name } });
            if !data.is_empty() {
                object["data"] = Value::Object(data.into_iter().map(|(k, v)| (k, json!(v))).collect());
            }
            generated(cmd, Kind::ConfigMap, object).await
        })
    },
    ..BASE
};

/// Keys and values.
pub type Pairs = Vec<(String, String)>;

/// What the flags put together.
pub async fn data(cmd: &Cmd, kind: Kind) -> Result<Pairs, Fail> {
    let others = ["from-file", "from-literal"].iter().any(|flag| cmd.flags.changed(flag));
    if others && cmd.flags.changed("from-env-file") {
        return Err("from-env-file cannot be combined with from-file or from-literal".into());
    }
    let mut pairs: Map<String, Value> = Map::new();
    let secret = kind == Kind::Secret;
    let name = cmd.args().first().map_or("", String::as_str);
    let mut add = |key: String, value: String| {
        let why = config_map_key(&key);
        if !why.is_empty() {
            let (what, comma) = if secret { ("valid key name for a Secret", ";") } else { ("a valid key name for a ConfigMap:", ",") };
            return Err(Fail::Text(format!("{} is not {what} {}", quote(&key), why.join(comma))));
        }
        if pairs.insert(key.clone(), json!(value)).is_some() {
            let text = if secret {
                format!("cannot add key {key}, another key by that name already exists")
            } else {
                let exists = "another key by that name already exists in Data for ConfigMap";
                format!("cannot add key {}, {exists} {}", quote(&key), quote(name))
            };
            return Err(Fail::Text(text));
        }
        Ok(())
    };
    for source in cmd.flags.list("from-file") {
        let (key, path) = match source.split_once('=') {
            Some((_, path)) if path.contains('=') => return Err("key names or file paths cannot contain '='".into()),
            Some(("", path)) => return Err(Fail::Text(format!("key name for file path {path} missing"))),
            Some((key, "")) => return Err(Fail::Text(format!("file path for key name {key} missing"))),
            Some((key, path)) => (Some(key.to_owned()), path.to_owned()),
            None => (None, source.clone()),
        };
        for (name, text) in files(cmd, &path, key.is_some()).await? {
            add(key.clone().unwrap_or(name), text)?;
        }
    }
    for literal in cmd.flags.list("from-literal") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Fail::Text(format!("invalid literal source {literal}, expected key=value")));
        };
        add(key.to_owned(), value.to_owned())?;
    }
    for path in cmd.flags.list("from-env-file") {
        let text = read_text(&cmd.ctx, &path).await;
        for line in text.map_err(|_| missing(&path))?.lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // A name alone has the value that it has here.
            let (key, value) = match line.split_once('=') {
                Some((key, value)) => (key, value.to_owned()),
                None => (line, cmd.ctx.env(line).unwrap_or_default()),
            };
            if let Some(why) = name_error(key) {
                return Err(Fail::Text(format!("{} is not a valid key name: {why}", quote(key))));
            }
            add(key.to_owned(), value)?;
        }
    }
    Ok(pairs.into_iter().map(|(k, v)| (k, v.as_str().unwrap_or_default().to_owned())).collect())
}

/// With `--append-hash` the name ends in a hash of what the object holds. Models kubectl/pkg/util/hash.
pub fn append_hash(cmd: &Cmd, object: &mut Value) {
    if !cmd.flags.on("append-hash") {
        return;
    }
    let name = text(object, &["metadata", "name"]);
    let mut held = json!({ "kind": object["kind"], "name": name, "data": object.get("data").unwrap_or(&json!({})) });
    if held["kind"] == "Secret" {
        held["type"] = json!(text(object, &["type"]));
    }
    let hash = sha256(go_json::compact(&held).as_bytes());
    // No word is to come of it by chance.
    let letter = |digit: char| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    let hash: String = hash.chars().take(10).map(letter).collect();
    object["metadata"]["name"] = json!(format!("{name}-{hash}"));
}

fn missing(path: &str) -> Fail {
    Fail::Text(format!("error reading {path}: no such file or directory"))
}

async fn files(cmd: &Cmd, path: &str, named: bool) -> Result<Pairs, Fail> {
    let who = cmd.ctx.credentials();
    let full = cmd.ctx.resolve(path);
    let base = |p: &str| p.rsplit('/').next().unwrap_or_default().to_owned();
    let Ok(metadata) = cmd.ctx.vfs().metadata(&full, true, who) else {
        return Err(missing(path));
    };
    if !metadata.is_dir() {
        return Ok(vec![(base(path), read_text(&cmd.ctx, path).await?)]);
    }
    if named {
        return Err("cannot give a key name for a directory path".into());
    }
    let mut out = Vec::new();
    let mut names = cmd.ctx.vfs().read_dir(&full, who).unwrap_or_default();
    names.sort();
    for name in names {
        let inner = format!("{full}/{name}");
        if cmd.ctx.vfs().metadata(&inner, true, who).is_ok_and(|m| m.is_file()) {
            out.push((name, read_text(&cmd.ctx, &inner).await?));
        }
    }
    Ok(out)
}
