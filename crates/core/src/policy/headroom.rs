//! The policy `headroom`: as many instances as the largest load ahead takes, at the group's risk.

use super::{Measured, Plan, Situation, guards};
use crate::reason::{NoForecast, Reason};

/// `required = ceil(Q(largest load from now to now + lead time + one tick) / max_utilization)`, then the guards.
pub(super) fn plan(situation: &Situation<'_>, measured: Measured) -> Plan {
    let mut reasons = Vec::new();
    announced_event(situation, &mut reasons);
    let forecast_need = need_ahead(situation, measured, &mut reasons);
    let required = guards::reactive_floor(situation, measured, forecast_need, &mut reasons);
    let mut wanted = required;
    if wanted < situation.capacity.desired {
        wanted = guards::whole_look_ahead(situation, wanted, &mut reasons);
        wanted = guards::stabilization(situation, wanted, &mut reasons);
        wanted = guards::event_ramp(situation, wanted, &mut reasons);
    }
    let desired = guards::bounds(situation, wanted, &mut reasons);
    Plan { required, desired, reasons }
}

fn need_ahead(situation: &Situation<'_>, measured: Measured, reasons: &mut Vec<Reason>) -> u32 {
    match &situation.forecast {
        Ok(forecast) => {
            let quantile = situation.group.risk_quantile;
            let until = situation.look_ahead();
            let load = forecast.peak_until(until, quantile);
            let required = situation.instances_for(load);
            let within_minutes = until.duration_since(situation.now).as_mins();
            if !forecast.predictable {
                reasons.push(Reason::NotPredictable);
            }
            reasons.push(Reason::PeakAhead { load, quantile, within_minutes, required });
            required
        }
        Err(because) => reactive(situation, because, measured.load, reasons),
    }
}

fn reactive(situation: &Situation<'_>, because: &NoForecast, load: f64, reasons: &mut Vec<Reason>) -> u32 {
    let required = situation.instances_for(load);
    reasons.push(Reason::Reactive { because: because.clone(), load, required });
    required
}

fn announced_event(situation: &Situation<'_>, reasons: &mut Vec<Reason>) {
    if let Some(event) = situation.events.next_between(situation.now, situation.look_ahead()) {
        reasons.push(Reason::Event {
            name: event.name.clone(),
            event_kind: event.kind.clone(),
            start: event.start,
            end: event.end,
        });
    }
}
