//! Recorded manifests through kubectl: its own refusals, and its words for the server's.
mod corpus;
use corpus::cluster::{Desk, recorded};
use corpus::{cases, run, text};
use serde_json::Value;

/// `5 letters` of generated names are as `xxxxx`.
fn alike(ours: &str, theirs: &str) -> bool {
    corpus::cluster::difference(&Value::from(ours), &Value::from(theirs), "").is_none()
}

#[test]
fn manifests() {
    let server = recorded();
    run("kubectl", &cases("validation-kubectl.open.jsonl"), |case| {
        let desk = Desk::new(&server);
        desk.write(text(case, "file"), text(case, "manifest"));
        let words: Vec<&str> = case["kubectl_args"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let ran = desk.kubectl(&words);
        let (stdout, stderr) = (text(case, "stdout"), text(case, "stderr"));
        if alike(&ran.stdout, stdout) && alike(&ran.stderr, stderr) && case["exit_code"] == ran.code {
            return Ok(true);
        }
        let ours = format!("{}{}({})", ran.stdout, ran.stderr, ran.code);
        Err(format!(
            "{ours}\n   instead of\n{stdout}{stderr}({})\n{}",
            case["exit_code"],
            text(case, "manifest").chars().take(400).collect::<String>()
        ))
    });
}
