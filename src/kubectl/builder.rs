//! From arguments, files and selectors to objects. Models cli-runtime/pkg/resource/builder.go, error texts included.

use super::command::{Cmd, text};
use super::error::Fail;
use super::mapping;
use super::printers::gofmt::quote;
use crate::api::Kind;
use crate::api::selector::LabelSelector;
use crate::api::unserved::Access;
use serde_json::Value;
use std::collections::BTreeMap;

mod files;
mod metadata;

pub use files::{expand, kustomization, load, objects_of};

/// What a command is to work on.
#[derive(Clone, Debug)]
pub enum Target {
    /// One object by name.
    Named { kind: Kind, namespace: String, name: String },
    /// All objects of a kind, or those that the selectors match; an empty namespace is all.
    Listed { kind: Kind, namespace: String },
    /// One object out of a manifest.
    File(Box<FileObject>),
    /// A manifest that could not be read; the others are still worked on.
    Broken(Fail),
}

/// An object out of a manifest.
#[derive(Clone, Debug)]
pub struct FileObject {
    pub kind: Kind,
    pub namespace: String,
    pub name: String,
    /// The file it stood in, or `STDIN`.
    pub source: String,
    pub object: Value,
}

/// What a command allows and was given.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub filenames: Vec<String>,
    pub kustomize: String,
    pub recursive: bool,
    /// The schema is checked for what kubectl itself checks (`apiVersion` and `kind` set).
    pub validate: bool,
    pub args: Vec<String>,
    pub labels: Option<String>,
    pub fields: Option<String>,
    /// `--all`; without an effect where names are given, as ResourceTypeOrNameArgs has it.
    pub all: bool,
    /// `--all` that goes with no names. Models SelectAllParam.
    pub select_all: bool,
    pub namespace: String,
    /// The namespace was given by `-n`: objects that name another are refused.
    pub enforce_namespace: bool,
    pub all_namespaces: bool,
    /// Objects of files are left in no namespace: nothing is sent.
    pub unplaced: bool,
    /// A type alone lists everything of it.
    pub allow_empty_selector: bool,
}

/// The result: what to work on, and whether it is one object by its nature.
pub struct Targets {
    pub list: Vec<Target>,
    pub single: bool,
    /// A kind that no cluster-wide object here is of was asked for too.
    pub none_cluster_wide: bool,
}

const COMBINED: &str = "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'";

/// What is said where only files may be named.
pub const LOCAL_NEEDS_FILES: &str = "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

/// What is said when nothing was given.
pub const MISSING: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

impl Request {
    /// A request for `cmd`'s arguments in its namespace, with the usual flags where the verb has them.
    pub fn from(cmd: &Cmd) -> Request {
        let (namespace, enforce_namespace) = cmd.namespace();
        let selector = |name: &str| Some(cmd.flags.text(name).to_owned()).filter(|s| !s.is_empty());
        Request {
            filenames: cmd.flags.list("filename"),
            kustomize: cmd.flags.text("kustomize").to_owned(),
            recursive: cmd.flags.on("recursive"),
            args: cmd.args().to_vec(),
            labels: selector("selector"),
            fields: selector("field-selector"),
            all: cmd.flags.on("all"),
            all_namespaces: cmd.flags.on("all-namespaces"),
            namespace,
            enforce_namespace,
            ..Request::default()
        }
    }

    /// Finds out what is meant.
    pub async fn targets(mut self, cmd: &Cmd) -> Result<Targets, Fail> {
        if !self.kustomize.is_empty() {
            if !self.filenames.is_empty() {
                return Err("only one of -f or -k can be specified".into());
            }
            let fail = kustomization(cmd, &self.kustomize);
            return Err(if cmd.verb.name == "get" { Fail::Raw(fail.message(), 1) } else { fail });
        }
        if self.select_all && (self.labels.is_some() || self.fields.is_some()) {
            return Err("setting 'all' parameter but found a non empty selector. ".into());
        }
        let (types, names, tuples) = self.split_args()?;
        if !self.filenames.is_empty() {
            return self.of_files(cmd, &types, &names, &tuples).await;
        }
        let only_types = !types.is_empty() && names.is_empty() && tuples.is_empty();
        if self.all && self.labels.is_none() && (only_types || self.select_all) {
            self.labels = Some(String::new());
        }
        if self.labels.is_none() && self.fields.is_none() && self.allow_empty_selector && only_types {
            self.labels = Some(String::new());
        }
        if self.labels.is_some() || self.fields.is_some() {
            if !names.is_empty() {
                return Err("name cannot be provided when a selector is specified".into());
            }
            if !tuples.is_empty() {
                return Err("selectors and the all flag cannot be used when passing resource/name arguments".into());
            }
            if types.is_empty() {
                return Err("at least one resource must be specified to use a selector".into());
            }
            cmd.discover().await?;
            return self.listed(&types);
        }
        if !tuples.is_empty() {
            cmd.discover().await?;
            let mut list = Vec::new();
            for (word, name) in &tuples {
                list.push(self.named_as(word, name)?);
            }
            return Ok(Targets { single: list.len() == 1, list, none_cluster_wide: false });
        }
        if !names.is_empty() {
            cmd.discover().await?;
            return self.by_name(&types, &names);
        }
        for word in &types {
            mapping::resolve(word)?;
        }
        Err(if types.is_empty() { MISSING.into() } else { "resource(s) were provided, but no name was specified".into() })
    }

    #[allow(clippy::type_complexity, reason = "types, names, and pairs of both")]
    fn split_args(&self) -> Result<(Vec<String>, Vec<String>, Vec<(String, String)>), Fail> {
        let mut args = self.args.clone();
        if args.len() > 1 {
            let types = split_types(&args[0]);
            if types.len() > 1 {
                args = types.iter().flat_map(|t| self.args[1..].iter().map(move |name| format!("{t}/{name}"))).collect();
            }
        }
        let slashes = args.iter().filter(|a| a.contains('/')).count();
        if slashes > 0 {
            if slashes != args.len() {
                return Err(COMBINED.into());
            }
            let tuples = args.iter().map(|a| split_tuple(a)).collect::<Result<_, _>>()?;
            return Ok((Vec::new(), Vec::new(), tuples));
        }
        let Some(first) = args.first() else { return Ok((Vec::new(), Vec::new(), Vec::new())) };
        let mut types = Vec::new();
        for word in split_types(first) {
            match mapping::category(&word) {
                Some(kinds) => types.extend(kinds.iter().map(|k| k.info().group_resource())),
                None => types.push(word),
            }
        }
        Ok((types, args[1..].to_vec(), Vec::new()))
    }

    fn listed(&self, types: &[String]) -> Result<Targets, Fail> {
        let mut list = Vec::new();
        let mut none_cluster_wide = false;
        for word in types {
            let kind = match (mapping::resolve(word), mapping::unserved(word)) {
                (Err(_), Some(kind)) if kind.access == Access::None => {
                    none_cluster_wide |= !kind.namespaced;
                    continue;
                }
                (kind, _) => kind?,
            };
            let namespace = if self.all_namespaces || !kind.info().namespaced { String::new() } else { self.namespace.clone() };
            list.push(Target::Listed { kind, namespace });
        }
        Ok(Targets { list, single: false, none_cluster_wide })
    }

    /// The object `name` of the kind that `word` names. Of a kind that is only listed there is none.
    fn named_as(&self, word: &str, name: &str) -> Result<Target, Fail> {
        match (mapping::resolve(word), mapping::unserved(word)) {
            (Err(_), Some(kind)) if kind.access == Access::None => Ok(Target::Broken(Fail::not_found(&kind.group_resource(), name))),
            (kind, _) => self.named(kind?, name),
        }
    }

    fn named(&self, kind: Kind, name: &str) -> Result<Target, Fail> {
        let namespaced = kind.info().namespaced;
        if namespaced && self.all_namespaces {
            return Err("a resource cannot be retrieved by name across all namespaces".into());
        }
        let namespace = if namespaced { self.namespace.clone() } else { String::new() };
        Ok(Target::Named { kind, namespace, name: name.to_owned() })
    }

    fn by_name(&self, types: &[String], names: &[String]) -> Result<Targets, Fail> {
        if types.len() > 1 {
            return Err("you must specify only one resource".into());
        }
        let Some(word) = types.first() else { return Err("you must provide a resource and a resource name together".into()) };
        let list = names.iter().map(|name| self.named_as(word, name)).collect::<Result<Vec<_>, _>>()?;
        Ok(Targets { single: list.len() == 1, list, none_cluster_wide: false })
    }

    async fn of_files(&self, cmd: &Cmd, types: &[String], names: &[String], tuples: &[(String, String)]) -> Result<Targets, Fail> {
        if !types.is_empty() || !names.is_empty() || !tuples.is_empty() {
            return Err("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well".into());
        }
        let selector = self.labels.as_deref().unwrap_or_default();
        let selector = LabelSelector::parse(selector)
            .map_err(|why| Fail::Text(format!("the provided selector {} is not valid: {why}", quote(selector))))?;
        let sources = expand(cmd, &self.filenames, self.recursive)?;
        let single = sources.len() == 1;
        let mut list = Vec::new();
        for source in sources {
            for target in load(cmd, &source, self.validate).await? {
                list.push(match target {
                    Target::File(file) if !selector.matches(&labels_of(&file.object)) => continue,
                    Target::File(file) => Target::File(Box::new(self.placed(*file)?)),
                    other => other,
                });
            }
        }
        let single = single && list.len() == 1;
        Ok(Targets { list, single, none_cluster_wide: false })
    }

    /// The object with its namespace set, as RequireNamespace does.
    fn placed(&self, mut file: FileObject) -> Result<FileObject, Fail> {
        if self.unplaced || !file.kind.info().namespaced {
            file.namespace.clear();
            return Ok(file);
        }
        let own = text(&file.object, &["metadata", "namespace"]);
        if own.is_empty() {
            file.namespace.clone_from(&self.namespace);
            if let Some(metadata) = file.object.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.insert("namespace".into(), Value::String(self.namespace.clone()));
            }
        } else if self.enforce_namespace && own != self.namespace {
            return Err(Fail::Text(format!(
                "the namespace from the provided object {} does not match the namespace {}. You must pass '--namespace={own}' to perform this operation.",
                quote(&own),
                quote(&self.namespace)
            )));
        }
        Ok(file)
    }
}

fn labels_of(object: &Value) -> BTreeMap<String, String> {
    let labels = object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    labels.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// `po,svc` without repeats.
fn split_types(word: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in word.split(',') {
        if !out.iter().any(|known| known == part) {
            out.push(part.to_owned());
        }
    }
    out
}

/// `pod/web`.
pub fn split_tuple(argument: &str) -> Result<(String, String), Fail> {
    if argument.matches('/').count() > 1 {
        return Err("arguments in resource/name form may not have more than one slash".into());
    }
    match argument.split_once('/') {
        Some((kind, name)) if !kind.is_empty() && !name.is_empty() && split_types(kind).len() == 1 => Ok((kind.into(), name.into())),
        _ => Err("arguments in resource/name form must have a single resource and name".into()),
    }
}
