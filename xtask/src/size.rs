//! The page's sizes over the wire against the budgets.
use crate::Failure;
use crate::command::{command, no_more, run as run_command, take_flag};

/// `cargo xtask size [--strict]`: what tools/size.mjs says of dist/ (Node.js has brotli, Rust's standard library has not).
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut arguments = arguments.to_vec();
    let strict = take_flag(&mut arguments, "--strict");
    no_more(&arguments)?;
    crate::setup::node()?;
    run_command(command("node").arg("tools/size.mjs").args(strict.then_some("--strict")))
}
