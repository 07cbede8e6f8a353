//! Podground's front door: `cargo xtask COMMAND`. Uses nothing but the standard library, so that it runs on a
//! machine that has only Rust, and sets up the rest.
mod background;
mod browser;
mod command;
mod page;
mod pins;
mod profile;
mod schema;
mod serve;
mod setup;
mod size;
mod test;
mod vitals;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  serve [--dev] [--port N] [--base /PATH/] [--no-build] [--open]
                   build the page and serve it (--dev: unoptimised, rebuilt at every change)
  build [--dev]    build the page into dist/
  test [STAGE…]    run every test, or the named stages: fmt clippy native wasm lessons page e2e size
  e2e [--no-build] [FILE…]
                   drive the built page in headless Chromium (FILE: part of a name in tests/e2e)
  shots [--no-build] [DIR [NAME]]
                   take the screenshots: every size, theme and language, or those whose name contains NAME
                   (default: all, into tests/e2e/shots)
  check            what is quick: formatting, and clippy for the engine and the page
  size [--strict]  the page's sizes over the wire against the budgets (--strict: fail if one is exceeded)
  lighthouse [--no-build] [--strict]
                   Lighthouse's vitals on a slow phone, open to prompt, answer to a key, against the budgets
                   (LIGHTHOUSE=…/lighthouse/cli/index.js: its categories too)
  profile          find out anew which functions of the WebAssembly the first command needs (tools/first-load.txt)
  gen-schema [--check]
                   write the API's schema from k8s-openapi and the facts of Kubernetes' Go types (--check: compare)
  setup            install what is missing, and nothing else

Everything that is missing is installed at the pinned version into .tools/ and web/node_modules/, both ignored by git.";

/// What a command ends with when it fails: the line to print.
type Failure = String;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    if let Err(error) = std::env::set_current_dir(command::root()) {
        eprintln!("error: {}: {error}", command::root().display());
        return ExitCode::FAILURE;
    }
    let result = match command.as_str() {
        "serve" => serve::run(&rest),
        "build" => page::run(&rest),
        "test" => test::run_stages(&rest),
        "e2e" => test::end_to_end_alone(&rest),
        "shots" => test::screenshots(&rest),
        "check" => test::check(&rest),
        "size" => size::run(&rest),
        "lighthouse" => vitals::run(&rest),
        "profile" => profile::run(&rest),
        "gen-schema" => schema::run_generator(&rest),
        "setup" => setup::everything(&rest),
        "help" | "--help" | "-h" | "" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(format!("unknown command {other:?}; `cargo xtask help` lists them")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
