//! Which functions of the page's WebAssembly run until the first command has answered: `cargo xtask profile`.
use crate::Failure;
use crate::command::{cargo, command, no_more, root, run as run_command};
use crate::{page, setup, test};

/// The list that the build splits by (tools/wasm-split).
const LIST: &str = "tools/first-load.txt";

/// Builds a page that notes what runs, plays the first minute on it, and writes the list. dist/ then holds that page:
/// build it anew.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    no_more(arguments)?;
    setup::page()?;
    page::build_instrumented()?;
    let (chromium, url) = test::ready_to_drive()?;
    let folder = root().join("target/wasm-split");
    let ran = folder.join("ran.txt");
    run_command(command("node").arg("tools/first-minute.mjs").arg(&ran).env("CHROME", chromium).env("PODGROUND_URL", url))?;
    let mut names = cargo();
    names.args(["run", "--quiet", "--locked", "--manifest-path", "tools/wasm-split/Cargo.toml", "--", "names"]);
    run_command(names.arg(folder.join("whole.wasm")).arg(&ran).arg(LIST).env("CARGO_TARGET_DIR", &folder))?;
    println!("{LIST} written; `cargo xtask build` makes a page by it");
    Ok(())
}
