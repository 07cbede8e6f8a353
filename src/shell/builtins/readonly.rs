use super::super::state::{Ran, Shell};
use super::Argument;

pub(super) async fn run(shell: &mut Shell, arguments: Vec<Argument>) -> Ran {
    super::export::mark(shell, "readonly", arguments).await
}
