//! ControllerRevisions. Models ValidateControllerRevision of `pkg/apis/apps/validation`.

use k8s_openapi::api::apps::v1::ControllerRevision;

use super::field::{Error, ErrorList, Path};
use super::{meta, names};

/// What is wrong with a version that a controller keeps.
pub fn validate(revision: &ControllerRevision) -> ErrorList {
    let mut errors = ErrorList::new();
    meta::validate_object_meta(&revision.metadata, true, names::name_is_subdomain, &mut errors);
    if revision.data.as_ref().is_none_or(|data| data.0.is_null()) {
        errors.push(Error::required(&Path::new("data"), "data is mandatory"));
    }
    if revision.revision < 0 {
        errors.push(Error::invalid(&Path::new("revision"), revision.revision, "must be greater than or equal to 0"));
    }
    errors
}

/// What is wrong with a changed one: only its number may change.
pub fn validate_update(new: &ControllerRevision, old: &ControllerRevision) -> ErrorList {
    let mut errors = ErrorList::new();
    meta::validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    errors.extend(validate(new));
    if new.data != old.data {
        let data = new.data.as_ref().map(|data| data.0.clone()).unwrap_or_default();
        errors.push(Error::invalid(&Path::new("data"), data.to_string(), "field is immutable"));
    }
    errors
}
