//! Tab: commands, files, variables; and whatever a command says of itself through `COMMAND __complete WORDS…`, as
//! programs made with cobra (kubectl) do.

use std::collections::{BTreeMap, BTreeSet};

use super::line::Line;
use crate::process::{File, Spawn, channel_sink, null};
use crate::shell::state::Shell;
use crate::sim::channel;

/// How many candidates are listed.
const LIMIT_LISTED: usize = 200;
/// Commands that answer `__complete`.
const SELF_COMPLETING: &[&str] = &["kubectl"];

/// Completes the word before the cursor. `again` says that Tab was pressed twice: candidates are listed.
pub(super) async fn complete(shell: &mut Shell, line: &mut Line, again: bool) {
    let before = line.before();
    let words = words_of(&before);
    let word = words.last().cloned().unwrap_or_default();
    let (candidates, stem) = candidates(shell, &words, &word).await;
    let Some(first) = candidates.first() else {
        line.bell();
        return;
    };
    let common = candidates.iter().skip(1).fold(first.clone(), |common, next| common_prefix(&common, next));
    let typed = stem.chars().count();
    if candidates.len() == 1 {
        let space = if first.ends_with(['/', '=', ':']) { "" } else { " " };
        line.replace_before(typed, &format!("{}{space}", quoted(first)));
    } else if common.chars().count() > typed {
        line.replace_before(typed, &quoted(&common));
    } else if again {
        let list = columns(&candidates, line.width());
        line.show_below(&list);
    } else {
        line.bell();
    }
}

/// The words of the command that the cursor is in, the unfinished one last.
fn words_of(before: &str) -> Vec<String> {
    let start = before.rfind(['|', ';', '&', '(']).map_or(0, |at| at + 1);
    let command = before.get(start..).unwrap_or_default().trim_start();
    let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() || command.ends_with(char::is_whitespace) {
        words.push(String::new());
    }
    words
}

/// What the word could become, and the part of it that the candidates replace.
async fn candidates(shell: &mut Shell, words: &[String], word: &str) -> (Vec<String>, String) {
    if let Some(name) = word.strip_prefix('$') {
        let names = shell.vars.iter().map(|(n, _)| n.as_str()).filter(|n| n.starts_with(name)).map(|n| format!("${n}"));
        return (names.collect(), word.to_owned());
    }
    if words.len() == 1 && !word.contains('/') {
        return (commands(shell, word), word.to_owned());
    }
    let command = words.first().cloned().unwrap_or_default();
    let mut expanded: Vec<String> = match shell.aliases.get(&command) {
        Some(alias) => alias.split_whitespace().map(str::to_owned).collect(),
        None => vec![command],
    };
    expanded.extend(words.iter().skip(1).cloned());
    let after_file_flag = matches!(words.iter().rev().nth(1).map(String::as_str), Some("-f" | "--filename"));
    if expanded.first().is_some_and(|name| SELF_COMPLETING.contains(&name.as_str())) && !after_file_flag {
        let found = ask(shell, &expanded).await;
        if !found.is_empty() {
            return (found, word.to_owned());
        }
    }
    files(shell, word)
}

fn commands(shell: &Shell, word: &str) -> Vec<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    found.extend(crate::shell::builtins::names(shell.dialect).map(str::to_owned));
    found.extend(shell.aliases.keys().cloned());
    found.extend(shell.functions.keys().cloned());
    let path = shell.vars.get("PATH").and_then(|var| var.text()).unwrap_or_default().to_owned();
    for directory in path.split(':') {
        found.extend(shell.ctx.vfs().read_dir(directory, shell.ctx.credentials()).unwrap_or_default());
    }
    found.into_iter().filter(|name| name.starts_with(word) && name != "[" && name != ":").collect()
}

/// File names; directories end in a slash. Only the last part of the path is replaced.
fn files(shell: &Shell, word: &str) -> (Vec<String>, String) {
    let (folder, stem) = word.rsplit_once('/').map_or(("", word), |(folder, stem)| (folder, stem));
    let shown = if word.starts_with('/') && folder.is_empty() { "/" } else { folder };
    let home = shell.vars.get("HOME").and_then(|var| var.text()).unwrap_or_default();
    let searched = match shown {
        "" => shell.ctx.cwd(),
        folder => shell.ctx.resolve(&folder.replacen('~', home, usize::from(folder.starts_with('~')))),
    };
    let who = shell.ctx.credentials();
    let names = shell.ctx.vfs().read_dir(&searched, who).unwrap_or_default();
    let matching = names.into_iter().filter(|name| name.starts_with(stem) && (stem.starts_with('.') || !name.starts_with('.')));
    let found = matching.map(|name| {
        let path = format!("{}/{name}", searched.trim_end_matches('/'));
        let directory = shell.ctx.vfs().metadata(&path, true, who).is_ok_and(|meta| meta.is_dir());
        if directory { format!("{name}/") } else { name }
    });
    (found.collect(), stem.to_owned())
}

/// Asks the command itself. Its answer has a candidate a line, with a description after a tab, and ends in `:N`.
async fn ask(shell: &Shell, words: &[String]) -> Vec<String> {
    let (sender, mut receiver) = channel::unbounded();
    let mut argv = vec![words.first().cloned().unwrap_or_default(), "__complete".to_owned()];
    argv.extend(words.iter().skip(1).cloned());
    let fds: BTreeMap<i32, File> = BTreeMap::from([(0, null()), (1, channel_sink(sender)), (2, null())]);
    let Ok(child) = shell.ctx.spawn(Spawn { fds: Some(fds), ..Spawn::new(argv) }) else { return Vec::new() };
    let status = child.wait().await;
    let mut bytes = Vec::new();
    while let Some(chunk) = receiver.try_recv() {
        bytes.extend(chunk);
    }
    if status.code() != 0 {
        return Vec::new();
    }
    let word = words.last().map(String::as_str).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = text.lines().filter(|line| !line.starts_with(':') && !line.is_empty());
    let found: BTreeSet<String> =
        lines.filter_map(|line| line.split('\t').next()).filter(|c| c.starts_with(word)).map(str::to_owned).collect();
    found.into_iter().collect()
}

fn common_prefix(a: &str, b: &str) -> String {
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
}

/// The text as a word of the shell.
fn quoted(text: &str) -> String {
    let special = |c: char| c.is_whitespace() || "'\"\\$&;|<>()*?`!#".contains(c);
    let mut out = String::new();
    for (index, letter) in text.chars().enumerate() {
        if special(letter) && !(index == 0 && letter == '$') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// Candidates in columns, as bash lists them.
fn columns(candidates: &[String], width: usize) -> String {
    let shown: Vec<&String> = candidates.iter().take(LIMIT_LISTED).collect();
    let widest = shown.iter().map(|c| unicode_width::UnicodeWidthStr::width(c.as_str())).max().unwrap_or(1) + 2;
    let across = (width / widest).max(1);
    let rows = shown.len().div_ceil(across);
    let mut out = String::new();
    for row in 0..rows {
        let cells = (0..across).filter_map(|column| shown.get(column * rows + row));
        let texts: Vec<String> =
            cells.map(|c| format!("{c}{}", " ".repeat(widest - unicode_width::UnicodeWidthStr::width(c.as_str())))).collect();
        out.push_str(texts.concat().trim_end());
        out.push('\n');
    }
    if candidates.len() > LIMIT_LISTED {
        out.push_str(&format!("… {} more\n", candidates.len() - LIMIT_LISTED));
    }
    out
}
