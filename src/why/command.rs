//! `kubectl why`: a kubectl plugin (`kubectl-why` on the path) that prints an answer.

use super::{Manifest, kind_named, print, to_json, why};
use crate::api::Key;
use crate::cluster::Cluster;
use crate::process::{self, ProcessContext, Program};

/// So many files of the working directory are looked through for manifests, and no larger ones than this.
const LIMIT_FILES: usize = 200;
const LIMIT_BYTES: usize = 256 * 1024;

const USAGE: &str = "\
Says why an object is as it is, and what happened, in order.

Usage:
  kubectl why TYPE/NAME [-n NAMESPACE] [-o json]
  kubectl why TYPE NAME

It answers in Korean where LANG begins with ko.

Examples:
  kubectl why pod/web
  kubectl why deployment web -n shop
  LANG=ko_KR.UTF-8 kubectl why svc/web
";

/// `kubectl-why` as a program of the workstation.
pub fn program(cluster: &Cluster) -> Program {
    let cluster = cluster.clone();
    process::program(move |ctx| run(ctx, cluster.clone()))
}

async fn run(ctx: ProcessContext, cluster: Cluster) -> i32 {
    let asked = match read(&ctx) {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            ctx.print(USAGE).await;
            return 0;
        }
        Err(message) => {
            ctx.eprint(&format!("error: {message}\n")).await;
            return 1;
        }
    };
    let Some(answer) = why(&cluster, &asked.key, &manifests(&ctx)) else {
        let resource = asked.key.kind.info().group_resource();
        ctx.eprint(&format!("Error from server (NotFound): {resource} \"{}\" not found\n", asked.key.name)).await;
        return 1;
    };
    let text = if asked.json {
        format!("{}\n", serde_json::to_string_pretty(&to_json(&answer)).unwrap_or_default())
    } else {
        let korean = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| ctx.env(name).filter(|value| !value.is_empty()));
        print(&answer, korean.is_some_and(|language| language.starts_with("ko")))
    };
    ctx.print(&text).await;
    0
}

struct Asked {
    key: Key,
    json: bool,
}

/// The command line; `None` where help is asked for.
fn read(ctx: &ProcessContext) -> Result<Option<Asked>, String> {
    let mut namespace = None;
    let mut json = false;
    let mut words: Vec<String> = Vec::new();
    let mut rest = ctx.args().into_iter().skip(1);
    while let Some(word) = rest.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => (flag.to_owned(), Some(value.to_owned())),
            _ => (word.clone(), None),
        };
        match flag.as_str() {
            "-h" | "--help" => return Ok(None),
            "-n" | "--namespace" => namespace = value.or_else(|| rest.next()),
            "-o" | "--output" => match value.or_else(|| rest.next()).as_deref() {
                Some("json") => json = true,
                other => {
                    return Err(format!(
                        "unable to match a printer suitable for the output format {:?}, allowed formats are: json",
                        other.unwrap_or_default()
                    ));
                }
            },
            "-ojson" => json = true,
            flag if flag.starts_with('-') => return Err(format!("unknown flag: {flag}\nSee 'kubectl why --help' for usage.")),
            _ => words.push(word),
        }
    }
    let (kind, name) = match words.as_slice() {
        [] => return Ok(None),
        [one] => {
            one.split_once('/').map(|(kind, name)| (kind.to_owned(), name.to_owned())).ok_or("there is no name: kubectl why pod/NAME")?
        }
        [kind, name] => (kind.clone(), name.clone()),
        _ => return Err("one object at a time: kubectl why pod/NAME".into()),
    };
    let known = kind_named(&kind).ok_or_else(|| format!("the server doesn't have a resource type \"{kind}\""))?;
    let namespace = namespace.unwrap_or_else(|| current_namespace(ctx));
    let namespace = if known.info().namespaced { namespace.as_str() } else { "" };
    Ok(Some(Asked { key: Key::new(known, namespace, &name), json }))
}

/// The namespace of the kubeconfig's current context.
fn current_namespace(ctx: &ProcessContext) -> String {
    let home = ctx.env("HOME").unwrap_or_default();
    let path = ctx.env("KUBECONFIG").filter(|path| !path.is_empty()).unwrap_or_else(|| format!("{home}/.kube/config"));
    let text = ctx.vfs().read_file(&ctx.resolve(&path)).unwrap_or_default();
    let config: serde_json::Value = serde_yaml::from_slice(&text).unwrap_or_default();
    let contexts = config.get("contexts").and_then(|all| all.as_array()).cloned().unwrap_or_default();
    let current = contexts.iter().find(|context| context.get("name") == config.get("current-context"));
    let namespace = current.and_then(|context| context.pointer("/context/namespace")?.as_str());
    namespace.filter(|name| !name.is_empty()).unwrap_or("default").to_owned()
}

/// The manifests of the working directory.
fn manifests(ctx: &ProcessContext) -> Vec<Manifest> {
    let vfs = ctx.vfs();
    let names = vfs.read_dir(&ctx.cwd(), ctx.credentials()).unwrap_or_default();
    let manifest = |name: &String| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
    let read = |name: String| {
        let bytes = vfs.read_file(&ctx.resolve(&name)).ok().filter(|bytes| bytes.len() <= LIMIT_BYTES)?;
        Some(Manifest { text: String::from_utf8_lossy(&bytes).into_owned(), name })
    };
    names.into_iter().filter(manifest).take(LIMIT_FILES).filter_map(read).collect()
}
