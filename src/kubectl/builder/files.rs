//! Manifests from files, folders and stdin.

use super::{FileObject, Target};
use crate::api::unserved;
use crate::kubectl::command::{Cmd, text};
use crate::kubectl::error::{ApiStatus, Fail};
use crate::kubectl::kubeconfig::read_text;
use crate::kubectl::printers::gofmt::{json_name, quote};
use crate::kubectl::printers::json;
use crate::kubectl::{manifest, mapping};
use serde_json::Value;

/// The longest manifest that is read.
const SIZE_LIMIT: usize = 16 << 20;

/// Where manifests come from.
#[derive(Clone, Debug)]
pub enum Source {
    Stdin,
    File(String),
}

impl Source {
    /// As errors name it.
    pub fn name(&self) -> &str {
        match self {
            Source::Stdin => "STDIN",
            Source::File(path) => path,
        }
    }
}

fn missing(path: &str) -> Fail {
    Fail::Text(format!("the path {} does not exist", quote(path)))
}

/// Files, folders and patterns as single files.
pub fn expand(cmd: &Cmd, names: &[String], recursive: bool) -> Result<Vec<Source>, Fail> {
    let mut sources = Vec::new();
    for name in names {
        if name == "-" {
            if sources.iter().any(|source| matches!(source, Source::Stdin)) {
                return Err("standard input cannot be used for multiple arguments".into());
            }
            sources.push(Source::Stdin);
        } else if name.starts_with("http://") || name.starts_with("https://") {
            return Err(url_error(name));
        } else {
            for path in matching(cmd, name)? {
                one_path(cmd, &path, recursive, &mut sources)?;
            }
        }
    }
    Ok(sources)
}

/// Why a folder is not built: it has no kustomization, or this is not simulated.
pub fn kustomization(cmd: &Cmd, folder: &str) -> Fail {
    let who = cmd.ctx.credentials();
    let path = crate::process::vfs::normalize("/", &cmd.ctx.resolve(folder));
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { &path };
    let Ok(metadata) = cmd.ctx.vfs().metadata(path, true, who) else {
        let why = format!("evalsymlink failure on '{folder}' : lstat {path}: no such file or directory");
        return Fail::Text(format!("must build at directory: not a valid directory: {why}"));
    };
    if !metadata.is_dir() {
        return Fail::Text(format!("must build at directory: not a valid directory: '{folder}' must be a directory"));
    }
    const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    if NAMES.iter().any(|name| cmd.ctx.vfs().metadata(&format!("{path}/{name}"), true, who).is_ok()) {
        return Fail::Text("kustomize is not simulated in Podground".into());
    }
    Fail::Text(format!("unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{path}'"))
}

fn url_error(url: &str) -> Fail {
    let address = url.split("//").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let host = address.split(':').next().unwrap_or_default();
    if matches!(host, "localhost" | "127.0.0.1") {
        return Fail::Raw(format!("The connection to the server {address} was refused - did you specify the right host or port?"), 1);
    }
    let why = if host.is_empty() {
        "http: no Host in request URL".to_owned()
    } else {
        format!("dial tcp: lookup {host} on 10.96.0.10:53: no such host")
    };
    Fail::Raw(format!("Unable to connect to the server: {why}"), 1)
}

fn one_path(cmd: &Cmd, path: &str, recursive: bool, sources: &mut Vec<Source>) -> Result<(), Fail> {
    let who = cmd.ctx.credentials();
    let Ok(metadata) = cmd.ctx.vfs().metadata(&cmd.ctx.resolve(path), true, who) else { return Err(missing(path)) };
    if !metadata.is_dir() {
        sources.push(Source::File(path.to_owned()));
        return Ok(());
    }
    let before = sources.len();
    walk(cmd, path.trim_end_matches('/'), recursive, 0, sources);
    if sources.len() == before {
        return Err(Fail::Text(format!("error reading [{path}]: recognized file extensions are [.json .yaml .yml]")));
    }
    Ok(())
}

fn walk(cmd: &Cmd, folder: &str, recursive: bool, depth: usize, sources: &mut Vec<Source>) {
    let who = cmd.ctx.credentials();
    let mut names = cmd.ctx.vfs().read_dir(&cmd.ctx.resolve(folder), who).unwrap_or_default();
    names.sort();
    for name in names.into_iter().filter(|n| n != "." && n != "..") {
        let path = format!("{folder}/{name}");
        let is_dir = cmd.ctx.vfs().metadata(&cmd.ctx.resolve(&path), true, who).is_ok_and(|m| m.is_dir());
        if is_dir && recursive && depth < 32 {
            walk(cmd, &path, recursive, depth + 1, sources);
        } else if !is_dir && [".json", ".yaml", ".yml"].iter().any(|ext| name.ends_with(ext)) {
            sources.push(Source::File(path));
        }
    }
}

/// A pattern's matches, where no file has its name. Models filepath.Glob for the last part.
fn matching(cmd: &Cmd, name: &str) -> Result<Vec<String>, Fail> {
    let who = cmd.ctx.credentials();
    let exists = |path: &str| cmd.ctx.vfs().metadata(&cmd.ctx.resolve(path), true, who).is_ok();
    if exists(name) {
        return Ok(vec![name.to_owned()]);
    }
    if !name.contains(['*', '?', '[']) {
        return Err(missing(name));
    }
    let (folder, pattern) = name.rsplit_once('/').map_or((".", name), |(folder, pattern)| (folder, pattern));
    let mut names = cmd.ctx.vfs().read_dir(&cmd.ctx.resolve(folder), who).unwrap_or_default();
    names.sort();
    let found: Vec<String> = names
        .into_iter()
        .filter(|n| n != "." && n != ".." && glob(pattern, n))
        .map(|n| if name.contains('/') { format!("{folder}/{n}") } else { n })
        .collect();
    if found.is_empty() { Err(missing(name)) } else { Ok(found) }
}

fn glob(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('*') => name.char_indices().map(|(i, _)| i).chain([name.len()]).any(|i| glob(rest.as_str(), &name[i..])),
        Some('[') => {
            let Some(end) = rest.as_str().find(']') else { return false };
            let set: Vec<char> = rest.as_str()[..end].chars().collect();
            let after = &rest.as_str()[end + 1..];
            let mut chars = name.chars();
            chars.next().is_some_and(|c| in_set(&set, c)) && glob(after, chars.as_str())
        }
        Some(p) => {
            let mut chars = name.chars();
            chars.next().is_some_and(|c| p == '?' || p == c) && glob(rest.as_str(), chars.as_str())
        }
    }
}

fn in_set(set: &[char], c: char) -> bool {
    let (negated, set) = match set.first() {
        Some('^') => (true, &set[1..]),
        _ => (false, set),
    };
    let mut i = 0;
    let mut found = false;
    while i < set.len() {
        if set.get(i + 1) == Some(&'-') && i + 2 < set.len() {
            found |= (set[i]..=set[i + 2]).contains(&c);
            i += 3;
        } else {
            found |= set[i] == c;
            i += 1;
        }
    }
    found != negated
}

/// The text of a source.
pub async fn read_source(cmd: &Cmd, source: &Source) -> Result<String, Fail> {
    match source {
        Source::Stdin => {
            let bytes = cmd.ctx.read_to_end(0, SIZE_LIMIT).await.unwrap_or_default();
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        Source::File(path) => read_text(&cmd.ctx, path).await,
    }
}

/// The objects of one source. A document that is bad ends the source, and is an error beside those before it.
pub async fn load(cmd: &Cmd, source: &Source, validate: bool) -> Result<Vec<Target>, Fail> {
    let text = read_source(cmd, source).await?;
    let name = source.name();
    let (documents, error) = manifest::read(&text);
    if !documents.is_empty() && !cmd.flags.on("local") {
        cmd.recognize(name).await?;
    }
    let doing = match cmd.verb.name {
        "create" | "apply" => "creating",
        "delete" => "deleting",
        "replace" => "replacing",
        _ => "",
    };
    let mut targets = Vec::new();
    for document in documents {
        if validate && let Some(why) = unset(&document) {
            let advice = "if you choose to ignore these errors, turn validation off with --validate=false";
            targets.push(Target::Broken(Fail::Text(format!("error validating {}: error validating data: {why}; {advice}", quote(name)))));
            return Ok(targets);
        }
        objects(document, name, doing, &mut targets);
    }
    if let Some(error) = error {
        targets.push(Target::Broken(Fail::Text(format!("error parsing {name}: {error}"))));
    }
    Ok(targets)
}

/// What kubectl itself finds missing before it asks the server.
fn unset(document: &Value) -> Option<String> {
    if !document.is_object() {
        return Some("invalid object to validate".into());
    }
    // Models getObjectKind of kubectl's `pkg/util/openapi/validation`.
    let fault = |key: &str| match document.get(key) {
        None | Some(Value::Null) => Some(format!("{key} not set")),
        Some(Value::String(_)) => None,
        Some(_) => Some(format!("{key} isn't string type")),
    };
    match (fault("apiVersion"), fault("kind")) {
        (Some(one), Some(other)) => return Some(format!("[{one}, {other}]")),
        (Some(only), None) | (None, Some(only)) => return Some(only),
        (None, None) => {}
    }
    if text(document, &["kind"]) != "List" {
        return None;
    }
    match document.get("items") {
        Some(Value::Array(items)) => items.iter().find_map(unset),
        _ => Some("invalid object to validate".into()),
    }
}

/// The objects in a text. What kubectl itself finds missing is a [`Fail::Raw`].
pub fn objects_of(text: &str, source: &str) -> Result<Vec<FileObject>, Fail> {
    let (documents, error) = manifest::read(text);
    if let Some(error) = error {
        return Err(Fail::Text(format!("error parsing {source}: {error}")));
    }
    let mut targets = Vec::new();
    for document in documents {
        if let Some(why) = unset(&document) {
            return Err(Fail::Raw(why, 1));
        }
        objects(document, source, "", &mut targets);
    }
    let mut found = Vec::new();
    for target in targets {
        match target {
            Target::File(file) => found.push(*file),
            Target::Broken(fail) => return Err(fail),
            _ => {}
        }
    }
    Ok(found)
}

/// `doing` is what the verb does, in the words of its errors.
fn objects(document: Value, source: &str, doing: &str, targets: &mut Vec<Target>) {
    let kind = text(&document, &["kind"]);
    if kind.ends_with("List") && document.get("items").is_some_and(Value::is_array) {
        let item_kind = kind.trim_end_matches("List").to_owned();
        let version = text(&document, &["apiVersion"]);
        let items = document.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        for mut item in items {
            if !item_kind.is_empty()
                && let Some(map) = item.as_object_mut()
            {
                map.entry("kind").or_insert_with(|| Value::String(item_kind.clone()));
                map.entry("apiVersion").or_insert_with(|| Value::String(version.clone()));
            }
            objects(item, source, doing, targets);
        }
        return;
    }
    targets.push(match object(document, source, doing) {
        Ok(file) => Target::File(Box::new(file)),
        Err(fail) => Target::Broken(fail),
    });
}

fn object(document: Value, source: &str, doing: &str) -> Result<FileObject, Fail> {
    let unable = |why: String| Fail::Text(format!("unable to decode {}: {why}", quote(source)));
    let (version, kind) = (text(&document, &["apiVersion"]), text(&document, &["kind"]));
    if !document.is_object() && !document.is_null() {
        let other = json_name(&document);
        return Err(unable(format!("json: cannot unmarshal {other} into Go value of type unstructured.detector")));
    }
    if kind.is_empty() {
        return Err(unable(format!("Object 'Kind' is missing in '{}'", json::compact(&document))));
    }
    if let Some(why) = super::metadata::metadata_error(&document) {
        return Err(unable(why));
    }
    if version.is_empty() && mapping::of_object("v1", &kind).is_some() {
        // The kind is known, and asked for under a path that no server has.
        let message = "the server could not find the requested resource".into();
        let fail = Fail::Status(Box::new(ApiStatus { reason: "NotFound".into(), message, ..ApiStatus::default() }));
        return Err(if doing.is_empty() { fail } else { fail.with_source(doing, source) });
    }
    let (name, namespace) = (text(&document, &["metadata", "name"]), text(&document, &["metadata", "namespace"]));
    let Some(found) = mapping::of_object(&version, &kind) else {
        if let Some(unserved) = unserved::all().find(|u| u.kind == kind && u.api_version() == version) {
            return Err(Fail::Text(format!("unable to recognize {}: {}", quote(source), unserved.refusal())));
        }
        return Err(Fail::Text(format!(
            "resource mapping not found for name: {} namespace: {} from {}: no matches for kind {} in version {}\nensure CRDs are installed first",
            quote(&name),
            quote(&namespace),
            quote(source),
            quote(&kind),
            quote(&version)
        )));
    };
    Ok(FileObject { kind: found, namespace, name, source: source.to_owned(), object: document })
}
