//! What the metrics of a group under a workload show.

use headroom_core::{Column, Observation};
use jiff::Timestamp;

use super::Workload;

impl Workload {
    /// The history as `in_service` instances would have lived through it, in steps of `step_seconds` (a multiple of 60).
    /// Gaps of the source are left out; a coarser source repeats within its step.
    #[must_use]
    pub fn history_observations(&self, step_seconds: i64, in_service: u32) -> Vec<Observation> {
        let first = self.start_second.div_euclid(step_seconds);
        let last = (self.start_second + self.second_of(self.split_minute)).div_euclid(step_seconds);
        (first..last)
            .filter_map(|step| {
                self.observe(step * step_seconds, step_seconds, |minute| self.measured(minute).then_some(in_service))
            })
            .collect()
    }

    /// What a group did in the step that starts at unix second `start` and lasts `step_seconds`, `in_service` telling
    /// its instances minute by minute, none where that minute was not measured. A step with half of its minutes or fewer
    /// is not there.
    pub(crate) fn observe(
        &self,
        start: i64,
        step_seconds: i64,
        in_service: impl Fn(usize) -> Option<u32>,
    ) -> Option<Observation> {
        let minutes_per_step = step_seconds.div_euclid(60).max(1);
        let first = (start - self.start_second).div_euclid(60);
        let mut seen = StepMeans::default();
        for minute in (first..first + minutes_per_step).filter_map(|minute| usize::try_from(minute).ok()) {
            let Some(instances) = in_service(minute) else { continue };
            let load = self.load_at(minute);
            seen.loads.push(load);
            seen.instances.push(f64::from(instances));
            if instances > 0 {
                seen.cpu.push((load / f64::from(instances)).min(1.0) * 100.0);
            }
            seen.network.extend(self.source(Column::NetworkIn, minute));
            seen.events.extend(self.source(Column::IsSaleActive, minute));
        }
        let expected = usize::try_from(minutes_per_step).expect("a positive number of minutes");
        let mean = |values: &[f64]| (values.len() * 2 > expected).then(|| values.iter().sum::<f64>() / values.len() as f64);
        let load = mean(&seen.loads)?;
        let source_minutes = self.series.step_seconds() as f64 / 60.0;
        Some(Observation {
            timestamp: Timestamp::from_second(start).expect("a step close to the trace"),
            cpu_utilization: mean(&seen.cpu).map(tidy),
            network_in: mean(&seen.network).map(|value| tidy(value / source_minutes * expected as f64)),
            request_count: self.requests_per_instance(step_seconds).map(|requests| tidy(load * requests)),
            in_service_instances: mean(&seen.instances).map(tidy),
            is_sale_active: seen.events.iter().copied().reduce(f64::max),
        })
    }
}

/// The measured minutes of one step.
#[derive(Default)]
struct StepMeans {
    loads: Vec<f64>,
    instances: Vec<f64>,
    cpu: Vec<f64>,
    network: Vec<f64>,
    events: Vec<f64>,
}

/// Cuts what only rounding errors left behind: a millionth of a percent, of an instance, of a request.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
