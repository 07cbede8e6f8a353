use super::super::condition::{Evaluated, evaluate};
use super::super::dialect::Dialect;
use super::super::state::{Ran, Shell};

/// `test` and `[`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let name = words.first().cloned().unwrap_or_default();
    let mut arguments = words.get(1..).unwrap_or(&[]).to_vec();
    if name == "[" && arguments.pop().as_deref() != Some("]") {
        let message = match shell.dialect {
            Dialect::Bash => "missing `]'",
            Dialect::Dash => "missing ]",
            Dialect::Ash => "missing ]",
        };
        match shell.dialect {
            Dialect::Ash => shell.ctx.eprint(&format!("sh: {message}\n")).await,
            _ => shell.complain(Some("["), message).await,
        }
        return Ok(2);
    }
    let ctx = shell.ctx.clone();
    let dialect = shell.dialect;
    let mut is_set = |text: &str| shell.is_set(text);
    match evaluate(&arguments, &ctx, dialect, &mut is_set) {
        Evaluated::True => Ok(0),
        Evaluated::False => Ok(1),
        Evaluated::Wrong(message) => {
            if dialect.is_ash() {
                shell.ctx.eprint(&format!("sh: {message}\n")).await;
            } else {
                shell.complain(Some(&name), &message).await;
            }
            Ok(2)
        }
    }
}
