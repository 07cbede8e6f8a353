//! How long the API's own work takes. Prints; judges only what would hurt: bombs.
#![allow(clippy::disallowed_types, reason = "this measures wall time; the engine never does")]
use podground::api::decode::{FieldValidation, Language, decode};
use podground::api::{Kind, defaults, encode, selector, yaml};
use std::time::{Duration, Instant};

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","labels":{"app":"web","tier":"a"}},"spec":{"containers":[{"name":"a","image":"nginx","ports":[{"containerPort":80}],"env":[{"name":"A","value":"1"}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"}},"livenessProbe":{"httpGet":{"path":"/","port":80}}}]}}"#;

fn each(what: &str, times: u32, mut work: impl FnMut()) {
    work();
    let start = Instant::now();
    for _ in 0..times {
        work();
    }
    println!("{what}: {:?}", start.elapsed() / times);
}

#[test]
fn common_work() {
    each("decode a pod (JSON)", 200, || drop(decode(Kind::Pod, POD.as_bytes(), Language::Json, FieldValidation::Strict)));
    each("decode a pod (YAML)", 200, || drop(decode(Kind::Pod, POD.as_bytes(), Language::Yaml, FieldValidation::Strict)));
    let pod = decode(Kind::Pod, POD.as_bytes(), Language::Json, FieldValidation::Strict).expect("a pod").object;
    each("default it", 200, || defaults::set_defaults(&mut pod.clone()));
    each("encode it", 200, || drop(encode::to_json(&pod)));
    each("parse a selector", 1000, || drop(selector::LabelSelector::parse("app=web,tier in (a,b),!x")));
}

#[test]
fn bombs_are_refused_at_once() {
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        aliases.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let quantity = format!(
        r#"{{"kind":"Pod","spec":{{"containers":[{{"name":"a","resources":{{"limits":{{"cpu":"{}"}}}}}}]}}}}"#,
        "9".repeat(1_000_000)
    );
    let number = format!(r#"{{"kind":"Pod","spec":{{"activeDeadlineSeconds":{}}}}}"#, "9".repeat(1_000_000));
    let bombs: [(&str, String, Language); 8] = [
        ("aliases", aliases, Language::Yaml),
        ("brackets, JSON", "[".repeat(100_000), Language::Json),
        ("objects, JSON", r#"{"a":"#.repeat(100_000), Language::Json),
        ("brackets, YAML", "[".repeat(100_000), Language::Yaml),
        ("dashes", "- ".repeat(100_000), Language::Yaml),
        ("question marks", "? ".repeat(100_000), Language::Yaml),
        ("a quantity of a million digits", quantity, Language::Json),
        ("a number of a million digits", number, Language::Json),
    ];
    for (name, body, language) in bombs {
        let start = Instant::now();
        let refused = decode(Kind::Pod, body.as_bytes(), language, FieldValidation::Strict);
        let took = start.elapsed();
        println!("{name}: {took:?} {}", refused.as_ref().err().map_or("accepted", |error| error.get(..60).unwrap_or(error)));
        assert!(took < Duration::from_secs(2), "{name} took {took:?}");
    }
    assert!(yaml::parse_documents(&"a: [\n".repeat(1000)).iter().all(Result::is_err));
}
