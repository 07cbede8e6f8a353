//! How often pods that failed are replaced.

use std::time::Duration;

use crate::sim::Time;

/// `kube-api-burst` and, as the time between two requests, `kube-api-qps` of kube-controller-manager: 30, and 20 a second.
const BURST: u32 = 30;
const INTERVAL: Duration = Duration::from_millis(50);

/// A bucket of tokens. Models `flowcontrol.NewTokenBucketRateLimiter`.
///
/// Only the replacement of failed pods is held to it: where a node takes the scheduler's pods and its kubelet refuses them,
/// nothing else keeps a ReplicaSet from making pods without end.
#[derive(Default)]
pub(super) struct Throttle {
    /// When the bucket is full again.
    full: Time,
}

impl Throttle {
    /// Takes a token. The error is when there is one again.
    pub fn take(&mut self, now: Time) -> Result<(), Time> {
        let full = self.full.max(now) + INTERVAL;
        if full.since(now) > INTERVAL * BURST {
            return Err(now + (full.since(now) - INTERVAL * BURST));
        }
        self.full = full;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_at_once_then_twenty_a_second() {
        let (mut throttle, mut now) = (Throttle::default(), Time::default());
        assert_eq!((0..40).filter(|_| throttle.take(now).is_ok()).count(), 30);
        let mut taken = 0;
        let end = now + Duration::from_secs(1);
        while now < end {
            match throttle.take(now) {
                Ok(()) => taken += 1,
                Err(next) => now = next,
            }
        }
        assert_eq!(taken, 19);
    }
}
