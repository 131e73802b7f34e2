//! The policies of Headroom in the backtest's world: the very functions that decide in production.

use std::sync::Arc;

use headroom_core::{
    Group, Reason,
    decision::{Action, sentence},
    fleet::{Mode, PolicyName},
    occurrences::Timeline,
    policy::{Measured, Past, Plan, Situation, Tick, Written, plan},
    ports::CapacityState,
};
use headroom_sim::{Family, Policy, Seen, Workload, backtest::Settings, replay, replay::TICK_MINUTES};
use jiff::{SignedDuration, Timestamp};

use super::forecasts::Forecasts;

/// The quantiles that `headroom` is swept over: to one violation in ten thousand.
const QUANTILES: [f64; 28] = [
    0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.875, 0.9, 0.92, 0.935, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99,
    0.9925, 0.995, 0.9965, 0.998, 0.999, 0.9995, 0.9999,
];

/// The windows that scale-in waits for, in minutes, which each quantile is tried with.
const STABILIZATION_MINUTES: [u32; 3] = [0, 5, 15];

/// The utilizations that `reactive` is swept over; those above the objective are left out.
const TARGETS: [f64; 12] = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85];

/// What a replay of Headroom's own policies needs beside the world.
#[derive(Clone, Copy)]
pub(crate) struct Material<'a> {
    /// Whose guards, risk and bounds hold.
    pub(crate) group: &'a Group,
    /// What would have been forecast.
    pub(crate) forecasts: &'a Forecasts,
    /// What was announced.
    pub(crate) events: &'a Timeline,
}

impl<'a> Material<'a> {
    /// `headroom` over its quantile, `reactive` over its target, and `schedule` where the group has one.
    pub(crate) fn families(self) -> Vec<Family<'a>> {
        let group = self.group;
        let headroom = move |minutes: u32| {
            Family::with_knob("headroom", group.risk_quantile(), QUANTILES.to_vec(), move |quantile| {
                let group = Group { risk_quantile: Some(quantile), stabilization_minutes: minutes, ..group.clone() };
                self.playing(Group { policy: PolicyName::Headroom, ..group })
            })
        };
        let own = group.stabilization_minutes;
        let mut families = vec![headroom(own)];
        let others = STABILIZATION_MINUTES.into_iter().filter(|minutes| *minutes != own);
        families.extend(others.map(|minutes| headroom(minutes).as_variant(&format!("in after {minutes} min"))));
        families.extend([Family::with_knob(
            "reactive",
            group.reactive_target,
            TARGETS.into_iter().filter(|target| *target <= group.max_utilization).collect(),
            move |target| self.playing(Group { policy: PolicyName::Reactive, reactive_target: target, ..group.clone() }),
        )]);
        if !group.schedule.is_empty() {
            families
                .push(Family::fixed("schedule", move || self.playing(Group { policy: PolicyName::Schedule, ..group.clone() })));
        }
        families
    }

    /// `group` as it is configured, with nothing behind it.
    pub(crate) fn playing(self, group: Group) -> Playing<'a> {
        Playing {
            group: Group { mode: Mode::Active, ..group },
            forecasts: self.forecasts,
            events: self.events,
            past: Past::default(),
            measured: None,
            told: None,
        }
    }

    /// What `headroom` says of each of its decisions within `span`.
    pub(crate) fn sentences(
        self,
        workload: &Arc<Workload>,
        settings: &Settings,
        span: std::ops::Range<Timestamp>,
    ) -> Vec<(Timestamp, String)> {
        let told = Told { span, sentences: Vec::new() };
        let group = Group { policy: PolicyName::Headroom, ..self.group.clone() };
        let mut playing = Playing { told: Some(told), ..self.playing(group) };
        let _ = replay(workload, settings.rules, settings.seed, &mut playing, settings.minutes_max);
        playing.told.map(|told| told.sentences).unwrap_or_default()
    }
}

/// What is written down for people, where they look.
struct Told {
    span: std::ops::Range<Timestamp>,
    sentences: Vec<(Timestamp, String)>,
}

impl Told {
    fn tell(&mut self, now: Timestamp, before: u32, plan: &Plan) {
        if self.span.contains(&now) {
            let action = Action::between(before, plan.desired);
            self.sentences.push((now, sentence(action, before, plan.desired, &plan.reasons)));
        }
    }
}

/// One group under one of Headroom's policies, tick by tick.
pub(crate) struct Playing<'a> {
    group: Group,
    forecasts: &'a Forecasts,
    events: &'a Timeline,
    past: Past,
    /// What was measured last.
    measured: Option<Measured>,
    told: Option<Told>,
}

impl Policy for Playing<'_> {
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
        if !seen.is_tick() {
            return None;
        }
        let capacity = CapacityState {
            desired: seen.desired,
            min: seen.rules.instances_min,
            max: seen.rules.instances_max,
            in_service: seen.in_service,
            pending: seen.booting,
            unit: 1,
        };
        if self.forecasts.is_measured(seen.now) {
            self.measured = measured(seen);
        }
        let Self { group, past, measured, .. } = self;
        let measured = *measured;
        past.observe(group, capacity, measured, seen.now);
        // Boots take as long in this world as the group is configured to: there is nothing to learn.
        let lead_time_seconds = group.lead_time_seconds;
        let forecast = self.forecasts.at(seen.now);
        let expected = forecast.as_ref().ok().copied();
        let plan = plan(&Situation {
            group,
            now: seen.now,
            tick: seen.now - SignedDuration::from_secs(i64::from(seen.rules.metric_delay_seconds)),
            capacity,
            measured,
            forecast,
            past,
            lead_time_seconds,
            events: self.events,
            troubles: Vec::<Reason>::new(),
        });
        let written = if plan.desired == capacity.desired { Written::Nothing } else { Written::Applied };
        let tick = Tick {
            at: seen.now,
            mode: group.mode,
            before: capacity,
            required: plan.required,
            desired: plan.desired,
            measured,
            written,
        };
        past.record(group, &tick);
        past.expect(expected);
        if let Some(told) = &mut self.told {
            told.tell(seen.now, capacity.desired, &plan);
        }
        (written == Written::Applied).then_some(plan.desired)
    }
}

/// The mean load of the step that ended last.
fn measured(seen: &Seen<'_>) -> Option<Measured> {
    let first = seen.loads.len().checked_sub(TICK_MINUTES)?;
    let load = seen.loads[first..].iter().sum::<f64>() / TICK_MINUTES as f64;
    let until = seen.now - SignedDuration::from_secs(i64::from(seen.rules.metric_delay_seconds));
    Some(Measured { until, load })
}
