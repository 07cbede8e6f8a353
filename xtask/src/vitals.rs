//! What a visitor feels of the built page, against the budgets: `cargo xtask lighthouse`.
use crate::Failure;
use crate::command::{command, run as run_command, take_flag};
use crate::{browser, page, setup};

/// Measures the page in dist/, built first unless told not to. With `LIGHTHOUSE` naming Lighthouse's own command line
/// (`npm install lighthouse` anywhere), its categories are printed too.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut arguments = arguments.to_vec();
    if !take_flag(&mut arguments, "--no-build") {
        setup::page()?;
        page::build(false)?;
    }
    setup::node()?;
    setup::npm_packages()?;
    let chromium = browser::chromium()?;
    run_command(command("node").arg("tools/vitals.mjs").args(arguments).env("CHROME", chromium))
}
