//! The one schema of all kinds: fields, Go's names of their types, lists' merge keys, constants.
//!
//! `names.json` and `static/docs.json` are written by `tools/gen-schema` from k8s-openapi's `schemars` feature and
//! the facts of Kubernetes' Go types that it lacks; neither is edited by hand.
mod load;
mod names;

pub use names::{GoType, Shape};

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Index of a struct in the schema.
pub type TypeId = usize;

/// All types.
#[derive(Debug, Default)]
pub struct Schema {
    types: Vec<TypeInfo>,
    by_name: BTreeMap<String, TypeId>,
    strings: BTreeMap<String, Vec<String>>,
}

/// A struct.
#[derive(Debug, Default)]
pub struct TypeInfo {
    /// Package and name: `core.Container`.
    pub name: String,
    /// In the order of Go's struct, embedded ones flattened.
    pub fields: Vec<Field>,
    /// Positions in `fields`, by name.
    order: Vec<usize>,
    /// Server-side apply owns it as a whole.
    pub atomic: bool,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field {
    /// Its JSON name.
    pub name: String,
    /// Its type.
    pub go_type: GoType,
    /// The API refuses objects without it (as `kubectl explain` says it).
    pub required: bool,
    /// Go leaves it out when it is empty.
    pub omit_empty: bool,
    /// Go leaves it out when it is the zero value of its struct.
    pub omit_zero: bool,
    /// The embedded structs it comes through: `VolumeSource`.
    pub via: Vec<String>,
    /// Strategic merge patch: `merge`, `replace`, `retainKeys`, or several.
    pub patch_strategy: Vec<String>,
    /// The key by which a strategic merge tells a list's items apart.
    pub patch_merge_key: Option<String>,
    /// Server-side apply: `map`, `set`, `atomic`, `granular`, or empty.
    pub list_type: String,
    /// The keys of a `map` list.
    pub list_map_keys: Vec<String>,
}

impl TypeInfo {
    /// The field of a JSON name; case matters.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let found = self.order.binary_search_by(|index| self.fields.get(*index).map_or("", |field| field.name.as_str()).cmp(name));
        found.ok().and_then(|position| self.order.get(position)).and_then(|index| self.fields.get(*index))
    }

    /// The name without its package, as Go's type errors print it.
    pub fn go_name(&self) -> &str {
        self.name.split_once('.').map_or(self.name.as_str(), |(_, name)| name)
    }
}

impl Schema {
    /// The schema of Kubernetes 1.36.
    pub fn get() -> &'static Schema {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| load::load(include_str!("names.json")))
    }

    /// A struct by package and name: `core.Pod`.
    pub fn find(&self, name: &str) -> Option<&TypeInfo> {
        self.by_name.get(name).and_then(|id| self.types.get(*id))
    }

    /// The index of a struct.
    pub fn id(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    /// A struct by its index.
    pub fn info(&self, id: TypeId) -> Option<&TypeInfo> {
        self.types.get(id)
    }

    /// The struct of a kind, by API group (`""`, `apps`, …) and name.
    pub fn kind(&self, group: &str, kind: &str) -> Option<&TypeInfo> {
        let package = match group {
            "" => "core",
            other => other.split('.').next().unwrap_or(other),
        };
        self.find(&format!("{package}.{kind}"))
    }

    /// The struct a path of field names leads to, lists and maps passed through, and the last field.
    pub fn walk(&self, start: &'static TypeInfo, path: &[&str]) -> Option<(&TypeInfo, Option<&Field>)> {
        let mut current = start;
        let mut last = None;
        for (index, name) in path.iter().enumerate() {
            let field = current.field(name)?;
            last = Some(field);
            match field.go_type.shape.innermost() {
                Shape::Struct(id) => current = self.info(*id)?,
                _ if index + 1 == path.len() => {}
                _ => return None,
            }
        }
        Some((current, last))
    }

    /// The allowed values of a named string type (`core.Protocol`), if Kubernetes lists them.
    pub fn enum_values(&self, string_type: &str) -> &[String] {
        self.strings.get(string_type).map_or(&[], Vec::as_slice)
    }
}

/// The descriptions of a struct and of its fields; the struct's own is under the empty name. Natively only: the
/// page loads the same file when it first needs it and hands it to `read_docs`.
#[cfg(not(target_arch = "wasm32"))]
pub fn docs() -> &'static Docs {
    static DOCS: OnceLock<Docs> = OnceLock::new();
    DOCS.get_or_init(|| read_docs(include_str!("../../../static/docs.json")))
}

/// Descriptions by struct and field.
pub type Docs = BTreeMap<String, BTreeMap<String, String>>;

/// Reads `docs.json`; anything else reads as no descriptions.
pub fn read_docs(text: &str) -> Docs {
    let mut sections: BTreeMap<String, Docs> = serde_json::from_str(text).unwrap_or_default();
    sections.remove("docs").unwrap_or_default()
}
