//! Recording events. Models `k8s.io/client-go/tools/record` and `tools/events`.

use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Client;

impl Client {
    /// Records an event as kubelet and the controllers do: the same message again counts up.
    pub fn record_event(&self, about: &ObjectReference, component: &str, host: Option<&str>, type_: &str, reason: &str, message: &str) {
        let namespace = namespace_of(about);
        let same = |event: &Event| {
            event.involved_object.uid == about.uid
                && event.involved_object.name == about.name
                && event.involved_object.field_path == about.field_path
                && event.type_.as_deref() == Some(type_)
                && event.reason.as_deref() == Some(reason)
                && event.message.as_deref() == Some(message)
                && event.source.as_ref().is_some_and(|source| source.component.as_deref() == Some(component))
        };
        let now = self.now();
        if let Some(earlier) = self.list::<Event>(Some(&namespace)).into_iter().find(|event| same(event)) {
            let mut event = (*earlier).clone();
            event.count = Some(event.count.unwrap_or(1) + 1);
            event.last_timestamp = Some(now);
            let _ = self.update(event);
            return;
        }
        let event = Event {
            metadata: self.event_meta(about, &namespace),
            involved_object: about.clone(),
            reason: Some(reason.into()),
            message: Some(message.into()),
            source: Some(EventSource { component: Some(component.into()), host: host.map(Into::into) }),
            first_timestamp: Some(now.clone()),
            last_timestamp: Some(now),
            count: Some(1),
            type_: Some(type_.into()),
            reporting_component: Some(component.into()),
            reporting_instance: Some(host.unwrap_or_default().into()),
            ..Event::default()
        };
        let _ = self.create(event);
    }

    /// Records an event as the scheduler does, through the `events.k8s.io` API.
    pub fn record_action(&self, about: &ObjectReference, component: &str, action: &str, type_: &str, reason: &str, note: &str) {
        let namespace = namespace_of(about);
        let event = Event {
            metadata: self.event_meta(about, &namespace),
            involved_object: about.clone(),
            action: Some(action.into()),
            reason: Some(reason.into()),
            message: Some(note.into()),
            source: Some(EventSource::default()),
            event_time: Some(self.micro_now()),
            type_: Some(type_.into()),
            reporting_component: Some(component.into()),
            reporting_instance: Some(component.into()),
            ..Event::default()
        };
        let _ = self.create(event);
    }

    fn event_meta(&self, about: &ObjectReference, namespace: &str) -> ObjectMeta {
        // client-go appends the nanosecond clock in hexadecimal; two events of one instant still need two names.
        let nanos = self.sim().timestamp().as_nanosecond() as u64;
        let base = about.name.as_deref().unwrap_or_default();
        let name = (0..).map(|n: u64| format!("{base}.{:x}", nanos.wrapping_add(n)));
        let free = name.into_iter().find(|name| self.get::<Event>(namespace, name).is_none());
        ObjectMeta { name: free, namespace: Some(namespace.to_owned()), ..ObjectMeta::default() }
    }
}

fn namespace_of(about: &ObjectReference) -> String {
    about.namespace.clone().filter(|namespace| !namespace.is_empty()).unwrap_or_else(|| "default".into())
}
