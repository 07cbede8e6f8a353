use super::super::format::{self, Flavor};
use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut rest = words.get(1..).unwrap_or(&[]);
    let mut variable = None;
    let usage = "printf [-v var] format [arguments]";
    if shell.dialect.is_bash() {
        match rest.first().map(String::as_str) {
            Some("-v") => {
                let Some(name) = rest.get(1) else {
                    return Ok(shell.misuse("printf", Some("-v: option requires an argument"), usage).await);
                };
                if !super::super::syntax::is_name(name.split('[').next().unwrap_or("")) {
                    shell.complain(Some("printf"), &format!("`{name}': not a valid identifier")).await;
                    return Ok(2);
                }
                variable = Some(name.clone());
                rest = rest.get(2..).unwrap_or(&[]);
            }
            Some("--") => rest = rest.get(1..).unwrap_or(&[]),
            _ => {}
        }
    }
    let Some((template, arguments)) = rest.split_first() else {
        return match shell.dialect {
            super::super::dialect::Dialect::Bash => Ok(shell.misuse("printf", None, usage).await),
            super::super::dialect::Dialect::Dash => shell.special_error(Some("printf"), "usage: printf format [arg ...]").await,
            super::super::dialect::Dialect::Ash => {
                shell.ctx.eprint("sh: usage: printf FORMAT [ARGUMENT...]\n").await;
                Ok(2)
            }
        };
    };
    let flavor = match shell.dialect {
        super::super::dialect::Dialect::Bash => Flavor::Bash,
        super::super::dialect::Dialect::Dash => Flavor::Dash,
        super::super::dialect::Dialect::Ash => Flavor::Busybox,
    };
    let (template, arguments) = match shell.dialect.is_bash() && template.contains("%(") {
        true => with_dates(shell, template, arguments),
        false => (template.clone(), arguments.to_vec()),
    };
    let result = format::printf(&template, &arguments, flavor);
    let mut status = i32::from(!result.complaints.is_empty());
    match variable {
        Some(name) => {
            let text = String::from_utf8_lossy(&result.output).into_owned();
            let (name, index) = match name.strip_suffix(']').and_then(|n| n.split_once('[')) {
                Some((name, index)) => (name.to_owned(), Some(index.to_owned())),
                None => (name, None),
            };
            if let Err(message) = shell.set_var(&name, index.as_deref(), &text) {
                shell.complain(Some("printf"), &message).await;
                status = 1;
            }
        }
        None => {
            if let Err(errno) = shell.ctx.write(1, &result.output).await {
                shell.complain(Some("printf"), &format!("write error: {errno}")).await;
                status = 1;
            }
        }
    }
    for complaint in result.complaints {
        if shell.dialect.is_ash() {
            shell.ctx.eprint(&format!("sh: {complaint}\n")).await;
        } else {
            shell.complain(Some("printf"), &complaint).await;
        }
    }
    if shell.dialect.is_dash() && result.invalid {
        return Ok(2);
    }
    Ok(status)
}

/// `%(FORMAT)T` as `%s` with the date in its argument's place: seconds since 1970, or now (-1, or none).
fn with_dates(shell: &Shell, template: &str, arguments: &[String]) -> (String, Vec<String>) {
    let (mut out, mut arguments, mut at, mut rest) = (String::new(), arguments.to_vec(), 0, template);
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        out.push('%');
        rest = after;
        if let Some(escaped) = after.strip_prefix('%') {
            out.push('%');
            rest = escaped;
            continue;
        }
        let Some((pattern, after)) = after.strip_prefix('(').and_then(|p| p.split_once(")T")) else {
            at += 1;
            continue;
        };
        let given = arguments.get(at).and_then(|text| text.parse::<i64>().ok()).filter(|seconds| *seconds >= 0);
        let moment = given.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let pattern = if pattern.is_empty() { "%H:%M:%S" } else { pattern };
        let text = super::super::tools::strftime(pattern, moment.unwrap_or_else(|| shell.ctx.sim().timestamp()));
        if arguments.len() <= at {
            arguments.resize(at + 1, String::new());
        }
        if let Some(slot) = arguments.get_mut(at) {
            *slot = text;
        }
        out.push('s');
        at += 1;
        rest = after;
    }
    out.push_str(rest);
    (out, arguments)
}
