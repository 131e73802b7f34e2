//! Shapes of a day.

/// A peak of the day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peak {
    /// Local hour of its top.
    pub(super) hour: f64,
    /// Deviation of the bell, in hours.
    pub(super) width_hours: f64,
    /// Its top above what lies under it.
    pub(super) height: f64,
}

/// A level with peaks on it; a peak in the evening reaches over midnight.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayShape<'a> {
    pub(super) base: f64,
    pub(super) peaks: &'a [Peak],
}

impl DayShape<'_> {
    /// Its height at local hour `hour`, 0 to 24.
    pub(super) fn at(&self, hour: f64) -> f64 {
        let bell = |peak: &Peak| {
            let apart = (hour - peak.hour).abs();
            let distance = apart.min(24.0 - apart) / peak.width_hours;
            peak.height * libm::exp(-0.5 * distance * distance)
        };
        self.base + self.peaks.iter().map(bell).sum::<f64>()
    }
}
