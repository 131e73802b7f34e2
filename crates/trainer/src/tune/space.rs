//! The space of settings that a search draws from.

use headroom_core::lstm::Pooling;
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::training::Settings;

/// Changes whenever the same seed would draw other candidates.
pub const SPACE_VERSION: u32 = 1;

const POOLING: [Pooling; 2] = [Pooling::Last, Pooling::Attention];
const HIDDEN: [usize; 6] = [16, 24, 32, 48, 64, 96];
const LAYERS: [usize; 2] = [1, 2];
const HEAD: [usize; 4] = [32, 64, 96, 128];
const BATCH: [usize; 3] = [64, 128, 256];
const ROUNDS_MAX: [usize; 3] = [12, 24, 36];
const LEARNING_RATE: [f64; 2] = [5e-4, 1e-2];
const WEIGHT_DECAY: [f64; 2] = [1e-5, 1e-1];
const GRADIENT_MAX: [f64; 3] = [0.3, 1.0, 3.0];
const DROPOUT: [f32; 5] = [0.0, 0.05, 0.1, 0.2, 0.3];

/// A setting is drawn anew with this probability and keeps its default otherwise: the defaults are good, so that most
/// draws of everything at once would only be worse.
const DRAWN: f64 = 0.5;

/// One setting that is searched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dimension {
    /// The field of [`Settings`].
    pub setting: &'static str,
    /// What it may be, for people.
    pub values: String,
}

/// The settings that are searched, in the order of tables. All others keep their defaults.
#[must_use]
pub fn space() -> Vec<Dimension> {
    fn choice<T: Serialize>(setting: &'static str, values: &[T]) -> Dimension {
        let one = |value| serde_json::to_string(value).expect("plain values are JSON").replace('"', "");
        Dimension { setting, values: values.iter().map(one).collect::<Vec<_>>().join(", ") }
    }
    let range = |setting, [low, high]: [f64; 2]| Dimension { setting, values: format!("{low} to {high}, evenly on a log scale") };
    vec![
        choice("pooling", &POOLING),
        choice("hidden", &HIDDEN),
        choice("layers", &LAYERS),
        choice("head", &HEAD),
        choice("batch", &BATCH),
        choice("rounds_max", &ROUNDS_MAX),
        range("learning_rate", LEARNING_RATE),
        range("weight_decay", WEIGHT_DECAY),
        choice("gradient_max", &GRADIENT_MAX),
        choice("dropout", &DROPOUT),
    ]
}

/// The settings of candidate number `index`: those of `defaults` for the first, else a draw that the seed of `defaults` and
/// the number decide, which differs from them (random search, Bergstra and Bengio 2012).
#[must_use]
pub fn candidate(defaults: &Settings, index: usize) -> Settings {
    if index == 0 {
        return defaults.clone();
    }
    let mut random = ChaCha8Rng::seed_from_u64(defaults.seed);
    // A stream of its own: what a candidate is does not depend on how many numbers the ones before it took.
    random.set_stream(index as u64);
    loop {
        let drawn = draw(defaults, &mut random);
        if drawn != *defaults {
            return drawn;
        }
    }
}

fn draw(defaults: &Settings, random: &mut ChaCha8Rng) -> Settings {
    Settings {
        pooling: one_of(&POOLING, defaults.pooling, random),
        hidden: one_of(&HIDDEN, defaults.hidden, random),
        layers: one_of(&LAYERS, defaults.layers, random),
        head: one_of(&HEAD, defaults.head, random),
        batch: one_of(&BATCH, defaults.batch, random),
        rounds_max: one_of(&ROUNDS_MAX, defaults.rounds_max, random),
        learning_rate: between(LEARNING_RATE, defaults.learning_rate, random),
        weight_decay: between(WEIGHT_DECAY, defaults.weight_decay, random),
        gradient_max: one_of(&GRADIENT_MAX, defaults.gradient_max, random),
        dropout: one_of(&DROPOUT, defaults.dropout, random),
        ..defaults.clone()
    }
}

fn one_of<T: Copy>(values: &[T], default: T, random: &mut ChaCha8Rng) -> T {
    if random.random_bool(DRAWN) { values.choose(random).copied().unwrap_or(default) } else { default }
}

/// Evenly on a log scale, to two digits, so that people can read and copy it.
fn between([low, high]: [f64; 2], default: f64, random: &mut ChaCha8Rng) -> f64 {
    if !random.random_bool(DRAWN) {
        return default;
    }
    let exact = (low.ln() + random.random::<f64>() * (high / low).ln()).exp();
    let digits = 10_f64.powf(1.0 - exact.log10().floor());
    (exact * digits).round() / digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::check;

    #[test]
    fn candidates_are_usable_differ_and_depend_on_seed_and_number_alone() {
        let defaults = Settings::default();
        let all: Vec<Settings> = (0..200).map(|index| candidate(&defaults, index)).collect();
        assert_eq!(all[0], defaults);
        for (index, settings) in all.iter().enumerate() {
            assert!(check(settings).is_ok(), "{settings:?}");
            assert_eq!(*settings, candidate(&defaults, index));
            assert!(!all[..index].contains(settings), "candidate {index} was there before");
            assert_eq!((settings.seed, settings.patience), (defaults.seed, defaults.patience), "not searched");
        }
        let other = Settings { seed: 8, ..Settings::default() };
        assert!((1..50).all(|index| candidate(&other, index) != Settings { seed: 8, ..all[index].clone() }));
    }

    #[test]
    fn every_value_of_the_space_is_drawn_and_none_outside_it() {
        let defaults = Settings::default();
        let all: Vec<Settings> = (1..400).map(|index| candidate(&defaults, index)).collect();
        for hidden in HIDDEN {
            assert!(all.iter().any(|settings| settings.hidden == hidden), "{hidden}");
        }
        for pooling in POOLING {
            assert!(all.iter().any(|settings| settings.pooling == pooling), "{pooling:?}");
        }
        let rates: Vec<f64> = all.iter().map(|settings| settings.learning_rate).collect();
        assert!(rates.iter().all(|rate| (LEARNING_RATE[0]..=LEARNING_RATE[1]).contains(rate)));
        let middle = (LEARNING_RATE[0] * LEARNING_RATE[1]).sqrt();
        let drawn: Vec<f64> = rates.into_iter().filter(|rate| *rate != defaults.learning_rate).collect();
        let low = drawn.iter().filter(|rate| **rate < middle).count() as f64 / drawn.len() as f64;
        assert!((0.4..0.6).contains(&low), "even on a log scale: {low} lie below {middle}");
        assert!(all.iter().all(|settings| format!("{:.1e}", settings.learning_rate).parse() == Ok(settings.learning_rate)));
    }

    #[test]
    fn the_documented_space_names_fields_of_settings() {
        let fields = serde_json::to_value(Settings::default()).unwrap();
        for dimension in space() {
            assert!(fields.get(dimension.setting).is_some(), "{dimension:?}");
        }
        assert_eq!(space()[0].values, "last, attention");
        assert_eq!(space()[6].values, "0.0005 to 0.01, evenly on a log scale");
    }
}
