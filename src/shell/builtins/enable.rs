use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let named: Vec<&String> = words.iter().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let Some(name) = named.iter().find(|name| super::find(name, shell.dialect).is_none()) {
        let message = format!("{name}: not a shell builtin");
        shell.complain(Some("enable"), &message).await;
        return Ok(1);
    }
    if !named.is_empty() && named.len() + 1 == words.len() {
        return Ok(0);
    }
    if words.len() > 1 {
        shell.complain(Some("enable"), "disabling builtins is not simulated in Podground").await;
        return Ok(1);
    }
    let text: String = super::names(shell.dialect).map(|name| format!("enable {name}\n")).collect();
    Ok(shell.out("enable", &text).await)
}
