use super::super::state::{Flow, Origin, Ran, Shell};

/// `break` and `continue`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let name = words.first().cloned().unwrap_or_default();
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
                let interactive = shell.origin == Origin::Interactive && shell.subshell == 0;
                return Err(if interactive { Flow::Abandon(status) } else { Flow::Exit(128) });
            }
            Err(_) => return shell.special_error(Some(&name), &format!("Illegal number: {text}")).await,
        },
    };
    if shell.loops == 0 {
        if shell.dialect.is_bash() {
            shell.complain(Some(&name), "only meaningful in a `for', `while', or `until' loop").await;
        }
        return Ok(0);
    }
    let levels = levels.min(shell.loops);
    Err(if name == "break" { Flow::Break(levels) } else { Flow::Continue(levels) })
}
