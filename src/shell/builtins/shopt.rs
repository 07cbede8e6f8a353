use super::super::state::{Options, Ran, Shell};
use super::set;

/// The options of bash 5.2, and whether a shell has them at first.
const NAMES: &[(&str, bool)] = &[
    ("autocd", false),
    ("assoc_expand_once", false),
    ("cdable_vars", false),
    ("cdspell", false),
    ("checkhash", false),
    ("checkjobs", false),
    ("checkwinsize", true),
    ("cmdhist", true),
    ("compat31", false),
    ("compat32", false),
    ("compat40", false),
    ("compat41", false),
    ("compat42", false),
    ("compat43", false),
    ("compat44", false),
    ("complete_fullquote", true),
    ("direxpand", false),
    ("dirspell", false),
    ("dotglob", false),
    ("execfail", false),
    ("expand_aliases", false),
    ("extdebug", false),
    ("extglob", false),
    ("extquote", true),
    ("failglob", false),
    ("force_fignore", true),
    ("globasciiranges", true),
    ("globskipdots", true),
    ("globstar", false),
    ("gnu_errfmt", false),
    ("histappend", false),
    ("histreedit", false),
    ("histverify", false),
    ("hostcomplete", true),
    ("huponexit", false),
    ("inherit_errexit", false),
    ("interactive_comments", true),
    ("lastpipe", false),
    ("lithist", false),
    ("localvar_inherit", false),
    ("localvar_unset", false),
    ("login_shell", false),
    ("mailwarn", false),
    ("no_empty_cmd_completion", false),
    ("nocaseglob", false),
    ("nocasematch", false),
    ("noexpand_translation", false),
    ("nullglob", false),
    ("patsub_replacement", true),
    ("progcomp", true),
    ("progcomp_alias", false),
    ("promptvars", true),
    ("restricted_shell", false),
    ("shift_verbose", false),
    ("sourcepath", true),
    ("varredir_close", false),
    ("xpg_echo", false),
];

/// What concerns only the history, the completion and the line that is typed, or nothing that exists here: it is kept.
const KEPT: &[&str] = &[
    "assoc_expand_once",
    "checkhash",
    "checkwinsize",
    "cmdhist",
    "complete_fullquote",
    "direxpand",
    "dirspell",
    "extquote",
    "force_fignore",
    "globasciiranges",
    "histappend",
    "histreedit",
    "histverify",
    "hostcomplete",
    "huponexit",
    "interactive_comments",
    "lithist",
    "mailwarn",
    "no_empty_cmd_completion",
    "noexpand_translation",
    "progcomp",
    "progcomp_alias",
    "sourcepath",
];

fn slot<'a>(options: &'a mut Options, name: &str) -> Option<&'a mut bool> {
    Some(match name {
        "dotglob" => &mut options.dotglob,
        "expand_aliases" => &mut options.expand_aliases,
        "extglob" => &mut options.extglob,
        "failglob" => &mut options.failglob,
        "nocaseglob" => &mut options.nocaseglob,
        "globstar" => &mut options.globstar,
        "lastpipe" => &mut options.lastpipe,
        "nocasematch" => &mut options.nocasematch,
        "nullglob" => &mut options.nullglob,
        _ => return None,
    })
}

/// Whether an option is on.
fn is_on(shell: &Shell, name: &str, at_first: bool) -> bool {
    let mut options = shell.options.clone();
    match slot(&mut options, name) {
        Some(slot) => *slot,
        None => at_first != options.turned.iter().any(|turned| turned == name),
    }
}

/// `BASHOPTS`: the names of the options that are on.
pub(crate) fn on(shell: &Shell) -> String {
    let on: Vec<&str> = NAMES.iter().filter(|(name, at_first)| is_on(shell, name, *at_first)).map(|(name, _)| *name).collect();
    on.join(":")
}

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let options = match shell.options(&words, "pqsuo", "shopt [-pqsu] [-o] [optname ...]").await {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    let wanted = match (options.has('s'), options.has('u')) {
        (true, true) => {
            shell.complain(Some("shopt"), "cannot set and unset shell options simultaneously").await;
            return Ok(1);
        }
        (false, false) => None,
        (on, _) => Some(on),
    };
    let of_set = options.has('o');
    let all: Vec<(&str, bool)> = match of_set {
        true => set::names().iter().map(|name| (*name, set::state(shell, name).unwrap_or(false))).collect(),
        false => NAMES.iter().map(|(name, at_first)| (*name, is_on(shell, name, *at_first))).collect(),
    };
    let row = |name: &str, on: bool| match (options.has('p'), of_set) {
        (true, false) => format!("shopt -{} {name}\n", if on { 's' } else { 'u' }),
        _ => set::row(name, on, !options.has('p')),
    };
    if options.operands.is_empty() {
        let shown = all.iter().filter(|(_, on)| wanted.is_none_or(|wanted| wanted == *on));
        let text: String = shown.map(|(name, on)| row(name, *on)).collect();
        return Ok(if options.has('q') { 0 } else { shell.out("shopt", &text).await });
    }
    let mut status = 0;
    for name in &options.operands {
        let Some((_, on)) = all.iter().find(|(known, _)| known == name) else {
            let kind = if of_set { "option" } else { "shell option" };
            shell.complain(Some("shopt"), &format!("{name}: invalid {kind} name")).await;
            status = 1;
            continue;
        };
        match wanted {
            Some(wanted) => status = status.max(turn(shell, name, wanted, *on, of_set).await),
            None => {
                status = status.max(i32::from(!on));
                if !options.has('q') {
                    shell.out("shopt", &row(name, *on)).await;
                }
            }
        }
    }
    Ok(status)
}

async fn turn(shell: &mut Shell, name: &str, wanted: bool, on: bool, of_set: bool) -> i32 {
    let slot = if of_set { shell.option(name) } else { slot(&mut shell.options, name) };
    if let Some(slot) = slot {
        *slot = wanted;
        return 0;
    }
    if on == wanted || of_set {
        return 0;
    }
    if !KEPT.contains(&name) {
        shell.complain(Some("shopt"), &format!("{name} is not simulated in Podground")).await;
        return 1;
    }
    let turned = &mut shell.options.turned;
    match turned.iter().position(|other| other == name) {
        Some(at) => drop(turned.remove(at)),
        None => turned.push(name.to_owned()),
    }
    0
}
