//! Keeps repeated events from flooding the cluster. Models `k8s.io/client-go/tools/record/events_cache.go`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as ApiTime;

use crate::sim::Time;

/// Models `maxLruCacheEntries`.
const LIMIT_ENTRIES: usize = 4096;
/// From so many messages of one reason on, they are combined. Models `defaultAggregateMaxEvents`.
const AGGREGATE_MESSAGES: usize = 10;
/// Models `defaultAggregateIntervalInSeconds`.
const AGGREGATE_INTERVAL: Duration = Duration::from_secs(600);
/// A source may tell so much of an object at once, … Models `defaultSpamBurst`.
const SPAM_BURST: f64 = 25.0;
/// … and then one event in so long. Models `defaultSpamQPS`.
const SPAM_REFILL: Duration = Duration::from_secs(300);

/// Words that are the same in every repetition of an event.
pub struct EventWords<'a> {
    /// Component and host.
    pub source: String,
    /// Kind, namespace, name, uid, version of the object.
    pub object: String,
    /// The part of the object.
    pub field_path: &'a str,
    /// `Normal` or `Warning`.
    pub type_: &'a str,
    /// The reason.
    pub reason: &'a str,
    /// The message.
    pub message: &'a str,
}

/// What to do with an event.
pub struct Correlated {
    /// The message, perhaps marked as combined.
    pub message: String,
    /// Under what its repetitions are known.
    pub key: String,
    /// The event that this one repeats.
    pub earlier: Option<Observed>,
    /// Whether the event is one too many.
    pub drop: bool,
}

/// An event that was recorded.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The event's name.
    pub name: String,
    /// How often it happened.
    pub count: i32,
    /// When it happened first.
    pub first: ApiTime,
}

struct Group {
    messages: BTreeSet<String>,
    last: Time,
}

struct Bucket {
    tokens: f64,
    filled: Time,
}

/// The memory of what was told.
#[derive(Default)]
pub struct Correlator {
    groups: Recent<Group>,
    observed: Recent<Observed>,
    buckets: Recent<Bucket>,
}

impl Correlator {
    /// Judges an event. Tell what was recorded by [`Correlator::observe`], also when it is dropped.
    pub fn correlate(&mut self, words: &EventWords<'_>, now: Time) -> Correlated {
        let EventWords { source, object, field_path, type_, reason, message } = words;
        let group_key = [source.as_str(), object, type_, reason].join("\n");
        let mut key = [source.as_str(), object, field_path, type_, reason, message].join("\n");
        let mut text = (*message).to_owned();
        if self.is_one_of_many(&group_key, message, now) {
            text = format!("(combined from similar events): {message}");
            key = group_key;
        }
        let earlier = self.observed.get(&key).cloned();
        let drop = !self.take_token(&[source.as_str(), object].join("\n"), now);
        Correlated { message: text, key, earlier, drop }
    }

    /// Remembers an event.
    pub fn observe(&mut self, key: String, observed: Observed) {
        self.observed.put(key, observed);
    }

    fn is_one_of_many(&mut self, key: &str, message: &str, now: Time) -> bool {
        let mut group = self.groups.take(key).filter(|group| now - group.last <= AGGREGATE_INTERVAL);
        let mut group = group.take().unwrap_or(Group { messages: BTreeSet::new(), last: now });
        group.messages.insert(message.to_owned());
        group.last = now;
        let many = group.messages.len() >= AGGREGATE_MESSAGES;
        if many {
            group.messages.pop_first();
        }
        self.groups.put(key.to_owned(), group);
        many
    }

    fn take_token(&mut self, key: &str, now: Time) -> bool {
        let mut bucket = self.buckets.take(key).unwrap_or(Bucket { tokens: SPAM_BURST, filled: now });
        let refill = (now - bucket.filled).as_secs_f64() / SPAM_REFILL.as_secs_f64();
        bucket.tokens = (bucket.tokens + refill).min(SPAM_BURST);
        bucket.filled = now;
        let enough = bucket.tokens >= 1.0;
        if enough {
            bucket.tokens -= 1.0;
        }
        self.buckets.put(key.to_owned(), bucket);
        enough
    }
}

/// A map that forgets what was not used for the longest time.
struct Recent<V> {
    entries: BTreeMap<String, (V, u64)>,
    by_use: BTreeMap<u64, String>,
    uses: u64,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Recent { entries: BTreeMap::new(), by_use: BTreeMap::new(), uses: 0 }
    }
}

impl<V> Recent<V> {
    fn get(&self, key: &str) -> Option<&V> {
        self.entries.get(key).map(|(value, _)| value)
    }

    fn take(&mut self, key: &str) -> Option<V> {
        let (value, used) = self.entries.remove(key)?;
        self.by_use.remove(&used);
        Some(value)
    }

    fn put(&mut self, key: String, value: V) {
        self.take(&key);
        if self.entries.len() >= LIMIT_ENTRIES
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.entries.remove(&oldest);
        }
        self.uses += 1;
        self.by_use.insert(self.uses, key.clone());
        self.entries.insert(key, (value, self.uses));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<'a>(object: &str, message: &'a str) -> EventWords<'a> {
        EventWords { source: "kubelet".into(), object: object.into(), field_path: "", type_: "Normal", reason: "Created", message }
    }

    #[test]
    fn the_tenth_message_of_a_reason_is_combined() {
        let mut correlator = Correlator::default();
        let texts: Vec<String> = (0..11).map(|n| format!("Created pod: {n}")).collect();
        let said: Vec<String> = texts.iter().map(|text| correlator.correlate(&words("web", text), Time::ZERO).message).collect();
        assert_eq!(said[8], "Created pod: 8");
        assert_eq!(said[9], "(combined from similar events): Created pod: 9");
        assert_eq!(said[10], "(combined from similar events): Created pod: 10");
    }

    #[test]
    fn the_26th_event_at_once_is_dropped_and_one_more_comes_through_after_five_minutes() {
        let mut correlator = Correlator::default();
        let mut told = |at: Time| !correlator.correlate(&words("web", "again"), at).drop;
        assert_eq!((0..40).filter(|_| told(Time::ZERO)).count(), 25);
        assert!(told(Time::from_millis(300_000)));
        assert!(!told(Time::from_millis(300_000)));
    }
}
