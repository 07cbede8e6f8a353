//! The program of `KUBECTL_EXTERNAL_DIFF`, which compares two folders in `diff`'s place.

use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::printers::gofmt::quote;
use crate::process::Spawn;

/// The words of `KUBECTL_EXTERNAL_DIFF`: the program, and those of its arguments that are plain. Models diff.DiffProgram.
pub fn program(cmd: &Cmd) -> Option<Vec<String>> {
    let line = cmd.ctx.env("KUBECTL_EXTERNAL_DIFF").filter(|line| !line.is_empty())?;
    let plain = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '='));
    let mut words = line.split(' ');
    let program = words.next()?.to_owned();
    Some([program].into_iter().chain(words.filter(plain).map(str::to_owned)).collect())
}

/// Lets another program compare two folders; whether they differ.
pub async fn compare(cmd: &Cmd, mut argv: Vec<String>, folders: [String; 2]) -> Result<bool, Fail> {
    let program = quote(argv.first().map_or("", String::as_str));
    argv.extend(folders);
    let Ok(child) = cmd.ctx.spawn(Spawn::new(argv)) else {
        return Err(Fail::Text(format!("failed to run {program}: executable file not found in $PATH")));
    };
    match child.wait().await.code() {
        0 => Ok(false),
        1 => Ok(true),
        code => Err(Fail::Text(format!("failed to run {program}: exit status {code}"))),
    }
}
