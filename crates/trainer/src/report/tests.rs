use headroom_core::quantiles::Quantiles;
use jiff::SignedDuration;

use super::*;

fn model(name: &str, role: Role, wql: f64) -> ModelResult {
    let mae = std::array::from_fn(|h| wql * (10.0 + h as f64));
    let coverage = Coverage { levels: [0.12, 0.51, 0.88, 0.94, 0.985], q90_by_horizon: [0.89; HORIZON] };
    ModelResult { name: name.to_owned(), role, chosen: None, wql: Some(wql), mae, coverage, train_seconds: 1.5 }
}

/// Five days of five-minute steps from a Monday in Berlin, whose third day goes wrong.
fn sample() -> Report {
    let start: Timestamp = "2026-06-01T00:00:00+02:00".parse().unwrap();
    let point = |i: i32| {
        let level = 100.0 + 50.0 * (f64::from(i) / 288.0 * std::f64::consts::TAU).sin();
        let off = if (576..864).contains(&i) { 30.0 } else { 0.0 };
        let forecast = |width: f64| Some(Quantiles([-1.0, 0.0, 1.0, 1.5, 2.0].map(|k| level + k * width)));
        Point {
            timestamp: start + SignedDuration::from_mins(5) * i,
            actual: Some(level + off),
            forecasts: vec![forecast(5.0), forecast(10.0)],
        }
    };
    let champion = ModelResult { chosen: Some("lstm".to_owned()), ..model("champion", Role::Champion, 0.08) };
    Report {
        title: "shop".to_owned(),
        target: "request_count".to_owned(),
        unit: "requests per step".to_owned(),
        step_seconds: 300,
        time_zone: TimeZone::get("Europe/Berlin").unwrap(),
        facts: vec![("Origins".to_owned(), "1000".to_owned())],
        notes: vec!["A remark.".to_owned()],
        models: vec![
            model("last value", Role::Plain, 0.1),
            model("yesterday", Role::Plain, 0.9),
            model("lstm", Role::Learned, 0.085),
            champion,
        ],
        yardstick: "last value".to_owned(),
        uncalibrated: Some(Coverage { levels: [0.2, 0.5, 0.8, 0.9, 0.95], q90_by_horizon: [0.75; HORIZON] }),
        horizons: vec![1, 12],
        timeline: (0..1440).map(point).collect(),
    }
}

/// The drawing whose title has this id.
fn drawing<'a>(page: &'a str, id: &str) -> &'a str {
    let marker = format!("aria-labelledby=\"{id}-title");
    let start = page.find(&marker).unwrap_or_else(|| panic!("no picture `{id}`"));
    page[start..].split_once("</svg>").unwrap().0
}

/// How many lines of what was measured a drawing has.
fn measured_lines(drawing: &str) -> usize {
    drawing.matches("stroke=\"#17212B\"").count()
}

#[test]
fn everything_is_there() {
    let page = render(&sample());
    for word in
        ["shop", "request_count, every 5 minutes", "A remark.", "Origins", "The last 3 days", "Error by horizon", "Calibration"]
    {
        assert!(page.contains(word), "`{word}` is missing");
    }
    for name in ["last value", "yesterday", "lstm", "champion (lstm)"] {
        assert!(page.matches(&format!("<th scope=\"row\">{name}</th>")).count() == 2, "`{name}` is not in both tables of models");
        assert!(page.contains(&format!("<span class=\"name\">{name}</span>")), "`{name}` has no bar");
    }
    assert!(page.contains("The champion (lstm) has a weighted quantile loss of 0.08000: 20 % less than last value"));
    for id in ["last-1", "last-12", "worst-1", "worst-12", "horizons", "levels", "covered"] {
        assert!(drawing(&page, &format!("{id}-wide")).contains("<desc"));
        assert!(drawing(&page, &format!("{id}-narrow")).contains("<desc"));
    }
}

#[test]
fn nothing_is_fetched_or_run() {
    let page = render(&sample());
    for outside in ["http:", "https:", "//", "src=", "href=", "url(", "@import", "<script", "<link"] {
        assert!(!page.contains(outside), "the page has `{outside}`");
    }
}

#[test]
fn names_cannot_become_markup() {
    let evil = "<script>alert(\"1\")</script> & 'x'";
    let mut report = sample();
    report.title = evil.to_owned();
    report.unit = evil.to_owned();
    report.facts.push((evil.to_owned(), evil.to_owned()));
    report.notes.push(evil.to_owned());
    report.models[0].name = evil.to_owned();
    report.yardstick = evil.to_owned();
    report.models[3].chosen = Some(evil.to_owned());
    let page = render(&report);
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert"));
    assert!(drawing(&page, "horizons-wide").contains("&lt;script&gt;alert"), "the label of the line is missing");
}

#[test]
fn a_gap_breaks_the_line() {
    let mut report = sample();
    assert_eq!(measured_lines(drawing(&render(&report), "last-1-wide")), 1);
    for point in &mut report.timeline[1200..1210] {
        point.actual = None;
    }
    report.timeline[1300].actual = Some(f64::NAN);
    report.timeline.drain(1400..1405);
    let page = render(&report);
    assert_eq!(measured_lines(drawing(&page, "last-1-wide")), 4);
    assert!(page.contains("Rows without a measurement: 11."));
}

#[test]
fn the_worst_day_is_shown_in_its_zone() {
    let page = render(&sample());
    assert!(page.contains("The worst day, 1 hour ahead: Wednesday, 3 June 2026"));
    let worst = drawing(&page, "worst-12-wide");
    assert!(worst.contains("Wed 3 Jun") && worst.contains("12:00"));
    assert!(page.contains("<tr class=\"marked\"><th scope=\"row\">Wed 3 Jun 2026</th><td>288</td><td>130.0</td><td>30.00</td>"));
}

#[test]
fn a_band_that_leaves_the_picture_is_owned_up_to() {
    let mut report = sample();
    assert!(!render(&report).contains("leaves the picture"));
    report.timeline[1300].forecasts[0] = Some(Quantiles([90.0, 100.0, 110.0, 120.0, 5000.0]));
    assert!(render(&report).contains("The band leaves the picture: it reaches up to 5000."));
}

#[test]
fn what_is_off_the_picture_is_named() {
    assert!(render(&sample()).contains("with more than 3 times the error of last value: yesterday (13.95)."));
}

#[test]
fn bars_are_in_order() {
    let page = render(&sample());
    let at = |name: &str| page.find(&format!("<span class=\"name\">{name}</span>")).unwrap();
    assert!(at("champion (lstm)") < at("lstm") && at("lstm") < at("last value") && at("last value") < at("yesterday"));
    assert!(page.contains("A notched bar is longer than drawn."));
    assert!(page.contains("--one:40.00%") && page.contains("<span class=\"value\">9.000</span>"));
}

#[test]
fn identifiers_are_unique() {
    let page = render(&sample());
    let mut ids: Vec<_> = page.split(" id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn poor_reports_have_a_page() {
    let full = sample();
    let empty = Report { models: Vec::new(), timeline: Vec::new(), uncalibrated: None, ..full.clone() };
    let one_row = Report { timeline: full.timeline[..1].to_vec(), ..full.clone() };
    let mut silent = full.clone();
    for point in &mut silent.timeline {
        (point.actual, point.forecasts) = (None, vec![None, None]);
    }
    let mut zero = full.clone();
    for point in &mut zero.timeline {
        (point.actual, point.forecasts) = (Some(0.0), vec![Some(Quantiles([0.0; 5])); 2]);
    }
    let mut unscored = full.clone();
    for model in &mut unscored.models {
        (model.wql, model.mae) = (None, [f64::NAN; HORIZON]);
        model.coverage = Coverage { levels: [f64::NAN; 5], q90_by_horizon: [f64::NAN; HORIZON] };
    }
    let no_yardstick = Report { yardstick: "none".to_owned(), ..full.clone() };
    let no_horizons = Report {
        horizons: Vec::new(),
        timeline: full.timeline.iter().map(|point| Point { forecasts: Vec::new(), ..point.clone() }).collect(),
        ..full
    };
    for report in [empty, one_row, silent, zero, unscored, no_yardstick, no_horizons] {
        let page = render(&report);
        assert!(page.contains("<h1>shop</h1>") && page.ends_with("</html>"));
        assert!(!page.contains("NaN") && !page.contains("inf") && !page.contains("2147483647"), "a number that is none");
    }
}
