//! The options of requests. Models metav1's ValidateCreateOptions and its like.

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::validate_field_manager;

fn validate_common(manager: &str, dry_run: &[String], field_validation: &str, errors: &mut ErrorList) {
    validate_field_manager(manager, &Path::new("fieldManager"), errors);
    validate_dry_run(dry_run, errors);
    let supported = ["", "Ignore", "Strict", "Warn"];
    if !supported.contains(&field_validation) {
        errors.push(Error::not_supported(&Path::new("fieldValidation"), field_validation, &supported));
    }
}

fn validate_dry_run(dry_run: &[String], errors: &mut ErrorList) {
    if dry_run.iter().any(|value| value != "All") {
        errors.push(Error::not_supported(&Path::new("dryRun"), BadValue::strings(dry_run), &["All"]));
    }
}

/// `CreateOptions`, and `UpdateOptions` too.
pub fn validate_create_options(manager: &str, dry_run: &[String], field_validation: &str) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_common(manager, dry_run, field_validation, &mut errors);
    errors
}

/// `PatchOptions`; `force` where the query has it.
pub fn validate_patch_options(manager: &str, force: Option<bool>, is_apply: bool, dry_run: &[String], field_validation: &str) -> ErrorList {
    let mut errors = ErrorList::new();
    if is_apply && manager.is_empty() {
        errors.push(Error::required(&Path::new("fieldManager"), "is required for apply patch"));
    }
    if !is_apply && force.is_some() {
        errors.push(Error::forbidden(&Path::new("force"), "may not be specified for non-apply patch"));
    }
    validate_common(manager, dry_run, field_validation, &mut errors);
    errors
}

/// `DeleteOptions`.
pub fn validate_delete_options(propagation: Option<&str>, orphan: Option<bool>, dry_run: &[String]) -> ErrorList {
    let mut errors = ErrorList::new();
    let path = Path::new("propagationPolicy");
    if let Some(policy) = propagation {
        if orphan.is_some() {
            let detail = "orphanDependents and deletionPropagation cannot be both set";
            errors.push(Error::invalid(&path, BadValue::word(policy), detail));
        }
        if !["Foreground", "Background", "Orphan"].contains(&policy) {
            let supported = ["Foreground", "Background", "Orphan", "nil"];
            errors.push(Error::not_supported(&path, BadValue::word(policy), &supported));
        }
    }
    validate_dry_run(dry_run, &mut errors);
    errors
}
