use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    if words.len() > 1 {
        shell.complain(Some("enable"), "disabling builtins is not simulated in Podground").await;
        return Ok(1);
    }
    let text: String = super::names(shell.dialect).map(|name| format!("enable {name}\n")).collect();
    Ok(shell.out("enable", &text).await)
}
