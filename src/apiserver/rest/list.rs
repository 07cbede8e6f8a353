//! Lists: which objects, of which revision, and a piece at a time. Models `pkg/storage` of k8s.io/apiserver.

use serde_json::json;

use super::continuation::{self, Continuation};
use super::path::Resource;
use super::{ApiServer, Request, Response, render};
use crate::api::go::number_error;
use crate::api::selector::{FieldSelector, LabelSelector, Selector};
use crate::api::status::{Cause, Details};
use crate::api::validation::field::{Error, ErrorList, Path};
use crate::api::validation::invalid_status_of;
use crate::api::{Kind, Object, Status};

/// What a list or watch is limited to.
pub(super) struct Filter {
    labels: Selector,
    fields: FieldSelector,
    name: Option<String>,
}

impl Filter {
    /// Reads `labelSelector` and `fieldSelector`.
    pub fn of(request: &Request, resource: &Resource) -> Result<Filter, Status> {
        let labels = request.query("labelSelector").unwrap_or_default();
        let fields = request.query("fieldSelector").unwrap_or_default();
        Ok(Filter {
            labels: LabelSelector::parse(labels).map_err(Status::bad_request)?,
            fields: FieldSelector::parse_for_kind(fields, resource.kind.info().kind).map_err(Status::bad_request)?,
            name: resource.name.clone(),
        })
    }

    /// Whether `object` is among those that are asked for.
    pub fn matches(&self, object: &Object) -> bool {
        self.name.as_deref().is_none_or(|name| name == object.name())
            && self.labels.matches_option(object.meta().labels.as_ref())
            && (self.fields.is_empty() || self.fields.matches(|field| field_value(object, field)))
    }

    /// Whether every object is asked for.
    fn is_empty(&self) -> bool {
        self.name.is_none() && self.labels.is_empty() && self.fields.is_empty()
    }
}

/// The value that a field selector compares: a dotted path of the object's JSON, absent as the empty string.
fn field_value(object: &Object, field: &str) -> String {
    match field {
        "metadata.name" => return object.name().to_owned(),
        "metadata.namespace" => return object.namespace().to_owned(),
        _ => {}
    }
    let json = object.to_json();
    let source = || {
        let component = json.pointer("/source/component").or(json.get("reportingComponent"));
        component.and_then(|c| c.as_str()).unwrap_or_default().to_owned()
    };
    if field == "source" && object.kind() == Kind::Event {
        return source();
    }
    let found = field.split('.').try_fold(&json, |value, part| value.get(part));
    match found {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Null) | None if field == "spec.unschedulable" || field == "spec.hostNetwork" => "false".into(),
        Some(serde_json::Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// What a list or watch asks of revisions.
pub(super) struct Options {
    /// `resourceVersion` as written.
    pub version: String,
    /// The same, read; 0 where there is none.
    pub revision: u64,
    /// `resourceVersionMatch`.
    pub version_match: String,
    /// `sendInitialEvents`.
    pub initial_events: Option<bool>,
    token: String,
    limit: usize,
}

impl Options {
    /// Reads and checks the query. Models ValidateListOptions of `pkg/apis/meta/internalversion`.
    pub fn of(request: &Request, watch: bool) -> Result<Options, Status> {
        let text = |name: &str| request.query(name).unwrap_or_default().to_owned();
        let (version, version_match, token) = (text("resourceVersion"), text("resourceVersionMatch"), text("continue"));
        let initial_events =
            request.query("sendInitialEvents").filter(|value| !value.is_empty()).map(|_| request.flag("sendInitialEvents"));
        let limit = number(&text("limit"))?;
        let mut errors = ErrorList::new();
        if watch {
            check_watch(&version_match, initial_events, &token, &mut errors);
        } else {
            check_list(&version, &version_match, initial_events, &token, &mut errors);
        }
        if !errors.is_empty() {
            return Err(invalid_status_of("meta.k8s.io", "ListOptions", "", &errors));
        }
        let revision = match version.as_str() {
            "" => 0,
            written => written.parse().map_err(|_| {
                let fault = number_error("ParseUint", written);
                let quoted = crate::api::go::quote(written);
                Status::bad_request(format!("invalid resource version: resourceVersion: Invalid value: {quoted}: {fault}"))
            })?,
        };
        Ok(Options { version, revision, version_match, initial_events, token, limit })
    }
}

/// A whole number of the query; nothing is nought.
fn number(written: &str) -> Result<usize, Status> {
    if written.is_empty() {
        return Ok(0);
    }
    let value: i64 = written.parse().map_err(|_| Status::bad_request(number_error("ParseInt", written)))?;
    Ok(usize::try_from(value).unwrap_or(0))
}

const MATCH: &str = "resourceVersionMatch";

fn check_list(version: &str, version_match: &str, initial: Option<bool>, token: &str, errors: &mut ErrorList) {
    let path = Path::new(MATCH);
    if !version_match.is_empty() {
        if version.is_empty() {
            errors.push(Error::forbidden(&path, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
        }
        if !token.is_empty() {
            errors.push(Error::forbidden(&path, "resourceVersionMatch is forbidden when continue is provided"));
        }
        if !matches!(version_match, "Exact" | "NotOlderThan") {
            errors.push(Error::not_supported(&path, version_match, &["Exact", "NotOlderThan", ""]));
        }
        if version_match == "Exact" && version == "0" {
            errors.push(Error::forbidden(&path, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
        }
    }
    if initial.is_some() {
        errors.push(Error::forbidden(&Path::new("sendInitialEvents"), "sendInitialEvents is forbidden for list"));
    }
}

fn check_watch(version_match: &str, initial: Option<bool>, token: &str, errors: &mut ErrorList) {
    let path = Path::new(MATCH);
    if initial.is_some() && version_match != "NotOlderThan" {
        errors.push(Error::forbidden(&path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
    }
    if !version_match.is_empty() {
        if initial.is_none() {
            errors.push(Error::forbidden(&path, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        }
        if version_match != "NotOlderThan" {
            errors.push(Error::not_supported(&path, version_match, &["NotOlderThan"]));
        }
        if !token.is_empty() {
            errors.push(Error::forbidden(&path, "resourceVersionMatch is forbidden when continue is provided"));
        }
    }
}

/// The revision lies in the future. Models NewTooLargeResourceVersionError.
pub(super) fn too_large(asked: u64, current: u64) -> Status {
    let cause = Cause { reason: "ResourceVersionTooLarge".into(), message: "Too large resource version".into(), ..Cause::default() };
    let details = Details { causes: vec![cause], retry_after_seconds: 1, ..Details::default() };
    let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
    Status { details: Some(Box::new(details)), ..Status::new(504, "Timeout", message) }
}

/// Lists objects.
pub(super) fn answer(server: &ApiServer, request: &Request, resource: &Resource) -> Result<Response, Status> {
    let filter = Filter::of(request, resource)?;
    let options = Options::of(request, false)?;
    let asked = Continuation::read(&options.token, &options.version)?;
    let current = server.store().revision();
    // An old piece goes on at the revision of the first; a list with a limit is of exactly the revision that it names.
    let exact = match &asked {
        Some(asked) => asked.revision,
        None if options.version_match == "Exact" || (options.version_match.is_empty() && options.limit > 0) => {
            (options.revision > 0).then_some(options.revision)
        }
        None => None,
    };
    if exact.unwrap_or(options.revision) > current {
        return Err(too_large(exact.unwrap_or(options.revision), current));
    }
    let (mut objects, revision) = match exact {
        Some(revision) => {
            let past = server.store().list_at(resource.kind, resource.scope(), revision);
            (past.map_err(|_| outdated(asked.as_ref()))?, revision)
        }
        None => server.store().list(resource.kind, resource.scope()),
    };
    let all_namespaces = resource.scope().is_none() && resource.kind.info().namespaced;
    if all_namespaces {
        objects.sort_by(continuation::order);
    }
    let start = asked.map(|asked| asked.start).unwrap_or_default();
    let is_left = |object: &Object| start.is_empty() || continuation::key(object, all_namespaces).as_str() >= start.as_str();
    let mut rest = objects.into_iter().filter(is_left).peekable();
    let mut page = Vec::new();
    while let Some(object) = rest.next_if(|_| options.limit == 0 || page.len() < options.limit) {
        if filter.matches(&object) {
            page.push(object);
        }
    }
    let mut metadata = json!({ "resourceVersion": revision.to_string() });
    if rest.peek().is_some()
        && let Some(last) = page.last()
    {
        let next = Continuation::after(&continuation::key(last, all_namespaces), Some(revision));
        metadata["continue"] = json!(next);
        // What a selector leaves cannot be known without looking.
        if filter.is_empty() {
            metadata["remainingItemCount"] = json!(rest.count());
        }
    }
    Ok(render::list(server, request, resource.kind, &page, metadata))
}

/// The revision is no longer kept. Models interpretListError of etcd3.
fn outdated(asked: Option<&Continuation>) -> Status {
    match asked {
        None => Status::expired("The resourceVersion for the provided list is too old."),
        Some(asked) => {
            let mut status = Status::expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without \
                 the continue parameter, or use the continue token in this response to retrieve the remainder of the results. \
                 Continuing with the provided token results in an inconsistent list - objects that were created, modified, or \
                 deleted between the time the first chunk was returned and now may show up in the list.",
            );
            status.next = Some(Continuation::at(&asked.start, None));
            status
        }
    }
}
