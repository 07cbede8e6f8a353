//! Running other programs.
use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where missing tools are installed.
pub fn tools() -> PathBuf {
    root().join(".tools")
}

/// `PATH` with the project's own tools first.
pub fn path() -> OsString {
    let own = [tools().join("bin")];
    let inherited = env::var_os("PATH").unwrap_or_default();
    env::join_paths(own.into_iter().chain(env::split_paths(&inherited))).unwrap_or(inherited)
}

/// The file that `name` means on `PATH` (the project's own tools first).
pub fn find(name: &str) -> Option<PathBuf> {
    let names: &[String] = &if cfg!(windows) { vec![format!("{name}.exe"), format!("{name}.cmd")] } else { vec![name.to_owned()] };
    env::split_paths(&path()).flat_map(|dir| names.iter().map(move |name| dir.join(name))).find(|file| file.is_file())
}

/// A command that runs in the project's folder and finds the project's own tools.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(find(program).unwrap_or_else(|| program.into()));
    command.current_dir(root()).env("PATH", path()).stdin(Stdio::null());
    command
}

/// The cargo that runs this.
pub fn cargo() -> Command {
    let mut command = command("cargo");
    // Set for this program's own package by the cargo that started it; the next cargo must not see them.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}

/// How a command line reads, for messages.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Runs to the end with its output shown.
pub fn run(command: &mut Command) -> Result<(), Failure> {
    let line = shown(command);
    println!("$ {line}");
    let status = command.status().map_err(|error| format!("`{line}` could not be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status})")) }
}

/// Runs to the end with its output shown, and hands each line of its standard output to `hear` too.
pub fn run_hearing(command: &mut Command, mut hear: impl FnMut(&str)) -> Result<(), Failure> {
    let line = shown(command);
    println!("$ {line}");
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("`{line}` could not be started: {error}"))?;
    if let Some(stdout) = child.stdout.take() {
        for text in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let text = String::from_utf8_lossy(&text);
            println!("{text}");
            hear(&text);
        }
    }
    let status = child.wait().map_err(|error| format!("`{line}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status})")) }
}

/// What a program prints, its errors dropped; `None` if it cannot be run or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Takes `flag` out of the arguments; whether it was there.
pub fn take_flag(arguments: &mut Vec<String>, flag: &str) -> bool {
    let before = arguments.len();
    arguments.retain(|argument| argument != flag);
    arguments.len() != before
}

/// Takes `name VALUE` out of the arguments.
pub fn take_value(arguments: &mut Vec<String>, name: &str) -> Result<Option<String>, Failure> {
    let Some(at) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
    if at + 1 >= arguments.len() {
        return Err(format!("{name} needs a value"));
    }
    arguments.remove(at);
    Ok(Some(arguments.remove(at)))
}

/// Fails on what is left over.
pub fn no_more(arguments: &[String]) -> Result<(), Failure> {
    match arguments.first() {
        Some(extra) => Err(format!("unexpected argument {extra:?}; `cargo xtask help` shows the commands")),
        None => Ok(()),
    }
}
