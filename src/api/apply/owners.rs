//! Who owns which fields: `metadata.managedFields`. Models apimachinery `pkg/util/managedfields`.
use super::field_set::FieldSet;
use super::sets;
use crate::api::schema::{Schema, TypeInfo};
use crate::api::{Kind, Object, time};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, Time};
use serde_json::{Value, json};
use std::fmt;

/// A writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// `kubectl-client-side-apply`
    pub name: String,
    /// Whether it applies, rather than updates.
    pub apply: bool,
    /// `apps/v1`
    pub api_version: String,
    /// `status`, or nothing.
    pub subresource: String,
    /// When it writes.
    pub time: Timestamp,
}

/// A writer and its fields.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub manager: Manager,
    pub fields: FieldSet,
}

impl Manager {
    fn same_as(&self, other: &Self) -> bool {
        self.name == other.name && self.apply == other.apply && self.subresource == other.subresource
    }

    fn operation(&self) -> &'static str {
        if self.apply { "Apply" } else { "Update" }
    }

    fn entry(&self) -> ManagedFieldsEntry {
        ManagedFieldsEntry {
            manager: Some(self.name.clone()),
            operation: Some(self.operation().to_string()),
            api_version: Some(self.api_version.clone()),
            time: Some(Time(self.time)),
            fields_type: Some("FieldsV1".to_string()),
            fields_v1: None,
            subresource: (!self.subresource.is_empty()).then(|| self.subresource.clone()),
        }
    }
}

impl fmt::Display for Manager {
    /// As conflicts name it. Models printManager.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", crate::api::go::quote(&self.name))?;
        if !self.subresource.is_empty() {
            write!(out, " with subresource {}", crate::api::go::quote(&self.subresource))?;
        }
        if !self.apply {
            write!(out, " using {}", self.api_version)?;
        }
        Ok(())
    }
}

impl Owner {
    pub fn is(&self, manager: &Manager) -> bool {
        self.manager.same_as(manager)
    }
}

/// The owners of an object; who made it owns what no other does.
pub(super) fn read(root: &'static TypeInfo, value: &Value) -> Vec<Owner> {
    let entries = value["metadata"]["managedFields"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_string();
    let mut owners: Vec<(Owner, bool)> = entries
        .iter()
        .map(|entry| {
            let manager = Manager {
                name: text(entry, "manager"),
                apply: entry["operation"] == "Apply",
                api_version: text(entry, "apiVersion"),
                subresource: text(entry, "subresource"),
                time: entry["time"].as_str().and_then(|text| time::parse(text).ok()).unwrap_or(Timestamp::UNIX_EPOCH),
            };
            (Owner { manager, fields: FieldSet::from_fields_v1(&entry["fieldsV1"]) }, entry["fieldsV1"].is_null())
        })
        .collect();
    if owners.iter().any(|(_, maker)| *maker) {
        let known = owners.iter().fold(FieldSet::default(), |all, (owner, _)| all.union(&owner.fields));
        let rest = sets::of_object(root, value).without(&["f:status"]).difference(&known);
        for (owner, _) in owners.iter_mut().filter(|(_, maker)| *maker) {
            owner.fields = rest.clone();
        }
    }
    owners.into_iter().map(|(owner, _)| owner).collect()
}

/// Nobody noted who made the object: somebody did. Models `before-first-apply` of buildManagerInfo.
pub(super) fn before_first_apply(root: &'static TypeInfo, live: &Value, applier: &Manager) -> Vec<Owner> {
    let made = live["metadata"]["creationTimestamp"].as_str().and_then(|text| time::parse(text).ok());
    let name = "before-first-apply".to_string();
    let time = made.unwrap_or(applier.time);
    let manager = Manager { name, apply: false, api_version: applier.api_version.clone(), subresource: String::new(), time };
    vec![Owner { manager, fields: sets::of_object(root, live).without(&["f:status"]) }]
}

/// Gives a writer exactly these fields.
pub(super) fn set(owners: &mut Vec<Owner>, manager: &Manager, fields: FieldSet) {
    owners.retain(|owner| !owner.is(manager));
    owners.push(Owner { manager: manager.clone(), fields });
}

/// Writes the owners into the object; appliers first, then by time. Models sortEncodedManagedFields.
pub(super) fn write(value: &mut Value, mut owners: Vec<Owner>) {
    owners.retain(|owner| !owner.fields.is_empty());
    owners.sort_by(|left, right| {
        let key = |owner: &Owner| (!owner.manager.apply, owner.manager.time);
        key(left).cmp(&key(right)).then_with(|| left.manager.name.cmp(&right.manager.name))
    });
    let entries: Vec<Value> = owners
        .iter()
        .map(|owner| {
            let mut entry = json!({
                "manager": owner.manager.name, "operation": owner.manager.operation(), "apiVersion": owner.manager.api_version,
                "time": time::format(owner.manager.time), "fieldsType": "FieldsV1", "fieldsV1": owner.fields.to_fields_v1(),
            });
            if !owner.manager.subresource.is_empty() {
                entry["subresource"] = json!(owner.manager.subresource);
            }
            entry
        })
        .collect();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("managedFields".to_string(), Value::Array(entries));
    }
}

fn root(kind: Kind) -> Option<&'static TypeInfo> {
    let info = kind.info();
    Schema::get().kind(info.group, info.kind)
}

/// Notes who made an object.
pub fn on_create(object: &mut Object, manager: &Manager) {
    object.meta_mut().managed_fields = Some(vec![manager.entry()]);
}

/// Notes who changed an object: it owns what it changed, and the others do not any more.
pub fn on_update(object: &mut Object, old: &Object, manager: &Manager) {
    let before = old.meta().managed_fields.clone().unwrap_or_default();
    object.meta_mut().managed_fields = Some(before.clone()).filter(|entries| !entries.is_empty());
    let single_maker = matches!(before.as_slice(), [only] if only.fields_v1.is_none() && only.manager.as_deref() == Some(&manager.name));
    if before.is_empty() || single_maker {
        return;
    }
    let Some(root) = root(object.kind()) else { return };
    let (old_value, mut value) = (old.to_json(), object.to_json());
    let changed = sets::changed(root, &old_value, &value);
    if changed.is_empty() {
        return;
    }
    let mut owners = read(root, &old_value);
    let mut mine = changed.clone();
    for owner in &mut owners {
        if owner.is(manager) {
            mine = mine.union(&owner.fields);
        } else {
            owner.fields = owner.fields.difference(&changed);
        }
    }
    set(&mut owners, manager, mine);
    write(&mut value, owners);
    object.meta_mut().managed_fields = serde_json::from_value(value["metadata"]["managedFields"].take()).ok();
}

/// Writes out the fields of who made the object, for those who want to see them.
pub fn expand(kind: Kind, value: &mut Value) {
    let entries = value["metadata"]["managedFields"].as_array();
    let lazy = entries.is_some_and(|entries| entries.iter().any(|entry| entry["fieldsV1"].is_null()));
    if let (true, Some(root)) = (lazy, root(kind)) {
        let owners = read(root, value);
        write(value, owners);
    }
}
