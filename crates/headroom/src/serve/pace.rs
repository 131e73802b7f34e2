//! A turn a minute, by a clock that may jump and on a machine that may sleep.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::clock::Clock;
use crate::interrupt::Interrupt;

/// The clock is looked at so often while waiting: a machine that slept, or a clock that was set, is noticed after so long.
const GLANCE: SignedDuration = SignedDuration::from_secs(10);

/// When the parts have their turns, and when they end.
#[derive(Clone)]
pub(crate) struct Pace {
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// What ends it.
    pub(crate) interrupt: Interrupt,
}

impl Pace {
    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits for the next whole minute, or until the clock was set back. Whether it goes on at all.
    pub(crate) async fn next_minute(&self) -> bool {
        tokio::select! {
            biased;
            () = self.interrupt.wait() => false,
            () = self.whole_minute() => true,
        }
    }

    /// The same for whoever ticks, and has done all that was due at `done`.
    pub(crate) async fn next_minute_of_ticks(&self, done: Timestamp) -> bool {
        self.clock.free_until(minute_after(done));
        self.next_minute().await
    }

    async fn whole_minute(&self) {
        let begun = self.now();
        let minute = minute_after(begun);
        loop {
            let now = self.now();
            if now >= minute || now < begun {
                return;
            }
            self.clock.sleep(minute.duration_since(now).min(GLANCE)).await;
        }
    }
}

/// The first whole minute after `moment`.
fn minute_after(moment: Timestamp) -> Timestamp {
    Timestamp::from_second((moment.as_second().div_euclid(60) + 1) * 60).expect("a minute close to now")
}
