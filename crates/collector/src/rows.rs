//! From what a cloud measured to rows of history; the collector and `trainer import` share it.

use headroom_core::{Calendar, Column, Observation, ports::Window};
use jiff::Timestamp;

/// The rows of history that `measured`, what a cloud gave for `window`, makes: those in which something was measured, each at the
/// start of its step, those of other steps dropped. Where the metrics carry no `is_sale_active` and the calendar says anything at
/// all, each row gets the intensity that the calendar announces for its start.
#[must_use]
pub fn history_rows(measured: &[Observation], window: Window<'_>, calendar: &Calendar) -> Vec<Observation> {
    with_events(on_steps(measured, window), window, calendar)
}

/// The start of the step of `step_seconds` that `moment` lies in; steps start at whole multiples since 1970.
///
/// # Panics
/// Where the step starts before the first moment that a [`Timestamp`] can tell.
#[must_use]
pub fn step_start(moment: Timestamp, step_seconds: i64) -> Timestamp {
    let second = moment.as_second().div_euclid(step_seconds) * step_seconds;
    Timestamp::from_second(second).expect("within a step of a moment that exists")
}

fn on_steps(measured: &[Observation], window: Window<'_>) -> Vec<Observation> {
    let something =
        |row: &&Observation| Column::ALL.into_iter().any(|column| row.get(column).is_some_and(|value| column.can_be(value)));
    measured
        .iter()
        .filter(something)
        .map(|row| Observation { timestamp: step_start(row.timestamp, window.step_seconds), ..*row })
        .filter(|row| (window.from..window.to).contains(&row.timestamp))
        .collect()
}

fn with_events(mut rows: Vec<Observation>, window: Window<'_>, calendar: &Calendar) -> Vec<Observation> {
    // Without a calendar nothing is known about sales, which is not the same as no sale.
    if !calendar.is_empty() {
        let timeline = calendar.timeline(Some(&window.group.id), window.from, window.to);
        for row in &mut rows {
            row.is_sale_active = row.is_sale_active.or_else(|| Some(timeline.intensity_at(row.timestamp)));
        }
    }
    rows
}
