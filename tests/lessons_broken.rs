//! A lesson broken on purpose is found out: ten ways, ten red results, each with its file, line and remedy.
mod course;

use std::collections::BTreeMap;

use course::Memory;

const YAML: &str = "first-pod/lesson.yaml";
const KO: &str = "first-pod/ko.md";
const EN: &str = "first-pod/en.md";

/// Proves a copy of `first-pod` that `break_it` changed; one of its faults must say `says`.
fn goes_red(says: &str, break_it: impl FnOnce(&mut Memory)) {
    let mut memory = Memory::only("first-pod");
    break_it(&mut memory);
    let faults = memory.faults();
    let found = faults.iter().find(|fault| fault.what.contains(says));
    let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let found = found.unwrap_or_else(|| panic!("nothing says {says:?}; the faults are {all:#?}"));
    assert!(!found.file.is_empty() && !found.remedy.is_empty(), "{found}");
    assert!(found.line > 0, "no line: {found}");
}

#[test]
fn as_it_is_it_is_green() {
    assert_eq!(Memory::only("first-pod").faults(), []);
}

#[test]
fn a_wrong_solution() {
    goes_red("the solution leaves unmet: image", |lesson| {
        lesson.change(
            YAML,
            "solution: [\"kubectl run kubia --image=luksa/kubia --port=8080\"]",
            "solution: [\"kubectl run kubia --image=nginx\"]",
        );
    });
}

#[test]
fn a_check_that_nothing_meets() {
    goes_red("the solution leaves unmet: running", |lesson| {
        lesson.change(YAML, "phase: Running", "phase: Sleeping");
    });
}

#[test]
fn a_step_that_is_done_before_it_begins() {
    goes_red("step story: it is done before anything was done", |lesson| {
        lesson.change(
            YAML,
            "output: { line: \"*Successfully assigned default/kubia to*\" }\n    hints: [verb",
            "assert: { kind: Pod, metadata: { name: kubia } }\n    hints: [verb",
        );
    });
}

#[test]
fn a_section_that_was_not_translated() {
    let mut memory = Memory::only("first-pod");
    let text = memory.0.get_mut(KO).expect("Korean");
    let from = text.find("## story").expect("a step");
    let to = text.find("## address").expect("the next step");
    text.replace_range(from..to, "");
    assert!(memory.faults().iter().any(|fault| fault.file == KO && fault.what == "the step story is missing"));
}

#[test]
fn a_step_with_one_hint() {
    goes_red("the step where has 1 hints", |lesson| {
        lesson.change(YAML, "hints: [more-columns, command]", "hints: [command]");
    });
}

#[test]
fn a_hint_without_words() {
    goes_red("the step where has no `:::hint more-columns`", |lesson| {
        lesson.change(EN, ":::hint more-columns", ":::hint more-rows");
    });
}

#[test]
fn a_mistake_that_cannot_be_made() {
    goes_red("the mistake no-such-image is not recognised", |lesson| {
        lesson.change(YAML, "by: [\"kubectl run kubia --image=kubia\"]", "by: [\"kubectl get pods\"]");
    });
}

#[test]
fn a_command_that_does_not_run() {
    goes_red("`kubectl describe podd kubia` ends with 1", |lesson| {
        for words in [KO, EN] {
            lesson.change(words, "```run\nkubectl describe pod kubia\n```", "```run\nkubectl describe podd kubia\n```");
        }
    });
}

#[test]
fn a_link_that_leads_nowhere() {
    goes_red("the link to lesson:second-pod leads nowhere", |lesson| {
        lesson.change(EN, "Where `get` shows the present", "Where [`get`](lesson:second-pod) shows the present");
    });
}

#[test]
fn a_term_that_the_glossary_lacks() {
    goes_red("the glossary has no term nod", |lesson| {
        lesson.change(KO, "이 클러스터에는 노드가", "이 클러스터에는 [[nod|노드]]가");
    });
}

#[test]
fn a_field_that_does_not_exist() {
    goes_red("unknown field `checks`", |lesson| {
        lesson.change(YAML, "  - id: where\n    check:", "  - id: where\n    checks:");
    });
}

#[test]
fn an_answer_that_is_not_the_right_one() {
    goes_red("what the prose calls right is not what the question ready asks for", |lesson| {
        lesson.change(
            YAML,
            "questions: [{ id: ready }]",
            "questions: [{ id: ready, predict: true, answer: { of: pod/kubia, pointer: /status/phase } }]",
        );
    });
}

#[test]
fn languages_that_offer_different_commands() {
    goes_red("the commands and files of story differ", |lesson| {
        lesson.change(EN, "```run\nkubectl describe pod kubia\n```", "```run\nkubectl describe pods kubia\n```");
    });
}

#[test]
fn words_of_the_wrong_language() {
    goes_red("there is Korean in it", |lesson| {
        lesson.change(EN, "Run a pod called kubia from the image luksa/kubia.", "Run a 파드 called kubia.");
    });
}

#[test]
fn a_folder_that_the_course_does_not_name() {
    let mut memory = Memory::only("first-pod");
    for name in ["lesson.yaml", "ko.md", "en.md"] {
        let text = memory.0[&format!("first-pod/{name}")].clone();
        memory.0.insert(format!("forgotten/{name}"), text);
    }
    let faults: Vec<String> = memory.faults().iter().map(ToString::to_string).collect();
    let [only] = &faults[..] else { panic!("{faults:#?}") };
    assert!(only.starts_with("forgotten/lesson.yaml: course.yaml does not name this lesson. Add `- id: forgotten`"), "{only}");
}

#[test]
fn a_folder_without_its_lesson() {
    let mut memory = Memory::only("first-pod");
    memory.0.insert("labels/en.md".into(), "# Labels\n".into());
    let faults: Vec<String> = memory.faults().iter().map(ToString::to_string).collect();
    assert!(faults.iter().any(|fault| fault.starts_with("labels/lesson.yaml: there is no such file. ")), "{faults:#?}");
}

/// The page tells a teacher the checker's faults in Korean.
#[test]
fn every_fault_has_its_korean() {
    let known: BTreeMap<String, String> = serde_json::from_str(include_str!("../web/src/faults-ko.json")).expect("sentences");
    for (english, korean) in &known {
        assert_eq!(english.matches("{}").count(), korean.matches("{}").count(), "{english}");
    }
    let sources = [
        include_str!("../src/lessons/course.rs"),
        include_str!("../src/lessons/audit.rs"),
        include_str!("../src/lessons/prose.rs"),
        include_str!("../src/session/prove.rs"),
    ];
    let found: Vec<String> = sources.iter().flat_map(|source| sentences(source)).collect();
    assert!(found.len() > 100, "{found:#?}");
    for sentence in found {
        assert!(known.keys().any(|english| english.ends_with(&sentence)), "web/src/faults-ko.json lacks {sentence:?}");
    }
}

/// The texts of a source file that are English sentences, with `{}` for what is filled in.
fn sentences(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some((_, after)) = rest.split_once('"') {
        let mut text = String::new();
        let mut letters = after.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    rest = &after[at + 1..];
                    break;
                }
                '\\' => match letters.next() {
                    Some((_, '\n')) => text = text.trim_end_matches(' ').to_owned() + "\u{0}",
                    Some((_, escaped)) => text.push(escaped),
                    None => {}
                },
                ' ' if text.ends_with('\u{0}') => {}
                letter => text.push(letter),
            }
        }
        found.push(without_names(&text.replace('\u{0}', " ")));
    }
    found.retain(|text| text.trim().contains(' ') && text.is_ascii() && text.chars().any(char::is_alphabetic) && !text.starts_with("- "));
    found.retain(|text| text != "Your lessons");
    found
}

/// `{id:?}` as `{}`.
fn without_names(text: &str) -> String {
    let mut pieces = text.split('{');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str("{}");
        out.push_str(piece.split_once('}').map_or(piece, |(_, after)| after));
    }
    out
}
