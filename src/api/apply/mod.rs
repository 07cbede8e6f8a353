//! Server-side apply: who owns which field, and what applying changes. Models structured-merge-diff and apimachinery
//! `pkg/util/managedfields`.
//!
//! An entry of `managedFields` without fields owns whatever no other entry owns. It stands for the writer who made
//! the object until somebody else writes it: so objects that one hand makes cost nothing to keep track of.
mod check;
mod field_set;
mod merge;
mod owners;
mod sets;

pub use owners::{Manager, expand, on_create, on_update};

use crate::api::schema::Schema;
use crate::api::status::{Cause, Details};
use crate::api::{Kind, Status};
use field_set::FieldSet;
use owners::Owner;
use serde_json::Value;

/// What `Apply` did: the object's new JSON, its managed fields among it.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The merged object.
    pub value: Value,
}

/// Merges `config` into `live` (null for a new object) on behalf of `manager`. Conflicts are refused unless forced.
pub fn apply(kind: Kind, live: &Value, config: &Value, manager: &Manager, force: bool) -> Result<Applied, Status> {
    let info = kind.info();
    let Some(root) = Schema::get().kind(info.group, info.kind) else {
        return Err(Status::internal("no schema"));
    };
    let name = |value: &Value, field: &str| value["metadata"][field].as_str().unwrap_or_default().to_string();
    check::check(root, config).map_err(|error| {
        let place = format!("{}/{}; {}, Kind={}", name(config, "namespace"), name(config, "name"), info.api_version(), info.kind);
        Status::new(500, "", format!("failed to create typed patch object ({place}): {error}"))
    })?;
    let mut owners = owners::read(root, live);
    if owners.is_empty() && !live.is_null() {
        owners = owners::before_first_apply(root, live, manager);
    }
    let wanted = sets::of_config(root, config);
    let before = owners.iter().find(|owner| owner.is(manager)).map(|owner| owner.fields.clone()).unwrap_or_default();
    let mut merged = if live.is_null() { config.clone() } else { merge::merge(root, live, config) };
    let changed = sets::changed(root, live, &merged);
    let conflicts = find_conflicts(&owners, manager, &wanted.intersection(&changed));
    if !conflicts.is_empty() && !force {
        return Err(conflict(&conflicts));
    }
    for (manager, fields) in &conflicts {
        owners.iter_mut().filter(|owner| owner.manager == *manager).for_each(|owner| owner.fields = owner.fields.difference(fields));
    }
    let others = owners.iter().filter(|owner| !owner.is(manager)).fold(FieldSet::default(), |all, owner| all.union(&owner.fields));
    let given_up = before.difference(&wanted).difference(&others);
    merge::remove(root, &mut merged, &given_up);
    owners::set(&mut owners, manager, wanted);
    owners::write(&mut merged, owners);
    Ok(Applied { value: merged })
}

type Conflicts = Vec<(Manager, FieldSet)>;

fn find_conflicts(owners: &[Owner], manager: &Manager, changed: &FieldSet) -> Conflicts {
    let others = owners.iter().filter(|owner| !owner.is(manager));
    let found = others.map(|owner| (owner.manager.clone(), owner.fields.intersection(changed)));
    found.filter(|(_, fields)| !fields.is_empty()).collect()
}

/// Models NewConflictError of `managedfields/internal/conflict.go`.
fn conflict(conflicts: &Conflicts) -> Status {
    let mut causes = Vec::new();
    let mut lines = Vec::new();
    for (manager, fields) in conflicts {
        let paths = fields.paths();
        lines.push(format!("conflicts with {manager}:"));
        for path in paths {
            lines.push(format!("- {path}"));
            causes.push(Cause { reason: "FieldManagerConflict".to_string(), message: format!("conflict with {manager}"), field: path });
        }
    }
    let message = match causes.as_slice() {
        [only] => format!("Apply failed with 1 conflict: {}: {}", only.message, only.field),
        many => format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n")),
    };
    Status { details: Some(Box::new(Details { causes, ..Details::default() })), ..Status::new(409, "Conflict", message) }
}

#[cfg(test)]
mod tests;
