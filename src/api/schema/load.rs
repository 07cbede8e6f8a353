//! Reading `names.json`.
use super::names::{GoType, Shape, go_name};
use super::{Field, Schema, TypeInfo};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize, Default)]
struct File {
    aliases: BTreeMap<String, String>,
    strings: BTreeMap<String, Vec<String>>,
    types: BTreeMap<String, FileType>,
}

#[derive(Deserialize)]
struct FileType {
    f: Vec<Vec<String>>,
    #[serde(default)]
    s: String,
}

/// The file is part of the program; a test proves that it reads.
pub(super) fn load(text: &str) -> Schema {
    let file: File = serde_json::from_str(text).unwrap_or_default();
    let by_name: BTreeMap<String, usize> = file.types.keys().cloned().zip(0..).collect();
    let types = file
        .types
        .iter()
        .map(|(name, entry)| {
            let fields: Vec<Field> = entry.f.iter().map(|row| field(row, &file, &by_name)).collect();
            let mut order: Vec<usize> = (0..fields.len()).collect();
            order.sort_by(|left, right| fields.get(*left).map(|field| &field.name).cmp(&fields.get(*right).map(|field| &field.name)));
            TypeInfo { name: name.clone(), fields, order, atomic: entry.s == "atomic" }
        })
        .collect();
    Schema { types, by_name, strings: file.strings }
}

fn field(row: &[String], file: &File, by_name: &BTreeMap<String, usize>) -> Field {
    let cell = |index: usize| row.get(index).map_or("", String::as_str);
    let list = |index: usize, separator: char| -> Vec<String> {
        cell(index).split(separator).filter(|part| !part.is_empty()).map(str::to_string).collect()
    };
    Field {
        name: cell(0).to_string(),
        go_type: go_type(cell(1), file, by_name),
        required: cell(2).contains('r'),
        omit_empty: cell(2).contains('o'),
        omit_zero: cell(2).contains('z'),
        via: list(3, '.'),
        patch_strategy: list(4, ','),
        patch_merge_key: (!cell(5).is_empty()).then(|| cell(5).to_string()),
        list_type: cell(6).to_string(),
        list_map_keys: list(7, ','),
    }
}

fn go_type(text: &str, file: &File, by_name: &BTreeMap<String, usize>) -> GoType {
    let (pointer, bare) = match text.strip_prefix('*') {
        Some(bare) => (true, bare),
        None => (false, text),
    };
    let inner = |text: &str| Box::new(go_type(text, file, by_name));
    let shape = match bare {
        "string" => Shape::String(None),
        "bool" => Shape::Bool,
        "int32" => Shape::Int32,
        "int64" | "int" => Shape::Int64,
        "[]byte" => Shape::Bytes,
        "resource.Quantity" => Shape::Quantity,
        "intstr.IntOrString" => Shape::IntOrString,
        "meta.Time" => Shape::Time,
        "meta.MicroTime" => Shape::MicroTime,
        "types.UID" => Shape::String(Some(bare.to_string())),
        _ => {
            if let Some(item) = bare.strip_prefix("[]") {
                Shape::List(inner(item))
            } else if let Some(value) = bare.strip_prefix("map[string]") {
                Shape::Map(inner(value))
            } else if let Some(id) = by_name.get(bare) {
                Shape::Struct(*id)
            } else if let Some(alias) = file.aliases.get(bare) {
                go_type(alias, file, by_name).shape
            } else if file.strings.contains_key(bare) {
                Shape::String(Some(bare.to_string()))
            } else {
                Shape::Any
            }
        }
    };
    GoType { shape, pointer, go: go_name(bare) }
}
