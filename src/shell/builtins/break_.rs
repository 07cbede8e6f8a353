use super::super::state::{Flow, Ran, Shell};

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
                return Err(Flow::Exit(128));
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
