use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let text = words.get(1..).unwrap_or(&[]).join(" ");
    if shell.is_deep() {
        let message = format!("eval: maximum eval nesting level exceeded ({})", shell.nesting);
        return Err(shell.abandon(&message, 1).await);
    }
    shell.eval(&text).await
}
