//! What time it is, and waiting: the only place where `headroom serve` looks at a clock.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

/// A clock to live by.
#[async_trait]
pub(crate) trait Clock: Send + Sync {
    /// The time now. It may jump, either way.
    fn now(&self) -> Timestamp;

    /// Returns after about so much of this clock's time.
    async fn sleep(&self, duration: SignedDuration);
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

/// Time that passes `speed` times as fast, beginning at `start`.
#[derive(Debug)]
pub(crate) struct FastClock {
    start: Timestamp,
    begun: tokio::time::Instant,
    speed: u32,
}

impl FastClock {
    /// It begins now.
    pub(crate) fn starting_at(start: Timestamp, speed: u32) -> Self {
        Self { start, begun: tokio::time::Instant::now(), speed: speed.max(1) }
    }
}

#[async_trait]
impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.begun.elapsed() * self.speed).expect("a run of less than an age");
        self.start + passed
    }

    async fn sleep(&self, duration: SignedDuration) {
        tokio::time::sleep(duration.unsigned_abs() / self.speed).await;
    }
}
