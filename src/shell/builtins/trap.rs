use super::super::quote;
use super::super::state::{Ran, Shell};
use crate::process::Signal;

/// The name under which a trap on `text` is kept.
fn condition(text: &str) -> Option<String> {
    if text == "0" {
        return Some("EXIT".into());
    }
    if let Ok(number) = text.parse::<i32>() {
        return Signal::from_number(number).map(|s| s.name().to_owned());
    }
    let upper = text.to_uppercase();
    let short = upper.strip_prefix("SIG").unwrap_or(&upper);
    match short {
        "EXIT" | "ERR" | "DEBUG" | "RETURN" => Some(short.to_owned()),
        _ => Signal::from_name(short).map(|s| s.name().to_owned()),
    }
}

fn line(shell: &Shell, name: &str, action: &str) -> String {
    let sig = if shell.dialect.is_bash() && Signal::from_name(name).is_some() { "SIG" } else { "" };
    format!("trap -- {} {sig}{name}\n", quote::single(action))
}

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let words: Vec<String> = words.into_iter().skip(1).skip_while(|w| w == "--").collect();
    if words.is_empty() || words.first().is_some_and(|w| w == "-p") {
        let wanted: Vec<String> = words.iter().skip(1).filter_map(|w| condition(w)).collect();
        let order = |name: &String| if name == "EXIT" { 0 } else { Signal::from_name(name).map_or(99, Signal::number) };
        let mut traps: Vec<_> = shell.traps.iter().filter(|(name, _)| wanted.is_empty() || wanted.contains(name)).collect();
        traps.sort_by_key(|(name, _)| order(name));
        let text: String = traps.into_iter().map(|(name, action)| line(shell, name, action)).collect();
        return Ok(shell.out("trap", &text).await);
    }
    if words.first().is_some_and(|w| w == "-l") {
        return super::kill::run(shell, vec!["kill".into(), "-l".into()]).await;
    }
    let (action, names) = match words.split_first() {
        Some((first, rest)) if rest.is_empty() || first.parse::<u32>().is_ok() => {
            if condition(first).is_none() {
                return Ok(shell.misuse("trap", None, "trap [-lp] [[arg] signal_spec ...]").await);
            }
            (None, words.clone())
        }
        Some((first, rest)) => ((first != "-").then(|| first.clone()), rest.to_vec()),
        None => return Ok(0),
    };
    let mut status = 0;
    for name in names {
        match condition(&name) {
            Some(condition) => shell.set_trap(&condition, action.as_deref()),
            None => {
                if shell.dialect.is_dash() {
                    shell.ctx.eprint(&format!("trap: {name}: bad trap\n")).await;
                } else {
                    shell.complain(Some("trap"), &format!("{name}: invalid signal specification")).await;
                }
                status = 1;
            }
        }
    }
    Ok(status)
}
