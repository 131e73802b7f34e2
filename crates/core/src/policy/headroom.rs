//! The policy `headroom`: as many instances as the largest load ahead takes, at the group's risk.

use super::{Ask, Measured, Situation, reactive};
use crate::{
    forecast::Forecast,
    reason::{NoForecast, Reason},
};

/// `required = ceil(Q(largest load from now to now + lead time + one tick) / max_utilization)`.
pub(super) fn ask(situation: &Situation<'_>, measured: Measured, reasons: &mut Vec<Reason>) -> Ask {
    announced_event(situation, reasons);
    let required = match &situation.forecast {
        Ok(forecast) => need_ahead(situation, forecast, measured, reasons),
        Err(because) => reactive::in_place(situation, because.clone(), measured.load, reasons),
    };
    Ask { required, wanted: required }
}

fn need_ahead(situation: &Situation<'_>, forecast: &Forecast, measured: Measured, reasons: &mut Vec<Reason>) -> u32 {
    let quantile = situation.group.risk_quantile();
    let until = situation.look_ahead();
    let load = forecast.peak_until(until, quantile);
    if !load.is_finite() {
        let because = NoForecast::UnusableModel("what it forecasts is no number".to_owned());
        return reactive::in_place(situation, because, measured.load, reasons);
    }
    let required = situation.instances_for(load);
    let within_minutes = until.duration_since(situation.now).as_mins();
    if !forecast.predictable {
        reasons.push(Reason::NotPredictable);
    }
    reasons.push(Reason::PeakAhead { load, quantile, within_minutes, required });
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
