//! Volumes put together from several sources. Models validateProjectionSources.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{ClusterTrustBundleProjection, KeyToPath, ServiceAccountTokenProjection, VolumeProjection};

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::meta::{items, selector_json, validate_label_selector};
use super::names;
use super::paths::validate_local_non_reserved;
use super::volume::{validate_downward_file, validate_key_to_path};

const CONFLICT: &str = "conflicting duplicate paths";

/// The sources; `path` is the volume's.
pub fn validate(sources: &[VolumeProjection], path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, source) in sources.iter().enumerate() {
        let own = path.child("sources").index(index);
        let mut count = 0;
        if let Some(secret) = &source.secret {
            count += 1;
            validate_keys(&secret.name, items(&secret.items), &own.child("secret"), path, &mut seen, errors);
        }
        if let Some(map) = &source.config_map {
            count += 1;
            validate_keys(&map.name, items(&map.items), &own.child("configMap"), path, &mut seen, errors);
        }
        if let Some(downward) = &source.downward_api {
            count += 1;
            for file in items(&downward.items) {
                validate_downward_file(file, &own.child("downwardAPI"), errors);
                if !file.path.is_empty() && !seen.insert(file.path.as_str()) {
                    errors.push(Error::invalid(path, &file.path, CONFLICT));
                }
            }
        }
        if let Some(token) = &source.service_account_token {
            count += 1;
            validate_token(token, &own.child("serviceAccountToken"), path, errors);
        }
        if let Some(bundle) = &source.cluster_trust_bundle {
            count += 1;
            validate_trust_bundle(bundle, &own.child("clusterTrustBundle"), errors);
            if !seen.insert(bundle.path.as_str()) {
                errors.push(Error::invalid(path, &bundle.path, CONFLICT));
            }
        }
        if count > 1 {
            errors.push(Error::forbidden(&own, "may not specify more than 1 volume type per source"));
        }
    }
}

fn validate_keys<'a>(name: &str, keys: &'a [KeyToPath], own: &Path, path: &Path, seen: &mut BTreeSet<&'a str>, errors: &mut ErrorList) {
    if name.is_empty() {
        errors.push(Error::required(&own.child("name"), ""));
    }
    for (index, key) in keys.iter().enumerate() {
        validate_key_to_path(key, &own.child("items").index(index), errors);
        if !key.path.is_empty() && !seen.insert(key.path.as_str()) {
            errors.push(Error::invalid(path, name, CONFLICT));
        }
    }
}

fn validate_token(token: &ServiceAccountTokenProjection, own: &Path, path: &Path, errors: &mut ErrorList) {
    let seconds = token.expiration_seconds.unwrap_or(0);
    let seconds_path = own.child("expirationSeconds");
    if seconds < 600 {
        errors.push(Error::invalid(&seconds_path, seconds, "may not specify a duration less than 10 minutes"));
    }
    if seconds > 1 << 32 {
        errors.push(Error::invalid(&seconds_path, seconds, "may not specify a duration larger than 2^32 seconds"));
    }
    // Kubernetes names the volume here, not the source.
    if token.path.is_empty() {
        errors.push(Error::required(&path.child("path"), ""));
    } else {
        validate_local_non_reserved(&token.path, &path.child("path"), errors);
    }
}

fn validate_trust_bundle(bundle: &ClusterTrustBundleProjection, own: &Path, errors: &mut ErrorList) {
    match (&bundle.name, &bundle.signer_name) {
        (Some(name), None) => {
            if name.is_empty() {
                errors.push(Error::required(&own.child("name"), "must be a valid object name"));
            }
            for sentence in names::dns1123_subdomain(name) {
                let detail = format!("not a valid clustertrustbundlename: {sentence}");
                errors.push(Error::invalid(&own.child("name"), name, detail));
            }
            if let Some(selector) = &bundle.label_selector {
                let detail = "labelSelector must be unset if name is specified";
                errors.push(Error::invalid(&own.child("labelSelector"), selector_json(selector), detail));
            }
        }
        (None, Some(signer)) => {
            if signer.is_empty() {
                errors.push(Error::required(&own.child("signerName"), "must be a valid signer name"));
            } else if !signer.contains('/') {
                let detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
                errors.push(Error::invalid(&own.child("signerName"), signer, detail));
            }
            validate_label_selector(&bundle.label_selector, &own.child("labelSelector"), errors);
        }
        (None, None) => errors.push(Error::required(own, "either name or signerName must be specified")),
        (Some(_), Some(_)) => {
            let json = serde_json::to_value(bundle).unwrap_or_default();
            let shown = go_json::compact(Some(&json), &Type::Struct(&go_types::TRUST_BUNDLE_PROJECTION));
            errors.push(Error::invalid(own, BadValue::Json(shown), "only one of name and signerName may be used"));
        }
    }
    if bundle.path.is_empty() {
        errors.push(Error::required(&own.child("path"), ""));
    }
    validate_local_non_reserved(&bundle.path, &own.child("path"), errors);
}
