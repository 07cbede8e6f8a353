//! Texts as a learner breaks them.
use super::{parse_documents, to_json};
use serde_json::json;

fn error(text: &str) -> String {
    to_json(text.as_bytes()).map(|converted| format!("{:?}", converted.node)).expect_err("an error").message
}

fn value(text: &str) -> serde_json::Value {
    to_json(text.as_bytes()).expect("YAML").node.to_value()
}

#[test]
fn a_tab_is_found_where_it_stands() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n";
    assert_eq!(error(text), "yaml: line 4: found character that cannot start any token");
}

#[test]
fn errors_name_the_lines_of_the_real_reader() {
    for (text, expected) in [
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("a: 1\nb: 2: 3\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: [1, 2\nb: 3\n", "yaml: line 1: did not find expected ',' or ']'"),
        ("a: 1\n b: 2\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a:\n  - 1\n - 2\n", "yaml: line 2: did not find expected key"),
        ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
        ("a: &x [*x]\n", "yaml: anchor 'x' value contains itself"),
        ("a: \"x\n", "yaml: line 2: found unexpected end of stream"),
        ("a: 1\nname\nb: 2\n", "yaml: line 3: could not find expected ':'"),
        ("a: 'it's'\n", "yaml: did not find expected key"),
        ("a: \u{1}\n", "yaml: control characters are not allowed"),
    ] {
        assert_eq!(error(text), expected, "{text:?}");
    }
}

#[test]
fn scalars_are_read_as_yaml_1_1() {
    let text = "a: [yes, n, off, ~, 0644, 0x1f, 1_000, 1e3, 1:20, 2020-01-01, 1.5, .5, '5', \"5\", 08, 0b11, +7, -0, !!str 5]";
    let expected = json!([true, false, false, null, 420, 31, 1000, 1000, "1:20", "2020-01-01", 1.5, 0.5, "5", "5", 8, 3, 7, 0, "5"]);
    assert_eq!(value(text)["a"], expected);
}

#[test]
fn blocks_fold_and_chomp() {
    let text =
        "a: |\n  x\n  y\nb: >\n  x\n  y\n\n  z\nc: |-\n  x\nd: |+\n  x\n\ne: >-\n  x\n   y\n  z\nf: x\n  y\ng: \"a\n\n  b\\\n  c\"\n";
    let expected = json!({
        "a": "x\ny\n", "b": "x y\nz\n", "c": "x", "d": "x\n\n", "e": "x\n y\nz", "f": "x y", "g": "a\nbc"
    });
    assert_eq!(value(text), expected);
}

#[test]
fn anchors_and_merge_keys() {
    let text = "base: &b {x: 1, w: 2}\nuse:\n  <<: *b\n  z: 3\nlist: [*b]\n";
    let converted = to_json(text.as_bytes()).expect("YAML");
    assert_eq!(converted.node.to_value()["use"], json!({"x": 1, "w": 2, "z": 3}));
    assert_eq!(converted.duplicates, None);
    let again = to_json(b"b: &b {x: 1}\nu:\n  <<: *b\n  x: 2\n").expect("YAML");
    assert_eq!(again.duplicates.as_deref(), Some("yaml: unmarshal errors:\n  line 4: key \"x\" already set in map"));
}

#[test]
fn bombs_go_off_early() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    assert_eq!(error(&text), "yaml: document contains excessive aliasing");
    assert!(error(&"[".repeat(100_000)).starts_with("yaml: exceeded max depth of 10000"));
    assert!(error(&"- ".repeat(100_000)).starts_with("yaml: exceeded max depth of 10000"));
    assert!(to_json("{".repeat(9_000).as_bytes()).is_err());
}

#[test]
fn documents_know_their_places() {
    let text = "# first\na:\n  - b: 1\n---\nc: 한글\nd: [x]\n---\ne: [\n";
    let documents = parse_documents(text);
    assert_eq!(documents.len(), 3);
    let first = documents[0].as_ref().expect("a document");
    let span = first.spans.get("a[0].b").expect("a span");
    assert_eq!((span.value.0.line, span.value.0.column), (2, 7));
    let second = documents[1].as_ref().expect("a document");
    let span = second.spans.get("d[0]").expect("a span");
    assert_eq!((span.value.0.line, span.value.0.column), (5, 4));
    assert_eq!(&text[span.value.0.byte..span.value.1.byte], "x");
    assert_eq!(second.spans.nearest("c.nothing.here").map(|span| span.value.0.line), Some(4));
    let third = documents[2].as_ref().expect_err("an error");
    assert_eq!(third.message, "yaml: line 1: did not find expected node content");
    assert_eq!(third.mark.line, 8);
}
