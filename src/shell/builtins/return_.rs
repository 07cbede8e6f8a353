use super::super::state::{Flow, Ran, Shell};

/// `return`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let outside = shell.functions_running.is_empty() && shell.sourcing == 0;
    if outside && shell.dialect.is_bash() {
        shell.complain(Some("return"), "can only `return' from a function or sourced script").await;
        return Ok(2);
    }
    let status = match words.get(1) {
        None => shell.status,
        Some(text) => match text.parse::<i64>() {
            Ok(n) => (n & 0xff) as i32,
            Err(_) if shell.dialect.is_bash() => {
                shell.complain(Some("return"), &format!("{text}: numeric argument required")).await;
                2
            }
            Err(_) => return shell.special_error(Some("return"), &format!("Illegal number: {text}")).await,
        },
    };
    Err(Flow::Return(status))
}
