//! What learned models start from.

use serde::{Deserialize, Serialize};

use crate::{
    forecast::HORIZON,
    forecasters::{Linear, PointForecaster},
    frame::{Frame, Split},
};

/// The frozen forecast that a learned model corrects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Baseline {
    /// The window's last value, and what the events do to it.
    LastValue,
    /// Linear regression.
    Linear(Box<Linear>),
}

impl Baseline {
    /// The linear regression where it beats the last value on the validation part, else the last value.
    #[must_use]
    pub fn fit(frame: &Frame, split: Split) -> Self {
        let origins = frame.validation_origins(split);
        let error = |baseline: &Self| -> f64 {
            let sum = |&origin: &usize| -> f64 {
                baseline
                    .points(frame, origin)
                    .iter()
                    .zip(frame.actual(origin))
                    .map(|(point, actual)| (actual - point).abs())
                    .sum()
            };
            origins.iter().map(sum).sum()
        };
        let linear = Linear::fit(frame, split.train_end).map(|linear| Self::Linear(Box::new(linear)));
        linear.filter(|linear| error(linear) < error(&Self::LastValue)).unwrap_or(Self::LastValue)
    }

    /// What it says of the steps after `origin`, in the target's unit.
    #[must_use]
    pub fn points(&self, frame: &Frame, origin: usize) -> [f64; HORIZON] {
        match self {
            Self::LastValue => {
                let last = frame.filled_before(origin, 0);
                std::array::from_fn(|h| last + frame.change_by_events(origin, origin + 1 + h))
            }
            Self::Linear(linear) => linear.points(frame, origin),
        }
    }
}
