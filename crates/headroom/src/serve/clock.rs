//! What time it is, and waiting: the only place where `headroom serve` looks at a clock.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// A clock to live by.
#[async_trait]
pub(crate) trait Clock: Send + Sync {
    /// The time now. It may jump, either way.
    fn now(&self) -> Timestamp;

    /// Returns after about so much of this clock's time.
    async fn sleep(&self, duration: SignedDuration);

    /// Whoever ticks has done all that was due, and is asleep until `moment`. A clock that can wait goes no further than that.
    fn free_until(&self, _moment: Timestamp) {}
}

/// The machine's clock.
#[derive(Debug)]
pub(crate) struct WallClock;

#[async_trait]
impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: SignedDuration) {
        tokio::time::sleep(duration.unsigned_abs()).await;
    }
}

/// Time that passes `speed` times as fast, beginning at `start`. It waits for whoever ticks, so that no tick is missed however slow
/// the machine is: until the first [`Clock::free_until`] it stands still.
#[derive(Debug)]
pub(crate) struct FastClock {
    speed: u32,
    hand: Mutex<Hand>,
}

/// Where a [`FastClock`] stood last.
#[derive(Debug, Clone, Copy)]
struct Hand {
    at: Timestamp,
    seen: tokio::time::Instant,
    until: Timestamp,
}

impl FastClock {
    /// It stands at `start`.
    pub(crate) fn starting_at(start: Timestamp, speed: u32) -> Self {
        let hand = Hand { at: start, seen: tokio::time::Instant::now(), until: start };
        Self { speed: speed.max(1), hand: Mutex::new(hand) }
    }

    /// The hand as it stands now, after `change`.
    fn hand(&self, change: impl FnOnce(&mut Hand)) -> Timestamp {
        let mut hand = self.hand.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = tokio::time::Instant::now();
        let passed = SignedDuration::try_from((seen - hand.seen) * self.speed).expect("a run of less than an age");
        // What was waited for is lost, not made good.
        let at = (hand.at + passed).min(hand.until).max(hand.at);
        *hand = Hand { at, seen, ..*hand };
        change(&mut hand);
        at
    }
}

#[async_trait]
impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        self.hand(|_| {})
    }

    async fn sleep(&self, duration: SignedDuration) {
        tokio::time::sleep(duration.unsigned_abs() / self.speed).await;
    }

    fn free_until(&self, moment: Timestamp) {
        self.hand(|hand| hand.until = moment);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_fast_clock_waits_for_whoever_ticks() {
        let start: Timestamp = "2026-11-26T12:00:00Z".parse().unwrap();
        let clock = FastClock::starting_at(start, 60);
        let shows = |clock: &FastClock| clock.now().duration_since(start).as_secs();
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(shows(&clock), 0, "nobody has ticked yet");
        clock.free_until(start + SignedDuration::from_secs(180));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(shows(&clock), 120, "sixty times as fast");
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(shows(&clock), 180, "no further than that");
        clock.free_until(start + SignedDuration::from_secs(240));
        assert_eq!(shows(&clock), 180, "and nothing is made good");
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(shows(&clock), 210);
    }
}
