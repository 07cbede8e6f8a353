//! How often a controller asks the API server.

use std::collections::BTreeMap;
use std::time::Duration;

use super::work_queue::Name;
use crate::sim::Time;

/// `kube-api-burst` and, as the time between two requests, `kube-api-qps` of kube-controller-manager: 30, and 20 a second.
const BURST: u32 = 30;
const INTERVAL: Duration = Duration::from_millis(50);

/// A bucket of tokens. Models `flowcontrol.NewTokenBucketRateLimiter`, which holds back every request of a controller; here
/// those that create and delete pods.
///
/// It is all that bounds two billion replicas, and pods that fail as fast as they are made; upstream's limits of 500 pods at a
/// time (`BurstReplicas`, `MaxPodCreateDeletePerSync`) never show behind it.
#[derive(Default)]
pub(super) struct Throttle {
    /// When the bucket is full again.
    full: Time,
    /// Whose turn is when: the tokens to come go to who asked first.
    turns: BTreeMap<Name, Time>,
}

impl Throttle {
    /// Takes a token for the object called `who`. The error is when it has its turn: it is to ask again then.
    pub fn take(&mut self, who: &Name, now: Time) -> Result<(), Time> {
        let turn = self.turns.remove(who).unwrap_or_else(|| {
            self.full = self.full.max(now) + INTERVAL;
            now + self.full.since(now).saturating_sub(INTERVAL * BURST)
        });
        if turn <= now {
            return Ok(());
        }
        self.turns.insert(who.clone(), turn);
        Err(turn)
    }

    /// Forgets an object that is gone.
    pub fn forget(&mut self, who: &Name) {
        self.turns.remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_at_once_then_twenty_a_second_in_turn() {
        let (mut throttle, mut now) = (Throttle::default(), Time::default());
        let [greedy, modest] = ["greedy", "modest"].map(|name| (String::new(), name.to_owned()));
        assert_eq!((0..40).filter(|_| throttle.take(&greedy, now).is_ok()).count(), 30);
        let turn = throttle.take(&modest, now).unwrap_err();
        let (mut taken, end) = (0, now + Duration::from_secs(1));
        while now < end {
            match throttle.take(&greedy, now) {
                Ok(()) => taken += 1,
                Err(next) => now = next,
            }
        }
        assert_eq!(taken, 18);
        assert!(turn < end && throttle.take(&modest, now).is_ok());
    }
}
