//! Holds the source to ARCHITECTURE.md: its layers block, and what the engine must not contain.
//!
//! Each rule is tried on a made-up source too, so that a rule that has stopped seeing anything is noticed.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Longest source file, in lines: one thing, one file.
const MAX_LINES: usize = 600;

/// What the engine must not name, and why.
const BANNED: &[(&str, &str)] = &[
    ("HashMap", "its order is not deterministic: BTreeMap"),
    ("HashSet", "its order is not deterministic: BTreeSet"),
    ("Instant", "the engine reads no clock: sim's"),
    ("SystemTime", "the engine reads no clock: sim's"),
    ("thread_local", "the engine's world is passed, not found"),
    ("yew", "the engine knows no browser"),
    ("gloo_timers", "the engine knows no browser"),
    ("js_sys", "the engine knows no browser"),
    ("wasm_bindgen", "the engine knows no browser"),
    ("wasm_bindgen_futures", "the engine knows no browser"),
    ("web_sys", "the engine knows no browser"),
];

/// What the engine must not use of `std`: it does no I/O.
const BANNED_STD: &[&str] = &["env", "fs", "process", "thread"];

/// What it must not use of `std::net`, whose addresses are welcome.
const BANNED_NET: &[&str] = &["TcpListener", "TcpStream", "UdpSocket", "ToSocketAddrs"];

/// What of the engine the page may see.
const SHOWN_TO_THE_PAGE: &[&str] = &["session"];

/// The layers, lowest first, each with the names that its line allows it to use.
#[derive(Debug)]
struct Layers {
    order: Vec<String>,
    allowed: BTreeMap<String, BTreeSet<String>>,
}

impl Layers {
    /// Reads the block of ARCHITECTURE.md: `name: uses uses   what it is`.
    fn parse(document: &str) -> Result<Layers, String> {
        let block = document.split("```layers\n").nth(1).and_then(|rest| rest.split("```").next()).ok_or("no ```layers block")?;
        let mut layers = Layers { order: Vec::new(), allowed: BTreeMap::new() };
        for line in block.lines().filter(|line| !line.trim().is_empty()) {
            let (name, rest) = line.split_once(':').ok_or_else(|| format!("layers block: no colon in {line:?}"))?;
            let uses = if rest.starts_with("  ") { "" } else { rest.trim_start().split("  ").next().unwrap_or("") };
            let uses: BTreeSet<String> = uses.split_whitespace().map(str::to_owned).collect();
            if let Some(later) = uses.iter().find(|used| !layers.order.contains(used)) {
                return Err(format!("layers block: {name} uses {later}, which is not on an earlier line"));
            }
            layers.order.push(name.to_owned());
            layers.allowed.insert(name.to_owned(), uses);
        }
        Ok(layers)
    }

    /// What is wrong with the uses of one file of the layer `from`.
    fn fault(&self, from: &str, to: &str) -> Option<String> {
        if from == to || !self.allowed.contains_key(to) {
            return None;
        }
        let Some(allowed) = self.allowed.get(from) else {
            return Some(format!("`{from}` is not in the layers block of ARCHITECTURE.md"));
        };
        if allowed.contains(to) {
            return None;
        }
        let place = |name: &str| self.order.iter().position(|layer| layer == name);
        if place(to) > place(from) {
            Some(format!("upward import: `{from}` uses `{to}`, a later layer"))
        } else {
            Some(format!("`{from}` uses `{to}`, which its line in the layers block of ARCHITECTURE.md does not name"))
        }
    }
}

/// The code of a Rust source: comments, strings and character literals blanked out, lines kept.
fn code_only(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &source[at..];
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if byte == b'"' {
            quoted(rest)
        } else if let Some(hashes) = raw_string_hashes(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            rest[hashes + 2..].find(&end).map_or(rest.len(), |found| hashes + 2 + found + end.len())
        } else if byte == b'\'' {
            character(rest)
        } else {
            0
        };
        if skipped == 0 {
            let character = rest.chars().next().unwrap_or(' ');
            code.push(character);
            at += character.len_utf8();
        } else {
            code.extend(rest[..skipped].chars().filter(|&character| character == '\n'));
            code.push(' ');
            at += skipped;
        }
    }
    code
}

/// Length of the string literal that `text` starts with.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The `#`s of a raw string that `text` starts with.
fn raw_string_hashes(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('r')?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// Length of the character literal that `text` starts with; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(0, |end| 3 + end + 1),
        Some(_) => characters.next().filter(|(_, next)| *next == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

fn identifier(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len());
    &text[..end]
}

/// The names that follow `prefix` (such as `crate::`) in `code`, those of `crate::{a::b, c}` too, with their lines.
fn names_after<'a>(code: &'a str, prefix: &str) -> Vec<(usize, &'a str)> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group_heads(group).into_iter().map(|name| (line, name))),
            None => names.push((line, identifier(rest))),
        }
    }
    names
}

/// The first names of the members of a `{…}` group whose opening brace is gone.
fn group_heads(group: &str) -> Vec<&str> {
    let (mut heads, mut depth, mut expecting) = (Vec::new(), 0, true);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expecting = true,
            _ if expecting && !character.is_whitespace() => {
                heads.push(identifier(&group[at..]));
                expecting = false;
            }
            _ => {}
        }
    }
    heads
}

/// The names used from the crate's root: by `crate::`, and by as many `super::` as lead there.
fn root_names(code: &str, module_depth: usize) -> Vec<(usize, &str)> {
    let mut names = names_after(code, "crate::");
    if module_depth > 0 {
        names.extend(names_after(code, &"super::".repeat(module_depth)));
    }
    names
}

/// How many modules below the root the module of a file is: 1 for `sim/mod.rs`, 2 for `sim/rng.rs`.
fn module_depth(path: &Path) -> usize {
    let parts = path.components().count();
    if path.ends_with("mod.rs") { parts - 1 } else { parts }
}

/// Splits code into what runs and its tests: a file of tests, or a module of them at its end.
fn without_tests<'a>(path: &Path, code: &'a str) -> (&'a str, &'a str) {
    let is_tests = path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs");
    let at = if is_tests { 0 } else { code.find("#[cfg(test)]\nmod tests {").unwrap_or(code.len()) };
    code.split_at(at)
}

/// What is wrong with a source of the engine; `path` is below src/. Its tests may use every lower layer, and files.
fn engine_faults(layers: &Layers, path: &Path, source: &str) -> Vec<String> {
    let whole = code_only(source);
    let (code, tests) = without_tests(path, &whole);
    let layer = path.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
    let layer = layer.trim_end_matches(".rs");
    let mut faults = Vec::new();
    let mut say = |line: usize, what: String| faults.push(format!("src/{}:{line}: {what}", path.display()));
    if layer != "lib" {
        for (line, name) in root_names(code, module_depth(path)) {
            if let Some(fault) = layers.fault(layer, name) {
                say(line, fault);
            }
        }
        let lines_before = code.matches('\n').count();
        for (line, name) in root_names(tests, module_depth(path)) {
            if let Some(fault) = layers.fault(layer, name).filter(|fault| fault.starts_with("upward")) {
                say(lines_before + line, fault);
            }
        }
    }
    for (number, line) in code.lines().enumerate() {
        let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
        for word in words {
            if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == word) {
                say(number + 1, format!("`{word}` in the engine; {why}"));
            }
        }
    }
    for (prefix, banned) in [("std::", BANNED_STD), ("std::net::", BANNED_NET)] {
        for (line, name) in names_after(code, prefix).into_iter().filter(|(_, name)| banned.contains(name)) {
            say(line, format!("`{prefix}{name}` in the engine; it does no I/O"));
        }
    }
    faults
}

/// What is wrong with a source of the page.
fn page_faults(path: &Path, source: &str) -> Vec<String> {
    names_after(&code_only(source), "podground::")
        .into_iter()
        .filter(|(_, name)| !SHOWN_TO_THE_PAGE.contains(name))
        .map(|(line, name)| format!("src/{}:{line}: the page uses `podground::{name}`; it may see `session` only", path.display()))
        .collect()
}

fn length_fault(path: &Path, source: &str) -> Option<String> {
    let lines = source.lines().count();
    (lines > MAX_LINES).then(|| format!("{}: {lines} lines, more than {MAX_LINES}; is it one thing?", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("node_modules") {
                found.extend(files(&path, endings));
            }
        } else if path.extension().is_some_and(|extension| endings.iter().any(|ending| extension == *ending)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn layers() -> Layers {
    Layers::parse(&read(&root().join("ARCHITECTURE.md"))).expect("ARCHITECTURE.md")
}

fn expect_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_engine_keeps_to_its_layers() {
    let (layers, src) = (layers(), root().join("src"));
    let mut faults = Vec::new();
    for file in files(&src, &["rs"]) {
        let path = file.strip_prefix(&src).expect("below src");
        if path.starts_with("ui") || path == Path::new("main.rs") {
            faults.extend(page_faults(path, &read(&file)));
        } else if !path.starts_with("bin") {
            faults.extend(engine_faults(&layers, path, &read(&file)));
        }
    }
    expect_none(&faults);
}

#[test]
fn every_layer_is_there() {
    let missing: Vec<String> = layers()
        .order
        .into_iter()
        .filter(|name| !root().join(format!("src/{name}")).is_dir() && !root().join(format!("src/{name}.rs")).is_file())
        .collect();
    expect_none(&missing);
}

#[test]
fn no_file_is_too_long() {
    let mut faults = Vec::new();
    for folder in ["src", "tests", "xtask", "web/src", "static", "tools"] {
        for file in files(&root().join(folder), &["rs", "js", "mjs", "css"]) {
            faults.extend(length_fault(file.strip_prefix(root()).expect("below the root"), &read(&file)));
        }
    }
    expect_none(&faults);
}

/// Two layers, `sim` below `api` below `store`.
fn example() -> Layers {
    Layers::parse("```layers\nsim:   time\napi: sim   types\nstore: api   objects\n```").expect("a good block")
}

fn faults_of(path: &str, source: &str) -> String {
    engine_faults(&example(), Path::new(path), source).join("\n")
}

#[test]
fn the_rules_see_what_they_forbid() {
    assert!(faults_of("sim/rng.rs", "use crate::store::Store;").contains("src/sim/rng.rs:1: upward import"));
    assert!(
        faults_of("sim/rng.rs", "\nuse crate::{sim::Clock, api::{Pod, store}, store};")
            .contains("rng.rs:2: upward import: `sim` uses `store`")
    );
    assert!(faults_of("sim/rng.rs", "fn f() { super::super::api::go() }").contains("upward import"));
    assert!(faults_of("store/mod.rs", "use crate::sim::Sim;").contains("does not name"));
    assert!(faults_of("extra/mod.rs", "use crate::sim::Sim;").contains("not in the layers block"));
    assert!(faults_of("sim/mod.rs", "\n#[cfg(test)]\nmod tests {\n use crate::api::Pod;\n}").contains("mod.rs:4: upward import"));
    assert!(faults_of("api/mod.rs", "use web_sys::Window;").contains("no browser"));
    assert!(faults_of("api/mod.rs", "use std::collections::{BTreeMap, HashMap};").contains("BTreeMap"));
    assert!(faults_of("api/mod.rs", "use std::{fmt, fs};").contains("std::fs"));
    assert!(faults_of("api/mod.rs", "use std::net::{IpAddr, TcpStream};").contains("std::net::TcpStream"));
    assert!(faults_of("api/mod.rs", "let now = std::time::Instant::now();").contains("no clock"));
    assert!(page_faults(Path::new("ui/app.rs"), "use podground::store::Store;")[0].contains("`session` only"));
    assert!(length_fault(Path::new("long.rs"), &"\n".repeat(MAX_LINES + 1)).is_some());
    assert!(Layers::parse("```layers\nsim: api   time\napi:   types\n```").is_err_and(|error| error.contains("sim uses api")));
    assert!(Layers::parse("no block").is_err());
}

#[test]
fn the_rules_allow_the_rest() {
    assert_eq!(faults_of("store/mod.rs", "use crate::api::Pod; use crate::store::history;"), "");
    assert_eq!(
        faults_of("store/mod.rs", "// crate::sim HashMap\n/* yew */ let s = \"HashMap\"; let r = r#\"std::fs \" \"#; let c = '\"';"),
        ""
    );
    assert_eq!(faults_of("store/mod.rs", "fn f<'a>(x: &'a str) -> char { '\\'' }"), "");
    assert_eq!(faults_of("store/tests.rs", "use super::*; use super::super::api::Pod;"), "");
    assert_eq!(faults_of("lib.rs", "pub mod api;"), "");
    let tests = "#[cfg(test)]\nmod tests {\n use crate::sim::Sim; use std::fs;\n}";
    assert_eq!(faults_of("store/mod.rs", tests), "");
    assert_eq!(faults_of("store/tests.rs", "use crate::sim::Sim; use std::fs;"), "");
    assert!(page_faults(Path::new("ui/app.rs"), "use podground::session::Session;").is_empty());
    assert!(length_fault(Path::new("short.rs"), "one line").is_none());
}
