//! What a seed stands for: a group and what its owner wants, the load, and what goes wrong.

use std::sync::Arc;

use headroom_core::{
    Group, Observation, Series,
    fleet::{Apply, Approval, Day, Mode, PolicyName, ScheduleEntry},
};
use headroom_sim::{FaultKind, FaultPlan, Workload, WorldRules};
use jiff::{SignedDuration, Timestamp, civil::time};
use rand::{RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;

use crate::loads;

/// A Monday.
const ORIGIN: i64 = 1_767_571_200;

/// Rows of the load.
const ROW_SECONDS: i64 = 300;

/// Between the last fault and the moment when the load is gone.
const CALM: SignedDuration = SignedDuration::from_hours(2);

/// As long as scale-in may wait for anything.
const GONE: SignedDuration = SignedDuration::from_hours(9);

/// What runs see with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Eyes {
    /// Metrics and the truth: cheap enough for days.
    Cheap,
    /// Collector, stored history and the default model, for a day; of a group that is new, or that has a history.
    Real {
        /// Whether it is new.
        young: bool,
    },
}

/// Everything that is fixed before a simulation starts.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    pub(crate) eyes: Eyes,
    /// What the owner wants, from when on; the last one holds to the end.
    pub(crate) phases: Vec<(Timestamp, Group)>,
    pub(crate) rules: WorldRules,
    pub(crate) workload: Arc<Workload>,
    /// What is stored as the calendar until someone edits it.
    pub(crate) calendar: String,
    pub(crate) plan: FaultPlan,
    pub(crate) start: Timestamp,
    /// From then on nothing goes wrong any more.
    pub(crate) calm: Timestamp,
    pub(crate) end: Timestamp,
    /// Seconds from the start of a step to its tick.
    pub(crate) tick_after: i64,
    /// Whether the cloud scales the group by itself.
    pub(crate) own_policy: bool,
    /// Whether operators give orders.
    pub(crate) has_operators: bool,
    /// For so long the cloud tells of the size before a change of ours, now and then.
    late_sizes: Option<SignedDuration>,
}

impl Setting {
    pub(crate) fn draw(seed: u64, eyes: Eyes) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let step_seconds = if chance.random_bool(0.15) { 60 } else { 300 };
        let days = match (eyes, step_seconds) {
            (Eyes::Real { .. }, _) | (_, 60) => 1,
            _ => chance.random_range(2..=5),
        };
        let start = ORIGIN + 4 * days_and_end(days).as_secs();
        let start = Timestamp::from_second(start).unwrap();
        let calm = start + SignedDuration::from_hours(24 * days);
        let end = calm + CALM + GONE;
        let rules = rules(&mut chance);
        let workload = Arc::new(workload(days, &mut chance));
        let phases = phases(&mut chance, step_seconds, &rules, &workload, start, calm);
        let floors = phases.iter().all(|(_, group)| group.apply == Apply::Floor);
        // Drawn by themselves: nothing else that a seed stands for depends on them.
        let mut more = ChaCha8Rng::seed_from_u64(seed ^ 0x0b5e);
        let late_sizes =
            more.random_bool(0.4).then(|| SignedDuration::from_secs(step_seconds * more.random_range(100..150) / 100));
        let tick_after = if step_seconds == 60 { chance.random_range(0..60) } else { chance.random_range(0..240) };
        Self {
            seed,
            eyes,
            phases,
            rules,
            workload,
            calendar: calendar(start, &mut chance),
            plan: FaultPlan::draw(chance.random(), start, calm),
            start,
            calm,
            end,
            tick_after,
            own_policy: floors && chance.random_bool(0.8),
            has_operators: more.random_bool(0.6),
            late_sizes,
        }
    }

    /// For how long a run at `moment` may be told of the size before a change of ours. Not where runs die, overlap or do not know
    /// themselves what became of their writes: what all of that together makes of a size nobody can tell.
    pub(crate) fn late_sizes_at(&self, moment: Timestamp) -> Option<SignedDuration> {
        let hides = |kind: &FaultKind| {
            matches!(
                kind,
                FaultKind::RunsTwice { .. }
                    | FaultKind::RunsDie { .. }
                    | FaultKind::CallsSlow { .. }
                    | FaultKind::StateLost { .. }
                    | FaultKind::StoreFails { .. }
                    | FaultKind::AnswersLost { .. }
                    | FaultKind::ClockOff { .. }
            )
        };
        let near = |from: Timestamp, until: Timestamp| from <= moment && moment < until + SignedDuration::from_hours(1);
        let hidden = self.plan.faults().iter().any(|fault| near(fault.from, fault.until) && hides(&fault.kind));
        self.late_sizes.filter(|_| !hidden && moment < self.calm)
    }

    /// The phase that holds at `moment`.
    pub(crate) fn phase_at(&self, moment: Timestamp) -> usize {
        self.phases.iter().rposition(|(from, _)| *from <= moment).unwrap_or(0)
    }

    pub(crate) fn group(&self, phase: usize) -> &Group {
        &self.phases[phase].1
    }

    pub(crate) fn days(&self) -> f64 {
        self.end.duration_since(self.start).as_secs_f64() / 86_400.0
    }
}

fn days_and_end(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days) + CALM + GONE
}

fn rules(chance: &mut ChaCha8Rng) -> WorldRules {
    let instances_max = *[3, 10, 30, 60].choose(chance).unwrap();
    WorldRules {
        instances_min: chance.random_range(0..=3),
        instances_max,
        boot_delay_seconds: chance.random_range(20..=400),
        boot_jitter_seconds: *[0, 0, 30, 120].choose(chance).unwrap(),
        metric_delay_seconds: *[0, 60, 60, 120].choose(chance).unwrap(),
        max_utilization: 0.85,
    }
}

/// A quiet history, then a load of some shape for `days`, two hours more, and nothing.
fn workload(days: i64, chance: &mut ChaCha8Rng) -> Workload {
    let steps = |length: SignedDuration| usize::try_from(length.as_secs() / ROW_SECONDS).unwrap();
    let total = steps(days_and_end(days));
    let loaded = total - steps(GONE);
    let peak = [0.5, 2.0, 8.0, 20.0, 50.0][chance.random_range(0..5)];
    let replayed = loads::draw(loaded, peak, chance).into_iter().chain(std::iter::repeat_n(0.0, total - loaded));
    let history = (0..4 * total).map(|step| peak * (0.5 + 0.4 * loads::daily(step)));
    let loads = history.chain(replayed);
    let by_requests = chance.random_bool(0.5);
    let rows: Vec<Observation> = loads
        .enumerate()
        .map(|(row, load)| {
            let second = ORIGIN + i64::try_from(row).unwrap() * ROW_SECONDS;
            let row = Observation::at(Timestamp::from_second(second).unwrap());
            match by_requests {
                true => Observation { request_count: Some(load * 100.0), ..row },
                false => Observation { cpu_utilization: Some(load), in_service_instances: Some(100.0), ..row },
            }
        })
        .collect();
    let series = Series::from_observations(&rows).unwrap();
    Workload::from_load(&series, by_requests.then_some(100.0)).unwrap()
}

/// A sale on most days of some seeds.
fn calendar(start: Timestamp, chance: &mut ChaCha8Rng) -> String {
    if chance.random_bool(0.6) {
        return "{}".to_owned();
    }
    sale(start, chance.random_range(6..18), chance.random_range(0..90))
}

/// A calendar with a sale at the same hour of every day.
pub(crate) fn sale(start: Timestamp, hour: i8, ramp_minutes: i32) -> String {
    let date = start.to_zoned(jiff::tz::TimeZone::UTC).date();
    format!(
        r#"{{"time_zone": "UTC", "events": [{{"name": "sale", "kind": "sale", "start": "{date}T{hour:02}:00", "duration_minutes": 120,
        "intensity": 1.5, "ramp_minutes": {ramp_minutes}, "repeat": "FREQ=DAILY;COUNT=9"}}]}}"#
    )
}

/// What the owner wants first, and what he changes his mind to.
fn phases(
    chance: &mut ChaCha8Rng,
    step_seconds: i64,
    rules: &WorldRules,
    workload: &Workload,
    start: Timestamp,
    calm: Timestamp,
) -> Vec<(Timestamp, Group)> {
    let first = group(chance, step_seconds, rules, workload);
    let mut phases = vec![(start, first.clone())];
    let span = calm.duration_since(start).as_secs();
    let mut changes: Vec<i64> = (0..chance.random_range(0..3)).map(|_| chance.random_range(0..span)).collect();
    changes.sort_unstable();
    for after in changes {
        let other = group(chance, step_seconds, rules, workload);
        let apply = if chance.random_bool(0.7) { first.apply } else { other.apply };
        phases.push((start + SignedDuration::from_secs(after), Group { apply, ..other }));
    }
    let last = phases.last().unwrap().1.clone();
    let mode = if chance.random_bool(0.8) { Mode::Active } else { last.mode };
    phases.push((calm, Group { mode, ..last }));
    phases
}

fn group(chance: &mut ChaCha8Rng, step_seconds: i64, rules: &WorldRules, workload: &Workload) -> Group {
    let max = chance.random_range(rules.instances_max / 2..=rules.instances_max + 5).max(1);
    let min = chance.random_range(0..=max.min(4));
    let mut limit = |share: f64| chance.random_bool(share).then(|| chance.random_range(1..=5));
    let (scale_out_limit, scale_in_limit) = (limit(0.2), limit(0.2));
    let policy = match chance.random_range(0..10) {
        0 => PolicyName::Threshold,
        1 | 2 => PolicyName::Reactive,
        3 => PolicyName::Schedule,
        _ => PolicyName::Headroom,
    };
    let schedule = (0..chance.random_range(1..=2)).map(|index| ScheduleEntry {
        name: format!("hours {index}"),
        days: Day::ALL.to_vec(),
        start: time(chance.random_range(0..20), 0, 0, 0),
        end: time(chance.random_range(20..24), 30, 0, 0),
        instances: chance.random_range(0..=max),
    });
    let schedule = schedule.collect();
    Group {
        mode: *[Mode::Active, Mode::Active, Mode::Active, Mode::ScaleOutOnly, Mode::Observe].choose(chance).unwrap(),
        apply: if chance.random_bool(0.3) { Apply::Floor } else { Apply::Desired },
        approval: *[Approval::None, Approval::None, Approval::ScaleIn, Approval::All].choose(chance).unwrap(),
        approval_minutes: chance.random_range(1..=90),
        step_seconds,
        max_utilization: *[0.5, 0.85, 1.0].choose(chance).unwrap(),
        reactive_target: *[0.3, 0.5].choose(chance).unwrap(),
        min_instances: chance.random_bool(0.5).then_some(min),
        max_instances: chance.random_bool(0.5).then_some(max),
        risk_quantile: chance.random_bool(0.5).then(|| chance.random_range(0.5..1.0)),
        lead_time_seconds: chance.random_range(0..=900),
        stabilization_minutes: *[0, 5, 30, 180].choose(chance).unwrap(),
        cooldown_minutes: *[0, 0, 10, 60].choose(chance).unwrap(),
        scale_out_limit,
        scale_in_limit,
        sudden_drop_hold_minutes: *[0, 15, 60].choose(chance).unwrap(),
        reversals_max: *[2, 12].choose(chance).unwrap(),
        stale_after_seconds: chance.random_range(step_seconds + 420..=1800),
        hold_minutes: chance.random_range(0..=180),
        blind_instances: chance.random_bool(0.3).then(|| chance.random_range(0..=max)),
        foreign_hold_minutes: *[0, 30, 120].choose(chance).unwrap(),
        policy,
        schedule,
        price_per_hour: chance.random_bool(0.3).then_some(0.1),
        requests_per_instance: workload.requests_per_instance(step_seconds),
        ..Group::simulated("web")
    }
}
