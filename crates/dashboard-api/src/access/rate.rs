//! How often one may ask.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use governor::{Quota, RateLimiter, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::HashMapStateStore};

use super::{Clock, elapsed::Elapsed, peer::Peer, refusal::Refusal};

/// How many entries are kept before those that no longer matter are looked for.
const ENTRIES_KEPT: usize = 1_024;
/// How many good tokens are remembered. Forgetting one costs its bearer a wait at worst.
const TOKENS_KEPT: usize = 10_000;

/// So many requests a second, and so many at once after a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second that can go on for ever.
    pub per_second: NonZeroU32,
    /// Requests that can come at once.
    pub burst: NonZeroU32,
}

/// How often one may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Each caller's requests. Default: 20 a second, 100 at once.
    pub callers: Rate,
    /// Each address's requests that did not prove who sent them. Default: 1 a second, 10 at once.
    pub failures: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        const fn rate(per_second: u32, burst: u32) -> Rate {
            Rate {
                per_second: NonZeroU32::new(per_second).expect("a limit is not zero"),
                burst: NonZeroU32::new(burst).expect("a limit is not zero"),
            }
        }
        // The page asks for some ten answers every 30 seconds, and for as many at once when it is opened.
        const { Self { callers: rate(20, 100), failures: rate(1, 10) } }
    }
}

/// Counts requests.
///
/// Whoever has proved who they are is counted by name, so that no caller slows another. Requests that prove nothing are
/// counted by address; an address that sent too many is shut for a while, and its tokens are then not even looked at, so
/// that it finds out nothing. Only tokens that were good before still pass, so that behind a shared address a stranger who
/// guesses does not lock out those who are at work.
pub(super) struct RateLimit {
    elapsed: Elapsed,
    callers: Keyed<String>,
    failures: Keyed<Peer>,
    shut_until: Mutex<HashMap<Peer, Duration>>,
    good_tokens: Mutex<HashSet<u64>>,
    hasher: RandomState,
}

impl RateLimit {
    pub(super) fn new(limits: Limits, clock: Clock) -> Self {
        let elapsed = Elapsed::new(clock);
        Self {
            callers: Keyed::new(limits.callers, elapsed.clone()),
            failures: Keyed::new(limits.failures, elapsed.clone()),
            shut_until: Mutex::default(),
            good_tokens: Mutex::default(),
            hasher: RandomState::new(),
            elapsed,
        }
    }

    /// Whether a request may be looked at.
    pub(super) fn before(&self, peer: Peer, token: Option<&str>) -> Result<(), Refusal> {
        let until = self.shut_until.lock().expect(UNBROKEN).get(&peer).copied().unwrap_or_default();
        let wait = until.saturating_sub(self.elapsed.now());
        if wait.is_zero() || token.is_some_and(|token| self.was_good(token)) {
            return Ok(());
        }
        Err(Refusal::too_many_failures(wait))
    }

    /// Counts a request that proved who sent it.
    pub(super) fn proven(&self, subject: &str, token: Option<&str>) -> Result<(), Refusal> {
        if let Some(token) = token {
            let mut good = self.good_tokens.lock().expect(UNBROKEN);
            if good.len() >= TOKENS_KEPT {
                good.clear();
            }
            good.insert(self.hasher.hash_one(token));
        }
        self.callers.count(&subject.to_owned()).map_err(Refusal::too_many_requests)
    }

    /// Counts a request that proved nothing.
    pub(super) fn failed(&self, peer: Peer) -> Result<(), Refusal> {
        let Err(wait) = self.failures.count(&peer) else { return Ok(()) };
        let now = self.elapsed.now();
        let mut shut_until = self.shut_until.lock().expect(UNBROKEN);
        if shut_until.len() >= ENTRIES_KEPT {
            shut_until.retain(|_, until| *until > now);
        }
        shut_until.insert(peer, now + wait);
        Err(Refusal::too_many_failures(wait))
    }

    fn was_good(&self, token: &str) -> bool {
        self.good_tokens.lock().expect(UNBROKEN).contains(&self.hasher.hash_one(token))
    }
}

const UNBROKEN: &str = "nothing panics while it is held";

/// A limit for each key.
struct Keyed<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, HashMapStateStore<K>, Elapsed, NoOpMiddleware<Nanos>>,
    elapsed: Elapsed,
    tidy_at: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn new(rate: Rate, elapsed: Elapsed) -> Self {
        let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
        let limiter = RateLimiter::new(quota, HashMapStateStore::default(), elapsed.clone());
        Self { limiter, elapsed, tidy_at: AtomicUsize::new(ENTRIES_KEPT) }
    }

    /// Counts one; where that is too many, how long to wait.
    fn count(&self, key: &K) -> Result<(), Duration> {
        // Keys whose rest has made up for what they asked are dropped whenever there are twice as many as after the last
        // time: a flood of addresses takes memory for seconds only.
        if self.limiter.len() >= self.tidy_at.load(Ordering::Relaxed) {
            self.limiter.retain_recent();
            self.tidy_at.store((2 * self.limiter.len()).max(ENTRIES_KEPT), Ordering::Relaxed);
        }
        self.limiter.check_key(key).map_err(|until| until.wait_time_from(self.elapsed.now().into()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::{SignedDuration, Timestamp};

    use super::*;

    #[test]
    fn a_flood_of_addresses_is_forgotten() {
        let now = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
        let clock = Arc::clone(&now);
        let rate = RateLimit::new(Limits::default(), Arc::new(move || *clock.lock().unwrap()));
        for round in 0..20_u32 {
            for one in 0..1_000_u32 {
                for _ in 0..11 {
                    let _ = rate.failed(Peer::V4((round * 1_000 + one).into()));
                }
            }
            *now.lock().unwrap() += SignedDuration::from_mins(1);
        }
        assert!(rate.failures.limiter.len() < 3_000, "{}", rate.failures.limiter.len());
        assert!(rate.shut_until.lock().unwrap().len() < 3_000);
        for token in 0..25_000 {
            let _ = rate.proven("one", Some(&token.to_string()));
        }
        assert!(rate.good_tokens.lock().unwrap().len() <= TOKENS_KEPT);
    }
}
