//! Deleting: grace, finalizers, propagation. Models `k8s.io/apiserver/pkg/registry/generic/registry`.

use super::ApiServer;
use crate::api::pod::is_finished;
use crate::api::status::Details;
use crate::api::{Key, Object, Status};
use crate::store::Origin;

/// What becomes of the objects that the deleted one owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// They go after it.
    #[default]
    Background,
    /// It goes after them.
    Foreground,
    /// They stay.
    Orphan,
}

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Seconds that a pod's containers have to end; `None` is the pod's own value.
    pub grace_period_seconds: Option<i64>,
    /// Only the object with this uid.
    pub uid: Option<String>,
    /// Only the object at this revision.
    pub resource_version: Option<String>,
    /// What becomes of dependents.
    pub propagation: Propagation,
    /// All checks are made, nothing is deleted.
    pub dry_run: bool,
}

/// What a deletion did.
pub enum Deleted {
    /// The object is gone; this was its last state.
    Gone(Object),
    /// The object is marked, and goes later.
    Marked(Object),
}

impl ApiServer {
    /// Deletes the object at `key`.
    pub fn delete(&self, by: &Origin, key: &Key, options: &DeleteOptions) -> Result<Deleted, Status> {
        let old = self.get(key)?;
        self.check_preconditions(&old, options)?;
        super::admission::on_delete(self, &old)?;
        let mut new = old.clone();
        let pending_finalizers = self.add_propagation_finalizer(&mut new, options);
        let grace = grace_seconds(&old, options);
        let already = old.meta().deletion_timestamp.is_some();
        let namespace = matches!(old, Object::Namespace(_));
        if grace == 0 && !pending_finalizers && !namespace {
            // A pod is first marked, even if it goes at once: watchers see both.
            let marked = matches!(old, Object::Pod(_)) && old.meta().deletion_grace_period_seconds.unwrap_or(1) != 0;
            if marked {
                self.mark(&mut new, grace);
            }
            if options.dry_run {
                return Ok(Deleted::Gone(new));
            }
            if marked {
                self.store().update(by, new, None).map_err(|_| Status::not_found(key.kind, &key.name))?;
            }
            let gone = self.store().delete(by, key, None).map_err(|_| Status::not_found(key.kind, &key.name))?;
            return Ok(Deleted::Gone(gone));
        }
        if already && old.meta().deletion_grace_period_seconds.unwrap_or(0) <= grace && new == old {
            return Ok(Deleted::Marked(old));
        }
        self.mark(&mut new, grace);
        if options.dry_run {
            return Ok(Deleted::Marked(new));
        }
        let stored = self.store().update(by, new, None).map_err(|_| Status::not_found(key.kind, &key.name))?;
        Ok(Deleted::Marked(stored))
    }

    /// Marks an object as being deleted: at once, or in `grace` seconds.
    fn mark(&self, object: &mut Object, grace: i64) {
        let mut end = self.api_time();
        let fresh = object.meta().deletion_timestamp.is_none();
        let meta = object.meta_mut();
        let mut seconds = grace;
        // A second, shorter deletion brings the end nearer; it counts from the first request.
        if let Some(first) = meta.deletion_timestamp.take() {
            end = first;
            seconds -= meta.deletion_grace_period_seconds.unwrap_or(0);
        }
        if let Ok(moved) = end.0.checked_add(jiff::Span::new().seconds(seconds.clamp(-1_000_000_000, 1_000_000_000))) {
            end.0 = moved;
        }
        meta.deletion_timestamp = Some(end);
        meta.deletion_grace_period_seconds = Some(grace);
        if fresh && let Some(generation) = meta.generation.filter(|generation| *generation > 0) {
            meta.generation = Some(generation + 1);
        }
        if let Object::Namespace(ns) = object {
            std::rc::Rc::make_mut(ns).status.get_or_insert_default().phase = Some("Terminating".into());
        }
    }

    /// Models the preconditions of rest.BeforeDelete, which names the kind where other conflicts name the resource.
    fn check_preconditions(&self, old: &Object, options: &DeleteOptions) -> Result<(), Status> {
        let fail = |why: String| {
            let info = old.kind().info();
            let subject = if info.group.is_empty() { info.kind.to_owned() } else { format!("{}.{}", info.kind, info.group) };
            let details = Details { name: old.name().into(), group: info.group.into(), kind: info.kind.into(), ..Details::default() };
            let message = format!("Operation cannot be fulfilled on {subject} \"{}\": {why}", old.name());
            Err(Status { details: Some(Box::new(details)), ..Status::new(409, "Conflict", message) })
        };
        if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != old.uid()) {
            return fail(format!(
                "the UID in the precondition ({uid}) does not match the UID in record ({}). \
                 The object might have been deleted and then recreated",
                old.uid()
            ));
        }
        let revision = old.meta().resource_version.as_deref().unwrap_or_default();
        match options.resource_version.as_deref() {
            Some(wanted) if wanted != revision => fail(format!(
                "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({revision}). \
                 The object might have been modified"
            )),
            _ => Ok(()),
        }
    }

    /// Adds the finalizer that the garbage collector works off. Says whether any finalizer holds the object.
    fn add_propagation_finalizer(&self, object: &mut Object, options: &DeleteOptions) -> bool {
        let wanted = match options.propagation {
            Propagation::Background => None,
            Propagation::Foreground => Some("foregroundDeletion"),
            Propagation::Orphan => Some("orphan"),
        };
        if let Some(wanted) = wanted {
            let finalizers = object.meta_mut().finalizers.get_or_insert_default();
            if !finalizers.iter().any(|f| f == wanted) {
                finalizers.push(wanted.to_owned());
            }
        }
        object.meta().finalizers.as_ref().is_some_and(|finalizers| !finalizers.is_empty())
    }
}

/// How many seconds the deletion of `object` takes at least. Models rest.BeforeDelete and podStrategy.CheckGracefulDelete.
fn grace_seconds(object: &Object, options: &DeleteOptions) -> i64 {
    let Object::Pod(pod) = object else { return 0 };
    // A negative period is read as one second: 0 would mean "without waiting for the kubelet".
    let positive = |seconds: i64| if seconds < 0 { 1 } else { seconds };
    let asked = options.grace_period_seconds.map(positive);
    if pod.metadata.deletion_timestamp.is_some() {
        let left = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
        return asked.map_or(left, |asked| asked.min(left));
    }
    let spec = pod.spec.as_ref();
    let unassigned = spec.and_then(|spec| spec.node_name.as_deref()).unwrap_or_default().is_empty();
    if unassigned || is_finished(pod) {
        return 0;
    }
    asked.unwrap_or_else(|| spec.and_then(|spec| spec.termination_grace_period_seconds).map_or(30, positive))
}
