use super::super::state::{Flow, Ran, Shell};

/// `break` and `continue`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let name = words.first().cloned().unwrap_or_default();
    if shell.loops == 0 && shell.dialect.is_bash() {
        shell.complain(Some(&name), "only meaningful in a `for', `while', or `until' loop").await;
        return Ok(0);
    }
    let levels = match words.get(1) {
        None => 1,
        Some(text) => match text.parse::<i64>() {
            Ok(n) if n > 0 => n as usize,
            Ok(_) => {
                shell.complain(Some(&name), &format!("{text}: loop count out of range")).await;
                return Ok(1);
            }
            Err(_) if shell.dialect.is_bash() => {
                shell.complain(Some(&name), &format!("{text}: numeric argument required")).await;
                // bash gives up the line, and marks the status that stood as an interrupted one.
                let status = shell.status | 128;
                return Err(if shell.interactive() { Flow::Abandon(status) } else { Flow::Exit(status) });
            }
            Err(_) => return shell.special_error(Some(&name), &format!("Illegal number: {text}")).await,
        },
    };
    let levels = levels.min(shell.loops);
    if levels == 0 {
        return Ok(0);
    }
    Err(if name == "break" { Flow::Break(levels) } else { Flow::Continue(levels) })
}
