use super::super::quote;
use super::super::state::{Options, Ran, Shell};
use super::super::vars::Var;

const USAGE: &str = "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]";

const NAMES: &[&str] = &[
    "allexport",
    "braceexpand",
    "emacs",
    "errexit",
    "errtrace",
    "functrace",
    "hashall",
    "histexpand",
    "history",
    "ignoreeof",
    "interactive-comments",
    "keyword",
    "monitor",
    "noclobber",
    "noexec",
    "noglob",
    "nolog",
    "notify",
    "nounset",
    "onecmd",
    "physical",
    "pipefail",
    "posix",
    "privileged",
    "verbose",
    "vi",
    "xtrace",
];

/// The options of dash and busybox, in their order.
const POSIX_NAMES: &[&str] = &[
    "errexit",
    "noglob",
    "ignoreeof",
    "interactive",
    "monitor",
    "noexec",
    "stdin",
    "xtrace",
    "verbose",
    "vi",
    "emacs",
    "noclobber",
    "allexport",
    "notify",
    "nounset",
    "privileged",
    "nolog",
    "pipefail",
    "debug",
];

fn slot<'a>(options: &'a mut Options, name: &str) -> Option<&'a mut bool> {
    Some(match name {
        "errexit" | "e" => &mut options.errexit,
        "nounset" | "u" => &mut options.nounset,
        "xtrace" | "x" => &mut options.xtrace,
        "noglob" | "f" => &mut options.noglob,
        "noclobber" | "C" => &mut options.noclobber,
        "pipefail" => &mut options.pipefail,
        "monitor" | "m" => &mut options.monitor,
        "histexpand" | "H" => &mut options.histexpand,
        "allexport" | "a" => &mut options.allexport,
        "noexec" | "n" => &mut options.noexec,
        "verbose" | "v" => &mut options.verbose,
        "posix" => &mut options.posix,
        "errtrace" | "E" => &mut options.errtrace,
        "functrace" | "T" => &mut options.functrace,
        _ => return None,
    })
}

impl Shell {
    /// The option that `set -o` calls `name`.
    pub fn option(&mut self, name: &str) -> Option<&mut bool> {
        slot(&mut self.options, name)
    }
}

fn known(shell: &Shell, name: &str) -> bool {
    let mut options = shell.options.clone();
    let letters = ["b", "h", "k", "p", "t", "B", "E", "H", "P", "T"];
    match name {
        "pipefail" => !shell.dialect.is_dash(),
        name => slot(&mut options, name).is_some() || NAMES.contains(&name) || (shell.dialect.is_bash() && letters.contains(&name)),
    }
}

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let rest = words.get(1..).unwrap_or(&[]);
    if rest.is_empty() {
        let text: String = shell.vars.iter().map(|(name, var)| line(name, var)).collect();
        return Ok(shell.out("set", &text).await);
    }
    let mut at = 0;
    while let Some(word) = rest.get(at) {
        let on = word.starts_with('-');
        if word == "--" || word == "-" {
            at += 1;
            shell.positional = rest.get(at..).unwrap_or(&[]).to_vec();
            return Ok(0);
        }
        if !(on || word.starts_with('+')) || word.len() < 2 {
            break;
        }
        at += 1;
        for letter in word.chars().skip(1) {
            let name = if letter == 'o' {
                let Some(name) = rest.get(at) else { return list(shell, on).await };
                at += 1;
                name.clone()
            } else {
                letter.to_string()
            };
            if !known(shell, &name) {
                return unknown(shell, &name, letter == 'o', word).await;
            }
            if let Some(slot) = slot(&mut shell.options, &name) {
                *slot = on;
            }
        }
    }
    if at < rest.len() {
        shell.positional = rest.get(at..).unwrap_or(&[]).to_vec();
    }
    Ok(0)
}

async fn unknown(shell: &mut Shell, name: &str, long: bool, word: &str) -> Ran {
    let sign = word.get(..1).unwrap_or("-");
    if !shell.dialect.is_bash() {
        let message = match (shell.dialect.is_dash(), long) {
            (true, true) => format!("Illegal option {sign}o {name}"),
            (true, false) => format!("Illegal option {sign}{name}"),
            (false, true) => format!("illegal option {sign}o {name}"),
            (false, false) => format!("illegal option {sign}{name}"),
        };
        return shell.special_error(Some("set"), &message).await;
    }
    if long {
        shell.complain(Some("set"), &format!("{name}: invalid option name")).await;
        return Ok(1);
    }
    Ok(shell.misuse("set", Some(&format!("{sign}{name}: invalid option")), USAGE).await)
}

/// `SHELLOPTS`: the names of the options that are on.
pub(crate) fn on(shell: &Shell) -> String {
    let mut options = shell.options.clone();
    let on: Vec<&str> = NAMES.iter().copied().filter(|name| is_on(shell, &mut options, name)).collect();
    on.join(":")
}

fn is_on(shell: &Shell, options: &mut Options, name: &str) -> bool {
    match name {
        "braceexpand" | "hashall" | "interactive-comments" => true,
        "emacs" | "histexpand" | "history" => shell.interactive(),
        name => slot(options, name).is_some_and(|v| *v),
    }
}

async fn list(shell: &mut Shell, table: bool) -> Ran {
    let mut text = String::new();
    if table && !shell.dialect.is_bash() {
        text.push_str("Current option settings\n");
        for name in POSIX_NAMES.iter().filter(|name| match **name {
            "pipefail" => !shell.dialect.is_dash(),
            "privileged" => shell.dialect.is_dash(),
            _ => true,
        }) {
            let on = *name == "interactive" && shell.interactive() || slot(&mut shell.options, name).is_some_and(|v| *v);
            text.push_str(&format!("{name:<16}{}\n", if on { "on" } else { "off" }));
        }
        return Ok(shell.out("set", &text).await);
    }
    let mut options = shell.options.clone();
    for name in NAMES {
        let on = is_on(shell, &mut options, name);
        text.push_str(&row(name, on, table));
    }
    Ok(shell.out("set", &text).await)
}

/// An option as `set -o` and `shopt -o` list it: in a table, or as the command that sets it.
pub(super) fn row(name: &str, on: bool, table: bool) -> String {
    match table {
        true => format!("{name:<15}\t{}\n", if on { "on" } else { "off" }),
        false => format!("set {}o {name}\n", if on { '-' } else { '+' }),
    }
}

/// Whether `set -o` knows `name`, and whether it is on.
pub(super) fn state(shell: &Shell, name: &str) -> Option<bool> {
    NAMES.contains(&name).then(|| is_on(shell, &mut shell.options.clone(), name))
}

/// The names of `set -o`.
pub(super) fn names() -> &'static [&'static str] {
    NAMES
}

/// A variable as `set` lists it.
pub(super) fn line(name: &str, var: &Var) -> String {
    match (&var.value, var.text()) {
        (super::super::vars::Value::Scalar(text), _) => {
            let shown = if text.is_empty() { String::new() } else { quote::traced(text) };
            format!("{name}={shown}\n")
        }
        (super::super::vars::Value::Unset, _) => String::new(),
        _ => super::declare::line(name, var).splitn(3, ' ').nth(2).unwrap_or("").to_owned(),
    }
}
