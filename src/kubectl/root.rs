//! The root command: finds the verb, reads its flags, reports its error. Models kubectl/pkg/cmd/cmd.go and cobra.

use super::command::Cmd;
use super::commands::{GROUPS, VERBS};
use super::error::Fail;
use super::flags::{self, Flag, Kind, flag, short};
use super::kubeconfig::KubeConfig;
use super::printers::gofmt::quote;
use super::verb::{BASE, Verb, Words, flag_help};
use crate::client::Client;
use crate::process::{self, ProcessContext, Program};

/// Flags of every command. Models genericclioptions.ConfigFlags.
pub const GLOBAL: &[Flag] = &[
    flag("as", Kind::Text, "", "Username to impersonate for the operation."),
    flag("as-group", Kind::Array, "", "Group to impersonate for the operation; may be repeated."),
    flag("as-uid", Kind::Text, "", "UID to impersonate for the operation."),
    flag("as-user-extra", Kind::Array, "", ""),
    flag("cache-dir", Kind::Text, "$HOME/.kube/cache", "Default cache directory"),
    flag("certificate-authority", Kind::Text, "", "Path to a cert file for the certificate authority"),
    flag("client-certificate", Kind::Text, "", "Path to a client certificate file for TLS"),
    flag("client-key", Kind::Text, "", "Path to a client key file for TLS"),
    flag("cluster", Kind::Text, "", "The name of the kubeconfig cluster to use"),
    flag("context", Kind::Text, "", "The name of the kubeconfig context to use"),
    flag("disable-compression", Kind::Bool, "false", "If true, opt-out of response compression for all requests"),
    flag("insecure-skip-tls-verify", Kind::Bool, "false", "If true, the server's certificate is not checked"),
    flag("kubeconfig", Kind::Text, "", "Path to the kubeconfig file to use for CLI requests."),
    flag("kuberc", Kind::Text, "", "Path to the kuberc file to use for preferences."),
    flag("log-flush-frequency", Kind::Duration, "5s", "Maximum number of seconds between log flushes"),
    flag("match-server-version", Kind::Bool, "false", "Require server version to match client version"),
    short("namespace", 'n', Kind::Text, "", "If present, the namespace scope for this CLI request"),
    flag("password", Kind::Text, "", "Password for basic authentication to the API server"),
    flag("profile", Kind::Text, "none", "Name of profile to capture."),
    flag("profile-output", Kind::Text, "profile.pprof", "Name of the file to write the profile to"),
    flag("request-timeout", Kind::Text, "0", "The length of time to wait before giving up on a single server request."),
    short("server", 's', Kind::Text, "", "The address and port of the Kubernetes API server"),
    flag("tls-server-name", Kind::Text, "", "Server name to use for server certificate validation."),
    flag("token", Kind::Text, "", "Bearer token for authentication to the API server"),
    flag("user", Kind::Text, "", "The name of the kubeconfig user to use"),
    flag("username", Kind::Text, "", "Username for basic authentication to the API server"),
    short("v", 'v', Kind::Int, "0", "number for the log level verbosity"),
    flag("vmodule", Kind::Pairs, "", "comma-separated list of pattern=N settings for file-filtered logging"),
    flag("warnings-as-errors", Kind::Bool, "false", "Treat warnings received from the server as errors"),
];

/// `kubectl help`, as far as it has a help of its own.
const HELP: Verb = Verb { name: "help", usage: "[command] [flags]", short: "Help about any command", ..BASE };

/// kubectl as a program that can be installed on a workstation.
pub fn program(client: &Client) -> Program {
    let client = client.clone();
    process::program(move |ctx| run(ctx, client.clone()))
}

/// Runs one command line; the exit code.
pub async fn run(ctx: ProcessContext, client: Client) -> i32 {
    let line: Vec<String> = ctx.args().into_iter().skip(1).collect();
    if let Some(argv) = plugin(&ctx, &line) {
        return ctx.exec(argv).await.unwrap_or(1);
    }
    match execute(&ctx, client, &line).await {
        Ok(()) => 0,
        Err(fail) => {
            let (text, code) = fail.report();
            if !text.is_empty() {
                ctx.eprint(&text).await;
            }
            code
        }
    }
}

/// The plugin that a line with an unknown verb names: of `kubectl-why-pod` and `kubectl-why` the longest that is on the path.
/// Models HandlePluginCommand.
fn plugin(ctx: &ProcessContext, line: &[String]) -> Option<Vec<String>> {
    let first = line.first()?;
    if first == "help" || first.starts_with("__") || VERBS.iter().any(|v| v.name == first || v.aliases.contains(&first.as_str())) {
        return None;
    }
    let words: Vec<String> = line.iter().take_while(|word| !word.starts_with('-')).map(|word| word.replace('-', "_")).collect();
    (1..=words.len()).rev().find_map(|count| {
        let name = format!("kubectl-{}", words.get(..count)?.join("-"));
        let path = ctx.look_up(&name).ok().filter(|_| !name.contains('/'))?;
        Some([path].into_iter().chain(line.iter().skip(count).cloned()).collect())
    })
}

/// Every verb's path: `get`, `create namespace`.
pub fn names() -> Vec<String> {
    fn walk(prefix: &str, verbs: &[&'static Verb], out: &mut Vec<String>) {
        for verb in verbs {
            let path = if prefix.is_empty() { verb.name.to_owned() } else { format!("{prefix} {}", verb.name) };
            walk(&path, verb.subcommands, out);
            out.push(path);
        }
    }
    let mut out = Vec::new();
    walk("", VERBS, &mut out);
    out
}

async fn execute(ctx: &ProcessContext, client: Client, line: &[String]) -> Result<(), Fail> {
    if let Some(("__complete" | "__completeNoDesc", words)) = line.split_first().map(|(first, words)| (first.as_str(), words)) {
        super::complete::run(ctx, client, words, line.first().is_some_and(|w| w == "__complete")).await;
        return Ok(());
    }
    let Some((verb, path, rest)) = find(line)? else {
        if let Err(text) = flags::parse(&[GLOBAL], line)
            && text != "help"
        {
            return Err(Fail::Text(format!("{text}\nSee 'kubectl --help' for usage.")));
        }
        ctx.print(&root_help()).await;
        return Ok(());
    };
    let mut known: Vec<&[Flag]> = verb.flags.to_vec();
    known.push(GLOBAL);
    let flags = match flags::parse(&known, &rest) {
        Ok(flags) => flags,
        // Of the page that lists what all share there is no help.
        Err(text) if text == "help" && verb.name == "options" => return Ok(()),
        Err(text) if text == "help" => {
            ctx.print(&verb.help(&path, &Words::load(ctx))).await;
            return Ok(());
        }
        // 1 would say that there are differences.
        Err(text) if verb.name == "diff" => return Err(Fail::Raw(format!("error: {text}\nSee '{path} -h' for help and examples"), 2)),
        Err(text) => return Err(Fail::Text(format!("{text}\nSee '{path} --help' for usage."))),
    };
    if let Some(name) = flags.refused {
        return Err(Fail::Text(format!("--{name} is not simulated in Podground")));
    }
    for note in &flags.notes {
        ctx.eprint(note).await;
    }
    let config = KubeConfig::load(ctx, flags.text("kubeconfig")).await;
    // These make the file that is not there.
    let made = config.missing && path.starts_with("kubectl config ");
    if !made
        && !matches!(verb.name, "version" | "completion" | "options" | "list" | "kustomize")
        && let Some(fail) = config.problem
    {
        return Err(fail);
    }
    // kubectl tells the server its command (KEP 859); the form of the output is Podground's own, for lessons.
    let client = client.with_header("Kubectl-Command", &path).with_header("Kubectl-Output", flags.text("output"));
    if matches!(flags.text("dry-run"), "unchanged") {
        let words = "helpers.go:719] --dry-run is deprecated and can be replaced with --dry-run=client.";
        ctx.eprint(&format!("W1121 00:00:00.000000       1 {words}\n")).await;
    }
    let cmd = Cmd::new(ctx.clone(), client, flags, verb, path, config);
    cmd.check_preferences()?;
    cmd.log_config().await;
    if let Err(fail) = (verb.run)(&cmd).await {
        cmd.log_failure(&fail).await;
        return Err(fail);
    }
    cmd.warnings_as_errors()
}

type Found = Option<(&'static Verb, String, Vec<String>)>;

/// The verb that the line names, and the line without its words. `None` is the root itself.
fn find(line: &[String]) -> Result<Found, Fail> {
    let mut rest = line.to_vec();
    let mut path = "kubectl".to_owned();
    let mut current: Option<&'static Verb> = None;
    loop {
        let flags: &[&[Flag]] = current.map_or(&[], |v| v.flags);
        let Some(at) = first_word(&rest, flags) else { break };
        let word = rest[at].clone();
        let next = match current {
            None => VERBS.iter().copied().find(|v| v.name == word || v.aliases.contains(&word.as_str())),
            Some(verb) => verb.find(&word),
        };
        let Some(next) = next else {
            if current.is_none() {
                return unknown(line, &rest, at, &word);
            }
            break;
        };
        rest.remove(at);
        path = format!("{path} {}", next.name);
        current = Some(next);
    }
    Ok(current.map(|verb| (verb, path, rest)))
}

fn unknown(line: &[String], rest: &[String], at: usize, word: &str) -> Result<Found, Fail> {
    if word == "help" {
        let topic: Vec<String> = rest[at + 1..].to_vec();
        if topic.first().is_some_and(|word| matches!(word.as_str(), "-h" | "--help")) {
            return Ok(Some((&HELP, "kubectl help".into(), vec!["--help".into()])));
        }
        let known = |word: &String| VERBS.iter().any(|v| v.name == word || v.aliases.contains(&word.as_str()));
        if topic.first().is_some_and(|word| !word.starts_with('-') && !known(word)) {
            let quoted: Vec<String> = topic.iter().map(|word| format!("`{word}`")).collect();
            let help = root_help();
            let commands = help.find("Basic Commands").and_then(|at| help.get(at..)).unwrap_or_default();
            return Err(Fail::Raw(format!("Unknown help topic [{}]\n\n\n{commands}", quoted.join(" ")), 0));
        }
        return match find(&topic)? {
            Some((verb, path, _)) => Ok(Some((verb, path, vec!["--help".into()]))),
            None => Ok(None),
        };
    }
    if let Some(first) = line.first().filter(|w| w.starts_with('-')) {
        return Err(Fail::Raw(format!("Error: flags cannot be placed before plugin name: {first}"), 1));
    }
    let mut text = format!("unknown command {} for \"kubectl\"", quote(word));
    let similar = suggestions(word);
    if !similar.is_empty() {
        text += "\n\nDid you mean this?\n";
        text += &similar.iter().map(|s| format!("\t{s}\n")).collect::<String>();
    }
    Err(Fail::Text(text))
}

/// Where the first word stands that is neither a flag nor a flag's value. Models cobra's stripFlags.
fn first_word(line: &[String], known: &[&[Flag]]) -> Option<usize> {
    let all = || known.iter().copied().flatten().chain(GLOBAL);
    let takes_value = |flag: Option<&Flag>| !flag.is_some_and(|f| matches!(f.kind, Kind::Bool | Kind::Optional(_)));
    let mut i = 0;
    while i < line.len() {
        let word = &line[i];
        if word == "--" {
            return None;
        }
        if let Some(long) = word.strip_prefix("--") {
            let consumes = !long.contains('=') && takes_value(all().find(|f| f.name == long));
            i += if consumes { 2 } else { 1 };
        } else if word.starts_with('-') && word.len() == 2 {
            let letter = word.chars().nth(1);
            let consumes = letter != Some('h') && takes_value(all().find(|f| Some(f.short) == letter));
            i += if consumes { 2 } else { 1 };
        } else if word.starts_with('-') || word.is_empty() {
            i += 1;
        } else {
            return Some(i);
        }
    }
    None
}

/// Verbs at an edit distance of two at most, or that begin so.
fn suggestions(word: &str) -> Vec<&'static str> {
    let word = word.to_lowercase();
    let close = |name: &str| distance(&word, name) <= 2 || name.starts_with(&word);
    VERBS.iter().map(|v| v.name).filter(|name| close(name)).collect()
}

fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn root_help() -> String {
    let mut out = String::from(
        "kubectl controls the Kubernetes cluster manager.\n\n Find more information at: https://kubernetes.io/docs/reference/kubectl/\n",
    );
    let width = VERBS.iter().map(|v| v.name.len()).max().unwrap_or(0);
    for (title, names) in GROUPS {
        out += &format!("\n{title}:\n");
        for name in *names {
            if let Some(verb) = VERBS.iter().find(|v| v.name == *name) {
                out += &format!("  {:width$}   {}\n", verb.name, verb.short);
            }
        }
    }
    out += "\nUsage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a given command.\n";
    out += "Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n";
    out
}

/// `kubectl options`.
pub fn options_text(ctx: &ProcessContext) -> String {
    let (home, words) = (ctx.env("HOME").unwrap_or_default(), Words::load(ctx));
    let pieces: Vec<String> = GLOBAL.iter().map(|flag| flag_help(flag, "options", &words).replace("$HOME", &home)).collect();
    format!("The following options can be passed to any command:\n\n{}", pieces.join("\n"))
}

/// Flags of a command line for tests of the parser.
#[cfg(test)]
fn parse_line(words: &[&str]) -> Result<flags::Parsed, String> {
    let line: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    let verb = find(&["get".to_owned()]).ok().flatten().map(|(verb, ..)| verb.flags).unwrap_or_default();
    let known: Vec<&[Flag]> = verb.iter().copied().chain([GLOBAL]).collect();
    flags::parse(&known, &line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_as_pflag_reads_them() {
        let parsed = parse_line(&["pods", "-owide", "-n=x", "--watch", "-lapp=a", "--", "-z"]).unwrap();
        assert_eq!(parsed.text("output"), "wide");
        assert_eq!(parsed.text("namespace"), "x");
        assert!(parsed.on("watch"));
        assert_eq!(parsed.args, ["pods", "-z"]);
        assert_eq!(parsed.before_dash, Some(1));
        for (words, want) in [
            (vec!["--al"], "unknown flag: --al"),
            (vec!["-z"], "unknown shorthand flag: 'z' in -z"),
            (vec!["-wide"], "unknown shorthand flag: 'i' in -ide"),
            (vec!["-n"], "flag needs an argument: 'n' in -n"),
            (vec!["--output"], "flag needs an argument: --output"),
            (
                vec!["--watch=maybe"],
                "invalid argument \"maybe\" for \"-w, --watch\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
        ] {
            assert_eq!(parse_line(&words).unwrap_err(), want);
        }
    }

    #[test]
    fn unknown_verbs_get_cobra_s_suggestions() {
        assert_eq!(suggestions("gte"), ["get"]);
        assert_eq!(suggestions("pods"), ["logs"]);
        assert_eq!(suggestions("ap"), ["top", "cp", "apply", "api-versions", "api-resources"]);
        assert!(suggestions("getpods").is_empty());
    }
}
