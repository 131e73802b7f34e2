//! What learned models start from.

use serde::{Deserialize, Serialize};

use crate::{
    forecast::HORIZON,
    forecasters::{LastValue, Linear, PointForecaster},
    frame::{Frame, Split},
};

/// The frozen forecast that a learned model corrects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Baseline {
    /// The window's last value.
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
            Self::LastValue => LastValue.points(frame, origin),
            Self::Linear(linear) => linear.points(frame, origin),
        }
    }

    /// The same kind, fitted on the rows before `end`.
    #[must_use]
    pub fn refit(&self, frame: &Frame, end: usize) -> Self {
        match self {
            Self::LastValue => Self::LastValue,
            Self::Linear(before) => Self::Linear(Linear::fit(frame, end).map_or_else(|| before.clone(), Box::new)),
        }
    }
}
