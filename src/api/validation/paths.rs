//! Paths of files that manifests give.

use super::field::{Error, ErrorList, Path};

/// A file mode's bounds.
pub const MODE_ERROR: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// No part of the path may be `..`.
pub fn validate_no_backsteps(target: &str, path: &Path, errors: &mut ErrorList) {
    if target.split('/').any(|part| part == "..") {
        errors.push(Error::invalid(path, target, "must not contain '..'"));
    }
}

/// A path below some folder. Models validateLocalDescendingPath.
pub fn validate_local_descending(target: &str, path: &Path, errors: &mut ErrorList) {
    if target.starts_with('/') {
        errors.push(Error::invalid(path, target, "must be a relative path"));
    }
    validate_no_backsteps(target, path, errors);
}

/// A path below some folder that the kubelet does not keep for itself. Models ValidateLocalNonReservedPath.
pub fn validate_local_non_reserved(target: &str, path: &Path, errors: &mut ErrorList) {
    validate_local_descending(target, path, errors);
    if target.starts_with("..") && !target.starts_with("../") {
        errors.push(Error::invalid(path, target, "must not start with '..'"));
    }
}

/// Permission bits.
pub fn validate_mode(mode: Option<i32>, path: &Path, errors: &mut ErrorList) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        errors.push(Error::invalid(path, mode, MODE_ERROR));
    }
}
