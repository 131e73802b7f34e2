//! A replay in as many columns as a picture has pixels.

use headroom_sim::Minute;

/// What a column of pixels stands for: some minutes in a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    /// Index of its first minute.
    pub(super) first: usize,
    /// How many minutes it has; at least one.
    pub(super) minutes: usize,
    /// The highest demand.
    pub(super) demand_max: u32,
    /// The fewest instances in service, not necessarily in the same minute.
    pub(super) in_service_min: u32,
    /// In service and demand of the minute in which most were missing; none without violations.
    pub(super) missing: Option<[u32; 2]>,
    /// Minutes with fewer instances in service than demand.
    pub(super) violation_minutes: usize,
}

/// Parts `minutes` into at most `count` columns that differ by a minute at most. Nothing is averaged away: what is worst in a
/// column stands for it.
pub(super) fn columns(minutes: &[Minute], count: usize) -> Vec<Column> {
    let count = count.min(minutes.len());
    let start = |column: usize| column * minutes.len() / count;
    (0..count).map(|column| of(start(column), &minutes[start(column)..start(column + 1)])).collect()
}

fn of(first: usize, minutes: &[Minute]) -> Column {
    // The first of equals.
    let worst = minutes.iter().rev().max_by_key(|minute| minute.missing()).filter(|minute| minute.is_violation());
    Column {
        first,
        minutes: minutes.len(),
        demand_max: minutes.iter().map(|minute| minute.demand).max().unwrap_or(0),
        in_service_min: minutes.iter().map(|minute| minute.in_service).min().unwrap_or(0),
        missing: worst.map(|minute| [minute.in_service, minute.demand]),
        violation_minutes: minutes.iter().filter(|minute| minute.is_violation()).count(),
    }
}

/// The corners of the stairs through `values`, each of which holds from its x on, up to `end`; none where nothing changes.
pub(super) fn stairs(values: impl IntoIterator<Item = (f64, f64)>, end: f64) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for (x, value) in values {
        match corners.last() {
            Some(&(_, before)) if before == value => {}
            Some(&(_, before)) => corners.extend([(x, before), (x, value)]),
            None => corners.push((x, value)),
        }
    }
    if let Some(&(_, last)) = corners.last() {
        corners.push((end, last));
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(pairs: &[(u32, u32)]) -> Vec<Minute> {
        let minute = |(minute, &(demand, in_service))| Minute { minute, load: 0.5, demand, desired: in_service, in_service };
        pairs.iter().enumerate().map(minute).collect()
    }

    #[test]
    fn the_worst_of_a_column_stands_for_it() {
        let columns = columns(&minutes(&[(2, 4), (9, 9), (3, 2), (5, 3), (7, 5)]), 2);
        let first = Column { first: 0, minutes: 2, demand_max: 9, in_service_min: 4, missing: None, violation_minutes: 0 };
        let second =
            Column { first: 2, minutes: 3, demand_max: 7, in_service_min: 2, missing: Some([3, 5]), violation_minutes: 3 };
        assert_eq!(columns, [first, second]);
    }

    #[test]
    fn there_are_never_more_columns_than_minutes() {
        assert_eq!(columns(&minutes(&[(1, 1); 3]), 900).len(), 3);
        assert!(columns(&[], 900).is_empty());
        let uneven = columns(&minutes(&[(1, 1); 1000]), 300);
        assert_eq!(uneven.iter().map(|column| column.minutes).sum::<usize>(), 1000);
        assert!(uneven.iter().all(|column| (3..=4).contains(&column.minutes)));
    }

    #[test]
    fn stairs_turn_only_where_something_changes() {
        let values = [(0.0, 2.0), (1.0, 2.0), (2.0, 5.0), (3.0, 5.0)];
        assert_eq!(stairs(values, 4.0), [(0.0, 2.0), (2.0, 2.0), (2.0, 5.0), (4.0, 5.0)]);
        assert!(stairs([], 4.0).is_empty());
    }
}
