//! Hand-written cases of "why": each makes a cluster with a trouble, asks, and names the cause that must be found.
//!
//! A case says what to run, what to ask about, the code of the true cause, and words that must stand in the answer.

use std::collections::BTreeMap;
use std::fs;

use podground::cluster::Topology;
use podground::session::Player;
use podground::session::play::Workstation;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it is about.
    name: String,
    /// Files of the working directory.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Commands, one after the other.
    run: Vec<String>,
    /// What is asked: `pod/web`, with flags.
    why: String,
    /// The code of the true cause.
    code: String,
    /// Words of the English answer.
    #[serde(default)]
    says: Vec<String>,
    /// Words of the Korean answer.
    #[serde(default)]
    ko: Vec<String>,
    /// The field that decided.
    #[serde(default)]
    field: String,
    /// Its place: `web.yaml:9`.
    #[serde(default)]
    at: String,
    /// Words of what would help.
    #[serde(default)]
    help: Vec<String>,
    /// The topology.
    #[serde(default)]
    topology: String,
}

fn play(case: &Case) -> Result<(), String> {
    let name = if case.topology.is_empty() { "reference" } else { &case.topology };
    let topology = Topology::built_in(name).ok_or("no such topology")?;
    let mut player = Player::new(1, &topology, None);
    for (path, text) in &case.files {
        player.write_file(path, text);
    }
    for command in &case.run {
        player.run(command);
    }
    let asked = player.run(&format!("kubectl why {} -o json", case.why));
    let answer: Value = serde_json::from_str(&asked.stdout).map_err(|_| format!("no answer: {}{}", asked.stdout, asked.stderr))?;
    let english = player.run(&format!("kubectl why {}", case.why)).stdout;
    let korean = player.run(&format!("LANG=ko_KR.UTF-8 kubectl why {}", case.why)).stdout;
    if std::env::var("WHY_CASE").is_ok() {
        println!("{english}\n{korean}\n{}", player.run("kubectl get events -o wide").stdout);
    }
    let list = |field: &str| answer[field].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let cause = list("causes").into_iter().find(|cause| text(&cause["code"]) == case.code);
    let cause = cause.ok_or_else(|| format!("{} is not among the causes:\n{english}", case.code))?;
    for words in &case.says {
        if !english.contains(words.as_str()) {
            return Err(format!("{words:?} is not said:\n{english}"));
        }
    }
    for words in &case.ko {
        if !korean.contains(words.as_str()) {
            return Err(format!("{words:?} is not said:\n{korean}"));
        }
    }
    if !korean.chars().any(|letter| ('가'..='힣').contains(&letter)) {
        return Err(format!("the Korean answer has no Korean:\n{korean}"));
    }
    let field = &cause["field"];
    if !case.field.is_empty() && text(&field["path"]) != case.field {
        return Err(format!("the field is {field}, not {}", case.field));
    }
    let place = format!("{}:{}", text(&field["file"]), field["line"]);
    if !case.at.is_empty() && place != case.at {
        return Err(format!("the field stands at {place}, not {}", case.at));
    }
    for words in &case.help {
        if !list("help").iter().any(|help| text(&help["en"]).contains(words.as_str())) {
            return Err(format!("no help says {words:?}:\n{english}"));
        }
    }
    if list("story").is_empty() {
        return Err(format!("there is no story:\n{english}"));
    }
    Ok(())
}

#[test]
fn the_true_cause_is_named() {
    let only = std::env::var("WHY_CASE").unwrap_or_default();
    let mut files: Vec<_> = fs::read_dir("tests/why").expect("the cases").flatten().map(|entry| entry.path()).collect();
    files.sort();
    let (mut number, mut wrong) = (0, Vec::new());
    for file in files {
        let cases: Vec<Case> = serde_yaml::from_str(&fs::read_to_string(&file).expect("a readable file")).expect("well-formed cases");
        for case in cases.iter().filter(|case| only.is_empty() || case.name.contains(&only)) {
            number += 1;
            if let Err(what) = play(case) {
                wrong.push(format!("{}: {}: {what}", file.display(), case.name));
            }
        }
    }
    println!("{number} cases, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
