use super::super::state::{Flow, Ran, Shell};
use super::Argument;

pub(super) async fn run(shell: &mut Shell, arguments: Vec<Argument>) -> Ran {
    if shell.functions_running.is_empty() {
        if shell.dialect.is_bash() {
            shell.complain(Some("local"), "can only be used in a function").await;
            return Ok(1);
        }
        shell.complain(Some("local"), "not in a function").await;
        return Err(Flow::Abandon(2));
    }
    super::declare::declare(shell, "local", arguments, true).await
}
