use super::super::state::{Ran, Shell};

/// `caller [n]`: who called the function that runs.
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let level = match words.get(1).map(|word| (word, word.parse::<usize>())) {
        None => None,
        Some((_, Ok(level))) => Some(level),
        Some((word, Err(_))) => {
            let message = if word.starts_with('-') {
                format!("{}: invalid option", word.chars().take(2).collect::<String>())
            } else {
                format!("{word}: invalid number")
            };
            return Ok(shell.misuse("caller", Some(&message), "caller [expr]").await);
        }
    };
    let at = level.unwrap_or(0);
    let (lines, files, names) = (shell.elements("BASH_LINENO"), shell.elements("BASH_SOURCE"), shell.elements("FUNCNAME"));
    let file = files.get(at + 1).map_or("NULL", String::as_str);
    match (lines.get(at), level) {
        (None, _) => Ok(1),
        (Some(line), None) => Ok(shell.out("caller", &format!("{line} {file}\n")).await),
        (Some(line), Some(_)) => match names.get(at + 1) {
            Some(name) => Ok(shell.out("caller", &format!("{line} {name} {file}\n")).await),
            None => Ok(1),
        },
    }
}
