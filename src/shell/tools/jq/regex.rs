//! `match` and its kin: the shell's own matcher with Perl's grammar, in place of Oniguruma.

use super::super::super::regex::{Regex, Syntax};
use super::eval::{Stop, fail};
use super::ops::shown;
use super::value::Value;

/// The matches of a pattern, or only whether there is one.
pub(super) fn matches(value: &Value, pattern: &Value, flags: &Value, test: bool) -> Result<Value, Stop> {
    let Value::Text(text) = value else { return fail(format!("{} cannot be matched, as it is not a string", shown(value))) };
    let Value::Text(pattern) = pattern else { return fail(format!("{} cannot be matched, as it is not a string", shown(pattern))) };
    let flags = match flags {
        Value::Null => "",
        Value::Text(flags) => flags,
        other => return fail(format!("{} is not a string", shown(other))),
    };
    if let Some(unknown) = flags.chars().find(|c| !"gimnpslx".contains(*c)) {
        let _ = unknown;
        return fail(format!("{flags} is not a valid modifier string"));
    }
    let source: String = if flags.contains('x') { pattern.chars().filter(|c| !c.is_whitespace()).collect() } else { pattern.to_string() };
    let regex = match Regex::new(&source, Syntax::Perl, flags.contains('i')) {
        Ok(regex) => regex,
        Err(bad) => return fail(format!("Regex failure: {}", oniguruma(bad.0))),
    };
    let chars: Vec<char> = text.chars().collect();
    if test {
        return Ok(Value::Bool(regex.find_at(&chars, 0).is_some()));
    }
    let names = names(&source);
    let (mut all, mut from) = (Vec::new(), 0);
    while let Some(found) = regex.find_at(&chars, from) {
        all.push(describe(&chars, &found.groups, (found.start, found.end), &names));
        if !flags.contains('g') {
            break;
        }
        from = if found.end > found.start { found.end } else { found.end + 1 };
        if from >= chars.len() {
            break;
        }
    }
    Ok(Value::array(all))
}

/// Oniguruma's words for what is wrong with a pattern.
fn oniguruma(posix: &str) -> &'static str {
    match posix {
        "Unmatched ( or \\(" => "end pattern with unmatched parenthesis",
        "Unmatched ) or \\)" => "unmatched close parenthesis",
        "Trailing backslash" => "end pattern at escape",
        "Invalid range end" => "empty range in char class",
        "Invalid back reference" => "invalid backref number/name",
        "Invalid preceding regular expression" => "undefined group option",
        _ => "premature end of char-class",
    }
}

fn describe(chars: &[char], groups: &[Option<(usize, usize)>], whole: (usize, usize), names: &[Option<String>]) -> Value {
    let cut = |(start, end): (usize, usize)| Value::text(chars.get(start..end).unwrap_or_default().iter().collect::<String>());
    let at = |place: Option<(usize, usize)>| match place {
        Some((start, end)) => [Value::number(start), Value::number(end - start), cut((start, end))],
        None => [Value::Number(-1.0), Value::Number(0.0), Value::Null],
    };
    let captures = groups.iter().skip(1).zip(names).map(|(group, name)| {
        let [offset, length, string] = at(*group);
        let name = name.as_ref().map_or(Value::Null, Value::text);
        Value::object([("offset", offset), ("length", length), ("string", string), ("name", name)])
    });
    let captures = Value::array(captures.collect());
    let [offset, length, string] = at(Some(whole));
    Value::object([("offset", offset), ("length", length), ("string", string), ("captures", captures)])
}

/// The names of the groups, in order.
fn names(pattern: &str) -> Vec<Option<String>> {
    let mut names = Vec::new();
    let mut rest = pattern;
    let mut set = false;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\\' => rest = rest.chars().next().and_then(|next| rest.get(next.len_utf8()..)).unwrap_or_default(),
            '[' => set = true,
            ']' => set = false,
            '(' if !set => match rest.strip_prefix('?') {
                None => names.push(None),
                Some(after) => {
                    if let Some((name, _)) = after.strip_prefix('<').and_then(|name| name.split_once('>')) {
                        names.push(Some(name.to_owned()));
                    }
                }
            },
            _ => {}
        }
    }
    names
}
