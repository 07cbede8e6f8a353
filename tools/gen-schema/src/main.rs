//! Writes the one schema: `names.json` (types, for the first load) and `docs.json` (descriptions).
//!
//! Structure and descriptions come from k8s-openapi's `schemars` feature; what that lacks (Go's names, embedded
//! structs, patch and list markers, constants) from `go-types.json`, which `go_types.py` collects.
//! The two must agree on every field, or nothing is written.
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

mod roots;

/// OpenAPI's packages by the short name used in the schema.
const PACKAGES: &[(&str, &str)] = &[
    ("core", "io.k8s.api.core.v1"),
    ("apps", "io.k8s.api.apps.v1"),
    ("batch", "io.k8s.api.batch.v1"),
    ("coordination", "io.k8s.api.coordination.v1"),
    ("discovery", "io.k8s.api.discovery.v1"),
    ("scheduling", "io.k8s.api.scheduling.v1"),
    ("autoscaling", "io.k8s.api.autoscaling.v1"),
    ("policy", "io.k8s.api.policy.v1"),
    ("meta", "io.k8s.apimachinery.pkg.apis.meta.v1"),
];

/// Types that are written as one value.
const LEAVES: &[&str] = &["meta.Time", "meta.MicroTime", "meta.FieldsV1", "meta.Duration"];

struct Generator {
    facts: Value,
    definitions: Map<String, Value>,
    names: BTreeMap<String, Value>,
    docs: BTreeMap<String, Value>,
    strings: BTreeMap<String, Value>,
    aliases: BTreeMap<String, Value>,
    faults: Vec<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, facts, names_file, docs_file] = arguments.as_slice() else {
        eprintln!("usage: gen-schema GO_TYPES NAMES_OUT DOCS_OUT");
        return ExitCode::from(2);
    };
    let facts = std::fs::read_to_string(facts).expect("go-types.json");
    let mut generator = Generator {
        facts: serde_json::from_str(&facts).expect("JSON"),
        definitions: roots::definitions(),
        names: BTreeMap::new(),
        docs: BTreeMap::new(),
        strings: BTreeMap::new(),
        aliases: BTreeMap::new(),
        faults: Vec::new(),
    };
    for root in roots::ROOTS {
        generator.visit(root);
    }
    for fault in &generator.faults {
        eprintln!("error: {fault}");
    }
    if !generator.faults.is_empty() {
        return ExitCode::FAILURE;
    }
    let names = json!({
        "types": generator.names,
        "strings": generator.strings,
        "aliases": generator.aliases,
    });
    std::fs::write(names_file, lines(&names)).expect("write");
    std::fs::write(docs_file, lines(&json!({"docs": generator.docs}))).expect("write");
    ExitCode::SUCCESS
}

/// Compact JSON with one entry of the second level a line, so that changes can be reviewed.
fn lines(value: &Value) -> String {
    let mut out = String::from("{");
    for (index, (section, entries)) in value.as_object().into_iter().flatten().enumerate() {
        out.push_str(if index > 0 { ",\n" } else { "\n" });
        out.push_str(&format!("\"{section}\":{{"));
        for (index, (name, entry)) in entries.as_object().into_iter().flatten().enumerate() {
            out.push_str(if index > 0 { ",\n" } else { "\n" });
            out.push_str(&format!("\"{name}\":{entry}"));
        }
        out.push('}');
    }
    out.push_str("}\n");
    out
}

/// `*[]core.Container` → `core.Container`
fn base_type(go_type: &str) -> &str {
    let mut rest = go_type;
    loop {
        let next = rest.trim_start_matches('*').trim_start_matches("[]").trim_start_matches("map[string]");
        if next == rest {
            return rest;
        }
        rest = next;
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

impl Generator {
    fn definition(&self, name: &str) -> Option<&Value> {
        let (package, simple) = name.split_once('.')?;
        let prefix = PACKAGES.iter().find(|(short, _)| *short == package)?.1;
        self.definitions.get(&format!("{prefix}.{simple}"))
    }

    fn visit(&mut self, name: &str) {
        let leaf = LEAVES.contains(&name) || !PACKAGES.iter().any(|(short, _)| name.starts_with(&format!("{short}.")));
        if leaf || self.names.contains_key(name) || self.aliases.contains_key(name) || self.strings.contains_key(name) {
            return;
        }
        if let Some(string) = self.facts["strings"].get(name).cloned() {
            if let Some(docs) = string["docs"].as_object().filter(|_| string["enum"] == true) {
                let told = docs.iter().filter(|(_, text)| text.as_str() != Some(""));
                self.docs.insert(name.to_string(), told.map(|(value, text)| (value.clone(), text.clone())).collect());
            }
            let values = if string["enum"] == true { string["values"].clone() } else { json!([]) };
            self.strings.insert(name.to_string(), values);
            return;
        }
        let Some(facts) = self.facts["types"].get(name).cloned() else {
            self.faults.push(format!("{name}: unknown to go-types.json"));
            return;
        };
        if let Some(alias) = facts.get("alias").and_then(Value::as_str) {
            self.aliases.insert(name.to_string(), json!(alias));
            self.visit(base_type(alias));
            return;
        }
        self.names.insert(name.to_string(), Value::Null);
        let fields = self.flatten(name, "");
        let entry = self.describe(name, &fields, text(&facts, "structType"));
        self.names.insert(name.to_string(), entry);
        for (field, _) in &fields {
            self.visit(base_type(text(field, "type")));
        }
    }

    /// The fields in Go's order, with the embedded structs they come through.
    fn flatten(&self, name: &str, via: &str) -> Vec<(Value, String)> {
        let mut all = Vec::new();
        for field in self.facts["types"][name]["fields"].as_array().into_iter().flatten() {
            if let Some(embedded) = field.get("embedded").and_then(Value::as_str) {
                let simple = embedded.rsplit('.').next().unwrap_or(embedded);
                let path = if via.is_empty() { simple.to_string() } else { format!("{via}.{simple}") };
                all.extend(self.flatten(embedded, &path));
            } else if text(field, "json") != "-" && !text(field, "json").is_empty() {
                all.push((field.clone(), via.to_string()));
            }
        }
        all
    }

    fn describe(&mut self, name: &str, fields: &[(Value, String)], atomic: &str) -> Value {
        let Some(definition) = self.definition(name).cloned() else {
            self.faults.push(format!("{name}: not in k8s-openapi"));
            return Value::Null;
        };
        let properties = definition["properties"].as_object().cloned().unwrap_or_default();
        let known: BTreeSet<&str> = fields.iter().map(|(field, _)| text(field, "json")).collect();
        for property in properties.keys().filter(|property| !known.contains(property.as_str())) {
            self.faults.push(format!("{name}.{property}: not in go-types.json"));
        }
        let required: BTreeSet<&str> = definition["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut docs = Map::from_iter([(String::new(), json!(text(&definition, "description")))]);
        let mut described = Vec::new();
        for (field, via) in fields {
            let json_name = text(field, "json");
            let Some(property) = properties.get(json_name) else {
                self.faults.push(format!("{name}.{json_name}: not in k8s-openapi"));
                continue;
            };
            docs.insert(json_name.to_string(), json!(text(property, "description")));
            let mut flags = String::new();
            let gone = ["apiVersion", "kind", "metadata"].contains(&json_name);
            for (flag, set) in [
                ('r', required.contains(json_name) && !gone),
                ('o', field.get("omitempty").is_some()),
                ('z', field.get("omitzero").is_some()),
            ] {
                if set {
                    flags.push(flag);
                }
            }
            let keys: Vec<&str> = field["listMapKeys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let atomic = [text(field, "listType"), text(field, "mapType"), text(field, "structType")].concat();
            let mut row = vec![
                json_name.to_string(),
                text(field, "type").to_string(),
                flags,
                via.clone(),
                text(field, "patchStrategy").to_string(),
                text(field, "patchMergeKey").to_string(),
                atomic,
                keys.join(","),
            ];
            while row.last().is_some_and(String::is_empty) {
                row.pop();
            }
            described.push(json!(row));
        }
        self.docs.insert(name.to_string(), Value::Object(docs));
        if atomic.is_empty() { json!({"f": described}) } else { json!({"f": described, "s": atomic}) }
    }
}
