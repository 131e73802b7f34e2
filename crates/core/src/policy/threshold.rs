//! The policy `threshold`, the plain rule of the reference system: predicted CPU above one bound adds an instance, below
//! another removes one.

use super::{Ask, Measured, Situation};
use crate::reason::{NoForecast, Reason};

/// Looks at the median of the next step, spread over the instances in service; without a forecast, at the load measured now.
pub(super) fn ask(situation: &Situation<'_>, measured: Measured, reasons: &mut Vec<Reason>) -> Ask {
    let cpu = |load: f64| load / f64::from(situation.capacity.in_service.max(1)) * 100.0;
    let predicted = match &situation.forecast {
        Ok(forecast) if cpu(forecast.steps[0].median()).is_finite() => Ok(forecast.steps[0].median()),
        Ok(_) => Err(NoForecast::UnusableModel("what it forecasts is no number".to_owned())),
        Err(because) => Err(because.clone()),
    };
    let load = predicted.unwrap_or_else(|because| {
        let load = measured.load;
        let required = situation.instances_for(load);
        reasons.push(Reason::Reactive { because, load, target: None, required });
        load
    });
    let before = situation.capacity.desired;
    // What was measured may be close to the largest number there is.
    let cpu_percent = cpu(load).clamp(f64::MIN, f64::MAX);
    let (low, high) = (situation.group.threshold_low_percent, situation.group.threshold_high_percent);
    let wanted = if cpu_percent > high {
        reasons.push(Reason::CpuAbove { cpu_percent, threshold_percent: high });
        before.saturating_add(1)
    } else if cpu_percent < low {
        reasons.push(Reason::CpuBelow { cpu_percent, threshold_percent: low });
        before.saturating_sub(1)
    } else {
        reasons.push(Reason::CpuWithin { cpu_percent, low_percent: low, high_percent: high });
        before
    };
    Ask { required: wanted, wanted }
}
