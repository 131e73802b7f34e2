//! What every cloud has to do behind the ports, as one suite a port that every adapter runs in its tests.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{CapacityState, Metrics, PortError, Window, WriteCapacity};
use crate::{Column, Group, Observation};

const MINUTE_SECONDS: i64 = 60;

/// The grids that are read: minutes, the usual steps, and hours of old history.
const STEPS: [i64; 3] = [MINUTE_SECONDS, 300, 3600];

/// A group that a cloud has measured.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The group, of any step.
    pub group: Group,
    /// All that was measured since the first of them, by the minute, in order. A minute of which nothing was measured is left
    /// out; there is one at least, in the middle. What the calendar tells is not looked at.
    pub minutes: Vec<Observation>,
}

/// Checks the metrics of a cloud that has measured some groups and knows nothing of `nobody`.
///
/// # Panics
/// Where the cloud breaks the contract, with the promise that was broken.
pub async fn metrics(cloud: &dyn Metrics, measured: &[Measured], nobody: &Group) {
    assert!(cloud.observations(&[]).await.is_empty(), "no windows have no results");
    every_window_has_its_own_rows(cloud, measured, nobody).await;
    for Measured { group, minutes } in measured {
        windows_are_half_open(cloud, group, minutes).await;
        let (from, to) = span(minutes);
        for step_seconds in [-MINUTE_SECONDS, 0, 1, 90] {
            let refused = cloud.observations_of(Window { group, step_seconds, from, to }).await;
            assert!(refused.is_err(), "steps of {step_seconds} s are no whole minutes, and are refused");
        }
    }
}

/// All groups on all grids in one call, and one that fails among them.
async fn every_window_has_its_own_rows(cloud: &dyn Metrics, measured: &[Measured], nobody: &Group) {
    let mut asked = Vec::new();
    for step_seconds in STEPS {
        for Measured { group, minutes } in measured {
            let (from, to) = span(minutes);
            asked.push((Window { group, step_seconds, from, to: to + SignedDuration::from_hours(24) }, Some(minutes)));
            asked.push((Window { group: nobody, step_seconds, from, to }, None));
        }
    }
    let windows: Vec<_> = asked.iter().map(|(window, _)| *window).collect();
    let results = cloud.observations(&windows).await;
    assert_eq!(results.len(), windows.len(), "one result for each window");
    for ((window, minutes), result) in asked.into_iter().zip(results) {
        let alone = cloud.observations_of(window).await;
        match (minutes, result) {
            (None, Err(PortError::NotFound(_))) => {
                assert!(matches!(alone, Err(PortError::NotFound(_))), "`{}` is not found alone either", nobody.id);
            }
            (None, other) => panic!("`{}` is not found, not {other:?}", nobody.id),
            (Some(_), Err(error)) => panic!("{window:?} fails because of another: {error}"),
            (Some(minutes), Ok(rows)) => {
                are_as_measured(window, minutes, &rows);
                assert_eq!(rows, alone.expect("a window is read alone"), "a window has the same rows alone and with others");
            }
        }
    }
}

async fn windows_are_half_open(cloud: &dyn Metrics, group: &Group, minutes: &[Observation]) {
    let (first, last) = span(minutes);
    let read = async |step_seconds, from, to| {
        cloud.observations_of(Window { group, step_seconds, from, to }).await.expect("a window is read")
    };
    let middle = first + (last.duration_since(first)) / 2;
    for step_seconds in STEPS {
        let whole = read(step_seconds, first, last).await;
        let [before, after] = [read(step_seconds, first, middle).await, read(step_seconds, middle, last).await];
        assert_eq!([before, after].concat(), whole, "two windows that meet anywhere have the rows of both, each once");
        for (from, to) in [(middle, middle), (last, first)] {
            assert!(read(step_seconds, from, to).await.is_empty(), "an empty window has no rows");
        }
        for row in whole.iter().take(3) {
            let just = SignedDuration::from_nanos(1);
            let [at, next] = [row.timestamp, row.timestamp + SignedDuration::from_secs(step_seconds)];
            assert_eq!(read(step_seconds, at, next).await, [*row], "a step is in the window that it starts in");
            assert_eq!(read(step_seconds, at, at + just).await, [*row], "and whole, however short the window");
            assert!(read(step_seconds, at + just, next).await.is_empty(), "and in no other");
        }
    }
}

/// From the first minute to the end of the last.
fn span(minutes: &[Observation]) -> (Timestamp, Timestamp) {
    let (Some(first), Some(last)) = (minutes.first(), minutes.last()) else { panic!("a measured group has minutes") };
    let to = last.timestamp + SignedDuration::from_secs(MINUTE_SECONDS);
    let span_minutes = to.duration_since(first.timestamp).as_secs() / MINUTE_SECONDS;
    assert!(i64::try_from(minutes.len()).is_ok_and(|count| count < span_minutes), "a measured group has a gap, to be left out");
    (first.timestamp, to)
}

/// Rows in order, on the grid, with sums and means of the minutes, and none where nothing was measured. What a cloud makes of a
/// step of which some minutes are missing is its own affair.
fn are_as_measured(window: Window<'_>, minutes: &[Observation], rows: &[Observation]) {
    let start = |moment: Timestamp| moment.as_second().div_euclid(window.step_seconds) * window.step_seconds;
    assert!(rows.is_sorted_by(|a, b| a.timestamp < b.timestamp), "rows come in order, one for each step");
    let mut steps: BTreeMap<i64, Vec<&Observation>> = BTreeMap::new();
    for minute in minutes {
        steps.entry(start(minute.timestamp)).or_default().push(minute);
    }
    let mut told = BTreeSet::new();
    for row in rows {
        let second = row.timestamp.as_second();
        assert!(second == start(row.timestamp) && row.timestamp.subsec_nanosecond() == 0, "{row:?} is on the grid of {window:?}");
        assert!((window.from..window.to).contains(&row.timestamp), "{row:?} is in {window:?}");
        let Some(minutes) = steps.get(&second) else { panic!("nothing was measured in {row:?} of {window:?}: absent is absent") };
        told.insert(second);
        if minutes_of(window) == minutes.len() {
            has_the_values_of(row, minutes);
        }
    }
    for (second, minutes) in steps {
        let whole = minutes_of(window) == minutes.len() && second >= window.from.as_second();
        assert!(!whole || told.contains(&second), "all of the step at {second} of {window:?} was measured");
    }
}

fn minutes_of(window: Window<'_>) -> usize {
    usize::try_from(window.step_seconds / MINUTE_SECONDS).expect("steps are longer than nothing")
}

fn has_the_values_of(row: &Observation, minutes: &[&Observation]) {
    for column in Column::ALL.into_iter().filter(|column| *column != Column::IsSaleActive) {
        let values: Vec<f64> = minutes.iter().filter_map(|minute| minute.get(column)).collect();
        let sum: f64 = values.iter().sum();
        let expected = match values.len() {
            0 => None,
            count if count < minutes.len() => continue,
            _ if column.is_sum() => Some(sum),
            count => Some(sum / count as f64),
        };
        let found = row.get(column);
        let same = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() <= 1e-5 * (1.0 + expected.abs()),
            (found, expected) => found == expected,
        };
        assert!(same, "`{column}` of {row:?} is {expected:?}, not {found:?}: sums are summed, means are means, absent is absent");
    }
}

/// Checks the capacity of a cloud by a `group` of it, which allows one instance or more and three sizes at least, and that nobody
/// else changes meanwhile; it is left with the sizes that it was found with. The cloud has no group `nobody`.
///
/// # Panics
/// Where the cloud breaks the contract, with the promise that was broken.
pub async fn capacity(cloud: &dyn WriteCapacity, group: &Group, nobody: &Group) {
    let found = describe(cloud, group).await;
    let CapacityState { desired, min, max, unit, .. } = found;
    assert!(min >= 1 && min + 2 <= max && unit == 1, "{found:?} can be checked");
    assert!((min..=max).contains(&desired), "{found:?} is within its bounds");
    what_is_asked_for_is_what_it_is(cloud, group, found).await;
    what_is_not_allowed_is_refused(cloud, group, found).await;
    a_minimum_raises_and_bounds(cloud, group, found).await;
    for error in [
        cloud.describe(nobody).await.err(),
        cloud.set_desired(nobody, min).await.err(),
        cloud.set_minimum(nobody, min).await.err(),
    ] {
        assert!(matches!(error, Some(PortError::NotFound(_))), "`{}` is not found, not {error:?}", nobody.id);
    }
    cloud.set_desired(group, desired).await.expect("the size that it was found with");
    assert_eq!(sizes(describe(cloud, group).await), sizes(found), "the group is left as it was found");
}

async fn describe(cloud: &dyn WriteCapacity, group: &Group) -> CapacityState {
    cloud.describe(group).await.expect("a group that is there is described")
}

/// Desired, minimum and maximum; what serves and what boots is up to the cloud.
fn sizes(state: CapacityState) -> (u32, u32, u32) {
    (state.desired, state.min, state.max)
}

async fn what_is_asked_for_is_what_it_is(cloud: &dyn WriteCapacity, group: &Group, found: CapacityState) {
    let CapacityState { min, max, .. } = found;
    for desired in [min, max, min + 1, min + 1, min] {
        cloud.set_desired(group, desired).await.expect("a size within the bounds is taken");
        let state = describe(cloud, group).await;
        assert_eq!(sizes(state), (desired, min, max), "desired is what was asked for, and nothing else is changed");
        assert!(state.in_service <= desired, "{state:?}: what serves beyond the size is gone or going");
    }
}

async fn what_is_not_allowed_is_refused(cloud: &dyn WriteCapacity, group: &Group, found: CapacityState) {
    let before = describe(cloud, group).await;
    for desired in [0, found.min - 1, found.max + 1, u32::MAX] {
        let refused = cloud.set_desired(group, desired).await;
        assert!(matches!(refused, Err(PortError::Conflict(_))), "{desired} is a conflict, not {refused:?}");
    }
    for minimum in [found.max + 1, u32::MAX] {
        let refused = cloud.set_minimum(group, minimum).await;
        assert!(matches!(refused, Err(PortError::Conflict(_))), "a minimum of {minimum} is a conflict, not {refused:?}");
    }
    assert_eq!(sizes(describe(cloud, group).await), sizes(before), "what is refused changes nothing");
}

async fn a_minimum_raises_and_bounds(cloud: &dyn WriteCapacity, group: &Group, found: CapacityState) {
    let CapacityState { min, max, .. } = found;
    cloud.set_desired(group, min).await.expect("the minimum is taken");
    for _ in 0..2 {
        cloud.set_minimum(group, min + 2).await.expect("a minimum within the maximum is taken");
        assert_eq!(sizes(describe(cloud, group).await), (min + 2, min + 2, max), "a minimum raises the group to it");
    }
    let refused = cloud.set_desired(group, min + 1).await;
    assert!(matches!(refused, Err(PortError::Conflict(_))), "below the new minimum is a conflict, not {refused:?}");
    cloud.set_minimum(group, min).await.expect("the earlier minimum is taken");
    assert_eq!(sizes(describe(cloud, group).await), (min + 2, min, max), "a lower minimum takes nothing away");
}
