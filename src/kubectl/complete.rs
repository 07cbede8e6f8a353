//! `kubectl __complete WORDS… WORD`: what the last word could become, a candidate a line, then a directive.
//! Models cobra's completions.go and kubectl/pkg/util/completion.

use super::command::{Cmd, items, text};
use super::commands::VERBS;
use super::flags::{self, Flag, Kind as FlagKind, Parsed};
use super::kubeconfig::KubeConfig;
use super::mapping;
use super::root::GLOBAL;
use super::verb::Verb;
use crate::api::Kind;
use crate::client::Client;
use crate::process::ProcessContext;

/// No candidate is a file's name.
const NO_FILES: u32 = 4;
/// No space follows the candidate.
const NO_SPACE: u32 = 2;
/// Names of files are candidates too.
const FILES: u32 = 0;

type Candidates = (Vec<String>, u32);

/// Prints the candidates for the last word of `line`.
pub async fn run(ctx: &ProcessContext, client: Client, line: &[String], described: bool) {
    let Some((word, before)) = line.split_last() else { return };
    let (verb, path, rest) = walk(before);
    let (mut found, directive) = candidates(ctx, client, verb, &path, &rest, word).await;
    found.retain(|candidate| candidate.starts_with(word.as_str()));
    let mut out = String::new();
    for candidate in found {
        out += if described { &candidate } else { candidate.split('\t').next().unwrap_or_default() };
        out.push('\n');
    }
    ctx.print(&format!("{out}:{directive}\n")).await;
    ctx.eprint(&format!("Completion ended with directive: {}\n", directive_name(directive))).await;
}

fn directive_name(directive: u32) -> &'static str {
    match directive {
        FILES => "ShellCompDirectiveDefault",
        NO_SPACE => "ShellCompDirectiveNoSpace",
        NO_FILES => "ShellCompDirectiveNoFileComp",
        _ => "ShellCompDirectiveNoSpace, ShellCompDirectiveNoFileComp",
    }
}

/// The verb that the words name, and those that do not belong to its name.
fn walk(words: &[String]) -> (Option<&'static Verb>, String, Vec<String>) {
    let (mut verb, mut path, mut rest): (Option<&'static Verb>, String, Vec<String>) = (None, "kubectl".into(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word.starts_with('-') {
            rest.push(word.clone());
            if let Some(flag) = flag_named(verb, word).filter(|flag| !word.contains('=') && takes_value(flag)) {
                let consumed = flag.short == '\0' || word.starts_with("--") || word.len() == 2;
                rest.extend(words.next().filter(|_| consumed).cloned());
            }
            continue;
        }
        let next = match verb {
            None => VERBS.iter().copied().find(|v| v.name == word || v.aliases.contains(&word.as_str())),
            Some(verb) if rest.iter().all(|w| w.starts_with('-')) => verb.find(word),
            Some(_) => None,
        };
        match next {
            Some(next) => {
                path = format!("{path} {}", next.name);
                verb = Some(next);
            }
            None => rest.push(word.clone()),
        }
    }
    (verb, path, rest)
}

fn all_flags(verb: Option<&'static Verb>) -> impl Iterator<Item = &'static Flag> {
    verb.map_or(&[][..], |v| v.flags).iter().copied().flatten().chain(GLOBAL)
}

fn takes_value(flag: &Flag) -> bool {
    !matches!(flag.kind, FlagKind::Bool | FlagKind::Optional(_))
}

/// The flag that a word such as `--output`, `--output=` or `-o` names.
fn flag_named(verb: Option<&'static Verb>, word: &str) -> Option<&'static Flag> {
    if let Some(long) = word.strip_prefix("--") {
        let name = long.split('=').next().unwrap_or_default();
        return all_flags(verb).find(|flag| flag.name == name);
    }
    let letter = word.chars().nth(1)?;
    all_flags(verb).find(|flag| flag.short == letter)
}

async fn candidates(
    ctx: &ProcessContext,
    client: Client,
    verb: Option<&'static Verb>,
    path: &str,
    rest: &[String],
    word: &str,
) -> Candidates {
    if rest.iter().any(|w| w == "--") {
        return (Vec::new(), FILES);
    }
    let cmd = invocation(ctx, client, verb, path, rest).await;
    // A flag's value: `-n WORD`, `--namespace=WORD`.
    if let Some(last) = rest.last().filter(|last| last.starts_with('-') && !last.contains('='))
        && let Some(flag) = flag_named(verb, last).filter(|flag| takes_value(flag))
        && (last.starts_with("--") || last.len() == 2)
    {
        return value(&cmd, flag).await;
    }
    if word.starts_with('-') {
        if let Some((name, _)) = word.split_once('=') {
            let Some(flag) = flag_named(verb, name) else { return (Vec::new(), NO_FILES) };
            let (values, directive) = value(&cmd, flag).await;
            return (values.into_iter().map(|v| format!("{name}={v}")).collect(), directive);
        }
        return (flag_names(verb), NO_FILES);
    }
    match verb {
        None => (VERBS.iter().map(|v| format!("{}\t{}", v.name, v.short)).collect(), NO_FILES),
        Some(verb) if !verb.subcommands.is_empty() && cmd.args().is_empty() => {
            let mut names: Vec<&&Verb> = verb.subcommands.iter().collect();
            names.sort_by_key(|v| v.name);
            (names.iter().map(|v| format!("{}\t{}", v.name, v.short)).collect(), NO_FILES)
        }
        Some(verb) => arguments(&cmd, verb, word).await,
    }
}

/// The invocation as far as it is typed; what cannot be read of its flags is left out.
async fn invocation(ctx: &ProcessContext, client: Client, verb: Option<&'static Verb>, path: &str, rest: &[String]) -> Cmd {
    let mut known: Vec<&[Flag]> = verb.map_or(&[][..], |v| v.flags).to_vec();
    known.push(GLOBAL);
    let parsed = flags::parse(&known, rest).or_else(|_| {
        let words: Vec<String> = rest.iter().filter(|w| !w.starts_with('-')).cloned().collect();
        flags::parse(&known, &words)
    });
    let flags: Parsed = parsed.unwrap_or_default();
    let config = KubeConfig::load(ctx, flags.text("kubeconfig")).await;
    Cmd::new(ctx.clone(), client, flags, verb.unwrap_or(&super::verb::BASE), path.to_owned(), config)
}

fn flag_names(verb: Option<&'static Verb>) -> Vec<String> {
    let mut all: Vec<&Flag> = all_flags(verb).collect();
    all.sort_by_key(|flag| flag.name);
    let mut names = Vec::new();
    for flag in all {
        names.push(format!("--{}\t{}", flag.name, flag.help));
        if takes_value(flag) {
            names.push(format!("--{}=\t{}", flag.name, flag.help));
        }
        if flag.short != '\0' {
            names.push(format!("-{}\t{}", flag.short, flag.help));
        }
    }
    names
}

/// What may follow a flag.
async fn value(cmd: &Cmd, flag: &Flag) -> Candidates {
    match flag.name {
        "namespace" => (names(cmd, Kind::Namespace, "").await, NO_FILES),
        "context" => (cmd.config.names("contexts"), NO_FILES),
        "cluster" => (cmd.config.names("clusters"), NO_FILES),
        "user" => (cmd.config.names("users"), NO_FILES),
        "output" => {
            // The formats are what the flag's help lists.
            let list = flag.help.rsplit_once(['(', '[']).map_or("", |(_, list)| list);
            let formats = list.trim_end_matches(['.', ')', ']']).split([',', '|', ' ']).map(str::trim).filter(|f| !f.is_empty());
            (formats.map(str::to_owned).collect(), NO_FILES)
        }
        "container" | "target" => (containers(cmd).await, NO_FILES),
        "dry-run" => (["none", "server", "client"].map(str::to_owned).to_vec(), NO_FILES),
        "cascade" => (["background", "orphan", "foreground"].map(str::to_owned).to_vec(), NO_FILES),
        "filename" | "kustomize" | "kubeconfig" | "from-file" | "from-env-file" | "patch-file" => (Vec::new(), FILES),
        _ => (Vec::new(), NO_FILES),
    }
}

async fn containers(cmd: &Cmd) -> Vec<String> {
    let Some(argument) = cmd.args().first() else { return Vec::new() };
    let Ok((kind, object)) = super::commands::pods::named(cmd, argument).await else { return Vec::new() };
    let Ok(pods) = super::commands::pods::behind(cmd, kind, &object).await else { return Vec::new() };
    pods.first().map(super::commands::pods::all_containers).unwrap_or_default()
}

/// The names of objects; `prefix` stands before each.
async fn names(cmd: &Cmd, kind: Kind, prefix: &str) -> Vec<String> {
    let namespace = if kind.info().namespaced { cmd.namespace().0 } else { String::new() };
    let objects = cmd.list(kind, &namespace, "", "").await.unwrap_or_default();
    objects.iter().map(|o| format!("{prefix}{}", text(o, &["metadata", "name"]))).collect()
}

fn types(filter: impl Fn(Kind) -> bool) -> Vec<String> {
    let mut all: Vec<String> =
        Kind::ALL.iter().copied().filter(|k| *k != Kind::Binding && filter(*k)).map(|k| k.info().group_resource()).collect();
    all.sort();
    all
}

/// What may stand as an argument of the verb.
async fn arguments(cmd: &Cmd, verb: &Verb, word: &str) -> Candidates {
    let args = cmd.args();
    let path = cmd.path.trim_start_matches("kubectl ");
    match path {
        "logs" | "exec" | "attach" | "port-forward" | "debug" => {
            if path == "port-forward" && args.len() == 1 {
                return (ports(cmd).await, NO_FILES);
            }
            if path == "logs" && args.len() == 1 {
                return (containers(cmd).await, NO_FILES);
            }
            if !args.is_empty() {
                return (Vec::new(), NO_FILES);
            }
            if word.contains('/') {
                return typed(cmd, word).await;
            }
            (names(cmd, Kind::Pod, "").await, NO_FILES)
        }
        "cp" => {
            let pods = names(cmd, Kind::Pod, "").await;
            (pods.into_iter().map(|p| p + ":").collect(), NO_SPACE)
        }
        "drain" | "cordon" | "uncordon" | "top node" if args.is_empty() => (names(cmd, Kind::Node, "").await, NO_FILES),
        "top pod" if args.is_empty() => (names(cmd, Kind::Pod, "").await, NO_FILES),
        "config use-context" | "config delete-context" | "config rename-context" | "config set-context" | "config get-contexts"
            if args.is_empty() =>
        {
            (cmd.config.names("contexts"), NO_FILES)
        }
        "config delete-cluster" | "config set-cluster" if args.is_empty() => (cmd.config.names("clusters"), NO_FILES),
        "config delete-user" | "config set-credentials" if args.is_empty() => (cmd.config.names("users"), NO_FILES),
        "explain" if args.is_empty() => (types(|_| true), NO_FILES),
        "completion" if args.is_empty() => (["bash", "zsh", "fish", "powershell"].map(str::to_owned).to_vec(), NO_FILES),
        "rollout history" | "rollout pause" | "rollout restart" | "rollout resume" | "rollout status" | "rollout undo" => {
            resources(cmd, word, |k| matches!(k, Kind::Deployment | Kind::DaemonSet)).await
        }
        "scale" | "autoscale" => resources(cmd, word, |k| k.info().subresources.contains(&"scale")).await,
        "taint" => resources(cmd, word, |k| k == Kind::Node).await,
        "expose" => {
            resources(cmd, word, |k| {
                matches!(k, Kind::Pod | Kind::Service | Kind::Deployment | Kind::ReplicaSet | Kind::ReplicationController)
            })
            .await
        }
        "get"
        | "describe"
        | "delete"
        | "edit"
        | "label"
        | "annotate"
        | "patch"
        | "wait"
        | "set image"
        | "set env"
        | "set resources"
        | "set selector"
        | "set serviceaccount"
        | "apply view-last-applied"
        | "apply edit-last-applied" => resources(cmd, word, |_| true).await,
        _ if verb.flags.iter().copied().flatten().any(|f| f.name == "filename") => (Vec::new(), NO_FILES),
        _ => (Vec::new(), NO_FILES),
    }
}

/// Types, then names of the type; or `type/name`.
async fn resources(cmd: &Cmd, word: &str, filter: impl Fn(Kind) -> bool) -> Candidates {
    if word.contains('/') {
        return typed(cmd, word).await;
    }
    let Some(first) = cmd.args().first() else { return (types(filter), NO_FILES) };
    if first.contains('/') {
        return (Vec::new(), NO_FILES);
    }
    let Ok(kind) = mapping::resolve(first) else { return (Vec::new(), NO_FILES) };
    let mut found = names(cmd, kind, "").await;
    found.retain(|name| !cmd.args().contains(name));
    (found, NO_FILES)
}

async fn typed(cmd: &Cmd, word: &str) -> Candidates {
    let (kind, _) = word.split_once('/').unwrap_or_default();
    match mapping::resolve(kind) {
        Ok(found) => (names(cmd, found, &format!("{kind}/")).await, NO_FILES),
        Err(_) => (Vec::new(), NO_FILES),
    }
}

/// The ports of the pod that is forwarded to.
async fn ports(cmd: &Cmd) -> Vec<String> {
    let Some(argument) = cmd.args().first() else { return Vec::new() };
    let Ok((kind, object)) = super::commands::pods::named(cmd, argument).await else { return Vec::new() };
    let Ok(pods) = super::commands::pods::behind(cmd, kind, &object).await else { return Vec::new() };
    let containers = pods.first().map(|pod| items(pod, &["spec", "containers"]).to_vec()).unwrap_or_default();
    let ports = containers.iter().flat_map(|c| items(c, &["ports"]));
    ports.filter_map(|p| p.get("containerPort")?.as_i64()).map(|p| p.to_string()).collect()
}
