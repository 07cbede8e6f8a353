//! Building the page.
use crate::Failure;
use crate::command::{self, command, no_more, take_flag};
use crate::setup;

/// `cargo xtask build`.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut arguments = arguments.to_vec();
    let dev = take_flag(&mut arguments, "--dev");
    no_more(&arguments)?;
    setup::page()?;
    build(dev)?;
    println!("the page is in dist/; any static web server can serve it, under any path");
    Ok(())
}

/// Builds into dist/. What it needs must be set up.
pub fn build(dev: bool) -> Result<(), Failure> {
    println!("building the page ({})", if dev { "unoptimised" } else { "optimised: a few minutes the first time" });
    let mut trunk = trunk("build");
    if !dev {
        trunk.arg("--release");
    }
    command::run(&mut trunk)
}

/// Builds a page into dist/ that notes which of its functions run.
pub fn build_instrumented() -> Result<(), Failure> {
    command::run(trunk("build").arg("--release").env("PODGROUND_INSTRUMENT", "1"))
}

/// Rebuilds and reloads the page at every change, until interrupted.
pub fn watch(port: u16) -> Result<(), Failure> {
    command::run(trunk("serve").args(["--port", &port.to_string()]))
}

fn trunk(verb: &str) -> std::process::Command {
    let mut trunk = command("trunk");
    trunk.arg(verb).env("TRUNK_SKIP_VERSION_CHECK", "true").env("RUST_LOG", "warn");
    // Trunk reads NO_COLOR as true or false only and refuses the usual `NO_COLOR=1`.
    if std::env::var_os("NO_COLOR").is_some() {
        trunk.env("NO_COLOR", "true");
    }
    trunk
}
