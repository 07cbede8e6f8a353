//! Objects that every active namespace has.

use k8s_openapi::api::core::v1::Namespace;

use super::work_queue::WorkQueue;
use crate::api::object::Typed;
use crate::client::{Client, WatchEvent, changed};

/// An object that every namespace has.
pub trait Required: Typed {
    /// Its name.
    const NAME: &'static str;
    /// The object for a namespace.
    fn wanted(namespace: &Namespace) -> Self;
    /// Whether the object is as it should be.
    fn is_right(&self) -> bool;
}

/// Creates the object where it is missing, and restores it where it is wrong.
pub async fn run<T: Required>(client: Client) {
    let sim = client.sim().clone();
    let (mut namespaces, mut objects) = (client.watch::<Namespace>(), client.watch::<T>());
    let mut queue = WorkQueue::default();
    loop {
        while let Some(event) = namespaces.try_next() {
            if let WatchEvent::Applied { object, trace_seq, .. } = event {
                queue.add((String::new(), object.metadata.name.clone().unwrap_or_default()), sim.now(), trace_seq);
            }
        }
        while let Some(event) = objects.try_next() {
            let (WatchEvent::Applied { object, trace_seq, .. } | WatchEvent::Deleted { object, trace_seq }) = &event;
            let ours = object.meta().name.as_deref() == Some(T::NAME);
            let wrong = matches!(event, WatchEvent::Deleted { .. }) || !object.is_right();
            if ours && wrong {
                queue.add((String::new(), object.meta().namespace.clone().unwrap_or_default()), sim.now(), *trace_seq);
            }
        }
        if let Some(((_, namespace), cause)) = queue.pop(sim.now()) {
            ensure::<T>(&if cause > 0 { client.because(cause) } else { client.clone() }, &namespace);
            continue;
        }
        changed(&sim, &mut [&mut namespaces, &mut objects], queue.next_due()).await;
    }
}

fn ensure<T: Required>(client: &Client, namespace: &str) {
    let Some(namespace) = client.get::<Namespace>("", namespace) else { return };
    let phase = namespace.status.as_ref().and_then(|status| status.phase.as_deref());
    if namespace.metadata.deletion_timestamp.is_some() || phase == Some("Terminating") {
        return;
    }
    let name = namespace.metadata.name.as_deref().unwrap_or_default();
    // Refused only when the namespace goes at this moment.
    let _ = match client.get::<T>(name, T::NAME) {
        None => client.create(T::wanted(&namespace)),
        Some(object) if !object.is_right() => client.update(T::wanted(&namespace)),
        Some(object) => Ok(object),
    };
}
