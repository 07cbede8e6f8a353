//! Names of resources to kinds. Models the RESTMapper with shortcuts and categories of cli-runtime.

use super::error::Fail;
use crate::api::Kind;
use crate::api::unserved::{self, Unserved};

/// The kind that `pods`, `po`, `POD`, `deploy.apps` or `deployments.v1.apps` names.
pub fn resolve(argument: &str) -> Result<Kind, Fail> {
    let lower = argument.to_lowercase();
    let mut parts = lower.splitn(3, '.');
    let (name, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    if let (Some(version), Some(group)) = (second, third)
        && let Some(kind) = Kind::ALL.iter().copied().find(|k| k.info().version == version && k.info().group == group && is_named(*k, name))
    {
        return Ok(kind);
    }
    let group = lower.split_once('.').map(|(_, group)| group);
    let found = Kind::ALL
        .iter()
        .copied()
        .find(|k| is_named(*k, name) && group.is_none_or(|g| !g.is_empty() && k.info().group.starts_with(g) && !k.info().group.is_empty()));
    found.ok_or_else(|| {
        if let Some(kind) = unserved(argument) {
            return Fail::Text(kind.refusal());
        }
        Fail::Text(format!("the server doesn't have a resource type \"{}\"", argument.split('.').next().unwrap_or_default()))
    })
}

/// The kind that the word names, if it is one that is only listed.
pub fn unserved(argument: &str) -> Option<&'static Unserved> {
    let lower = argument.to_lowercase();
    let (name, group) = lower.split_once('.').map_or((lower.as_str(), None), |(name, group)| (name, Some(group)));
    let named = |kind: &Unserved| kind.plural == name || kind.kind.to_lowercase() == name || kind.short_names.contains(&name);
    let of_group = |kind: &Unserved| group.is_none_or(|g| kind.group == g || format!("{}.{}", kind.version, kind.group) == g);
    unserved::all().find(|kind| !name.is_empty() && named(kind) && of_group(kind))
}

fn is_named(kind: Kind, name: &str) -> bool {
    let info = kind.info();
    !name.is_empty() && (info.plural == name || info.singular == name || info.short_names.contains(&name))
}

/// The kinds of a category such as `all`, or `None` where the word is no category.
pub fn category(word: &str) -> Option<Vec<Kind>> {
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|k| k.info().categories.contains(&word)).collect();
    if kinds.is_empty() { None } else { Some(kinds) }
}

/// The kind of an object, if this cluster serves it in that version.
pub fn of_object(api_version: &str, kind: &str) -> Option<Kind> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let same = |k: &Kind| k.info().group == group && k.info().version == version;
    // Objects whose kind differs only by case reach the server, which refuses them in its words.
    let found = Kind::find(group, kind).filter(|k| same(k));
    found.or_else(|| Kind::ALL.iter().copied().find(|k| same(k) && k.info().singular == kind))
}
