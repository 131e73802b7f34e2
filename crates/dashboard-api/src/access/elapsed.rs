//! Time that only goes forward.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use governor::{clock, nanos::Nanos};
use jiff::Timestamp;

use super::Clock;

/// How much time has passed since it was made, by a clock that may be set back: such a step counts as nothing, so that
/// nobody waits for an hour because a clock was an hour ahead.
#[derive(Clone)]
pub(super) struct Elapsed {
    clock: Clock,
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    last: Timestamp,
    elapsed: Duration,
}

impl Elapsed {
    pub(super) fn new(clock: Clock) -> Self {
        let seen = Seen { last: clock(), elapsed: Duration::ZERO };
        Self { clock, seen: Arc::new(Mutex::new(seen)) }
    }

    pub(super) fn now(&self) -> Duration {
        let mut seen = self.seen.lock().expect("nothing panics while it is held");
        let now = (self.clock)();
        let step = now.duration_since(seen.last);
        seen.elapsed += Duration::try_from(step).unwrap_or_default();
        seen.last = now;
        seen.elapsed
    }
}

impl clock::Clock for Elapsed {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Elapsed::now(self).into()
    }
}
