//! What kubectl has come to word differently since the version that is run; our own speaks as 1.36 does.

use regex_lite::Regex;

/// Words: since which minor version they are what they are, a pattern, and what both sides are told as.
type Words = (u32, &'static str, &'static str);

/// What newer versions say.
const NEWER: &[Words] = &[
    (34, r#"" (force )?deleted from \S+ namespace"#, "\" ${1}deleted"),
    (34, r"\bkyaml,", ""),
    // describe: events name the container, ports their names.
    (36, r"(kubelet )spec\.\w+\{[\w.-]+\}: ", "${1}"),
    (36, r"(Port: \d+/\w+) \(\S+\)$", "${1}"),
    (36, r"error: (container \S+ is not valid for pod \S+) out of: .*", "error: ${1}"),
    (36, r"unrecognized condition: \[\]", "unrecognized condition: \"\""),
    (36, r"helpers\.go:\d+\]", "helpers.go]"),
];

/// What older versions say.
const OLDER: &[Words] = &[
    (
        33,
        r#"^! E<KLOG> run\.go:\d+\] "command failed" err="required flag\(s\) \\"(\w+)\\" not set"$"#,
        "! error: required flag(s) \"${1}\" not set",
    ),
    (33, r"^! Error: (unknown|flag needs|invalid argument|required flag)", "! error: ${1}"),
    (34, r"cannot delete cannot delete ", "cannot delete "),
    (34, r"wait Experimental: Wait", "wait Wait"),
    (36, r"Error from server \(BadRequest\): (container \S+ is not valid for pod)", "error: ${1}"),
    (36, r"^! error: no objects passed to scale (\S+ \S+ not found)$", "! Error from server (NotFound): ${1}"),
    (36, r"helpers\.go:\d+\]", "helpers.go]"),
];

/// Lines that only some versions print.
const LINES: &[(u32, &str)] = &[
    (33, r"^!$"),
    (34, r#"^\| "?creationTimestamp"?: null,?$"#),
    (34, r"^\| preferences: \{\}$"),
    (34, r"^\| (Mountable secrets|Tokens): <none>$"),
    (35, r"^\| kuberc Manage kuberc configuration files$"),
];

/// Whether two outputs differ in nothing but what the versions differ in.
pub fn same(ours: &[String], real: &[String], minor: u32) -> bool {
    let tell = |lines: &[String], words: &[Words]| -> Vec<String> {
        let squeezed = lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let other = |line: &String| LINES.iter().any(|(since, pattern)| minor < *since && compiled(pattern).is_match(line));
        let kept = squeezed.filter(|line| !other(line));
        let told = kept.map(|line| {
            let words = words.iter().filter(|(since, ..)| minor < *since);
            words.fold(line, |line, (_, pattern, instead)| compiled(pattern).replace_all(&line, *instead).into_owned())
        });
        told.collect()
    };
    tell(ours, NEWER) == tell(real, OLDER)
}

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}

#[test]
fn versions_differ_in_known_words_only() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (newer, older) = (lines("| pod \"a\" deleted from default namespace"), lines("| pod \"a\" deleted"));
    assert!(same(&newer, &older, 33));
    assert!(!same(&newer, &older, 36));
    assert!(!same(&newer, &lines("| pod \"b\" deleted"), 33));
    assert!(same(&lines("| a: 1"), &lines("| a: 1\n|   creationTimestamp: null"), 33));
    let (newer, older) =
        (lines("! Error from server (NotFound): x \"a\" not found"), lines("! error: no objects passed to scale x \"a\" not found"));
    assert!(same(&newer, &older, 33));
}
