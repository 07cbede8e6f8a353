use super::super::state::{Ran, Shell};
use crate::sim::{Either, select};

/// `sleep`, which busybox's shell has built in.
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut total = std::time::Duration::ZERO;
    for word in words.iter().skip(1) {
        match super::super::tools::duration(word) {
            Some(duration) => total += duration,
            None => {
                shell.ctx.eprint(&format!("sh: invalid number '{word}'\n")).await;
                return Ok(1);
            }
        }
    }
    let ctx = shell.ctx.clone();
    let slept = Box::pin(ctx.sleep(total));
    let signalled = Box::pin(ctx.next_signal());
    if let Either::Right((signal, _)) = select(slept, signalled).await {
        shell.on_signal(signal).await?;
        // The trap has run; the script goes on, as after any command that a signal interrupted.
        return Ok(128 + signal.number());
    }
    Ok(0)
}
