//! `kubectl explain`. Models kubectl/pkg/cmd/explain and kubectl/pkg/explain/v2.

mod openapi_v2;

use crate::api::Kind;
use crate::api::schema::{Docs, Field, Schema, Shape, TypeInfo, read_docs};
use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::mapping;
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::verb::{BASE, Verb};

const FLAGS: &[Flag] = &[
    short("recursive", 'R', FlagKind::Bool, "false", "When true, print the name of all the fields recursively."),
    flag("api-version", FlagKind::Text, "", "Use given api-version (group/version) of the resource."),
    short(
        "output",
        'o',
        FlagKind::Text,
        "plaintext",
        "Format in which to render the schema. Valid values are: (plaintext, plaintext-openapiv2).",
    ),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "explain",
    usage: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]",
    short: "Get documentation for a resource",
    examples: "# What a pod is made of\nkubectl explain pods\n\n# One field of it\nkubectl explain pod.spec.containers",
    flags: &[FLAGS],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// How many values of a field are listed beside it.
const ENUM_LIMIT: usize = 4;

/// Where the descriptions are on a workstation whose engine does not carry them.
const DOCS_PATH: &str = "/usr/share/podground/docs.json";

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    match cmd.flags.text("output") {
        "plaintext" | "" => {}
        "plaintext-openapiv2" => {}
        other => return Err(Fail::Text(format!("unrecognized format: {other}"))),
    }
    let argument = match cmd.args() {
        [] => return Err(
            "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources."
                .into(),
        ),
        [one] => one,
        _ => return Err("We accept only this format: explain RESOURCE".into()),
    };
    if argument == "." {
        return Err("a resource must be present, got: /, Resource=".into());
    }
    if argument.contains('[') || argument.starts_with('.') || argument.contains("..") {
        return Err("invalid jsonpath syntax, first node must be field node".into());
    }
    let (word, rest) = argument.trim_end_matches('.').split_once('.').unwrap_or((argument.trim_end_matches('.'), ""));
    let kind = mapping::resolve(word).map_err(|e| Fail::Raw(e.message(), 1))?;
    // `deployments.apps.spec` names the group too.
    let group = kind.info().group;
    let rest = match rest.strip_prefix(group) {
        Some(after) if !group.is_empty() && (after.is_empty() || after.starts_with('.')) => after,
        _ => rest,
    };
    let path: Vec<&str> = rest.split('.').filter(|p| !p.is_empty()).collect();
    let version = cmd.flags.text("api-version");
    if !version.is_empty() && version != kind.info().api_version() {
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let resource = format!("{group}/{version}, Resource={}", kind.info().plural);
        // What the server knows nothing of is not looked for in its schema.
        let known = Kind::ALL.iter().any(|kind| kind.info().group == group && kind.info().version == version);
        if !known || cmd.flags.text("output") == "plaintext-openapiv2" {
            return Err(Fail::Text(format!("couldn't find resource for {}", quote(&resource))));
        }
        return Err(Fail::Text(format!("GVR ({resource}) not found in OpenAPI schema")));
    }
    let Some(info) = Schema::get().kind(kind.info().group, kind.info().kind) else {
        return Err(Fail::Text(format!("couldn't find resource for \"{}\"", kind.info().plural)));
    };
    let docs = docs(cmd);
    if cmd.flags.text("output") == "plaintext-openapiv2" {
        let text = openapi_v2::describe(&docs, kind, info, &path, cmd.flags.on("recursive"))?;
        cmd.print(&text).await;
        return Ok(());
    }
    cmd.print(&head(kind)).await;
    let mut explainer = Explainer { docs: &docs, out: String::new() };
    let result = explainer.path(info, &path, cmd.flags.on("recursive"));
    cmd.print(&explainer.out).await;
    result
}

fn docs(cmd: &Cmd) -> Docs {
    if let Ok(bytes) = cmd.ctx.vfs().read_file(DOCS_PATH) {
        return read_docs(&String::from_utf8_lossy(&bytes));
    }
    #[cfg(not(target_arch = "wasm32"))]
    return crate::api::schema::docs().clone();
    #[cfg(target_arch = "wasm32")]
    return Docs::new();
}

fn head(kind: Kind) -> String {
    let info = kind.info();
    let group = if info.group.is_empty() { String::new() } else { format!("GROUP:      {}\n", info.group) };
    format!("{group}KIND:       {}\nVERSION:    {}\n\n", info.kind, info.version)
}

struct Explainer<'a> {
    docs: &'a Docs,
    out: String,
}

/// The struct inside a field, if there is one.
fn inner(field: &Field) -> Option<&'static TypeInfo> {
    match field.go_type.shape.innermost() {
        Shape::Struct(id) => Schema::get().info(*id),
        _ => None,
    }
}

/// `string`, `[]ContainerPort`, `map[string]string`.
fn type_name(shape: &Shape) -> String {
    match shape {
        Shape::String(_) | Shape::Bytes | Shape::Time | Shape::MicroTime => "string".into(),
        Shape::Bool => "boolean".into(),
        Shape::Int32 | Shape::Int64 => "integer".into(),
        Shape::Quantity => "Quantity".into(),
        Shape::IntOrString => "IntOrString".into(),
        Shape::Any => "Object".into(),
        Shape::Struct(id) => Schema::get().info(*id).map_or("Object", TypeInfo::go_name).to_owned(),
        Shape::List(inner) => format!("[]{}", type_name(&inner.shape)),
        Shape::Map(inner) => format!("map[string]{}", type_name(&inner.shape)),
    }
}

fn enum_values(field: &Field) -> Vec<String> {
    // Of a list of such values kubectl shows none.
    let mut values = match &field.go_type.shape {
        Shape::String(Some(name)) => Schema::get().enum_values(name).to_vec(),
        _ => Vec::new(),
    };
    values.sort();
    values
}

impl Explainer<'_> {
    fn doc(&self, info: &TypeInfo, field: &str) -> String {
        self.docs.get(&info.name).and_then(|fields| fields.get(field)).cloned().unwrap_or_default()
    }

    /// A field's description, with the values it may take.
    fn field_doc(&self, info: &TypeInfo, field: &Field) -> String {
        let mut text = self.doc(info, &field.name);
        let values = enum_values(field);
        if !values.is_empty() && !text.contains("Possible enum values") {
            text += "\n\nPossible enum values:\n";
            let told = match &field.go_type.shape {
                Shape::String(Some(name)) => self.docs.get(name.as_str()),
                _ => None,
            };
            let line = |value: &String| {
                let words = told.and_then(|docs| docs.get(value)).map(|words| format!(" {words}")).unwrap_or_default();
                format!(" - `\"{value}\"`{words}")
            };
            text += &values.iter().map(line).collect::<Vec<_>>().join("\n");
        }
        text
    }

    fn path(&mut self, root: &'static TypeInfo, path: &[&str], recursive: bool) -> Result<(), Fail> {
        let mut info = root;
        let mut found: Option<(&'static TypeInfo, &'static Field)> = None;
        // Whichever is not there, the last is named.
        let missing = || Fail::Text(format!("field \"{}\" does not exist", path.last().unwrap_or(&"")));
        for (i, name) in path.iter().enumerate() {
            let field = info.field(name).ok_or_else(missing)?;
            found = Some((info, field));
            match inner(field) {
                Some(next) => info = next,
                None if i + 1 == path.len() => {}
                None => return Err(missing()),
            }
        }
        let Some((owner, field)) = found else {
            self.out += "DESCRIPTION:\n";
            let text = self.doc(root, "");
            self.description(&text);
            self.fields_section(root, recursive);
            return Ok(());
        };
        self.out += &format!("FIELD: {} <{}>\n", field.name, type_name(&field.go_type.shape));
        let values = enum_values(field);
        if values.is_empty() {
            self.out += "\n";
        } else {
            self.out += "ENUM:\n";
            for value in &values {
                self.out += &format!("    {}\n", if value.is_empty() { "\"\"" } else { value });
            }
        }
        self.out += "\nDESCRIPTION:\n";
        let mut text = self.field_doc(owner, field);
        let target = inner(field);
        if let Some(target) = target {
            let more = self.doc(target, "");
            if !more.is_empty() {
                text = if text.is_empty() { more } else { format!("{text}\n{more}") };
            }
        }
        self.description(&text);
        match target {
            Some(target) if !target.fields.is_empty() => self.fields_section(target, recursive),
            _ => self.out += "\n",
        }
        Ok(())
    }

    fn description(&mut self, text: &str) {
        let text = if text.is_empty() { "<empty>" } else { text };
        self.wrapped(text, 4);
        self.out += "    \n";
    }

    fn fields_section(&mut self, info: &'static TypeInfo, recursive: bool) {
        self.out += "FIELDS:\n";
        self.fields(info, 2, recursive, &mut Vec::new());
        self.out += "\n";
    }

    fn fields(&mut self, info: &'static TypeInfo, indent: usize, recursive: bool, above: &mut Vec<String>) {
        let mut fields: Vec<&'static Field> = info.fields.iter().collect();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        let pad = " ".repeat(indent);
        for field in fields {
            let required = if field.required && !field.omit_empty { " -required-" } else { "" };
            self.out += &format!("{pad}{}\t<{}>{required}\n", field.name, type_name(&field.go_type.shape));
            let values = enum_values(field);
            if !values.is_empty() {
                let shown: Vec<&str> = values.iter().take(ENUM_LIMIT).map(|v| if v.is_empty() { "\"\"" } else { v }).collect();
                let more = if values.len() > ENUM_LIMIT { ", ...." } else { "" };
                self.out += &format!("{pad}enum: {}{more}\n", shown.join(", "));
            }
            if !recursive {
                let mut text = self.field_doc(info, field);
                if text.is_empty() {
                    text = "<no description>".into();
                }
                self.wrapped(&text, indent + 2);
                self.out += "\n";
                continue;
            }
            if let Some(inner) = inner(field)
                && !above.contains(&inner.name)
                && above.len() < 24
            {
                above.push(inner.name.clone());
                self.fields(inner, indent + 2, recursive, above);
                above.pop();
            }
        }
    }

    /// Paragraphs of at most 80 columns.
    fn wrapped(&mut self, text: &str, indent: usize) {
        let pad = " ".repeat(indent);
        let width = 80 - indent.min(40);
        for line in text.lines() {
            for piece in wrap(line, width) {
                self.out += &format!("{pad}{piece}\n");
            }
        }
    }
}

/// A line broken at spaces; the spaces between two words of a line stay. Models mitchellh/go-wordwrap.
fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let (mut current, mut used) = (String::new(), 0);
    let mut rest = line;
    while !rest.is_empty() {
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        let (gap, after) = rest.split_at(spaces);
        let (word, next) = after.split_at(after.find(' ').unwrap_or(after.len()));
        let length = word.chars().count();
        if used + spaces + length > width && used > 0 {
            pieces.push(std::mem::take(&mut current));
            used = 0;
        } else {
            current += gap;
            used += spaces;
        }
        current += word;
        used += length;
        rest = next;
    }
    pieces.push(current);
    pieces
}
