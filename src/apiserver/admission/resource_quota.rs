//! Models `pkg/admission/plugin/resourcequota` of k8s.io/apiserver.

use std::collections::BTreeSet;
use std::rc::Rc;

use k8s_openapi::api::core::v1::ResourceQuota;

use super::{ApiServer, forbidden};
use crate::api::pod_resources::{Amounts, add, read};
use crate::api::quota;
use crate::api::{Kind, Object, Status};
use crate::store::Origin;

/// The quotas whose use a write changes, with the new use.
pub(super) type Charges = Vec<Rc<ResourceQuota>>;

/// Whether a change, rather than a new object, can use more.
fn handles_updates(kind: Kind) -> bool {
    matches!(kind, Kind::Pod | Kind::Service)
}

/// Refuses what would exceed a quota of the namespace. Models checkRequest.
pub(super) fn validate(server: &ApiServer, new: &Object, old: Option<&Object>) -> Result<Charges, Status> {
    let kind = new.kind();
    if !kind.info().namespaced || (old.is_some() && !handles_updates(kind)) {
        return Ok(Vec::new());
    }
    let (quotas, _) = server.store().list(Kind::ResourceQuota, Some(new.namespace()));
    if quotas.is_empty() {
        return Ok(Vec::new());
    }
    let now = server.api_time().0;
    let mut more = quota::usage(new, now);
    if let Some(old) = old {
        for (name, before) in quota::usage(old, now) {
            let after = more.get(&name).cloned().unwrap_or_default();
            more.insert(name, after.subtract(&before));
        }
    }
    more.retain(|_, quantity| !quantity.is_zero());
    let mut charges = Vec::new();
    for found in quotas.iter().filter_map(Object::typed::<ResourceQuota>) {
        if quota::matches(&found, new)
            && let Some(charged) = charge(new, old.is_none(), &found, &more)?
        {
            charges.push(charged);
        }
    }
    Ok(charges)
}

fn charge(object: &Object, fresh: bool, quota: &Rc<ResourceQuota>, more: &Amounts) -> Result<Option<Rc<ResourceQuota>>, Status> {
    let name = quota.metadata.name.as_deref().unwrap_or_default();
    let status = quota.status.clone().unwrap_or_default();
    let (hard, mut used) = (read(status.hard.as_ref()), read(status.used.as_ref()));
    let watched: BTreeSet<String> = hard.keys().filter(|name| quota::concerns(object.kind(), name)).cloned().collect();
    if let (Object::Pod(pod), true) = (object, fresh)
        && let Some(unsaid) = pod.spec.as_ref().and_then(|spec| quota::unsaid(spec, &watched))
    {
        return Err(forbidden(object, &format!("failed quota: {name}: {unsaid}")));
    }
    let unknown: Vec<&str> = watched.iter().filter(|resource| !used.contains_key(*resource)).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(forbidden(object, &format!("status unknown for quota: {name}, resources: {}", unknown.join(","))));
    }
    let asked: Amounts = more.iter().filter(|(name, _)| hard.contains_key(*name)).map(|(n, q)| (n.clone(), q.clone())).collect();
    if asked.is_empty() {
        return Ok(None);
    }
    let before = used.clone();
    add(&mut used, &asked);
    // What a change does not increase cannot be what exceeds the quota.
    let grown: Amounts =
        used.iter().filter(|(name, _)| asked.get(*name).is_some_and(|more| more.sign() > 0)).map(|(n, q)| (n.clone(), q.clone())).collect();
    let above = quota::exceeded(&grown, &hard);
    if !above.is_empty() {
        let show = |amounts: &Amounts| {
            let one = |name: &&str| Some(format!("{name}={}", amounts.get(*name)?));
            above.iter().filter_map(one).collect::<Vec<_>>().join(",")
        };
        let why = format!("exceeded quota: {name}, requested: {}, used: {}, limited: {}", show(&asked), show(&before), show(&hard));
        return Err(forbidden(object, &why));
    }
    let mut charged = (**quota).clone();
    charged.status.get_or_insert_default().used = Some(quota::write(&used));
    Ok(Some(Rc::new(charged)))
}

/// Writes down what an admitted write uses. The quota controller counts anew when something goes.
pub(super) fn commit(server: &ApiServer, charges: Charges) {
    let by = Origin::new("kube-apiserver");
    for quota in charges {
        // A quota that is gone needs no count.
        let _ = server.store().update(&by, Object::ResourceQuota(quota), None);
    }
}
