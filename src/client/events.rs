//! Recording events. Models `k8s.io/client-go/tools/record` and `tools/events`.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Event, EventSeries, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::Client;
use super::correlator::{Correlator, EventWords, Observed};
use crate::sim::Time;

/// A series ends when nothing was added for so long. Models `finishTime`.
const SERIES_IDLE: Duration = Duration::from_secs(360);
/// More series than this are not kept apart.
const LIMIT_SERIES: usize = 4096;

/// What was told before, so that repetitions are counted.
#[derive(Default)]
pub(super) struct Recorder {
    events: Correlator,
    series: BTreeMap<String, (Time, String)>,
}

impl Recorder {
    fn remember(&mut self, key: String, now: Time, name: String) {
        if self.series.len() >= LIMIT_SERIES {
            self.series.retain(|_, (last, _)| now - *last <= SERIES_IDLE);
        }
        self.series.insert(key, (now, name));
    }
}

impl Client {
    /// Records an event as kubelet and the controllers do: the same message again counts up.
    pub fn record_event(&self, about: &ObjectReference, component: &str, host: Option<&str>, type_: &str, reason: &str, message: &str) {
        let namespace = namespace_of(about);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let object = [&about.kind, &about.namespace, &about.name, &about.uid, &about.api_version].map(text).join("\n");
        let field_path = about.field_path.as_deref().unwrap_or_default();
        let source = format!("{component}\n{}", host.unwrap_or_default());
        let words = EventWords { source, object, field_path, type_, reason, message };
        let correlated = self.recorder.borrow_mut().events.correlate(&words, self.sim().now());
        let now = self.now();
        let name = match &correlated.earlier {
            Some(earlier) => earlier.name.clone(),
            None => self.event_meta(about, &namespace).name.unwrap_or_default(),
        };
        let (count, first) = correlated.earlier.as_ref().map_or((1, now.clone()), |earlier| (earlier.count + 1, earlier.first.clone()));
        self.recorder.borrow_mut().events.observe(correlated.key, Observed { name: name.clone(), count, first: first.clone() });
        if correlated.drop {
            return;
        }
        if let Some(earlier) = correlated.earlier.and_then(|_| self.get::<Event>(&namespace, &name)) {
            let mut event = (*earlier).clone();
            event.count = Some(count);
            event.message = Some(correlated.message);
            event.last_timestamp = Some(now);
            let _ = self.update(event);
            return;
        }
        let message = correlated.message;
        let event = Event {
            metadata: ObjectMeta { name: Some(name), namespace: Some(namespace), ..ObjectMeta::default() },
            involved_object: about.clone(),
            reason: Some(reason.into()),
            message: Some(message),
            source: Some(EventSource { component: Some(component.into()), host: host.map(Into::into) }),
            first_timestamp: Some(first),
            last_timestamp: Some(now),
            count: Some(count),
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
        let key = format!("{component}\n{action}\n{type_}\n{reason}\n{}", serde_json::to_string(about).unwrap_or_default());
        let now = self.sim().now();
        let known =
            self.recorder.borrow_mut().series.get(&key).filter(|(last, _)| now - *last <= SERIES_IDLE).map(|(_, name)| name.clone());
        if let Some(event) = known.as_ref().and_then(|name| self.get::<Event>(&namespace, name)) {
            let mut event = (*event).clone();
            let count = event.series.as_ref().and_then(|series| series.count).unwrap_or(1) + 1;
            event.series = Some(EventSeries { count: Some(count), last_observed_time: Some(self.micro_now()) });
            self.recorder.borrow_mut().series.insert(key, (now, event.metadata.name.clone().unwrap_or_default()));
            let _ = self.update(event);
            return;
        }
        let meta = self.event_meta(about, &namespace);
        self.recorder.borrow_mut().remember(key, now, meta.name.clone().unwrap_or_default());
        let event = Event {
            metadata: meta,
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
