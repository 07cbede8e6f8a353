use super::super::quote;
use super::super::state::{Ran, Shell};
use super::super::syntax::is_name;
use super::super::vars::{Value, Var};
use super::{Argument, Assigned};

const USAGE: &str = "declare [-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]";

/// The flags of one call: set with `-`, unset with `+`.
#[derive(Default)]
struct Flags {
    on: String,
    off: String,
}

pub(super) async fn run(shell: &mut Shell, arguments: Vec<Argument>) -> Ran {
    let builtin = arguments.first().map(Argument::text).unwrap_or_default();
    declare(shell, &builtin, arguments, true).await
}

/// `declare`, and `local` with its flags.
pub(super) async fn declare(shell: &mut Shell, builtin: &str, arguments: Vec<Argument>, local: bool) -> Ran {
    let mut flags = Flags::default();
    let mut rest = Vec::new();
    let mut options = true;
    for argument in arguments.into_iter().skip(1) {
        let text = argument.text();
        if options && text == "--" {
            options = false;
        } else if options && text.len() > 1 && text.starts_with(['-', '+']) {
            let letters = text.get(1..).unwrap_or("");
            if let Some(bad) = letters.chars().find(|c| !"aAfFgiIlnrtuxp".contains(*c)) {
                let usage = if builtin == "declare" { USAGE.to_owned() } else { USAGE.replace("declare", builtin) };
                let message = format!("{}{bad}: invalid option", text.get(..1).unwrap_or("-"));
                return Ok(shell.misuse(builtin, Some(&message), &usage).await);
            }
            if text.starts_with('-') { flags.on.push_str(letters) } else { flags.off.push_str(letters) }
        } else {
            options = false;
            rest.push(argument);
        }
    }
    if flags.on.contains(['f', 'F']) {
        return functions(shell, &rest, flags.on.contains('F')).await;
    }
    if rest.is_empty() && builtin == "local" && flags.on.is_empty() {
        let text: String =
            shell.vars.iter().filter(|(name, _)| shell.vars.is_local(name)).map(|(name, var)| super::set::line(name, var)).collect();
        return Ok(shell.out(builtin, &text).await);
    }
    if rest.is_empty() || flags.on.contains('p') {
        return print(shell, builtin, &rest, &flags).await;
    }
    let mut status = 0;
    for argument in rest {
        if let Err(message) = one(shell, &argument, &flags, local) {
            shell.complain(Some(builtin), &message).await;
            status = 1;
        }
    }
    Ok(status)
}

fn one(shell: &mut Shell, argument: &Argument, flags: &Flags, local: bool) -> Result<(), String> {
    let argument = split(argument);
    let name = match &argument {
        Argument::Text(text) => text.split('[').next().unwrap_or(text).to_owned(),
        Argument::Assignment { name, .. } => name.clone(),
    };
    if !is_name(&name) {
        return Err(format!("`{}': not a valid identifier", argument.text()));
    }
    if local && !flags.on.contains('g') && !shell.functions_running.is_empty() {
        let keep = shell.dialect.is_dash();
        shell.vars.make_local(&name, keep);
    }
    if flags.on.contains('n')
        && let Argument::Assignment { value: Assigned::Text(target), .. } = &argument
        && *target == name
    {
        return Err(format!("{name}: nameref variable self references not allowed"));
    }
    let array = matches!(argument, Argument::Assignment { value: Assigned::Array(_), .. });
    let var = shell.vars.get_mut(&name);
    if flags.on.contains('A') && !matches!(var.value, Value::Associative(_)) {
        var.value = Value::Associative(Default::default());
    } else if flags.on.contains('a') && !matches!(var.value, Value::Indexed(_)) {
        let items = var.text().map(|t| [(0, t.to_owned())].into()).unwrap_or_default();
        var.value = Value::Indexed(items);
    }
    if flags.on.contains('i') && !array {
        var.integer = true;
    }
    var.upper |= flags.on.contains('u');
    var.lower |= flags.on.contains('l');
    shell.assign(&argument)?;
    apply(shell.vars.get_mut(&name), flags);
    Ok(())
}

fn apply(var: &mut Var, flags: &Flags) {
    for (letter, slot) in [('x', &mut var.exported), ('r', &mut var.readonly), ('i', &mut var.integer), ('n', &mut var.reference)] {
        if flags.on.contains(letter) {
            *slot = true;
        }
        if flags.off.contains(letter) && letter != 'r' {
            *slot = false;
        }
    }
}

/// An argument that an expansion made may be an assignment after all.
pub(super) fn split(argument: &Argument) -> Argument {
    let Argument::Text(text) = argument else { return argument.clone() };
    let Some((name, value)) = text.split_once('=') else { return argument.clone() };
    let (name, append) = name.strip_suffix('+').map_or((name, false), |n| (n, true));
    let (name, index) = match name.strip_suffix(']').and_then(|n| n.split_once('[')) {
        Some((name, index)) => (name, Some(index.to_owned())),
        None => (name, None),
    };
    if !is_name(name) {
        return argument.clone();
    }
    Argument::Assignment { name: name.to_owned(), index, append, value: Assigned::Text(value.to_owned()) }
}

/// A key of an associative array, quoted where it must be.
fn key(text: &str) -> String {
    if quote::traced(text) == text { text.to_owned() } else { quote::double(text) }
}

/// The line of `declare -p`.
pub(crate) fn line(name: &str, var: &Var) -> String {
    let flags = var.flags();
    let flags = if flags.is_empty() { "-".to_owned() } else { flags };
    let head = format!("declare -{flags} {name}");
    match &var.value {
        Value::Unset => format!("{head}\n"),
        Value::Scalar(text) => format!("{head}={}\n", quote::double(text)),
        Value::Indexed(items) => {
            let items: Vec<String> = items.iter().map(|(k, v)| format!("[{k}]={}", quote::double(v))).collect();
            format!("{head}=({})\n", items.join(" "))
        }
        Value::Associative(items) => {
            let items: String = Var::hashed(items).into_iter().map(|(k, v)| format!("[{}]={} ", key(k), quote::double(v))).collect();
            format!("{head}=({items})\n")
        }
    }
}

async fn print(shell: &mut Shell, builtin: &str, names: &[Argument], flags: &Flags) -> Ran {
    let mut status = 0;
    if names.is_empty() {
        let wanted: String = flags.on.chars().filter(|c| *c != 'p').collect();
        let text: String = shell
            .vars
            .iter()
            .filter(|(_, var)| wanted.chars().all(|c| var.flags().contains(c)))
            .map(|(name, var)| if flags.on.contains('p') || !wanted.is_empty() { line(name, var) } else { super::set::line(name, var) })
            .collect();
        return Ok(shell.out(builtin, &text).await);
    }
    for name in names {
        let name = name.text();
        match shell.vars.get(&name) {
            Some(var) => {
                let text = line(&name, var);
                shell.out(builtin, &text).await;
            }
            None => {
                shell.complain(Some(builtin), &format!("{name}: not found")).await;
                status = 1;
            }
        }
    }
    Ok(status)
}

async fn functions(shell: &mut Shell, names: &[Argument], only_names: bool) -> Ran {
    let wanted: Vec<String> =
        if names.is_empty() { shell.functions.keys().cloned().collect() } else { names.iter().map(Argument::text).collect() };
    let mut status = 0;
    for name in wanted {
        match shell.functions.get(&name) {
            Some(_) if only_names => {
                let head = if names.is_empty() { "declare -f " } else { "" };
                shell.out("declare", &format!("{head}{name}\n")).await;
            }
            Some(function) => {
                let text = format!("{function}\n");
                shell.out("declare", &text).await;
            }
            None => status = 1,
        }
    }
    Ok(status)
}
