use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let (Some(options), Some(name)) = (words.get(1), words.get(2)) else {
        if !shell.dialect.is_bash() {
            let more = if shell.dialect.is_dash() { "..." } else { "" };
            return shell.special_error(Some("getopts"), &format!("Usage: getopts optstring var [arg{more}]")).await;
        }
        return Ok(shell.misuse("getopts", None, "getopts optstring name [arg ...]").await);
    };
    let arguments = match words.get(3..) {
        Some(rest) if !rest.is_empty() => rest.to_vec(),
        _ => shell.positional.clone(),
    };
    let index = shell.var("OPTIND").and_then(|t| t.parse::<usize>().ok()).unwrap_or(1).max(1);
    let at = shell.getopts_at;
    let end = |shell: &mut Shell, index: usize| {
        shell.set_own("OPTIND", &index.to_string());
        shell.getopts_at = 1;
        let _ = shell.set_var(name, None, "?");
        Ok(1)
    };
    let Some(word) = arguments.get(index - 1) else { return end(shell, index) };
    if word == "--" {
        return end(shell, index + 1);
    }
    if !word.starts_with('-') || word.len() < 2 {
        return end(shell, index);
    }
    let letters: Vec<char> = word.chars().collect();
    let Step { value, argument, complaint, next } = step(shell.dialect.is_bash(), options, &letters, (index, at), arguments.get(index));
    if let Some(complaint) = complaint {
        let of = if shell.dialect.is_dash() { String::new() } else { format!("{}: ", shell.zero) };
        shell.ctx.eprint(&format!("{of}{complaint}\n")).await;
    }
    shell.set_own("OPTIND", &next.0.to_string());
    shell.getopts_at = next.1;
    let _ = shell.set_var(name, None, &value);
    match argument {
        Some(argument) => shell.set_own("OPTARG", &argument),
        None => drop(shell.vars.remove("OPTARG")),
    }
    Ok(0)
}

/// What an option comes to.
struct Step {
    /// What the variable becomes.
    value: String,
    argument: Option<String>,
    complaint: Option<String>,
    /// The word and the letter in it that come next.
    next: (usize, usize),
}

/// Reads letter `at` of `letters`, the word number `index`; `following` is the word behind it.
fn step(bash: bool, options: &str, letters: &[char], (index, at): (usize, usize), following: Option<&String>) -> Step {
    let letter = letters.get(at).copied().unwrap_or('?');
    let silent = options.starts_with(':');
    let place = options.find(letter).filter(|_| letter != ':');
    let takes = place.is_some_and(|p| options.get(p + letter.len_utf8()..).is_some_and(|rest| rest.starts_with(':')));
    let next = if at + 1 >= letters.len() { (index + 1, 1) } else { (index, at + 1) };
    let refused = |value: &str, complaint: String| Step {
        value: value.into(),
        argument: silent.then(|| letter.to_string()),
        complaint: (!silent).then_some(complaint),
        next,
    };
    if place.is_none() {
        return refused("?", format!("{}{letter}", if bash { "illegal option -- " } else { "Illegal option -" }));
    }
    let rest: String = letters.get(at + 1..).unwrap_or(&[]).iter().collect();
    let (argument, next) = match following {
        _ if !takes => (None, next),
        _ if !rest.is_empty() => (Some(rest), (index + 1, 1)),
        Some(value) => (Some(value.clone()), (index + 2, 1)),
        None => {
            let complaint = if bash { format!("option requires an argument -- {letter}") } else { format!("No arg for -{letter} option") };
            return refused(if silent { ":" } else { "?" }, complaint);
        }
    };
    Step { value: letter.to_string(), argument, complaint: None, next }
}
