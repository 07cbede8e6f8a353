//! Installs what is missing, at the pinned versions, into the project's own ignored folders.
use std::fs;
use std::path::Path;

use crate::Failure;
use crate::browser;
use crate::command::{cargo, command, find, no_more, output, root, run, tools};
use crate::pins;

/// `cargo xtask setup`.
pub fn everything(arguments: &[String]) -> Result<(), Failure> {
    no_more(arguments)?;
    page()?;
    browser::chromium()?;
    browser::driver()?;
    println!("everything is there");
    Ok(())
}

/// What building the page needs.
pub fn page() -> Result<(), Failure> {
    wasm_target()?;
    node()?;
    wasm_bindgen()?;
    cargo_tool("trunk", "trunk", pins::TRUNK, &["--no-default-features"])?;
    npm_packages()?;
    // Trunk builds offline, so that it never downloads a tool of its own; the crates must be here before.
    run(cargo().args(["fetch", "--locked", "--quiet"]))
}

/// Says that something is there.
pub fn found(what: &str, place: &Path) {
    println!("  {what}: {}", place.display());
}

/// The standard library for WebAssembly.
pub fn wasm_target() -> Result<(), Failure> {
    let sysroot =
        output(command("rustc").args(["--print", "sysroot"])).ok_or("rustc cannot be run; install Rust with rustup: https://rustup.rs")?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib").join(pins::WASM_TARGET).join("lib");
    if library.is_dir() {
        return Ok(());
    }
    println!("installing the Rust target {}", pins::WASM_TARGET);
    run(command("rustup").args(["target", "add", pins::WASM_TARGET])).map_err(|error| {
        format!("the Rust target {0} is missing: {error}; get it with `rustup target add {0}` (https://rustup.rs)", pins::WASM_TARGET)
    })
}

/// wasm-bindgen and its test runner.
pub fn wasm_bindgen() -> Result<(), Failure> {
    cargo_tool("wasm-bindgen-test-runner", "wasm-bindgen-cli", pins::WASM_BINDGEN, &[])?;
    cargo_tool("wasm-bindgen", "wasm-bindgen-cli", pins::WASM_BINDGEN, &[])
}

/// Node.js and npm, which only the user can install.
pub fn node() -> Result<(), Failure> {
    let advice = format!("install Node.js {} or newer: https://nodejs.org or your system's package manager", pins::NODE_MAJOR);
    let version = output(command("node").arg("--version")).ok_or_else(|| format!("node is missing; {advice}"))?;
    let version = version.trim();
    let major = version.trim_start_matches('v').split('.').next().and_then(|number| number.parse::<u32>().ok());
    if major.is_none_or(|major| major < pins::NODE_MAJOR) {
        return Err(format!("node {version} is too old; {advice}"));
    }
    match find("npm") {
        Some(_) => Ok(()),
        None => Err(format!("npm is missing; {advice}")),
    }
}

/// Whether `binary` is there in exactly this version.
fn has_version(binary: &str, version: &str) -> bool {
    find(binary).is_some()
        && output(command(binary).arg("--version")).is_some_and(|text| text.split_whitespace().any(|word| word == version))
}

/// A tool from crates.io: taken from PATH or .tools/bin at exactly this version, else installed into .tools/.
fn cargo_tool(binary: &str, package: &str, version: &str, options: &[&str]) -> Result<(), Failure> {
    if has_version(binary, version) {
        if let Some(place) = find(binary) {
            found(&format!("{binary} {version}"), &place);
        }
        return Ok(());
    }
    println!("installing {package} {version} into .tools/ (a few minutes, once)");
    let mut install = cargo();
    install.args(["install", package, "--version", version, "--locked", "--force", "--root"]).arg(tools());
    // Compile times matter more than the tool's speed: 40% less for Trunk.
    install.args(options).env("CARGO_PROFILE_RELEASE_LTO", "off");
    install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    // Not among the page's own artifacts.
    install.env("CARGO_TARGET_DIR", tools().join("build"));
    run(&mut install).map_err(|error| {
        format!("{package} {version} could not be installed: {error}; or get it yourself: `cargo install {package} --version {version} --locked`")
    })?;
    let _ = fs::remove_dir_all(tools().join("build"));
    match has_version(binary, version) {
        true => Ok(()),
        false => Err(format!("{package} {version} was installed into .tools/, but `{binary} --version` does not say so")),
    }
}

/// The npm packages of web/, when package-lock.json has changed since they were installed.
pub fn npm_packages() -> Result<(), Failure> {
    let lock = fs::read(root().join("web/package-lock.json")).map_err(|error| format!("web/package-lock.json: {error}"))?;
    let stamp = root().join("web/node_modules/.podground-lock");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        found("npm packages", Path::new("web/node_modules"));
        return Ok(());
    }
    println!("installing the npm packages of web/");
    // No package needs its install script: esbuild's binary comes as an optional package.
    let mut npm = command("npm");
    npm.current_dir(root().join("web")).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    run(&mut npm).map_err(|error| format!("the npm packages could not be installed: {error}; is the npm registry reachable?"))?;
    fs::write(&stamp, lock).map_err(|error| format!("{}: {error}", stamp.display()))
}
