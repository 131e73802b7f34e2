//! The pinball loss over all quantiles of all steps, in the unit of the target.

use candle_core::{Device, Result, Tensor};
use headroom_core::{
    forecast::HORIZON,
    frame::Frame,
    lstm::{Batch, InputSpec, OUTPUTS},
    quantiles::LEVELS,
};

/// What the network should have said at some origins, and how much each origin weighs.
pub(crate) struct Aim {
    /// Actual distances from the baseline in the model's unit of change, of shape (origins, horizon, outputs).
    changes: Tensor,
    /// Size of each origin's unit relative to the others', of shape (origins, 1, 1).
    weights: Tensor,
}

impl Aim {
    /// The aim for the origins of `batch`. `unit` is the mean scale of the windows to learn from, in the target's unit.
    pub(crate) fn new(frame: &Frame, spec: &InputSpec, batch: &Batch, origins: &[usize], unit: f64) -> Result<Self> {
        let mut changes = Vec::with_capacity(origins.len() * HORIZON * OUTPUTS);
        for (index, &origin) in origins.iter().enumerate() {
            let size = batch.scales[index] * spec.change;
            let (mut peak, mut point_peak) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            for (actual, point) in frame.actual(origin).into_iter().zip(batch.points[index]) {
                (peak, point_peak) = (peak.max(actual), point_peak.max(point));
                changes.extend([((actual - point) / size) as f32; LEVELS.len()]);
                changes.extend([((peak - point_peak) / size) as f32; LEVELS.len()]);
            }
        }
        let weights: Vec<f32> = batch.scales.iter().map(|scale| (scale / unit) as f32).collect();
        Ok(Self {
            changes: Tensor::from_vec(changes, (origins.len(), HORIZON, OUTPUTS), &Device::Cpu)?,
            weights: Tensor::from_vec(weights, (origins.len(), 1, 1), &Device::Cpu)?,
        })
    }

    /// Several aims as one, in their order.
    pub(crate) fn joined<'a>(aims: impl Iterator<Item = &'a Self>) -> Result<Self> {
        let (changes, weights): (Vec<&Tensor>, Vec<&Tensor>) = aims.map(|aim| (&aim.changes, &aim.weights)).unzip();
        Ok(Self { changes: Tensor::cat(&changes, 0)?, weights: Tensor::cat(&weights, 0)? })
    }

    /// Mean pinball loss of what the network said.
    pub(crate) fn loss(&self, said: &Tensor) -> Result<Tensor> {
        let levels: Vec<f32> = LEVELS.iter().chain(&LEVELS).map(|&level| level as f32).collect();
        let levels = Tensor::from_vec(levels, (1, 1, OUTPUTS), &Device::Cpu)?;
        let error = (&self.changes - said)?;
        // max(q e, (q - 1) e) = q e + max(-e, 0)
        let pinball = (error.broadcast_mul(&levels)? + error.neg()?.relu()?)?;
        pinball.broadcast_mul(&self.weights)?.mean_all()
    }
}
