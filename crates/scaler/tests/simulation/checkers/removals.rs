//! Scale-ins that leave less than the measured load takes, counted from the cloud's own log.

use headroom_core::{Group, fleet::Apply, policy::Measured};
use headroom_sim::faults::CloudWrite;

use super::{Facts, bounds::bounds, is_fresh, sizes, was_late};
use crate::run::Run;

/// How many of the episode's scale-ins left less than their run had measured to be needed, as far as the maximum allowed it.
pub(super) fn count_unsafe(facts: &Facts<'_>) -> usize {
    let unsafe_ones = |run: &Run| {
        let sized = run.wrote().map(|index| facts.line(index)).filter(|line| sizes(&run.group, line.asked).is_some());
        let removals = sized.enumerate().filter_map(|(write, line)| {
            let left = removal(&run.group, &line)?;
            // After its own write, a run puts back what the latest one left.
            let decided = if write == 0 { run } else { latest(facts) };
            needed(decided, facts).filter(|needed| left < *needed)
        });
        removals.count()
    };
    facts.episode.runs.iter().map(unsafe_ones).sum()
}

/// On a size that is told late, nothing is removed that is there and may be.
pub(super) fn check(run: &Run, facts: &Facts<'_>) -> Result<(), String> {
    let Some(decision) = run.decision().filter(|decision| was_late(decision)) else { return Ok(()) };
    let (_, max) = bounds(decision, &run.group);
    let removes =
        |line: &CloudWrite| sizes(&run.group, line.asked).is_some() && removal(&run.group, line).is_some_and(|left| left < max);
    match run.wrote().map(|index| facts.line(index)).find(removes) {
        Some(line) => Err(format!("removals: on a size that was told late, {line:?}")),
        None => Ok(()),
    }
}

/// What a line of the cloud's log leaves, where it lowers what `group` sets.
fn removal(group: &Group, line: &CloudWrite) -> Option<u32> {
    let size = |(desired, min): (u32, u32)| match group.apply {
        Apply::Desired => desired,
        Apply::Floor => min,
    };
    Some(size(line.after)).filter(|left| *left < size(line.before))
}

fn latest<'a>(facts: &'a Facts<'_>) -> &'a Run {
    facts.episode.runs.iter().max_by_key(|run| run.now).expect("a run wrote")
}

/// What the load takes that `run` had measured; none where that was no number, or too old.
fn needed(run: &Run, facts: &Facts<'_>) -> Option<u32> {
    let max = run.group.max_instances.unwrap_or(u32::MAX).min(facts.episode.cloud.size().max);
    let measured = run.look().filter(|_| is_fresh(run.look(), &run.group, run.now))?;
    Some(instances(measured, &run.group).min(max))
}

fn instances(measured: Measured, group: &Group) -> u32 {
    (measured.load / group.max_utilization - 1e-9).ceil().clamp(1.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use headroom_core::ports::WriteCapacity as _;
    use headroom_sim::{FaultPlan, FaultyCloud, WorldRules};
    use jiff::SignedDuration;

    use super::*;
    use crate::{
        checkers::Episode,
        run::{End, Event},
        setting::{Eyes, Setting},
    };

    #[tokio::test]
    async fn what_leaves_less_than_was_measured_to_be_needed_is_counted() {
        let setting = Setting::draw(0, Eyes::Cheap);
        let group = Group { max_utilization: 0.5, max_instances: Some(8), ..Group::simulated("web") };
        let rules = WorldRules { instances_min: 1, instances_max: 30, ..WorldRules::default() };
        let cloud = FaultyCloud::new(&group, Arc::clone(&setting.workload), rules, FaultPlan::default(), 1, None);
        let mut episode = Episode::new(&setting, &cloud);
        for size in [10, 4] {
            cloud.set_desired(&group, size).await.unwrap();
        }
        let mut count = |load: f64, minutes_old: i64, lines: &[usize]| {
            let now = setting.start;
            let measured = Measured { until: now - SignedDuration::from_mins(minutes_old), load };
            let events =
                [Event::Looked(Some(measured))].into_iter().chain(lines.iter().map(|line| Event::Wrote(*line))).collect();
            episode.runs = vec![Run { now, life: (now, now), phase: 0, group: group.clone(), events, end: End::Died }];
            count_unsafe(&Facts { episode: &episode, journal: &BTreeMap::new(), log: &cloud.log_from(0) })
        };
        assert_eq!(count(2.0, 1, &[0, 1]), 0, "four carry two");
        assert_eq!(count(2.1, 1, &[0, 1]), 1);
        assert_eq!(count(100.0, 1, &[0]), 0, "it was raised");
        assert_eq!(count(100.0, 60, &[0, 1]), 0, "nothing is known of the load");
    }
}
