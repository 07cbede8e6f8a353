//! Splits the page's WebAssembly in two: what the page needs until its first command has run, and the rest.
//!
//! Which functions are needed first is not reasoned but observed: `instrument` makes a module that counts, a browser
//! plays the first minute on it, and `names` turns what ran into a list. `split` then moves the body of every other
//! function into a second module. In the first module a stub stays in its place, which calls through a table; the
//! second module fills the table when it is instantiated. A stub that runs before that calls the exported function
//! `podground_load_rest`, which loads the second module at once. So a function that the list does not know costs
//! time, never correctness.
//!
//! The idea is binaryen's `wasm-split` (Emscripten's `-sSPLIT_MODULE`); its npm package does not hold that tool.
mod instrument;
mod module;
mod names;
mod split;

use std::collections::BTreeSet;
use std::process::ExitCode;

const HELP: &str = "\
wasm-split instrument IN.wasm OUT.wasm
                  a module that notes in the exported globals `ran:N` which functions ran
wasm-split names IN.wasm RAN OUT
                  the list for `split`: RAN holds the numbers N of the functions that ran, one a line
wasm-split split IN.wasm LIST FIRST.wasm REST.wasm
                  FIRST holds the functions in LIST, REST the others";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["instrument", input, output] => read(input).and_then(|wasm| write(output, &instrument::instrument(&wasm)?)),
        ["names", input, ran, output] => list(input, ran).and_then(|text| write(output, text.as_bytes())),
        ["split", input, list, first, rest] => split_files(input, list, first, rest),
        _ => Err(HELP.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wasm-split: {error}");
            ExitCode::FAILURE
        }
    }
}

fn list(input: &str, ran: &str) -> Result<String, String> {
    let ran = String::from_utf8(read(ran)?).map_err(|error| format!("{ran}: {error}"))?;
    let ran: BTreeSet<u32> = ran.lines().filter_map(|line| line.trim().parse().ok()).collect();
    names::list(&read(input)?, &ran)
}

fn split_files(input: &str, list: &str, first: &str, rest: &str) -> Result<(), String> {
    let list = String::from_utf8(read(list)?).map_err(|error| format!("{list}: {error}"))?;
    let wasm = read(input)?;
    let parts = split::split(&wasm, &names::parse(&list))?;
    write(first, &parts.first)?;
    write(rest, &parts.rest)?;
    println!(
        "wasm-split: {} functions of {} come first ({} KB), the rest is {} KB",
        parts.kept,
        parts.kept + parts.moved,
        parts.first.len() / 1024,
        parts.rest.len() / 1024
    );
    Ok(())
}

fn read(file: &str) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("{file}: {error}"))
}

fn write(file: &str, content: &[u8]) -> Result<(), String> {
    std::fs::write(file, content).map_err(|error| format!("{file}: {error}"))
}
