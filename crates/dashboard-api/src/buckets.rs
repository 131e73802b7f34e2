//! How a long span is thinned out, so that no answer grows beyond what a phone wants to load.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// So many rows at most in one answer: about 250 KB of history.
pub(crate) const ROWS_MAX: i64 = 1_200;

/// Lengths of buckets that read well on an axis, in seconds; each divides the next but one, and all divide a day.
const LENGTHS: [i64; 11] = [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

/// The shortest bucket that holds whole steps and leaves at most [`ROWS_MAX`] of them in `span_seconds`. One step
/// where that is few enough.
pub(crate) fn length_seconds(span_seconds: i64, step_seconds: i64) -> i64 {
    let fits = |length: i64| span_seconds / length <= ROWS_MAX;
    if fits(step_seconds) {
        return step_seconds;
    }
    let coarsest = LENGTHS[LENGTHS.len() - 1];
    LENGTHS.into_iter().find(|length| length % step_seconds == 0 && fits(*length)).unwrap_or(coarsest)
}

/// Puts `rows` into buckets of `length_seconds` that are aligned to UTC, so that a bucket holds the same rows
/// whenever it is asked for; in order of time.
pub(crate) fn fill<T>(rows: Vec<T>, length_seconds: i64, at: impl Fn(&T) -> Timestamp) -> BTreeMap<Timestamp, Vec<T>> {
    let mut buckets: BTreeMap<Timestamp, Vec<T>> = BTreeMap::new();
    for row in rows {
        let second = at(&row).as_second();
        let start = Timestamp::from_second(second - second.rem_euclid(length_seconds)).unwrap_or(Timestamp::MIN);
        buckets.entry(start).or_default().push(row);
    }
    buckets
}

/// The largest of the values that are there.
pub(crate) fn largest(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().reduce(f64::max)
}

/// The smallest of the values that are there.
pub(crate) fn smallest(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_the_shortest_that_fits() {
        let check = |hours: i64, step: i64, expected: i64| {
            assert_eq!(length_seconds(hours * 3_600, step), expected, "{hours} h of {step} s");
        };
        check(1, 300, 300);
        check(24, 300, 300);
        check(100, 300, 300);
        check(101, 300, 600);
        check(168, 300, 600);
        check(672, 300, 3_600);
        check(20, 60, 60);
        check(24, 60, 120);
        check(672, 60, 3_600);
        check(672, 3_600, 3_600);
    }

    #[test]
    fn buckets_are_aligned_and_in_order() {
        let rows: Vec<Timestamp> =
            ["2026-01-01T00:19:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:09:59Z"].map(|text| text.parse().unwrap()).to_vec();
        let counts: Vec<(String, usize)> =
            fill(rows, 600, |row| *row).into_iter().map(|(start, rows)| (start.to_string(), rows.len())).collect();
        assert_eq!(counts, [("2026-01-01T00:00:00Z".to_owned(), 2), ("2026-01-01T00:10:00Z".to_owned(), 1)]);
    }

    #[test]
    fn absent_values_do_not_count() {
        assert_eq!(largest([None, Some(1.0), Some(3.0)].into_iter()), Some(3.0));
        assert_eq!(smallest([None, Some(1.0), Some(3.0)].into_iter()), Some(1.0));
        assert_eq!(largest([None].into_iter()), None);
    }
}
