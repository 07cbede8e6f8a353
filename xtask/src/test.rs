//! `cargo xtask test`: every test, stage by stage, with a summary.
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::background::Begun;
use crate::command::{cargo, command, no_more, root, run, run_hearing, take_flag};
use crate::serve::Server;
use crate::{browser, page, pins, setup, size};

/// The page is tested under a path, as on a host that many projects share.
const BASE: &str = "/class/podground/";

/// Passed and failed tests of a stage.
#[derive(Clone, Copy, Default)]
struct Count {
    passed: u32,
    failed: u32,
}

type StageResult = Result<Count, (Count, Failure)>;

struct Stage {
    name: &'static str,
    what: &'static str,
    /// Stages whose failure makes this one pointless.
    after: &'static [&'static str],
    run: fn() -> StageResult,
}

const STAGES: &[Stage] = &[
    Stage { name: "fmt", what: "formatting", after: &[], run: formatting },
    Stage { name: "clippy", what: "lints, for the engine and the page", after: &[], run: clippy },
    Stage { name: "native", what: "unit tests, transcripts, architecture", after: &[], run: native },
    Stage { name: "lessons", what: "each lesson proved", after: &[], run: lessons },
    Stage { name: "wasm", what: "tests in headless Chromium", after: &[], run: wasm },
    Stage { name: "page", what: "the page builds", after: &[], run: build_page },
    Stage { name: "size", what: "sizes against the budgets", after: &["page"], run: sizes },
    Stage { name: "e2e", what: "the built page, driven", after: &["page"], run: end_to_end },
];

/// `cargo xtask test [STAGE…]`.
pub fn run_stages(names: &[String]) -> Result<(), Failure> {
    for name in names {
        if !STAGES.iter().any(|stage| stage.name == name) {
            let known: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
            return Err(format!("no stage {name:?}; there are: {}", known.join(" ")));
        }
    }
    let wanted = |stage: &&Stage| names.is_empty() || names.iter().any(|name| name == stage.name);
    if STAGES.iter().filter(wanted).count() > 1 && STAGES.iter().filter(wanted).any(|stage| stage.name == "page") {
        begin_page();
    }
    let mut summary = Vec::new();
    let mut total = Count::default();
    let mut broken: Vec<&str> = Vec::new();
    for stage in STAGES.iter().filter(wanted) {
        println!("\n== {}: {}", stage.name, stage.what);
        let start = Instant::now();
        let result = match stage.after.iter().find(|needed| broken.contains(needed)) {
            Some(needed) => fail(format!("not run: {needed} failed")),
            None => (stage.run)(),
        };
        let (count, failure) = match result {
            Ok(count) => (count, None),
            Err((count, failure)) => (Count { failed: count.failed.max(1), ..count }, Some(failure)),
        };
        if let Some(failure) = &failure {
            println!("FAILED {}: {failure}", stage.name);
            broken.push(stage.name);
        }
        total.passed += count.passed;
        total.failed += count.failed;
        summary.push(line(stage, count, start.elapsed(), failure));
    }
    println!("\n{}", summary.join("\n"));
    println!("{} passed, {} failed", total.passed, total.failed);
    if broken.is_empty() { Ok(()) } else { Err(format!("these stages failed: {}", broken.join(" "))) }
}

fn line(stage: &Stage, count: Count, time: Duration, failure: Option<Failure>) -> String {
    let head = format!("{:8} {:5} passed, {} failed  {:6.1} s", stage.name, count.passed, count.failed, time.as_secs_f64());
    match failure {
        Some(failure) => format!("{head}  FAILED: {failure}"),
        None => head,
    }
}

fn fail(failure: Failure) -> StageResult {
    Err((Count::default(), failure))
}

/// A stage that is one test.
fn one(result: Result<(), Failure>) -> StageResult {
    match result {
        Ok(()) => Ok(Count { passed: 1, failed: 0 }),
        Err(failure) => Err((Count { passed: 0, failed: 1 }, failure)),
    }
}

/// `cargo xtask check`.
pub fn check(arguments: &[String]) -> Result<(), Failure> {
    no_more(arguments)?;
    setup::wasm_target()?;
    run_stages(&["fmt".to_owned(), "clippy".to_owned()])
}

fn formatting() -> StageResult {
    one(run(cargo().args(["fmt", "--all", "--check"])))
}

fn clippy() -> StageResult {
    let host = run(cargo().args(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    let page = setup::wasm_target()
        .and_then(|()| run(cargo().args(["clippy", "--locked", "--target", pins::WASM_TARGET, "--bin", "app", "--", "-D", "warnings"])));
    one(host.and(page))
}

fn native() -> StageResult {
    cargo_tests(cargo().args(["test", "--locked", "--workspace", "--no-fail-fast"]))
}

fn wasm() -> StageResult {
    let ready = setup::wasm_target().and_then(|()| setup::wasm_bindgen()).and_then(|()| browser::chromium());
    let driver = match ready.and_then(|_| browser::driver()) {
        Ok(driver) => driver,
        Err(failure) => return fail(failure),
    };
    // The same session natively; what it leaves is what the browser's must leave.
    let mut native = None;
    let mut play = cargo();
    play.args(["test", "--locked", "--test", "wasm", "the_native_trace_is_told"]);
    let played = run_hearing(&mut play, |line| native = line.strip_prefix("native trace: ").map(str::to_owned).or(native.take()));
    let native = match (played, native) {
        (Ok(()), Some(native)) => native,
        (Err(failure), _) => return fail(failure),
        (Ok(()), None) => return fail("tests/wasm.rs told no native trace".to_owned()),
    };
    let mut test = cargo();
    test.args(["test", "--locked", "--target", pins::WASM_TARGET, "--test", "wasm"]).env("PODGROUND_NATIVE_TRACE", native);
    test.env("CHROMEDRIVER", driver).env("WASM_BINDGEN_TEST_TIMEOUT", "120").env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    cargo_tests(&mut test)
}

/// Runs tests that end in libtest's `test result:` lines.
fn cargo_tests(command: &mut std::process::Command) -> StageResult {
    let mut count = Count::default();
    let result = run_hearing(command, |line| add_libtest(line, &mut count));
    match result {
        Ok(()) if count.passed == 0 => fail("no test was run".to_owned()),
        Ok(()) => Ok(count),
        Err(failure) => Err((count, failure)),
    }
}

/// Adds up `test result: ok. 12 passed; 0 failed; …`.
fn add_libtest(line: &str, count: &mut Count) {
    let Some((_, rest)) = line.split_once("test result: ") else { return };
    let words: Vec<&str> = rest.split([' ', ';']).filter(|word| !word.is_empty()).collect();
    for pair in words.windows(2) {
        match (pair[0].parse::<u32>(), pair[1]) {
            (Ok(number), "passed") => count.passed += number,
            (Ok(number), "failed") => count.failed += number,
            _ => {}
        }
    }
}

/// Adds up Node's `ℹ pass 3` and `ℹ fail 0`.
fn add_node(line: &str, count: &mut Count) {
    let words: Vec<&str> = line.split_whitespace().collect();
    if let ["ℹ" | "#", what, number] = words[..] {
        match (what, number.parse::<u32>()) {
            ("pass", Ok(number)) => count.passed += number,
            ("fail" | "cancelled", Ok(number)) => count.failed += number,
            _ => {}
        }
    }
}

fn lessons() -> StageResult {
    one(run(cargo().args(["run", "--locked", "--quiet", "--bin", "podground", "--", "check", "lessons"])))
}

/// The page as it is being built. That takes minutes, most of them on one core: other stages run meanwhile.
static PAGE: Mutex<Option<Begun>> = Mutex::new(None);

/// Begins to build the page. Whatever fails here fails again at its stage, and is told there.
fn begin_page() {
    let ready = setup::page().and_then(|()| std::env::current_exe().map_err(|error| error.to_string()));
    let begun = ready.and_then(|program| Begun::new("page", command(&program.to_string_lossy()).arg("build")));
    if let (Ok(begun), Ok(mut page)) = (begun, PAGE.lock()) {
        *page = Some(begun);
    }
}

fn build_page() -> StageResult {
    one(match PAGE.lock().ok().and_then(|mut page| page.take()) {
        Some(begun) => begun.end(),
        None => setup::page().and_then(|()| page::build(false)),
    })
}

fn sizes() -> StageResult {
    one(size::run(&[]))
}

fn end_to_end() -> StageResult {
    drive(&[])
}

/// `cargo xtask e2e [--no-build] [FILE…]`.
pub fn end_to_end_alone(arguments: &[String]) -> Result<(), Failure> {
    let names = build_unless_told_not_to(arguments)?;
    drive(&names).map(|_| ()).map_err(|(_, failure)| failure)
}

/// `cargo xtask shots [--no-build] [DIR [NAME]]`.
pub fn screenshots(arguments: &[String]) -> Result<(), Failure> {
    let names = build_unless_told_not_to(arguments)?;
    let folder = names.first().map_or("tests/e2e/shots", String::as_str);
    let (chromium, url) = ready_to_drive()?;
    run(command("node").args(["tests/e2e/shots.mjs", folder]).args(names.get(1)).env("CHROME", chromium).env("PODGROUND_URL", url))
}

fn build_unless_told_not_to(arguments: &[String]) -> Result<Vec<String>, Failure> {
    let mut names = arguments.to_vec();
    if !take_flag(&mut names, "--no-build") {
        setup::page()?;
        page::build(false)?;
    }
    Ok(names)
}

/// A browser, and the built page served; the server ends with this program.
pub fn ready_to_drive() -> Result<(std::path::PathBuf, String), Failure> {
    setup::node()?;
    setup::npm_packages()?;
    let chromium = browser::chromium()?;
    let server = Server::bind(0, BASE)?;
    let url = server.url();
    std::thread::spawn(move || server.run());
    Ok((chromium, url))
}

/// Runs the end-to-end tests whose file names contain one of `names`; all of them if there are none.
fn drive(names: &[String]) -> StageResult {
    let files = match test_files(names) {
        Ok(files) => files,
        Err(failure) => return fail(failure),
    };
    let (chromium, url) = match ready_to_drive() {
        Ok(ready) => ready,
        Err(failure) => return fail(failure),
    };
    let mut node = command("node");
    // Much of a test is waiting: for typing, for images to be pulled.
    let lanes = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(3));
    node.args(["--test", "--test-reporter=spec", &format!("--test-concurrency={lanes}")]).args(files);
    node.env("CHROME", chromium).env("PODGROUND_URL", url);
    let mut count = Count::default();
    match run_hearing(&mut node, |line| add_node(line, &mut count)) {
        Ok(()) if count.passed == 0 => fail("no test was run".to_owned()),
        Ok(()) => Ok(count),
        Err(failure) => Err((count, failure)),
    }
}

fn test_files(names: &[String]) -> Result<Vec<String>, Failure> {
    let folder = root().join("tests/e2e");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|file| file.ends_with(".test.mjs"))
        .filter(|file| names.is_empty() || names.iter().any(|name| file.contains(name.as_str())))
        .map(|file| format!("tests/e2e/{file}"))
        .collect();
    files.sort();
    if files.is_empty() { Err(format!("no end-to-end test is named like {names:?}")) } else { Ok(files) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_test_runners_print() {
        let mut count = Count::default();
        add_libtest("test result: ok. 12 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.1s", &mut count);
        add_libtest("test some::test ... ok", &mut count);
        add_node("ℹ pass 3", &mut count);
        add_node("ℹ fail 2", &mut count);
        assert_eq!((count.passed, count.failed), (15, 3));
    }
}
