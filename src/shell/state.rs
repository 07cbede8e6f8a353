use std::collections::BTreeMap;
use std::rc::Rc;

use brush_parser::ast;

use super::arith::{self, ArithError};
use super::dialect::Dialect;
use super::jobs::Jobs;
use super::vars::{Value, Var, Variables};
use crate::process::{Disposition, Errno, Pid, ProcessContext, Signal};
use crate::sim::Time;

/// How a command's end reaches past the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// `break`, out of so many loops.
    Break(usize),
    /// `continue`, with the loop so many levels up.
    Continue(usize),
    /// `return`.
    Return(i32),
    /// The shell ends.
    Exit(i32),
    /// The line is given up; a shell that reads no terminal ends.
    Abandon(i32),
}

/// What running something gives: an exit status, or a jump.
pub(crate) type Ran = Result<i32, Flow>;

/// `set` and `shopt` options.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub errexit: bool,
    pub nounset: bool,
    pub xtrace: bool,
    pub noglob: bool,
    pub noclobber: bool,
    pub pipefail: bool,
    pub monitor: bool,
    pub allexport: bool,
    pub noexec: bool,
    pub verbose: bool,
    pub posix: bool,
    /// `set -E`, `set -T`: functions and subshells have the ERR trap, or those on DEBUG and RETURN.
    pub errtrace: bool,
    pub functrace: bool,
    pub extglob: bool,
    pub nullglob: bool,
    pub dotglob: bool,
    pub nocasematch: bool,
    pub nocaseglob: bool,
    pub failglob: bool,
    pub globstar: bool,
    pub expand_aliases: bool,
    /// Names of `shopt` that are not as they were at first, and change nothing here.
    pub turned: Vec<String>,
    pub lastpipe: bool,
    /// `!` brings typed lines back.
    pub histexpand: bool,
}

/// Where commands come from, which decides how messages begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Typed.
    Interactive,
    /// `-c`.
    Argument,
    /// A file, or standard input that is no terminal.
    Script,
}

/// A shell: everything that a subshell inherits.
#[derive(Clone)]
pub(crate) struct Shell {
    pub ctx: ProcessContext,
    pub dialect: Dialect,
    pub origin: Origin,
    /// How messages begin: `bash`, or the script.
    pub name: String,
    /// dash runs the text of `eval`, and says so with each mistake in it.
    pub in_eval: bool,
    /// `$0`.
    pub zero: String,
    pub vars: Variables,
    pub positional: Vec<String>,
    pub functions: BTreeMap<String, Rc<ast::FunctionDefinition>>,
    /// The lines before the text that defined each of them.
    pub function_lines: BTreeMap<String, usize>,
    pub aliases: BTreeMap<String, String>,
    pub options: Options,
    pub status: i32,
    pub pipe_status: Vec<i32>,
    pub jobs: Jobs,
    pub traps: BTreeMap<String, String>,
    pub last_background: Option<Pid>,
    /// The line that runs, counted from 1.
    pub line: usize,
    pub base_line: usize,
    pub loops: usize,
    /// Arithmetic expressions that are evaluated inside each other (subscripts).
    pub evaluating: usize,
    /// Lists of commands that run inside each other.
    pub nesting: usize,
    pub functions_running: Vec<String>,
    /// The line that each of them was called from.
    pub call_lines: Vec<usize>,
    pub sourcing: usize,
    /// How many texts run inside each other: the script, `eval`, sourced files, traps, substitutions.
    pub texts: usize,
    /// A file is being sourced at the prompt: messages name no line.
    pub at_prompt: bool,
    /// Above 0: a failing command does not end the shell (`set -e`) nor run the ERR trap.
    pub guard: usize,
    pub subshell: usize,
    pub directories: Vec<String>,
    pub hashed: BTreeMap<String, String>,
    pub history: Vec<String>,
    /// Whether an interactive shell reads its startup file.
    pub startup: bool,
    /// The file that `--rcfile` names for it.
    pub startup_file: Option<String>,
    pub getopts_at: usize,
    pub started: Time,
    pub shell_pid: Pid,
    /// Status of the last command substitution of the command in hand.
    pub substitution_status: Option<i32>,
    /// The shell said that it exits although jobs are stopped.
    pub warned_of_jobs: bool,
    pub in_trap: bool,
    /// The command that runs, as `BASH_COMMAND` shows it: kept while there are traps.
    pub command: String,
    /// Descriptors that `{name}>` opened: they stay when the command's redirections are undone.
    pub named_fds: Vec<i32>,
    /// When a job was last signalled: its end is not noticed in the same instant.
    pub killed_at: Option<Time>,
}

impl Shell {
    pub fn new(ctx: ProcessContext, dialect: Dialect) -> Shell {
        let mut vars = Variables::default();
        for (name, value) in ctx.environment() {
            if super::syntax::is_name(&name) {
                let mut var = Var::new(Value::Scalar(value));
                var.exported = true;
                vars.insert(&name, var);
            }
        }
        let cwd = ctx.cwd();
        vars.set_text("PWD", &cwd);
        vars.get_mut("PWD").exported = true;
        vars.set_text("IFS", " \t\n");
        vars.set_text("OPTIND", "1");
        vars.set_text("PPID", &ctx.process().ppid.get().to_string());
        let set_default = |vars: &mut Variables, name: &str, text: &str| {
            if vars.get(name).is_none() {
                vars.set_text(name, text);
            }
        };
        set_default(&mut vars, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        if dialect.is_bash() {
            set_default(&mut vars, "HOSTNAME", &ctx.hostname());
            vars.set_text("BASH", "/bin/bash");
            vars.set_text("BASH_VERSION", "5.2.15(1)-release");
            vars.set_text("HOSTTYPE", "x86_64");
            vars.set_text("MACHTYPE", "x86_64-pc-linux-gnu");
            vars.set_text("OSTYPE", "linux-gnu");
            let depth = vars.get("SHLVL").and_then(|v| v.text()?.parse::<i64>().ok()).unwrap_or(0);
            vars.set_text("SHLVL", &(depth + 1).to_string());
            vars.get_mut("SHLVL").exported = true;
            let uid = ctx.credentials().uid.to_string();
            for name in ["UID", "EUID"] {
                vars.set_text(name, &uid);
                vars.get_mut(name).readonly = true;
                vars.get_mut(name).integer = true;
            }
        } else if dialect.is_ash() {
            set_default(&mut vars, "HOSTNAME", &ctx.hostname());
        }
        let started = ctx.now();
        let shell_pid = ctx.pid();
        let name = if dialect.is_bash() { "bash" } else { "sh" }.to_owned();
        Shell {
            ctx,
            dialect,
            origin: Origin::Script,
            zero: name.clone(),
            name,
            vars,
            positional: Vec::new(),
            functions: BTreeMap::new(),
            function_lines: BTreeMap::new(),
            aliases: BTreeMap::new(),
            options: Options::default(),
            status: 0,
            pipe_status: vec![0],
            jobs: Jobs::default(),
            traps: BTreeMap::new(),
            last_background: None,
            line: 1,
            base_line: 0,
            loops: 0,
            evaluating: 0,
            in_eval: false,
            nesting: 0,
            functions_running: Vec::new(),
            call_lines: Vec::new(),
            sourcing: 0,
            texts: 1,
            at_prompt: false,
            guard: 0,
            subshell: 0,
            directories: Vec::new(),
            hashed: BTreeMap::new(),
            history: Vec::new(),
            startup: true,
            startup_file: None,
            getopts_at: 1,
            started,
            shell_pid,
            substitution_status: None,
            warned_of_jobs: false,
            in_trap: false,
            command: String::new(),
            named_fds: Vec::new(),
            killed_at: None,
        }
    }

    pub fn interactive(&self) -> bool {
        self.origin == Origin::Interactive && self.subshell == 0
    }

    /// The text of a variable, the computed ones included.
    pub fn var(&self, name: &str) -> Option<String> {
        if self.dialect.is_bash()
            && let Some(text) = self.computed(name)
        {
            return Some(text);
        }
        if name == "LINENO" && !self.dialect.is_dash() {
            return Some(self.line.to_string());
        }
        if name == "RANDOM" && self.dialect.is_ash() {
            return Some((self.ctx.sim().rng().below(32768)).to_string());
        }
        let var = self.vars.get(name)?;
        if var.reference {
            return self.var(&self.target(name)?);
        }
        var.text().map(str::to_owned)
    }

    fn computed(&self, name: &str) -> Option<String> {
        let seconds = || self.ctx.sim().timestamp();
        Some(match name {
            "RANDOM" => self.ctx.sim().rng().below(32768).to_string(),
            "SECONDS" => self.ctx.now().since(self.started).as_secs().to_string(),
            "EPOCHSECONDS" => seconds().as_second().to_string(),
            "EPOCHREALTIME" => format!("{}.{:06}", seconds().as_second(), seconds().subsec_microsecond()),
            "LINENO" => self.line.to_string(),
            "BASHPID" => self.ctx.pid().to_string(),
            "BASH_COMMAND" if !self.command.is_empty() => self.command.clone(),
            "BASH_SUBSHELL" => self.subshell.to_string(),
            "SHELLOPTS" => super::builtins::options_on(self),
            "BASHOPTS" => super::builtins::shell_options_on(self),
            name => return self.computed_array(name)?.into_iter().next(),
        })
    }

    /// The elements of an array, or the text of a plain variable.
    pub fn elements(&self, name: &str) -> Vec<String> {
        if let Some(items) = self.computed_array(name) {
            return items;
        }
        match self.vars.get(name) {
            Some(var) if var.reference => self.target(name).map_or(Vec::new(), |target| self.elements(&target)),
            Some(var) => var.elements(),
            None => self.var(name).into_iter().collect(),
        }
    }

    /// The arrays that bash keeps itself. A script has a name of its own at the bottom of `FUNCNAME` and its kin.
    fn computed_array(&self, name: &str) -> Option<Vec<String>> {
        if !self.dialect.is_bash() {
            return None;
        }
        let script = self.origin == Origin::Script;
        let depth = self.functions_running.len();
        let bottom = |text: &str| script.then(|| text.to_owned());
        Some(match name {
            "PIPESTATUS" => self.pipe_status.iter().map(i32::to_string).collect(),
            "FUNCNAME" if depth > 0 => self.functions_running.iter().rev().cloned().chain(bottom("main")).collect(),
            "FUNCNAME" => Vec::new(),
            "BASH_SOURCE" => {
                let file = if script { self.zero.clone() } else { "main".to_owned() };
                vec![file; depth + usize::from(script)]
            }
            "BASH_LINENO" => self.call_lines.iter().rev().map(usize::to_string).chain(bottom("0")).collect(),
            "DIRSTACK" => self.directory_stack(),
            "GROUPS" => vec![self.ctx.credentials().gid.to_string()],
            "BASH_VERSINFO" => ["5", "2", "15", "1", "release", "x86_64-pc-linux-gnu"].map(str::to_owned).to_vec(),
            _ => return None,
        })
    }

    /// The element of an array, or `None`.
    pub fn element(&mut self, name: &str, index: &str) -> Result<Option<String>, ArithError> {
        if let Some(items) = self.computed_array(name) {
            let at = self.evaluate(index)?;
            let at = if at < 0 { at + items.len() as i64 } else { at };
            return Ok(usize::try_from(at).ok().and_then(|at| items.get(at).cloned()));
        }
        let name = self.referent(name);
        match self.vars.get(&name).map(|v| v.value.clone()) {
            Some(Value::Associative(items)) => Ok(items.get(index).cloned()),
            Some(Value::Indexed(items)) => {
                let at = self.array_index(&items, index)?;
                Ok(items.get(&at).cloned())
            }
            _ => Ok(if self.evaluate(index)? == 0 { self.var(&name) } else { None }),
        }
    }

    fn array_index(&mut self, items: &BTreeMap<i64, String>, index: &str) -> Result<i64, ArithError> {
        let at = self.evaluate(index)?;
        Ok(if at < 0 { at + items.keys().next_back().map_or(0, |last| last.saturating_add(1)) } else { at })
    }

    /// The variable that `name` stands for (`declare -n`).
    pub fn referent(&self, name: &str) -> String {
        const LIMIT: usize = 8;
        let mut at = name;
        for _ in 0..LIMIT {
            match self.vars.get(at).filter(|var| var.reference).and_then(|var| var.text()) {
                Some(target) => at = target,
                None => break,
            }
        }
        at.to_owned()
    }

    /// As [`Shell::referent`]; `None`: the references go round, or end in one that names nothing.
    fn target(&self, name: &str) -> Option<String> {
        Some(self.referent(name)).filter(|target| !self.vars.get(target).is_some_and(|var| var.reference))
    }

    /// Sets a variable. The error is the sentence after `bash: `.
    pub fn set_var(&mut self, name: &str, index: Option<&str>, text: &str) -> Result<(), String> {
        const LIMIT_BYTES: usize = 64 << 20;
        if text.len() > LIMIT_BYTES {
            return Err(format!("xrealloc: cannot allocate {} bytes", text.len()));
        }
        let name = self.referent(name);
        let Some(var) = self.vars.get(&name) else {
            return self.set_fresh(&name, index, text);
        };
        if var.readonly {
            return Err(self.readonly_error(&name));
        }
        let text = if var.integer { self.evaluate(text).map_err(ArithError::message)?.to_string() } else { text.to_owned() };
        self.set_fresh(&name, index, &text)
    }

    pub fn readonly_error(&self, name: &str) -> String {
        if self.dialect.is_bash() { format!("{name}: readonly variable") } else { format!("{name}: is read only") }
    }

    fn set_fresh(&mut self, name: &str, index: Option<&str>, text: &str) -> Result<(), String> {
        if let Some(index) = index {
            let items = match self.vars.get(name).map(|v| v.value.clone()) {
                Some(Value::Associative(mut items)) => {
                    items.insert(index.to_owned(), text.to_owned());
                    self.vars.get_mut(name).value = Value::Associative(items);
                    return Ok(());
                }
                Some(Value::Indexed(items)) => items,
                Some(Value::Scalar(text)) => BTreeMap::from([(0, text)]),
                _ => BTreeMap::new(),
            };
            let at = self.array_index(&items, index).map_err(ArithError::message)?;
            if at < 0 {
                return Err(format!("{name}[{index}]: bad array subscript"));
            }
            let mut items = items;
            items.insert(at, text.to_owned());
            self.vars.get_mut(name).value = Value::Indexed(items);
            return Ok(());
        }
        self.vars.set_text(name, text);
        if self.options.allexport {
            self.vars.get_mut(name).exported = true;
        }
        match name {
            "PATH" => self.hashed.clear(),
            "OPTIND" => self.getopts_at = 1,
            _ => {}
        }
        Ok(())
    }

    /// Sets a variable that the shell itself keeps.
    pub fn set_own(&mut self, name: &str, text: &str) {
        self.vars.set_text(name, text);
    }

    // ---- messages ----

    /// How a message begins, up to and with its blank.
    pub fn prefix(&self, builtin: Option<&str>) -> String {
        let name = &self.name;
        let builtin = builtin.or(self.in_eval.then_some("eval"));
        let of = builtin.map_or(String::new(), |b| format!("{b}: "));
        match (self.dialect, self.origin) {
            (Dialect::Bash, Origin::Interactive) => format!("{name}: {of}"),
            (Dialect::Bash, _) if self.at_prompt => format!("{}: {of}", self.zero),
            (Dialect::Bash, _) => format!("{name}: line {}: {of}", self.line),
            (Dialect::Dash, _) => format!("{name}: {}: {of}", self.line),
            (Dialect::Ash, Origin::Interactive) => format!("{name}: {of}"),
            (Dialect::Ash, Origin::Script) => format!("{name}: {of}line {}: ", self.line),
            (Dialect::Ash, Origin::Argument) if builtin.is_some() => format!("{name}: {of}line {}: ", self.line - 1),
            (Dialect::Ash, Origin::Argument) => format!("{name}: "),
        }
    }

    /// Says what went wrong.
    pub async fn complain(&self, builtin: Option<&str>, message: &str) {
        let text = format!("{}{message}\n", self.prefix(builtin));
        self.ctx.eprint(&text).await;
    }

    /// Says that an expansion failed, and gives the line up.
    pub async fn abandon(&mut self, message: &str, status: i32) -> Flow {
        self.complain(None, message).await;
        self.status = status;
        Flow::Abandon(status)
    }

    /// As [`Shell::abandon`], for an unset variable where one is wanted: bash runs no other line of a script either.
    pub async fn give_up(&mut self, message: &str) -> Flow {
        let status = if self.dialect.is_bash() && self.origin == Origin::Argument { 127 } else { self.error_status() };
        let flow = self.abandon(message, status).await;
        if self.origin == Origin::Script && !self.at_prompt { Flow::Exit(status) } else { flow }
    }

    /// What a failed expansion or assignment exits with.
    pub fn error_status(&self) -> i32 {
        if self.dialect.is_bash() { 1 } else { 2 }
    }

    /// Writes a builtin's output; a failed write is said once.
    pub async fn out(&self, builtin: &str, text: &str) -> i32 {
        match self.ctx.write(1, text.as_bytes()).await {
            Ok(()) => 0,
            Err(Errno::EPIPE) => 1,
            Err(errno) => {
                let message = if self.dialect.is_dash() { format!("{builtin}: I/O error") } else { format!("write error: {errno}") };
                self.complain(Some(builtin), &message).await;
                1
            }
        }
    }

    // ---- traps ----

    /// Arranges or (with `None`) removes the trap on `condition` (`EXIT`, `ERR`, `TERM`, …).
    pub fn set_trap(&mut self, condition: &str, action: Option<&str>) {
        match action {
            Some(action) => self.traps.insert(condition.to_owned(), action.to_owned()),
            None => self.traps.remove(condition),
        };
        if let Some(signal) = Signal::from_name(condition) {
            let disposition = match action {
                Some("") => Disposition::Ignore,
                Some(_) => Disposition::Catch,
                None => self.own_disposition(signal),
            };
            self.ctx.set_disposition(signal, disposition);
        }
    }

    /// What an untrapped signal does to this shell.
    pub fn own_disposition(&self, signal: Signal) -> Disposition {
        match signal {
            Signal::INT if self.interactive() => Disposition::Catch,
            Signal::TERM | Signal::TSTP | Signal::TTIN | Signal::TTOU | Signal::QUIT if self.interactive() => Disposition::Ignore,
            _ => Disposition::Default,
        }
    }
}

impl arith::Variables for Shell {
    fn get(&mut self, name: &str, index: Option<&str>) -> Result<Option<String>, ArithError> {
        let value = match index {
            Some(index) => self.element(name, index)?,
            None => self.var(name),
        };
        if value.is_none() && self.options.nounset {
            return Err(ArithError::Unset(self.unbound(name)));
        }
        Ok(value)
    }

    fn set(&mut self, name: &str, index: Option<&str>, value: i64) -> Result<(), ArithError> {
        self.set_var(name, index, &value.to_string()).map_err(ArithError::Wrong)
    }
}

impl Shell {
    /// What `set -u` says of an unset name.
    pub fn unbound(&self, name: &str) -> String {
        if self.dialect.is_bash() { format!("{name}: unbound variable") } else { format!("{name}: parameter not set") }
    }
}

impl Shell {
    /// The value of an arithmetic expression in which nothing is left to expand.
    pub fn evaluate(&mut self, text: &str) -> Result<i64, ArithError> {
        let (dialect, level) = (self.dialect, self.evaluating);
        self.evaluating += 1;
        let value = arith::evaluate(level, text, self, dialect);
        self.evaluating = level;
        value
    }
}
