//! Which representation the client wants.

use super::Request;

/// The representation of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Representation {
    /// The object itself.
    Object,
    /// A `meta.k8s.io/v1` Table.
    Table,
    /// Only the metadata.
    PartialMetadata,
}

/// The first representation in `Accept` that the server has.
pub(super) fn representation(request: &Request) -> Representation {
    for clause in request.header("Accept").unwrap_or_default().split(',') {
        let mut parts = clause.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        if !matches!(media, "application/json" | "*/*" | "application/*") {
            continue;
        }
        let wanted: Vec<&str> = parts.collect();
        if wanted.contains(&"as=Table") {
            return Representation::Table;
        }
        if wanted.iter().any(|part| part.starts_with("as=PartialObjectMetadata")) {
            return Representation::PartialMetadata;
        }
        return Representation::Object;
    }
    Representation::Object
}
