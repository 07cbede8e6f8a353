//! Events. Models ValidateEventCreate for the core group.

use k8s_openapi::api::core::v1::Event;

use super::field::{Error, ErrorList, Path};
use super::meta::{push_invalid, text, validate_generic};
use super::names;

/// A new event. Its metadata are looked at once the rest is in order, as the registry does for every kind.
pub fn validate_create(event: &Event) -> ErrorList {
    let mut errors = validate(event);
    if errors.is_empty() {
        validate_generic(&event.metadata, true, names::path_segment, &mut errors);
    }
    errors
}

/// A changed event.
pub fn validate(event: &Event) -> ErrorList {
    let mut errors = ErrorList::new();
    let namespace = text(&event.metadata.namespace);
    let involved = text(&event.involved_object.namespace);
    let agrees = match (involved.is_empty(), event.event_time.is_some()) {
        (true, false) => namespace.is_empty() || namespace == "default",
        (true, true) => namespace == "default" || namespace == "kube-system",
        (false, true) => true,
        (false, false) => namespace == involved,
    };
    if !agrees {
        let path = Path::new("involvedObject").child("namespace");
        errors.push(Error::invalid(&path, involved, "does not match event.namespace"));
    }
    if event.event_time.is_some() {
        validate_new_fields(event, &mut errors);
    }
    push_invalid(names::dns1123_subdomain(namespace), namespace, &Path::new("namespace"), &mut errors);
    errors
}

fn validate_new_fields(event: &Event, errors: &mut ErrorList) {
    let controller = text(&event.reporting_component);
    let path = Path::new("reportingComponent");
    if controller.is_empty() {
        errors.push(Error::required(&path, ""));
    }
    push_invalid(names::qualified_name(controller), controller, &path, errors);
    let texts = [("reportingInstance", text(&event.reporting_instance)), ("action", text(&event.action)), ("reason", text(&event.reason))];
    for (name, value) in texts {
        let path = Path::new(name);
        if value.is_empty() {
            errors.push(Error::required(&path, ""));
        }
        if value.len() > 128 {
            errors.push(Error::invalid(&path, value, "can have at most 128 characters"));
        }
    }
    let message = text(&event.message);
    if message.len() > 1024 {
        errors.push(Error::invalid(&Path::new("message"), message, "can have at most 1024 characters"));
    }
}
