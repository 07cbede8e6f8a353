//! Back-offs that double. Models `k8s.io/client-go/util/flowcontrol.Backoff`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::sim::Time;

const INITIAL: Duration = Duration::from_secs(10);
const MAX: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug)]
struct Entry {
    backoff: Duration,
    updated: Time,
}

/// Back-offs by key: 10 s, 20 s, 40 s, … 5 min; forgotten where what failed had held out for 10 min.
#[derive(Debug, Default)]
pub(super) struct Backoff(BTreeMap<String, Entry>);

impl Backoff {
    /// How long `key` still has to wait at `now`, counted from `since`: a container's end, or the last failure.
    pub fn left(&self, key: &str, since: Option<Time>, now: Time) -> Option<Duration> {
        let entry = self.0.get(key)?;
        if expired(entry, since.unwrap_or(now)) {
            return None;
        }
        let since = since.unwrap_or(entry.updated);
        let left = (since + entry.backoff).since(now);
        (!left.is_zero()).then_some(left)
    }

    /// The back-off of `key`, as messages name it.
    pub fn current(&self, key: &str) -> Duration {
        self.0.get(key).map_or(INITIAL, |entry| entry.backoff)
    }

    /// Notes an attempt after a failure at `since`: the first one sets the initial back-off, later ones double it.
    pub fn next(&mut self, key: &str, since: Option<Time>, now: Time) {
        let backoff = match self.0.get(key) {
            Some(entry) if !expired(entry, since.unwrap_or(now)) => (entry.backoff * 2).min(MAX),
            _ => INITIAL,
        };
        self.0.insert(key.to_owned(), Entry { backoff, updated: now });
    }

    /// Forgets keys that begin so.
    pub fn forget(&mut self, prefix: &str) {
        self.0.retain(|key, _| !key.starts_with(prefix));
    }
}

/// Whether what failed at `failed` had held out for so long that its earlier failures no longer count.
fn expired(entry: &Entry, failed: Time) -> bool {
    failed.since(entry.updated) > 2 * MAX
}

/// `10s`, `1m20s`, `5m0s`: Go's `Duration.String` for whole seconds.
pub(super) fn go_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m{}s", seconds / 60, seconds % 60) }
}

/// `632ms`, `1.25s`, `1m2.5s`: Go's `Duration.String` rounded to milliseconds, as the kubelet prints pulls.
pub(super) fn go_millis(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis < 1000 {
        return format!("{millis}ms");
    }
    let fraction = format!("{:03}", millis % 1000);
    let fraction = fraction.trim_end_matches('0');
    let seconds = (millis / 1000) % 60;
    let minutes = millis / 60_000;
    let tail = if fraction.is_empty() { format!("{seconds}s") } else { format!("{seconds}.{fraction}s") };
    if minutes == 0 { tail } else { format!("{minutes}m{tail}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_held_out_for_ten_minutes_begins_anew() {
        let mut backoff = Backoff::default();
        let at = |seconds: u64| Time::ZERO + Duration::from_secs(seconds);
        // How long each run lasted, and how long the start after it had to wait.
        let runs = [(3, 0), (3, 10), (3, 20), (3, 40), (3, 80), (3, 160), (3, 300), (3, 300), (599, 300), (600, 300), (601, 0), (3, 10)];
        let mut now = 0;
        for (lasted, waits) in runs {
            let ended = now + lasted;
            let left = backoff.left("c", Some(at(ended)), at(ended)).unwrap_or_default();
            assert_eq!(left.as_secs(), waits, "after {lasted} s");
            now = ended + waits;
            assert_eq!(backoff.left("c", Some(at(ended)), at(now)), None);
            backoff.next("c", Some(at(ended)), at(now));
        }
    }
}
