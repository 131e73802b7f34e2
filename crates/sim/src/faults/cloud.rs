//! A cloud in which things go wrong, and that keeps a log of everything that was asked of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use headroom_core::{
    Column, Group, Observation,
    ports::{CapacityState, Metrics, PortError, ReadCapacity, Window, WriteCapacity},
};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::plan::{FaultKind, FaultPlan, ForeignWish};
use crate::{SimulatedCloud, Workload, WorldRules};

/// Who wrote to the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// Whoever came through the port.
    Port,
    /// Someone else.
    Foreign,
    /// A policy of the cloud's own, which scales above the minimum.
    Own,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A desired capacity.
    Desired(u32),
    /// A minimum.
    Minimum(u32),
}

/// What the cloud said, and what it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Done, and said so.
    Done,
    /// Done, and an error was told.
    Lost,
    /// Not done, and told so.
    Throttled,
    /// Done as far as there were instances, and told so.
    Short,
    /// Not allowed by the group's bounds.
    OutOfBounds,
}

/// One line of the cloud's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudWrite {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Writer,
    /// What was asked for.
    pub asked: Asked,
    /// What became of it.
    pub answer: Answer,
    /// Desired capacity and minimum before.
    pub before: (u32, u32),
    /// Desired capacity and minimum after.
    pub after: (u32, u32),
}

/// What happens to the cloud by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Happening {
    Foreign(ForeignWish),
    InstanceFails,
    OwnPolicy,
}

/// The simulated cloud under a plan of faults.
#[derive(Debug)]
pub struct FaultyCloud {
    cloud: SimulatedCloud,
    group: Group,
    plan: FaultPlan,
    seed: u64,
    lived: Mutex<Lived>,
}

#[derive(Debug)]
struct Lived {
    chance: ChaCha8Rng,
    /// What is still ahead, the next one last.
    ahead: Vec<(Timestamp, Happening)>,
    log: Vec<CloudWrite>,
}

/// How busy the cloud's own policy wants instances to be.
const OWN_TARGET: f64 = 0.6;

impl FaultyCloud {
    /// The cloud of `group`, in which `plan` goes wrong. `own_policy_until`: the cloud scales the group by the load itself, every
    /// five minutes, up to then. The same arguments give the same cloud.
    ///
    /// # Panics
    /// Where the rules have a minimum above the maximum.
    #[must_use]
    pub fn new(
        group: &Group,
        workload: Arc<Workload>,
        rules: WorldRules,
        plan: FaultPlan,
        seed: u64,
        own_policy_until: Option<Timestamp>,
    ) -> Self {
        let cloud = SimulatedCloud::new(&group.id, workload, rules, seed);
        let ahead = ahead(&plan, cloud.now(), own_policy_until);
        let lived = Lived { chance: ChaCha8Rng::seed_from_u64(seed.wrapping_add(1)), ahead, log: Vec::new() };
        Self { cloud, group: group.clone(), plan, seed, lived: Mutex::new(lived) }
    }

    /// Lets time pass to `now`, with everything that happens on the way.
    pub fn advance_to(&self, now: Timestamp) {
        loop {
            let mut lived = self.lived();
            let due = lived.ahead.last().is_some_and(|(at, _)| *at <= now);
            let Some((at, happening)) = lived.ahead.pop_if(|_| due) else { break };
            self.cloud.advance_to(at);
            self.happen(&mut lived, at, happening);
        }
        self.cloud.advance_to(now);
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    /// The cloud without its faults.
    #[must_use]
    pub fn inner(&self) -> &SimulatedCloud {
        &self.cloud
    }

    /// How many lines the log has.
    #[must_use]
    pub fn log_len(&self) -> usize {
        self.lived().log.len()
    }

    /// The lines of the log from the `skip`th on.
    #[must_use]
    pub fn log_from(&self, skip: usize) -> Vec<CloudWrite> {
        self.lived().log.iter().skip(skip).copied().collect()
    }

    /// The group's size, whatever goes wrong.
    #[must_use]
    pub fn size(&self) -> CapacityState {
        let world = self.cloud.world();
        CapacityState {
            desired: world.desired(),
            min: world.rules().instances_min,
            max: world.rules().instances_max,
            in_service: world.in_service(),
            pending: world.booting(),
            unit: 1,
        }
    }

    fn lived(&self) -> MutexGuard<'_, Lived> {
        self.lived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn happen(&self, lived: &mut Lived, at: Timestamp, happening: Happening) {
        let CapacityState { min, max, desired, .. } = self.size();
        match happening {
            Happening::InstanceFails => {
                let plan = &self.plan;
                let chance = &mut lived.chance;
                self.cloud.world().fail_instances(1, || late_seconds(plan, at, chance));
            }
            Happening::Foreign(ForeignWish::AnySize) => {
                let size = lived.chance.random_range(min..=max);
                self.write(lived, at, Writer::Foreign, Asked::Desired(size), Answer::Done);
            }
            Happening::Foreign(ForeignWish::OneSize(share)) => {
                let size = min + (f64::from(max - min) * share) as u32;
                self.write(lived, at, Writer::Foreign, Asked::Desired(size), Answer::Done);
            }
            Happening::Foreign(ForeignWish::AnyMinimum) => {
                let size = lived.chance.random_range(0..=max);
                self.write(lived, at, Writer::Foreign, Asked::Minimum(size), Answer::Done);
            }
            Happening::OwnPolicy => {
                let load = {
                    let world = self.cloud.world();
                    world.workload().load_at(world.minute())
                };
                let wanted = ((load / OWN_TARGET).ceil() as u32).clamp(min, max);
                if wanted != desired {
                    self.write(lived, at, Writer::Own, Asked::Desired(wanted), Answer::Done);
                }
            }
        }
    }

    /// Does what is asked, as far as `answer` says that it is done, and keeps it in the log.
    fn write(&self, lived: &mut Lived, at: Timestamp, by: Writer, asked: Asked, answer: Answer) -> Answer {
        let size = || {
            let CapacityState { desired, min, .. } = self.size();
            (desired, min)
        };
        let before = size();
        let Lived { chance, log, .. } = lived;
        let mut late = || late_seconds(&self.plan, at, chance);
        let done = match (answer, asked) {
            (Answer::Throttled | Answer::OutOfBounds, _) => Ok(()),
            (_, Asked::Desired(desired)) => self.cloud.set_desired_late(&self.group, desired, &mut late),
            (_, Asked::Minimum(minimum)) => self.cloud.set_minimum_late(&self.group, minimum, &mut late),
        };
        let answer = if done.is_ok() { answer } else { Answer::OutOfBounds };
        log.push(CloudWrite { at, by, asked, answer, before, after: size() });
        answer
    }

    /// What comes of a write through the port.
    fn ask(&self, asked: Asked) -> Result<(), PortError> {
        let now = self.cloud.now();
        let mut lived = self.lived();
        let hit = |lived: &mut Lived, share: Option<f64>| share.is_some_and(|share| lived.chance.random_bool(share));
        let throttled = self.plan.find(now, |kind| match kind {
            FaultKind::WritesThrottled { share } => Some(*share),
            _ => None,
        });
        if hit(&mut lived, throttled) {
            self.write(&mut lived, now, Writer::Port, asked, Answer::Throttled);
            return Err(PortError::Throttled("rate exceeded".to_owned()));
        }
        let spare = self.plan.find(now, |kind| match kind {
            FaultKind::NoCapacity { spare } => Some(*spare),
            _ => None,
        });
        let CapacityState { desired, min, max, .. } = self.size();
        let wanted = match asked {
            Asked::Desired(size) => size,
            Asked::Minimum(size) => size,
        };
        if let Some(spare) =
            spare.filter(|_| wanted > desired && wanted <= max && (wanted >= min || asked == Asked::Minimum(wanted)))
        {
            return self.ask_of_too_few(&mut lived, now, asked, wanted, desired.saturating_add(spare));
        }
        let lost = self.plan.find(now, |kind| match kind {
            FaultKind::AnswersLost { share } => Some(*share),
            _ => None,
        });
        let answer = if hit(&mut lived, lost) { Answer::Lost } else { Answer::Done };
        match self.write(&mut lived, now, Writer::Port, asked, answer) {
            Answer::Done => Ok(()),
            Answer::Lost => Err(PortError::Other("the cloud did not answer in time".to_owned())),
            _ => Err(PortError::Conflict(format!("{wanted} is outside of {min} to {max}"))),
        }
    }

    /// A request for `wanted` instances of a cloud that has `most`: what there is comes, and the rest is refused.
    fn ask_of_too_few(&self, lived: &mut Lived, now: Timestamp, asked: Asked, wanted: u32, most: u32) -> Result<(), PortError> {
        if wanted <= most {
            self.write(lived, now, Writer::Port, asked, Answer::Done);
            return Ok(());
        }
        let size = |cloud: &Self| (cloud.size().desired, cloud.size().min);
        let before = size(self);
        let part = match asked {
            Asked::Desired(_) => Asked::Desired(most),
            Asked::Minimum(_) => Asked::Minimum(most.max(before.1)),
        };
        self.write(lived, now, Writer::Port, part, Answer::Short);
        if let Some(line) = lived.log.last_mut() {
            line.asked = asked;
        }
        Err(PortError::InsufficientCapacity(format!("no more than {most} instances are to be had")))
    }
}

/// Everything that will happen by itself, the next one last.
fn ahead(plan: &FaultPlan, start: Timestamp, own_policy_until: Option<Timestamp>) -> Vec<(Timestamp, Happening)> {
    let mut ahead = Vec::new();
    let mut every = |seconds: u32, from: Timestamp, until: Timestamp, happening: Happening| {
        let step = SignedDuration::from_secs(i64::from(seconds.max(1)));
        let moments = std::iter::successors(Some(from.max(start)), |at| Some(*at + step)).take_while(|at| *at < until);
        ahead.extend(moments.map(|at| (at, happening)));
    };
    for fault in plan.faults() {
        match fault.kind {
            FaultKind::ForeignWriter { every_seconds, wish } => {
                every(every_seconds, fault.from, fault.until, Happening::Foreign(wish));
            }
            FaultKind::LostInstances { every_seconds } => {
                every(every_seconds, fault.from, fault.until, Happening::InstanceFails);
            }
            _ => {}
        }
    }
    if let Some(until) = own_policy_until {
        every(300, start, until, Happening::OwnPolicy);
    }
    ahead.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    ahead
}

/// How much later than by the rules an instance comes that is launched at `now`.
fn late_seconds(plan: &FaultPlan, now: Timestamp, chance: &mut ChaCha8Rng) -> i64 {
    let late = plan.at(now).map(|fault| match fault.kind {
        FaultKind::LateBoots { seconds_max } => i64::from(chance.random_range(0..=seconds_max)),
        // It is repeated until it works.
        FaultKind::FailedBoots { share } if chance.random_bool(share) => fault.until.duration_since(now).as_secs(),
        _ => 0,
    });
    late.sum()
}

/// A number from 0 to 1 that is the same for the same `seed` and `moment` (the finishing step of SplitMix64).
fn share_of(seed: u64, moment: Timestamp) -> f64 {
    let mut bits = seed ^ moment.as_second().unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) as f64 / u64::MAX as f64
}

impl FaultyCloud {
    /// `row` as metrics tell it at `now`; none where they do not, or not yet.
    fn told(&self, mut row: Observation, step_seconds: i64, now: Timestamp) -> Option<Observation> {
        let end = row.timestamp + SignedDuration::from_secs(step_seconds);
        for fault in self.plan.at(row.timestamp) {
            match fault.kind {
                FaultKind::MetricsLate { seconds } => {
                    // What is late comes in time once the fault is over.
                    let late = (end + SignedDuration::from_secs(i64::from(seconds))).min(fault.until.max(end));
                    if now < late {
                        return None;
                    }
                }
                FaultKind::MetricsMissing { share } if share_of(self.seed, row.timestamp) < share => return None,
                FaultKind::MetricsPartial { column } => row.set(column, None),
                FaultKind::MetricsAbsurd { value } => {
                    for column in [Column::CpuUtilization, Column::RequestCount] {
                        if row.get(column).is_some() {
                            row.set(column, Some(value));
                        }
                    }
                }
                _ => {}
            }
        }
        Some(row)
    }
}

#[async_trait]
impl Metrics for FaultyCloud {
    async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
        let now = self.cloud.now();
        let throttled = self.plan.find(now, |kind| match kind {
            FaultKind::MetricsThrottled { share } => Some(*share),
            _ => None,
        });
        // It is the call that is throttled, whatever it asks for.
        if throttled.is_some_and(|share| self.lived().chance.random_bool(share)) {
            return windows.iter().map(|_| Err(PortError::Throttled("rate exceeded".to_owned()))).collect();
        }
        let measured = windows.iter().map(|window| {
            let rows = self.cloud.measured(window)?;
            Ok(rows.into_iter().filter_map(|row| self.told(row, window.step_seconds, now)).collect())
        });
        measured.collect()
    }
}

#[async_trait]
impl ReadCapacity for FaultyCloud {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        let throttled = self.plan.find(self.cloud.now(), |kind| match kind {
            FaultKind::ReadsThrottled { share } => Some(*share),
            _ => None,
        });
        if throttled.is_some_and(|share| self.lived().chance.random_bool(share)) {
            return Err(PortError::Throttled("rate exceeded".to_owned()));
        }
        self.cloud.describe(group).await
    }
}

#[async_trait]
impl WriteCapacity for FaultyCloud {
    async fn set_desired(&self, group: &Group, desired: u32) -> Result<(), PortError> {
        drop(self.cloud.world_of(group)?);
        self.ask(Asked::Desired(desired))
    }

    async fn set_minimum(&self, group: &Group, minimum: u32) -> Result<(), PortError> {
        drop(self.cloud.world_of(group)?);
        self.ask(Asked::Minimum(minimum))
    }
}
