use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let text = words.get(1..).unwrap_or(&[]).join(" ");
    Box::pin(shell.eval(&text)).await
}
