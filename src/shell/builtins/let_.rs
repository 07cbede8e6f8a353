use super::super::state::{Flow, Ran, Shell};

/// `let`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let Some(expressions) = words.get(1..).filter(|e| !e.is_empty()) else {
        if shell.dialect.is_bash() {
            shell.complain(Some("let"), "expression expected").await;
            return Ok(1);
        }
        shell.complain(Some("let"), "expression expected").await;
        return Err(Flow::Abandon(2));
    };
    let mut value = 0;
    for text in expressions {
        value = match shell.evaluate(text) {
            Ok(value) => value,
            Err(error) => {
                let message = format!("let: {}", error.message());
                shell.complain(None, &message).await;
                return if shell.dialect.is_bash() { Ok(1) } else { Err(Flow::Abandon(2)) };
            }
        };
    }
    Ok(i32::from(value == 0))
}
