//! What a verb is: its words, flags and code. Models cobra's Command as kubectl uses it.

use super::command::Cmd;
use super::error::Fail;
use super::flags::{Flag, Kind};
use crate::process::ProcessContext;
use crate::sim::LocalBoxFuture;
use std::collections::BTreeSet;

/// A verb's code while it runs.
pub type Running<'a> = LocalBoxFuture<'a, Result<(), Fail>>;

/// One verb, or a subcommand of one.
pub struct Verb {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// What follows the command's path in the usage line.
    pub usage: &'static str,
    /// One line for the list of verbs.
    pub short: &'static str,
    /// Commented command lines.
    pub examples: &'static str,
    pub flags: &'static [&'static [Flag]],
    pub subcommands: &'static [&'static Verb],
    pub run: for<'a> fn(&'a Cmd) -> Running<'a>,
}

/// A verb without anything; the base of `..` in the verbs' own files.
pub const BASE: Verb = Verb {
    name: "",
    aliases: &[],
    usage: "",
    short: "",
    examples: "",
    flags: &[],
    subcommands: &[],
    run: |cmd| Box::pin(async move { cmd.help_on_stderr().await }),
};

impl Verb {
    /// The subcommand that `word` names.
    pub fn find(&self, word: &str) -> Option<&'static Verb> {
        self.subcommands.iter().copied().find(|v| v.name == word || v.aliases.contains(&word))
    }

    /// `--help`. `path` is `kubectl create`.
    pub fn help(&self, path: &str, words: &Words) -> String {
        let mut out = words.purpose(path).unwrap_or_else(|| format!("{}.", self.short)) + "\n";
        if !self.aliases.is_empty() {
            out += &format!("\nAliases:\n{}, {}\n", self.name, self.aliases.join(", "));
        }
        if !self.examples.is_empty() {
            out += "\nExamples:\n";
            for line in self.examples.trim_matches('\n').lines() {
                out += &if line.is_empty() { "\n".to_owned() } else { format!("  {}\n", line.trim()) };
            }
        }
        if !self.subcommands.is_empty() {
            out += "\nAvailable Commands:\n";
            let mut all: Vec<_> = self.subcommands.iter().collect();
            all.sort_by_key(|v| v.name);
            let width = all.iter().map(|v| v.name.len()).max().unwrap_or(0).max(11);
            for verb in all {
                out += &format!("  {:width$}   {}\n", verb.name, verb.short);
            }
        }
        let mut flags: Vec<&Flag> = self.flags.iter().copied().flatten().filter(|flag| flag.deprecated.is_empty()).collect();
        // A verb's own flag stands before one that it shares.
        let mut seen = BTreeSet::new();
        flags.retain(|flag| seen.insert(flag.name));
        flags.sort_by_key(|f| f.name);
        if !flags.is_empty() {
            out += "\nOptions:\n";
            let pieces: Vec<String> = flags.iter().map(|f| flag_help(f, path, words)).collect();
            out += &pieces.join("\n");
        }
        let usage = if self.usage.is_empty() { String::new() } else { format!(" {}", self.usage) };
        let options = if self.usage.contains("[options]") { "" } else { " [options]" };
        out += &format!("\nUsage:\n  {path}{usage}{options}\n");
        if !self.subcommands.is_empty() {
            out += &format!("\nUse \"{path} <command> --help\" for more information about a given command.");
        }
        out += "\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n";
        out
    }
}

/// `    -o, --output='':` and its words below.
pub fn flag_help(flag: &Flag, path: &str, words: &Words) -> String {
    let default = if flag.name == "field-manager" && flag.default.is_empty() { field_manager(path) } else { flag.default.to_owned() };
    let default = match flag.kind {
        Kind::Text | Kind::Optional(_) => format!("'{default}'"),
        Kind::Array | Kind::Slice | Kind::Map => format!("[{default}]"),
        _ => default,
    };
    let name = if flag.short == '\0' { format!("--{}", flag.name) } else { format!("-{}, --{}", flag.short, flag.name) };
    format!("    {name}={default}:\n\t{}\n", words.of(path, flag))
}

/// Who a verb says it is. Models cmdutil.AddFieldManagerFlagVar's uses.
pub fn field_manager(path: &str) -> String {
    match path.split(' ').nth(1).unwrap_or_default() {
        "apply" | "diff" => "kubectl-client-side-apply".into(),
        verb => format!("kubectl-{verb}"),
    }
}

/// Where the words are on a workstation whose engine does not carry them.
const WORDS_PATH: &str = "/usr/share/podground/help.txt";

/// What verbs and flags are for, in kubectl's own words: `@VERB<tab>words`, `FLAG<tab>words` for most verbs, `VERB FLAG<tab>words`
/// where one differs. `tests/kubectl_help.rs` writes them.
pub struct Words(String);

impl Words {
    /// The words as far as they are at hand; flags have shorter ones of their own.
    pub fn load(ctx: &ProcessContext) -> Words {
        if let Ok(bytes) = ctx.vfs().read_file(WORDS_PATH) {
            return Words(String::from_utf8_lossy(&bytes).into_owned());
        }
        #[cfg(not(target_arch = "wasm32"))]
        return Words(include_str!("../../static/help.txt").to_owned());
        #[cfg(target_arch = "wasm32")]
        return Words(String::new());
    }

    fn find(&self, key: &str) -> Option<String> {
        let words = self.0.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('\t'))?;
        Some(words.replace("\\n", "\n"))
    }

    /// What a verb is for.
    fn purpose(&self, path: &str) -> Option<String> {
        self.find(&format!("@{}", path.trim_start_matches("kubectl ")))
    }

    /// What a flag is for.
    pub fn of(&self, path: &str, flag: &Flag) -> String {
        let own = format!("{} {}", path.trim_start_matches("kubectl "), flag.name);
        self.find(&own).or_else(|| self.find(flag.name)).unwrap_or_else(|| flag.help.to_owned())
    }
}
