use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let text = words.get(1..).unwrap_or(&[]).join(" ");
    if shell.is_deep() {
        let message = format!("eval: maximum eval nesting level exceeded ({})", shell.nesting);
        return Err(shell.abandon(&message, 1).await);
    }
    let outer = std::mem::replace(&mut shell.in_eval, shell.dialect.is_dash());
    let result = shell.eval(&text).await;
    shell.in_eval = outer;
    result
}
