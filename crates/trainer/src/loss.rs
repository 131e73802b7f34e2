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
    /// Actual changes from the anchor in the model's unit of change, of shape (origins, horizon, outputs).
    changes: Tensor,
    /// Size of each origin's unit relative to the others', of shape (origins, 1, 1).
    weights: Tensor,
}

impl Aim {
    /// The aim for the origins of `batch`. `unit` is the mean scale of the training windows, in the target's unit.
    pub(crate) fn new(frame: &Frame, spec: &InputSpec, batch: &Batch, origins: &[usize], unit: f64) -> Result<Self> {
        let mut changes = Vec::with_capacity(origins.len() * HORIZON * OUTPUTS);
        for (index, &origin) in origins.iter().enumerate() {
            let size = batch.scales[index] * spec.change;
            let mut peak = f64::NEG_INFINITY;
            for actual in frame.actual(origin) {
                let change = |value: f64| ((value - batch.anchors[index]) / size) as f32;
                peak = peak.max(actual);
                changes.extend([change(actual); LEVELS.len()]);
                changes.extend([change(peak); LEVELS.len()]);
            }
        }
        let weights: Vec<f32> = batch.scales.iter().map(|scale| (scale / unit) as f32).collect();
        Ok(Self {
            changes: Tensor::from_vec(changes, (origins.len(), HORIZON, OUTPUTS), &Device::Cpu)?,
            weights: Tensor::from_vec(weights, (origins.len(), 1, 1), &Device::Cpu)?,
        })
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
