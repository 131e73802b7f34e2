//! From an evaluation to the page of pictures.

use std::collections::BTreeMap;

use headroom_core::{
    Calendar, Column,
    forecast::{HORIZON, Outlook, StepQuantiles},
    frame::Frame,
};
use trainer::{
    evaluate::{BEST_NAIVE, CHAMPION, Evaluated, Evaluation},
    report::{Coverage, ModelResult, Point, Report, Role, errors_by_horizon},
};

/// The page of pictures.
pub(super) fn pictures(frame: &Frame, evaluated: &Evaluated, column: Column, calendar: &Calendar) -> String {
    let results = &evaluated.results;
    let facts = &results.first().expect("the champion at least was evaluated").facts;
    let actual: Vec<_> = evaluated.origins.iter().map(|&origin| frame.actual(origin)).collect();
    let best_naive = results.iter().find(|result| result.model == BEST_NAIVE).and_then(|result| result.chosen.clone());
    let champion = results.iter().find(|result| result.model == CHAMPION);
    let model = |(result, steps): (&Evaluation, &Vec<StepQuantiles>)| ModelResult {
        name: result.model.clone(),
        role: match result.model.as_str() {
            CHAMPION => Role::Champion,
            _ if result.uncorrected.is_some() => Role::Learned,
            _ => Role::Plain,
        },
        chosen: result.chosen.clone(),
        wql: result.score.wql,
        mae: errors_by_horizon(&actual, steps),
        coverage: Coverage::of(&actual, steps),
        train_seconds: result.train_seconds,
    };
    let unpredictable = champion.filter(|champion| champion.predictable == Some(false));
    let said: BTreeMap<usize, &Outlook> = evaluated.champion.iter().map(|(row, outlook)| (*row, outlook)).collect();
    let first = evaluated.champion.first().map_or(frame.rows(), |(row, _)| *row);
    let point = |row: usize| Point {
        timestamp: frame.series().timestamp(row),
        actual: Some(frame.values()[row]).filter(|value| value.is_finite()),
        forecasts: PICTURED
            .iter()
            .map(|&h| row.checked_sub(h).and_then(|row| said.get(&row)).map(|said| said.steps[h - 1]))
            .collect(),
    };
    trainer::report::render(&Report {
        title: facts.trace.clone(),
        target: facts.target.clone(),
        unit: column.unit().to_owned(),
        step_seconds: facts.step_seconds,
        time_zone: calendar.time_zone().clone(),
        facts: vec![
            ("Rows".to_owned(), facts.grid_rows.to_string()),
            ("Scored forecasts".to_owned(), facts.origins.to_string()),
            ("First scored".to_owned(), facts.first_origin.to_string()),
            ("Last scored".to_owned(), facts.last_origin.to_string()),
        ],
        notes: unpredictable
            .map(|_| "Not predictable: on the validation part nothing beat the last value.".to_owned())
            .into_iter()
            .collect(),
        models: results.iter().zip(&evaluated.forecasts).filter(|(result, _)| result.model != BEST_NAIVE).map(model).collect(),
        yardstick: best_naive.unwrap_or_default(),
        uncalibrated: Some(Coverage::of(&actual, &evaluated.uncorrected)),
        horizons: PICTURED.to_vec(),
        timeline: (first..frame.rows()).map(point).collect(),
    })
}

/// Steps ahead whose forecasts are drawn beside what was measured.
const PICTURED: [usize; 2] = [1, HORIZON];
