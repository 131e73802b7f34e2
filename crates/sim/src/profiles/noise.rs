//! The randomness of a generated workload: one seeded stream, the same on every machine.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

/// A seeded stream of random numbers.
pub(super) struct Noise(ChaCha8Rng);

impl Noise {
    /// Stream `stream` of `seed`: streams of one seed are independent, so that what one of them yields does not depend
    /// on how often another was asked.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A normal number of mean 0.
    pub(super) fn normal(&mut self, deviation: f64) -> f64 {
        let standard: f64 = StandardNormal.sample(&mut self.0);
        standard * deviation
    }

    /// A number from `low` to below `high`, all alike.
    pub(super) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        self.0.random_range(low..high)
    }

    /// True with that probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability)
    }
}

/// Noise that scales with the level: a part that lasts (its memory fades by a tenth per row) and one that does not.
pub(super) struct LevelNoise {
    noise: Noise,
    lasting: f64,
    lasting_deviation: f64,
    fleeting_deviation: f64,
}

/// Share of the lasting part that is still there a row later.
const MEMORY: f64 = 0.9;

impl LevelNoise {
    /// Deviations are shares of the level.
    pub(super) fn new(noise: Noise, lasting_deviation: f64, fleeting_deviation: f64) -> Self {
        Self { noise, lasting: 0.0, lasting_deviation, fleeting_deviation }
    }

    /// What to multiply the next row's level with; around 1, never below 0.
    pub(super) fn factor(&mut self) -> f64 {
        // An AR(1) process whose standing deviation is the one asked for.
        let innovation = self.lasting_deviation * libm::sqrt(1.0 - MEMORY * MEMORY);
        self.lasting = MEMORY * self.lasting + self.noise.normal(innovation);
        (1.0 + self.lasting + self.noise.normal(self.fleeting_deviation)).max(0.0)
    }
}
