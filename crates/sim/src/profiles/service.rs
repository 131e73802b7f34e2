//! From a load to what the metrics of a group under it show.

use headroom_core::Observation;
use jiff::Timestamp;

use super::noise::Noise;

/// The group is sized so that the busiest row stays below it: an operator's static sizing.
const CPU_PERCENT_MAX: f64 = 85.0;

/// Deviation of the CPU that a request takes, as a share of its mean.
const CPU_DEVIATION: f64 = 0.01;

/// Deviation of the bytes of a request, as a share of their mean.
const BYTES_DEVIATION: f64 = 0.03;

/// What a service is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// Requests in five minutes that make one instance's worth of work.
    pub(super) requests_per_instance: f64,
    /// Bytes received with a request.
    pub(super) bytes_per_request: f64,
}

impl Service {
    /// The rows of a group of constant size, large enough that CPU stays below 85 % throughout. CPU follows load over
    /// instances in service.
    pub(super) fn observe(
        self,
        timestamps: impl Iterator<Item = Timestamp>,
        loads: &[f64],
        intensities: &[f64],
        mut noise: Noise,
    ) -> Vec<Observation> {
        let costs: Vec<(f64, f64)> = loads
            .iter()
            .map(|load| {
                let work = load * (1.0 + noise.normal(CPU_DEVIATION)).max(0.0);
                (work, (1.0 + noise.normal(BYTES_DEVIATION)).max(0.0))
            })
            .collect();
        let most_work = costs.iter().map(|(work, _)| *work).fold(0.0, f64::max);
        // Above the bound by the rounding of the CPU column at most.
        let instances = (most_work * 100.0 / (CPU_PERCENT_MAX - 0.01)).ceil().max(1.0);
        timestamps
            .zip(loads.iter().zip(intensities).zip(&costs))
            .map(|(timestamp, ((load, intensity), (work, bytes)))| {
                let requests = (load * self.requests_per_instance).round();
                Observation {
                    timestamp,
                    cpu_utilization: Some(hundredths(work / instances * 100.0)),
                    network_in: Some((requests * self.bytes_per_request * bytes).round()),
                    request_count: Some(requests),
                    in_service_instances: Some(instances),
                    is_sale_active: Some(hundredths(*intensity)),
                }
            })
            .collect()
    }
}

/// To two decimals.
pub(super) fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
