//! What events do to a frame: their effect is learned per kind, and they stay out of what is ordinary.

use std::f64::consts::TAU;

use headroom_core::{
    Calendar, Column, Observation, Series,
    forecast::HORIZON,
    frame::Frame,
    uplift::{KindUplift, Uplift},
};
use jiff::Timestamp;
use proptest::prelude::*;

const DAY: usize = 288;

/// A Monday.
const START: &str = "2026-06-01T00:00:00Z";

/// A shop's ordinary load: a daily wave, quieter weekends, growth, and noise of a few percent that is the same every time.
fn ordinary(row: usize) -> f64 {
    let weekend = if row / DAY % 7 >= 5 { 0.7 } else { 1.0 };
    let growth = 1.0 + 0.003 * row as f64 / DAY as f64;
    let noise = 1.0 + 0.06 * ((row as f64 * 12.9898).sin() * 43_758.545).fract();
    (100.0 - 60.0 * (TAU * row as f64 / DAY as f64).cos()) * weekend * growth * noise
}

fn series(rows: usize, load: impl Fn(usize) -> f64, flag: impl Fn(usize) -> Option<f64>) -> Series {
    let start: Timestamp = START.parse().unwrap();
    let row = |row: usize| Observation {
        request_count: Some(load(row)).filter(|load| load.is_finite()),
        is_sale_active: flag(row),
        ..Observation::at(start + jiff::SignedDuration::from_mins(5 * row as i64))
    };
    Series::with_step(&(0..rows).map(row).collect::<Vec<_>>(), 300).unwrap()
}

fn frame(rows: usize, load: impl Fn(usize) -> f64, calendar: &str) -> Frame {
    of(&series(rows, load, |_| None), calendar)
}

fn of(series: &Series, calendar: &str) -> Frame {
    Frame::of_column(series, Column::RequestCount, &Calendar::from_json(calendar).unwrap(), None)
}

/// Two kinds that do not do what they announce, and a launch and a fair right after the last of 28 days.
const SHOP_CALENDAR: &str = r#"{"events": [
    {"name": "clearance", "kind": "sale", "start": "2026-06-09T10:00", "duration_minutes": 720, "intensity": 1, "ramp_minutes": 30,
     "repeat": "FREQ=DAILY;INTERVAL=7;COUNT=3"},
    {"name": "launch", "kind": "launch", "start": "2026-06-11T18:00", "duration_minutes": 120, "intensity": 0.5, "ramp_minutes": 30,
     "repeat": "FREQ=DAILY;INTERVAL=7;COUNT=2"},
    {"name": "next launch", "kind": "launch", "start": "2026-06-29T00:00", "duration_minutes": 30, "intensity": 0.5, "ramp_minutes": 10},
    {"name": "fair", "kind": "fair", "start": "2026-06-29T00:40", "duration_minutes": 60, "intensity": 0.8}]}"#;

const SHOP_DAYS: usize = 28;

/// The extra load of a unit of intensity.
fn true_effect(kind: Option<&str>) -> f64 {
    match kind {
        Some("sale") => 0.3,
        Some("launch") => 4.0,
        _ => 0.0,
    }
}

fn shop() -> Frame {
    let rows = SHOP_DAYS * DAY;
    let announced = frame(rows, |_| 1.0, SHOP_CALENDAR);
    let load = |row: usize| ordinary(row) * (1.0 + true_effect(announced.kind(row)) * announced.announced(row));
    frame(rows, load, SHOP_CALENDAR)
}

fn row_of(moment: &str) -> usize {
    let seconds = moment.parse::<Timestamp>().unwrap().duration_since(START.parse().unwrap()).as_secs();
    usize::try_from(seconds / 300).unwrap()
}

fn off(value: f64, truth: f64) -> f64 {
    (value / truth - 1.0).abs()
}

#[test]
fn each_kind_is_learned_whatever_was_announced() {
    let frame = shop();
    let uplift = Uplift::fit(&frame, frame.rows());
    assert_eq!(frame.kinds(), ["sale", "launch", "fair"]);
    let facts: Vec<_> = uplift.kinds.iter().map(|kind| (kind.kind.as_str(), kind.events)).collect();
    assert_eq!(facts, [("launch", 2), ("sale", 3)], "the fair is still to come, of the next launch only the ramp is there");
    let sale = uplift.kinds.iter().find(|kind| kind.kind == "sale").unwrap();
    assert_eq!(sale.rows, 3 * (144 + 2 * 6 - 1), "full strength and both ramps, whose first moment is at zero");
    assert!((uplift.effect_of("sale") - 0.3).abs() < 0.05, "{uplift:?}");
    assert!(off(uplift.effect_of("launch"), 4.0) < 0.07, "{uplift:?}");
    assert_eq!(uplift.effect_of("fair"), 1.0);
}

#[test]
fn a_frame_expects_what_was_learned_also_after_its_end_and_on_ramps() {
    let plain = shop();
    let uplift = Uplift::fit(&plain, plain.rows());
    let frame = plain.clone().with_uplift(&uplift);
    let launch = row_of("2026-06-29T00:00:00Z");
    assert_eq!(launch, frame.rows());
    assert_eq!((frame.announced(launch), frame.event(launch)), (0.5, 0.5 * uplift.effect_of("launch")));
    assert_eq!(frame.event(launch - 1), 0.25 * uplift.effect_of("launch"), "half way up the ramp of ten minutes");
    let fair = row_of("2026-06-29T00:40:00Z");
    assert_eq!((frame.kind(fair), frame.event(fair)), (Some("fair"), 0.8), "never seen, so taken at its word");
    assert_eq!((frame.kind(launch + HORIZON), frame.event(launch + HORIZON)), (None, 0.0), "further than anyone looks");
    assert!((0..frame.rows() + HORIZON).all(|row| plain.event(row) == frame.announced(row)), "announced until learned");
}

#[test]
fn the_days_after_a_sale_do_not_see_it() {
    let frame = shop();
    let ramp = row_of("2026-06-09T09:40:00Z");
    let full = row_of("2026-06-11T19:00:00Z");
    for back in [DAY, 7 * DAY] {
        for row in [ramp, full] {
            assert!(frame.announced(row) > 0.0);
            assert!(off(frame.ordinary_before(row + back, back), ordinary(row)) < 0.12, "row {row}");
        }
        assert!(off(frame.filled_before(full + back, back), ordinary(full)) > 1.5, "the measured row does");
        let quiet = row_of("2026-06-10T12:00:00Z");
        assert_eq!(frame.ordinary_before(quiet + back, back), frame.filled_before(quiet + back, back), "no event, no change");
    }
}

#[test]
fn the_past_is_told_as_it_would_be_under_the_events_of_the_row() {
    let calendar =
        r#"{"events": [{"name": "week of sales", "kind": "sale", "start": "2026-06-16T00:00", "end": "2026-06-19T00:00"}]}"#;
    let sale = row_of("2026-06-16T00:00:00Z")..row_of("2026-06-19T00:00:00Z");
    let load = |row: usize| ordinary(row) * if sale.contains(&row) { 1.5 } else { 1.0 };
    let plain = frame(28 * DAY, load, calendar);
    let uplift = Uplift::fit(&plain, plain.rows());
    let frame = plain.with_uplift(&uplift);
    let (first, second, after) = (sale.start + 150, sale.start + DAY + 150, sale.end + 150);
    assert!(off(frame.expected_before(first, DAY), 1.5 * ordinary(first)) < 0.15, "yesterday, with the sale on top");
    assert_eq!(frame.expected_before(second, DAY), frame.filled_before(second, DAY), "yesterday was as today is");
    assert!(off(frame.expected_before(after, DAY), ordinary(after)) < 0.15, "yesterday, without the sale");
    assert_eq!(frame.expected_before(after, 0), frame.filled_before(after, 0));
}

#[test]
fn what_keeps_load_away_is_learned_too() {
    let calendar = r#"{"events": [{"name": "holiday", "kind": "holiday", "start": "2026-06-10T00:00", "duration_minutes": 1440,
        "repeat": "FREQ=DAILY;INTERVAL=8;COUNT=2"}, {"name": "big one", "kind": "holiday", "start": "2026-06-29T00:00",
        "duration_minutes": 60, "intensity": 3}]}"#;
    let announced = frame(28 * DAY, |_| 1.0, calendar);
    let load = |row: usize| ordinary(row) * if announced.kind(row).is_some() { 0.4 } else { 1.0 };
    let plain = frame(28 * DAY, load, calendar);
    let frame = plain.clone().with_uplift(&Uplift::fit(&plain, plain.rows()));
    assert!((frame.event(row_of("2026-06-10T12:00:00Z")) + 0.6).abs() < 0.07);
    assert_eq!(frame.event(frame.rows()), -1.0, "there is no less than no load");
}

#[test]
fn a_flag_alone_is_a_sale() {
    let sale = |row: usize| f64::from(row / DAY % 5 == 4);
    let series = series(20 * DAY, |row| ordinary(row) * (1.0 + 0.5 * sale(row)), |row| Some(sale(row)));
    let frame = of(&series, "{}");
    assert_eq!((frame.kinds(), frame.kind(4 * DAY), frame.kind(0)), (&["sale".to_owned()][..], Some("sale"), None));
    let uplift = Uplift::fit(&frame, 12 * DAY);
    assert_eq!((uplift.kinds[0].events, uplift.kinds[0].rows), (2, 2 * DAY));
    assert!((uplift.effect_of("sale") - 0.5).abs() < 0.1, "{uplift:?}");
}

#[test]
fn the_calendar_names_the_kind_where_the_column_is_stronger() {
    let series = series(2 * DAY, ordinary, |row| Some(if row == 12 { 2.0 } else { 0.0 }));
    let calendar = r#"{"events": [{"name": "mail", "kind": "mail", "start": "2026-06-01T01:00", "duration_minutes": 10}]}"#;
    let frame = of(&series, calendar);
    assert_eq!((frame.kind(12), frame.announced(12)), (Some("mail"), 2.0));
    assert_eq!((frame.kind(13), frame.announced(13)), (Some("mail"), 1.0));
}

#[test]
fn what_happens_every_day_is_ordinary() {
    let always = frame(16 * DAY, ordinary, r#"{"is_sale_active": 1}"#);
    let daily = r#"{"events": [{"name": "lunch", "start": "2026-06-01T12:00", "duration_minutes": 60, "repeat": "FREQ=DAILY"}]}"#;
    for frame in [always, frame(16 * DAY, ordinary, daily)] {
        assert!((0..frame.rows()).all(|row| frame.ordinary_before(row, 0) == frame.filled_before(row, 0)));
        assert_eq!(Uplift::fit(&frame, frame.rows()), Uplift::default(), "nothing to compare with");
    }
}

#[test]
fn the_ordinary_load_follows_the_level_before_the_event() {
    let calendar = r#"{"events": [{"name": "sale", "start": "2026-06-12T12:00", "duration_minutes": 240}]}"#;
    let shifted = row_of("2026-06-12T00:00:00Z");
    let noon = row_of("2026-06-12T13:00:00Z");
    let frame = frame(14 * DAY, |row| ordinary(row) * if row >= shifted { 2.0 } else { 1.0 }, calendar);
    let ratio = frame.ordinary_before(noon, 0) / ordinary(noon);
    assert!((1.5..1.8).contains(&ratio), "most of the way: {ratio}");
}

#[test]
fn faint_happenings_leave_the_announcement_its_weight() {
    let learned = |intensity: f64| {
        let calendar = format!(
            r#"{{"events": [{{"name": "mail", "kind": "mail", "start": "2026-06-10T09:00", "duration_minutes": 120, "intensity": {intensity}}}]}}"#
        );
        let announced = frame(14 * DAY, |_| 1.0, &calendar);
        let load = |row: usize| (100.0 + row as f64 / 100.0) * (1.0 + 3.0 * announced.announced(row));
        Uplift::fit(&frame(14 * DAY, load, &calendar), 14 * DAY).effect_of("mail")
    };
    assert!((learned(1.0) - 3.0).abs() < 0.2, "{}", learned(1.0));
    assert!((1.1..2.0).contains(&learned(0.1)), "{}", learned(0.1));
}

#[test]
fn absurd_loads_and_intensities_make_no_giant() {
    for (intensity, usual) in [("1", 1e-3), ("1", 1e-300), ("1e-310", 1.0), ("1e-310", 1e-300), ("1000", 1e-3), ("1000", 1e6)] {
        let calendar = format!(
            r#"{{"events": [{{"name": "x", "start": "2026-06-10T09:00", "duration_minutes": 120, "intensity": {intensity}}}]}}"#
        );
        let plain = frame(14 * DAY, |row| if row / DAY == 9 { 1e6 } else { usual }, &calendar);
        let row = row_of("2026-06-10T10:00:00Z");
        let uplift = plain.clone().with_uplift(&Uplift::fit(&plain, plain.rows())).event(row);
        assert!((-1.0..=20.0 + 1e-9).contains(&uplift), "{intensity} {usual}: {uplift}");
    }
}

#[test]
fn a_card_keeps_what_was_learned() {
    let uplift = Uplift { kinds: vec![KindUplift { kind: "sale".to_owned(), effect: -0.25, rows: 300, events: 2 }] };
    let json = serde_json::to_string(&uplift).unwrap();
    assert_eq!(json, r#"[{"kind":"sale","effect":-0.25,"rows":300,"events":2}]"#);
    assert_eq!(serde_json::from_str::<Uplift>(&json).unwrap(), uplift);
}

fn bits(values: impl Iterator<Item = f64>) -> Vec<u64> {
    values.map(f64::to_bits).collect()
}

/// Loads with gaps and zeros.
fn loads(rows: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(prop_oneof![6 => 0.0..100.0_f64, 1 => Just(0.0), 1 => Just(f64::NAN)], rows)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn without_events_the_ordinary_is_the_measured(mut values in loads(2..900), back in 0..700_usize) {
        values[0] = 1.0;
        let frame = frame(values.len(), |row| values[row], "{}");
        let rows = || 0..values.len() + HORIZON;
        let filled = bits(rows().map(|row| frame.filled_before(row, back)));
        prop_assert_eq!(&bits(rows().map(|row| frame.ordinary_before(row, back))), &filled);
        prop_assert_eq!(&bits(rows().map(|row| frame.expected_before(row, back))), &filled);
        prop_assert_eq!(Uplift::fit(&frame, values.len()), Uplift::default());
    }

    #[test]
    fn nothing_looks_ahead(mut values in loads(900..1500), later in loads(1500..1501), end in 1..900_usize) {
        values[0] = 1.0;
        let calendar = r#"{"events": [{"name": "a", "start": "2026-06-01T20:00", "duration_minutes": 200, "ramp_minutes": 30,
            "repeat": "FREQ=DAILY;INTERVAL=2"}, {"name": "b", "kind": "mail", "start": "2026-06-01T09:00", "duration_minutes": 45,
            "intensity": 0.3, "repeat": "FREQ=WEEKLY;BYDAY=TU,WE"}]}"#;
        let told = frame(values.len(), |row| values[row], calendar);
        let other = frame(values.len(), |row| if row < end { values[row] } else { later[row] }, calendar);
        prop_assert_eq!(Uplift::fit(&told, end), Uplift::fit(&other, end));
        for row in 0..end {
            prop_assert_eq!(told.ordinary_before(row, 0).to_bits(), other.ordinary_before(row, 0).to_bits());
        }
        for kind in Uplift::fit(&told, values.len()).kinds {
            prop_assert!(kind.effect.is_finite() && kind.rows >= 6 && kind.events >= 1, "{kind:?}");
        }
    }
}
