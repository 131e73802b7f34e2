//! The policy `reactive`: target tracking on the load measured now. It is also what takes over where there is no forecast that can
//! be trusted.

use super::{Ask, Measured, Situation, instances_at};
use crate::reason::{NoForecast, Reason};

/// `required = ceil(load / reactive_target)`; scale-in after the stabilization window.
pub(super) fn ask(situation: &Situation<'_>, measured: Measured, reasons: &mut Vec<Reason>) -> Ask {
    let Measured { load, .. } = measured;
    let target = situation.group.reactive_target;
    let required = instances_at(load, target);
    reasons.push(Reason::Tracking { load, target, required });
    Ask { required, wanted: required }
}

/// The same in place of a forecast that is not there, `because` of something.
pub(super) fn in_place(situation: &Situation<'_>, because: NoForecast, load: f64, reasons: &mut Vec<Reason>) -> u32 {
    let target = situation.group.reactive_target;
    let required = instances_at(load, target);
    reasons.push(Reason::Reactive { because, load, target: Some(target), required });
    required
}
