//! The builtins: one a file, one line in the list.

mod alias;
mod bg;
mod break_;
mod caller;
mod cd;
mod colon;
mod command;
mod declare;
mod dirs;
mod echo;
mod enable;
mod eval;
mod exec;
mod exit;
mod export;
mod getopts;
mod hash;
mod help;
mod history;
mod jobs;
mod kill;
mod let_;
mod local;
mod mapfile;
mod printf;
mod pwd;
mod read;
mod readonly;
mod return_;
mod set;
mod shift;
mod shopt;
mod sleep;
mod source;
mod test;
mod times;
mod trap;
mod type_;
mod ulimit;
mod umask;
mod unset;
mod wait;

pub(crate) use declare::line as declaration;
pub(crate) use echo::interpret as interpret_escapes;
pub(crate) use set::on as options_on;
pub(crate) use shopt::on as shell_options_on;

use super::dialect::Dialect;
use super::state::{Ran, Shell};
use super::tools::Options;
use crate::sim::LocalBoxFuture;

/// An argument of a builtin: text, or (for `declare` and its kin) an assignment.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    Text(String),
    Assignment { name: String, index: Option<String>, append: bool, value: Assigned },
}

/// What an assignment assigns.
#[derive(Clone, Debug)]
pub(crate) enum Assigned {
    Text(String),
    Array(Vec<(Option<String>, String)>),
}

impl Argument {
    /// The argument as it was written, expanded.
    pub fn text(&self) -> String {
        match self {
            Argument::Text(text) => text.clone(),
            Argument::Assignment { name, append, value: Assigned::Text(text), .. } => {
                format!("{name}{}={text}", if *append { "+" } else { "" })
            }
            Argument::Assignment { name, .. } => name.clone(),
        }
    }
}

pub(crate) type Running<'a> = LocalBoxFuture<'a, Ran>;
pub(crate) type Plain = for<'a> fn(&'a mut Shell, Vec<String>) -> Running<'a>;
pub(crate) type Declaration = for<'a> fn(&'a mut Shell, Vec<Argument>) -> Running<'a>;

/// How a builtin takes its arguments.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Plain(Plain),
    Declaration(Declaration),
}

/// The shells that have a builtin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    All,
    Ash,
    Bash,
    NotDash,
}

struct Builtin {
    name: &'static str,
    shells: In,
    kind: Kind,
}

macro_rules! list {
    ($( $name:literal $shells:ident $kind:ident $run:path; )*) => {
        const BUILTINS: &[Builtin] = &[$( Builtin {
            name: $name,
            shells: In::$shells,
            kind: Kind::$kind(|shell, words| Box::pin($run(shell, words))),
        }, )*];
    };
}

list! {
    "." All Plain source::run;
    ":" All Plain colon::yes;
    "[" All Plain test::run;
    "alias" All Plain alias::run;
    "bg" All Plain bg::run;
    "break" All Plain break_::run;
    "builtin" Bash Plain command::builtin;
    "caller" Bash Plain caller::run;
    "cd" All Plain cd::run;
    "chdir" All Plain cd::run;
    "command" All Plain command::run;
    "continue" All Plain break_::run;
    "declare" Bash Declaration declare::run;
    "dirs" Bash Plain dirs::run;
    "disown" Bash Plain bg::disown;
    "echo" All Plain echo::run;
    "enable" Bash Plain enable::run;
    "eval" All Plain eval::run;
    "exec" All Plain exec::run;
    "exit" All Plain exit::run;
    "export" All Declaration export::run;
    "false" All Plain colon::no;
    "fc" Bash Plain history::fc;
    "fg" All Plain bg::run;
    "getopts" All Plain getopts::run;
    "hash" All Plain hash::run;
    "help" NotDash Plain help::run;
    "history" NotDash Plain history::run;
    "jobs" All Plain jobs::run;
    "kill" All Plain kill::run;
    "let" NotDash Plain let_::run;
    "local" All Declaration local::run;
    "logout" Bash Plain exit::run;
    "mapfile" Bash Plain mapfile::run;
    "popd" Bash Plain dirs::run;
    "printf" All Plain printf::run;
    "pushd" Bash Plain dirs::run;
    "pwd" All Plain pwd::run;
    "read" All Plain read::run;
    "readarray" Bash Plain mapfile::run;
    "readonly" All Declaration readonly::run;
    "return" All Plain return_::run;
    "set" All Plain set::run;
    "shift" All Plain shift::run;
    "shopt" Bash Plain shopt::run;
    "sleep" Ash Plain sleep::run;
    "source" NotDash Plain source::run;
    "test" All Plain test::run;
    "times" All Plain times::run;
    "trap" All Plain trap::run;
    "true" All Plain colon::yes;
    "type" All Plain type_::run;
    "typeset" Bash Declaration declare::run;
    "ulimit" All Plain ulimit::run;
    "umask" All Plain umask::run;
    "unalias" All Plain alias::unalias;
    "unset" All Plain unset::run;
    "wait" All Plain wait::run;
}

fn has(builtin: &Builtin, dialect: Dialect) -> bool {
    match builtin.shells {
        In::All => !(dialect.is_bash() && builtin.name == "chdir"),
        In::Ash => dialect.is_ash(),
        In::Bash => dialect.is_bash(),
        In::NotDash => !dialect.is_dash(),
    }
}

/// The builtin called `name`.
pub(crate) fn find(name: &str, dialect: Dialect) -> Option<Kind> {
    BUILTINS.iter().find(|b| b.name == name && has(b, dialect)).map(|b| b.kind)
}

/// The builtins whose failure ends a POSIX shell's line.
pub(crate) const SPECIAL: &[&str] =
    &[".", ":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times", "trap", "unset"];

/// The letters that dash's builtins take, of those that read options.
const DASH_OPTIONS: &[(&str, &str)] = &[
    (".", ""),
    ("bg", ""),
    ("cd", "LP"),
    ("command", "pvV"),
    ("export", "p"),
    ("fg", ""),
    ("hash", "rv"),
    ("jobs", "lp"),
    ("printf", ""),
    ("pwd", "LP"),
    ("read", "pr"),
    ("readonly", "p"),
    ("trap", ""),
    ("ulimit", "HSatfdsmcnpvlwr"),
    ("umask", "S"),
    ("unalias", "a"),
    ("unset", "vf"),
    ("wait", ""),
];

/// All names, sorted.
pub(crate) fn names(dialect: Dialect) -> impl Iterator<Item = &'static str> {
    BUILTINS.iter().filter(move |b| has(b, dialect)).map(|b| b.name)
}

/// Whether assignments among its arguments are expanded as assignments.
pub(crate) fn is_declaration(name: &str, dialect: Dialect) -> bool {
    matches!(find(name, dialect), Some(Kind::Declaration(_)))
}

impl Shell {
    /// In dash: refuses an option that the builtin does not have, and gives the status then.
    pub async fn check_options(&mut self, words: &[String]) -> Result<Option<i32>, super::state::Flow> {
        let Some((name, rest)) = words.split_first().filter(|_| self.dialect.is_dash()) else { return Ok(None) };
        let Some((_, letters)) = DASH_OPTIONS.iter().find(|(builtin, _)| builtin == name) else { return Ok(None) };
        let given = rest.iter().map_while(|word| word.strip_prefix('-').filter(|w| !w.is_empty() && *w != "-"));
        for letter in given.flat_map(str::chars) {
            if !letters.contains(letter) {
                return self.special_error(Some(name), &format!("Illegal option -{letter}")).await.map(Some);
            }
            if name == "read" && letter == 'p' {
                break;
            }
        }
        Ok(None)
    }

    /// A builtin's misuse: the sentence and its usage line.
    pub async fn misuse(&self, builtin: &str, message: Option<&str>, usage: &str) -> i32 {
        if let Some(message) = message {
            self.complain(Some(builtin), message).await;
        }
        if self.dialect.is_bash() {
            self.ctx.eprint(&format!("{builtin}: usage: {usage}\n")).await;
        }
        2
    }

    /// An option that bash's builtin does not have.
    pub async fn invalid_option(&self, builtin: &str, option: &str, usage: &str) -> Ran {
        Ok(self.wrong_option(builtin, option.chars().nth(1).unwrap_or('-'), usage).await)
    }

    async fn wrong_option(&self, builtin: &str, letter: char, usage: &str) -> i32 {
        if !self.dialect.is_bash() {
            self.complain(Some(builtin), &format!("illegal option -{letter}")).await;
            return 2;
        }
        self.misuse(builtin, Some(&format!("-{letter}: invalid option")), usage).await
    }

    /// The options of a builtin, up to its first operand. `letters`: a `:` stands after those that take a value.
    /// `Err` is the exit status: the mistake was said, in bash's words or in busybox's ([`Shell::check_options`] was there
    /// before in dash). Models builtins/bashgetopt.c.
    pub async fn options(&self, words: &[String], letters: &str, usage: &str) -> Result<Options, i32> {
        let mut options = Options::default();
        let Some((builtin, mut rest)) = words.split_first() else { return Ok(options) };
        while let Some((word, more)) = rest.split_first()
            && let Some(group) = word.strip_prefix('-').filter(|group| !group.is_empty())
        {
            rest = more;
            if group == "-" {
                break;
            }
            let mut group = group.chars();
            while let Some(letter) = group.next() {
                let Some((_, after)) = letters.split_once(letter).filter(|_| letter != ':') else {
                    return Err(self.wrong_option(builtin, letter, usage).await);
                };
                let mut value = String::new();
                if after.starts_with(':') {
                    value = std::mem::replace(&mut group, "".chars()).collect();
                    if value.is_empty() {
                        let Some((next, more)) = rest.split_first() else {
                            return Err(self.misuse(builtin, Some(&format!("-{letter}: option requires an argument")), usage).await);
                        };
                        value.clone_from(next);
                        rest = more;
                    }
                }
                options.given.push((letter, value));
            }
        }
        options.operands = rest.to_vec();
        Ok(options)
    }

    /// A mistake for which the POSIX shells give a script up, where a special builtin makes it.
    pub async fn special_error(&mut self, builtin: Option<&str>, message: &str) -> Ran {
        self.complain(builtin, message).await;
        self.mistaken(builtin)
    }

    /// What a builtin's mistake comes to.
    pub fn mistaken(&self, builtin: Option<&str>) -> Ran {
        match self.dialect.is_bash() {
            true => Ok(1),
            false if builtin.is_some_and(|name| !SPECIAL.contains(&name)) => Ok(2),
            false => Err(super::state::Flow::Abandon(2)),
        }
    }
}
