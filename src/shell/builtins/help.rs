use super::super::state::{Ran, Shell};

/// How bash's builtins are called.
const SYNOPSES: &[&str] = &[
    "alias [-p] [name[=value] ... ]",
    "bg [job_spec ...]",
    "break [n]",
    "builtin [shell-builtin [arg ...]]",
    "cd [-L|[-P [-e]] [-@]] [dir]",
    "command [-pVv] command [arg ...]",
    "continue [n]",
    "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]",
    "echo [-neE] [arg ...]",
    "eval [arg ...]",
    "exec [-cl] [-a name] [command [argument ...]] [redirection ...]",
    "exit [n]",
    "export [-fn] [name[=value] ...] or export -p",
    "fg [job_spec]",
    "getopts optstring name [arg ...]",
    "hash [-lr] [-p pathname] [-dt] [name ...]",
    "help [-dms] [pattern ...]",
    "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]",
    "jobs [-lnprs] [jobspec ...] or jobs -x command [args]",
    "kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]",
    "let arg [arg ...]",
    "local [option] name[=value] ...",
    "mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]",
    "popd [-n] [+N | -N]",
    "printf [-v var] format [arguments]",
    "pushd [-n] [+N | -N | dir]",
    "pwd [-LP]",
    "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]",
    "readonly [-aAf] [name[=value] ...] or readonly -p",
    "return [n]",
    "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]",
    "shift [n]",
    "shopt [-pqsu] [-o] [optname ...]",
    "source filename [arguments]",
    "test [expr]",
    "trap [-lp] [[arg] signal_spec ...]",
    "type [-afptP] name [name ...]",
    "ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]",
    "umask [-p] [-S] [mode]",
    "unalias [-a] name [name ...]",
    "unset [-f] [-v] [-n] [name ...]",
    "wait [-fn] [-p var] [id ...]",
];

pub(super) async fn run(shell: &mut Shell, mut words: Vec<String>) -> Ran {
    let mut brief = false;
    while let Some(option) = words.get(1).filter(|word| word.starts_with('-') && word.len() > 1 && shell.dialect.is_bash()).cloned() {
        words.remove(1);
        match option.as_str() {
            "--" => break,
            "-s" => brief = true,
            "-d" | "-m" => {
                shell.complain(Some("help"), &format!("{option} is not simulated in Podground")).await;
                return Ok(2);
            }
            option => return shell.invalid_option("help", option, "help [-dms] [pattern ...]").await,
        }
    }
    if let Some(name) = words.get(1)
        && super::find(name, shell.dialect).is_none()
    {
        let message = format!("no help topics match `{name}'.  Try `help help' or `man -k {name}' or `info {name}'.");
        shell.complain(Some("help"), &message).await;
        return Ok(1);
    }
    if let Some(name) = words.get(1)
        && shell.dialect.is_bash()
    {
        let synopsis = SYNOPSES.iter().find(|s| s.split(' ').next() == Some(name)).copied().unwrap_or(name);
        if brief {
            return Ok(shell.out("help", &format!("{name}: {synopsis}\n")).await);
        }
        let hint = "    (The rest of the help text is not simulated in Podground.)";
        return Ok(shell.out("help", &format!("{name}: {synopsis}\n{hint}\n")).await);
    }
    let mut text = match shell.dialect.is_bash() {
        true => "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\nThese shell commands are defined internally.\n\n".to_owned(),
        false => "Built-in commands:\n------------------\n".to_owned(),
    };
    let names: Vec<&str> = super::names(shell.dialect).collect();
    // busybox goes to the next line behind column 60.
    let mut column = 0;
    for name in names {
        text.push_str(&format!("{}{name}", if column == 0 { '\t' } else { ' ' }));
        column += name.len() + 1;
        if column > 60 {
            text.push('\n');
            column = 0;
        }
    }
    if column > 0 {
        text.push('\n');
    }
    Ok(shell.out("help", &text).await)
}
