//! Quick fixes: what to write where, for the faults that learners make most. A fix is offered, never taken by itself.

use super::suggest::nearest;
use crate::api::Kind;
use crate::api::validation::names::{LABEL_MAX, SUBDOMAIN_MAX};
use crate::api::yaml::{Document, Range, Span};

/// A change of the text: the bytes from `from` to `to` give way to `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub from: usize,
    pub to: usize,
    pub text: String,
}

impl Change {
    /// Puts a text in place of a range.
    pub fn of((start, end): Range, text: impl Into<String>) -> Change {
        Change { from: start.byte, to: end.byte, text: text.into() }
    }
}

/// What would satisfy the validation that said `message` of `field`.
pub(super) fn for_refused(document: &Document, source: &str, field: &str, message: &str) -> Option<Change> {
    if message.starts_with("Required value") {
        return missing(document, source, field);
    }
    let span = span_of(document, source, field, message)?;
    let written = source.get(span.value.0.byte..span.value.1.byte)?.trim_end();
    let value = unquoted(written);
    let better = if message.starts_with("Duplicate value") {
        Some(another(document, source, field, value))
    } else if let Some((_, supported)) = message.split_once("supported values: ") {
        nearest(value, supported.split('"').skip(1).step_by(2)).map(str::to_owned)
    } else if message.starts_with("Invalid value") {
        mended(value, message)
    } else {
        None
    };
    let better = better.filter(|better| better != value && !better.is_empty())?;
    Some(Change { from: span.value.0.byte, to: span.value.0.byte + written.len(), text: better })
}

/// Where the value stands that was refused: a label's value is reported at `labels`.
fn span_of<'a>(document: &'a Document, source: &str, field: &str, message: &str) -> Option<&'a Span> {
    let within = format!("{field}.");
    let said = message.split('"').nth(1).unwrap_or_default();
    let stands = |span: &&Span| source.get(span.value.0.byte..span.value.1.byte).is_some_and(|text| unquoted(text.trim_end()) == said);
    let mut inside = document.spans.iter().filter(|(path, _)| path.starts_with(&within)).map(|(_, span)| span);
    inside.find(stands).or_else(|| document.spans.get(field).filter(|span| span.value.0.line == span.value.1.line || stands(span)))
}

fn unquoted(written: &str) -> &str {
    let inner = |quote: char| written.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(written)
}

/// A value as the rule that it broke would have it.
fn mended(value: &str, message: &str) -> Option<String> {
    let only = |value: &str, more: &str, limit: usize| {
        let kept = value.chars().map(|c| if c.is_ascii_alphanumeric() || more.contains(c) { c } else { '-' });
        let kept: String = kept.skip_while(|c| !c.is_ascii_alphanumeric()).take(limit).collect();
        kept.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
    };
    if message.contains("RFC 1123 subdomain") {
        Some(only(&value.to_lowercase(), "-.", SUBDOMAIN_MAX))
    } else if message.contains("RFC 1123") || message.contains("DNS-1035") {
        Some(only(&value.to_lowercase(), "-", LABEL_MAX))
    } else if message.contains("a valid label must") || message.contains("name part must") {
        Some(only(value, "-_.", LABEL_MAX))
    } else if message.contains("leading or trailing whitespace") {
        Some(value.trim().to_owned())
    } else {
        None
    }
}

/// `main-2`, or the next number that no neighbour has.
fn another(document: &Document, source: &str, field: &str, value: &str) -> String {
    let (list, last) = (field.split('[').next().unwrap_or_default(), field.rsplit('.').next().unwrap_or_default());
    let neighbours: Vec<&str> = document
        .spans
        .iter()
        .filter(|(path, _)| path.starts_with(list) && path.rsplit('.').next() == Some(last))
        .filter_map(|(_, span)| source.get(span.value.0.byte..span.value.1.byte).map(|text| unquoted(text.trim_end())))
        .collect();
    (2..).map(|number| format!("{value}-{number}")).find(|name| !neighbours.contains(&name.as_str())).unwrap_or_default()
}

/// A line for a field that has to be there, before the first line of the map that it belongs to.
fn missing(document: &Document, source: &str, field: &str) -> Option<Change> {
    let (owner, name) = field.rsplit_once('.').unwrap_or(("", field));
    let inner = |path: &str| match owner {
        "" => !path.contains(['.', '[']),
        owner => path.strip_prefix(owner).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| !rest.contains(['.', '['])),
    };
    let firsts = document.spans.iter().filter(|(path, _)| inner(path)).filter_map(|(_, span)| span.key);
    let Some((first, _)) = firsts.min_by_key(|(start, _)| start.byte) else {
        return if owner == "metadata" { first_line(document, "metadata:\n  name: a-name\n") } else { None };
    };
    let margin = " ".repeat(first.column);
    let text = match name {
        "containers" => format!("containers:\n{margin}- name: main\n{margin}  image: nginx"),
        "image" => "image: nginx".to_owned(),
        "name" if owner.contains("containers[") => format!("name: {}", name_by_image(document, source, owner)),
        "name" => "name: a-name".to_owned(),
        "containerPort" => "containerPort: 80".to_owned(),
        "mountPath" => "mountPath: /data".to_owned(),
        _ => return None,
    };
    let flow = source.get(..first.byte)?.trim_end().ends_with(['{', ',']);
    let text = if flow { format!("{text}, ") } else { format!("{text}\n{margin}") };
    (!flow || !text.contains('\n')).then_some(Change { from: first.byte, to: first.byte, text })
}

/// A text before the document's first key.
fn first_line(document: &Document, text: &str) -> Option<Change> {
    let at = document.spans.iter().filter_map(|(_, span)| span.key).map(|(start, _)| start.byte).min()?;
    Some(Change { from: at, to: at, text: text.to_owned() })
}

/// A container is well called after its image: `docker.io/luksa/kubia:v1` is `kubia`.
fn name_by_image(document: &Document, source: &str, owner: &str) -> String {
    let image = document.spans.get(&format!("{owner}.image")).and_then(|span| source.get(span.value.0.byte..span.value.1.byte));
    let last = unquoted(image.unwrap_or_default().trim_end()).rsplit('/').next().unwrap_or_default();
    let stem = last.split([':', '@']).next().unwrap_or_default().to_lowercase().replace(['_', '.'], "-");
    if stem.is_empty() { "main".to_owned() } else { stem }
}

/// The line that says which kind this is, where only one of the two is missing.
pub(super) fn for_missing_kind(document: &Document, api_version: &str, kind: &str) -> Option<Change> {
    let line = if api_version.is_empty() {
        format!("apiVersion: {}\n", Kind::named(kind)?.info().api_version())
    } else {
        match api_version {
            "v1" => "kind: Pod\n".to_owned(),
            "apps/v1" => "kind: Deployment\n".to_owned(),
            _ => return None,
        }
    };
    first_line(document, &line)
}

/// What would have the right type, by what the decoder said: `cannot unmarshal number into Go struct field … of type string`.
pub(super) fn for_wrong_type(source: &str, range: Range, message: &str) -> Option<Change> {
    let found = message.split("cannot unmarshal ").nth(1)?.split(' ').next()?;
    let wanted = message.rsplit(" of type ").next()?.trim();
    let written = source.get(range.0.byte..range.1.byte)?.trim_end();
    let change = |text: String| Some(Change { from: range.0.byte, to: range.0.byte + written.len(), text });
    match found {
        "number" | "bool" if wanted == "string" => change(format!("\"{written}\"")),
        "string" if wanted.starts_with("int") => unquoted(written).parse::<i64>().ok().and_then(|number| change(number.to_string())),
        "string" if wanted == "bool" => match unquoted(written).to_lowercase().as_str() {
            "true" | "yes" | "on" => change("true".to_owned()),
            "false" | "no" | "off" => change("false".to_owned()),
            _ => None,
        },
        "string" | "number" if wanted == "[]string" => change(format!("[\"{}\"]", unquoted(written))),
        "object" if wanted.starts_with("[]") && !written.starts_with('{') => change(as_item(written)),
        _ => None,
    }
}

/// A block map as the one item of a list: two columns in, behind a dash.
fn as_item(written: &str) -> String {
    let mut lines = written.lines();
    let first = lines.next().unwrap_or_default();
    lines.fold(format!("- {first}"), |text, line| format!("{text}\n{}{line}", if line.is_empty() { "" } else { "  " }))
}

/// YAML's margins are of blanks: the tabs of a line's margin as two blanks each.
pub(super) fn for_tab(source: &str, byte: usize) -> Option<Change> {
    let from = source.get(..byte)?.rfind('\n').map_or(0, |at| at + 1);
    let line = source.get(from..)?.lines().next()?;
    let margin = &line[..line.len() - line.trim_start().len()];
    margin.contains('\t').then(|| Change { from, to: from + margin.len(), text: margin.replace('\t', "  ") })
}

#[cfg(test)]
mod tests {
    use super::super::diagnose::diagnose;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: main\n    image: nginx\n";

    /// The text after the first fault's fix.
    fn fixed(text: &str) -> String {
        let found = diagnose("a.yaml", text, &|_, _| None);
        let fix = found.first().and_then(|fault| fault.fix.clone()).unwrap_or_else(|| panic!("no fix: {found:?}"));
        format!("{}{}{}", &text[..fix.from_utf16], fix.text, &text[fix.to_utf16..])
    }

    #[test]
    fn what_is_missing_is_written() {
        let kubia = POD.replace("  - name: main\n    image: nginx\n", "  - image: luksa/kubia:v1\n");
        assert_eq!(fixed(&kubia), POD.replace("name: main\n    image: nginx", "name: kubia\n    image: luksa/kubia:v1"));
        assert_eq!(
            fixed(&POD.replace("    image: nginx\n", "")),
            POD.replace("name: main\n    image: nginx", "image: nginx\n    name: main")
        );
        assert_eq!(fixed(&POD.replace("apiVersion: v1\n", "")), POD);
        assert_eq!(fixed(&POD.replace("kind: Pod\n", "")), POD.replace("apiVersion: v1\nkind: Pod\n", "kind: Pod\napiVersion: v1\n"));
    }

    #[test]
    fn what_breaks_a_rule_is_mended() {
        assert_eq!(fixed(&POD.replace("name: main", "name: My_App")), POD.replace("name: main", "name: my-app"));
        assert_eq!(
            fixed(&POD.replace("  name: a\n", "  name: a\n  labels: {app: my app!}\n")),
            POD.replace("  name: a\n", "  name: a\n  labels: {app: my-app}\n")
        );
        assert_eq!(fixed(&format!("{POD}  - name: main\n    image: redis\n")), format!("{POD}  - name: main-2\n    image: redis\n"));
        assert_eq!(fixed(&format!("{POD}  restartPolicy: always\n")), format!("{POD}  restartPolicy: Always\n"));
    }

    #[test]
    fn what_has_the_wrong_type_gets_the_right_one() {
        assert_eq!(fixed(&format!("{POD}    command: sleep\n")), format!("{POD}    command: [\"sleep\"]\n"));
        assert_eq!(
            fixed(&format!("{POD}    env:\n    - name: A\n      value: 1\n")),
            format!("{POD}    env:\n    - name: A\n      value: \"1\"\n")
        );
        assert_eq!(
            fixed(&format!("{POD}    ports:\n    - containerPort: \"80\"\n")),
            format!("{POD}    ports:\n    - containerPort: 80\n")
        );
        assert_eq!(fixed(&format!("{POD}    tty: \"yes\"\n")), format!("{POD}    tty: true\n"));
        let map = "    ports:\n      containerPort: 80\n      protocol: TCP\n";
        assert_eq!(fixed(&format!("{POD}{map}")), format!("{POD}    ports:\n      - containerPort: 80\n        protocol: TCP\n"));
    }

    #[test]
    fn a_tab_becomes_blanks() {
        assert_eq!(fixed(&POD.replace("  name: a", "\tname: a")), POD);
    }
}
