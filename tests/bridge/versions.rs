//! What kubectl has come to word differently since the version that is run; our own speaks as 1.36 does.

use regex_lite::Regex;

/// One change: since which minor version, and how the newer words are told as the older ones.
struct Change {
    since: u32,
    newer: &'static str,
    older: &'static str,
}

const CHANGES: &[Change] = &[
    Change { since: 34, newer: r#"" (force )?deleted from \S+ namespace"#, older: "\" ${1}deleted" },
    Change { since: 34, newer: r"\bkyaml,", older: "" },
    // describe: events name the container, ports their names.
    Change { since: 36, newer: r"(kubelet\s+)spec\.\w+\{[\w.-]+\}: ", older: "${1}" },
    Change { since: 36, newer: r"(Port:\s+\d+/\w+) \(\S+\)$", older: "${1}" },
    Change {
        since: 36,
        newer: r"^! Error from server \(NotFound\): (\S+ \S+ not found)$",
        older: "! error: no objects passed to scale ${1}",
    },
    Change { since: 36, newer: r"unrecognized condition: \[\]", older: "unrecognized condition: \"\"" },
    Change { since: 34, newer: r"helpers\.go:\d+\]", older: "helpers.go]" },
    Change { since: 34, newer: r"cannot delete cannot delete ", older: "cannot delete " },
];

/// Lines that only older versions print.
const GONE: &[(u32, &str)] = &[(34, r#"^\| \s*"?creationTimestamp"?: null,?$"#), (34, r"^\| preferences: \{\}$")];

/// Whether two outputs differ in nothing but what the versions differ in.
pub fn same(ours: &[String], real: &[String], minor: u32) -> bool {
    let compiled = |pattern: &str| Regex::new(pattern).expect("a pattern");
    let changes: Vec<(Regex, &str)> =
        CHANGES.iter().filter(|change| minor < change.since).map(|change| (compiled(change.newer), change.older)).collect();
    let gone: Vec<Regex> = GONE.iter().filter(|(since, _)| minor < *since).map(|(_, pattern)| compiled(pattern)).collect();
    let told = |line: &String, scale: bool| {
        changes
            .iter()
            .filter(|(pattern, _)| scale || !pattern.as_str().starts_with('^'))
            .fold(line.clone(), |line, (pattern, older)| pattern.replace_all(&line, *older).into_owned())
    };
    let scale = real.iter().any(|line| line.contains("no objects passed to scale"));
    let tell = |lines: &[String]| -> Vec<String> {
        let kept = lines.iter().filter(|line| !gone.iter().any(|pattern| pattern.is_match(line)));
        kept.map(|line| told(line, scale).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    tell(ours) == tell(real)
}

#[test]
fn versions_differ_in_known_words_only() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (newer, older) = (lines("| pod \"a\" deleted from default namespace"), lines("| pod \"a\" deleted"));
    assert!(same(&newer, &older, 33));
    assert!(!same(&newer, &older, 36));
    assert!(!same(&newer, &lines("| pod \"b\" deleted"), 33));
    assert!(same(&lines("| a: 1"), &lines("| a: 1\n|   creationTimestamp: null"), 33));
}
