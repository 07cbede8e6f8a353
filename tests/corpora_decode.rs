//! Decoding of recorded request bodies: every refusal that decoding makes, to the letter, and no other.
mod corpus;
use corpus::{cases, run, text};
use podground::api::Kind;
use podground::api::decode::{FieldValidation, Language, decode};
use serde_json::Value;

/// `${repeat:x:N}` stands for N times `x`.
fn body(case: &Value) -> String {
    let body = text(case, "body");
    if case["macros"] != true {
        return body.to_string();
    }
    let mut out = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("${repeat:") {
        let (inside, behind) = after.split_once('}').expect("a macro's end");
        let (piece, count) = inside.rsplit_once(':').expect("a macro's count");
        out.push_str(before);
        out.push_str(&piece.repeat(count.parse().expect("a number")));
        rest = behind;
    }
    out + rest
}

fn kind(path: &str) -> Option<Kind> {
    let path = path.split('?').next()?;
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (group, rest) = match parts.as_slice() {
        ["api", "v1", rest @ ..] => ("", rest),
        ["apis", group, "v1", rest @ ..] => (*group, rest),
        _ => return None,
    };
    let plural = match rest {
        ["namespaces", _, plural] | [plural] => plural,
        _ => return None,
    };
    Kind::by_plural(group, plural)
}

fn validation(path: &str) -> FieldValidation {
    if path.contains("fieldValidation=Strict") {
        FieldValidation::Strict
    } else if path.contains("fieldValidation=Ignore") {
        FieldValidation::Ignore
    } else {
        FieldValidation::Warn
    }
}

/// What the recorded answer says about decoding: the error, or the warnings.
fn expected(case: &Value) -> Option<Result<Vec<String>, String>> {
    let message = text(&case["status"], "message");
    match case["status_code"].as_u64()? {
        400 if message.contains("cannot be handled as a")
            || message.contains("is unrecognized")
            || message.contains("API version in the data") =>
        {
            Some(Err(message.to_string()))
        }
        201 => {
            let warnings = case["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let ours = |warning: &&str| warning.starts_with("unknown field") || warning.starts_with("duplicate field");
            Some(Ok(warnings.filter(ours).map(str::to_string).collect()))
        }
        403 | 409 | 422 => Some(Ok(Vec::new())),
        _ => None,
    }
}

#[test]
fn decoding() {
    run("decode", &cases("validation.open.jsonl"), |case| {
        let path = text(case, "path");
        let language = match text(case, "content_type") {
            "application/json" => Language::Json,
            "application/yaml" => Language::Yaml,
            _ => return Ok(false),
        };
        let (Some(kind), Some(expected)) = (kind(path), expected(case)) else { return Ok(false) };
        let body = body(case);
        let ours = decode(kind, body.as_bytes(), language, validation(path)).map(|decoded| decoded.warnings);
        let theirs_listed = case["alternatives"].as_array().into_iter().flatten();
        let also = theirs_listed
            .filter_map(|answer| answer["status"]["message"].as_str())
            .any(|message| ours.as_ref().err().is_some_and(|error| error == message));
        // What is refused later was decoded; its warnings are not told.
        let refused_later = case["status_code"] != 201 && expected.is_ok() && ours.is_ok();
        if ours == expected || also || refused_later {
            return Ok(true);
        }
        Err(format!("{ours:?}\n   instead of {expected:?}\n   body {}", body.chars().take(400).collect::<String>()))
    });
}
