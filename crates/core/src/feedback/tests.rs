//! What is scored, when drift is named, when a model is demoted and trusted again.

use proptest::prelude::*;

use super::*;
use crate::{
    forecast::{Outlook, StepQuantiles},
    quantiles::Quantiles,
};

const STEP: i64 = 300;

/// The start of step `step` of the tests' world.
fn start(step: i64) -> Timestamp {
    "2026-11-24T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(STEP * step)
}

fn model(version: &str) -> ModelName {
    ModelName { name: "lstm".to_owned(), version: Some(version.to_owned()) }
}

fn forecast_of(version: &str, origin: i64, steps: StepQuantiles) -> Forecast {
    Forecast::new("web", start(origin), STEP, model(version), Outlook { steps, peaks: steps })
}

/// A load that swings by 1 around 10 from step to step, so that the reactive rule errs by 1 on average.
fn swinging(step: i64) -> f64 {
    if step.rem_euclid(2) == 0 { 9.0 } else { 11.0 }
}

/// A forecast whose median errs by `error` upwards at every step, with a band of 2 around it.
fn erring(version: &str, origin: i64, load: impl Fn(i64) -> f64, error: f64) -> Forecast {
    let step = |h: usize| {
        let median = load(origin + h as i64) + error;
        Quantiles([median - 2.0, median, median + 2.0, median + 2.5, median + 3.0])
    };
    forecast_of(version, origin, std::array::from_fn(step))
}

/// Plays the ticks of some steps: at each, the forecast made an hour before is scored and judged.
struct Play {
    feedback: Feedback,
    step: i64,
}

impl Play {
    fn new() -> Self {
        let mut feedback = Feedback::default();
        feedback.serve(&model("v1"));
        Self { feedback, step: 0 }
    }

    /// So many steps with forecasts that err by `error` on a load that swings.
    fn on(&mut self, steps: i64, error: f64) -> &mut Self {
        self.on_load(steps, swinging, error)
    }

    fn on_load(&mut self, steps: i64, load: impl Fn(i64) -> f64, error: f64) -> &mut Self {
        for _ in 0..steps {
            let origin = self.step;
            let loads = std::array::from_fn(|h| load(origin + h as i64));
            assert!(self.feedback.score(&erring("v1", origin, &load, error), load(origin - 1), &loads));
            self.feedback.judge(start(origin), start(origin + 12));
            self.step += 1;
        }
        self
    }

    fn kinds(&self) -> Vec<String> {
        self.feedback.drifts.iter().map(|drifting| drifting.drift.clause()).collect()
    }
}

#[test]
fn scores_by_hand() {
    let mut feedback = Feedback::default();
    feedback.serve(&model("v1"));
    let mut loads = [f64::NAN; HORIZON];
    (loads[0], loads[2], loads[3]) = (10.0, 11.0, 12.5);
    let forecast = forecast_of("v1", 0, [Quantiles([9.0, 10.0, 10.0, 11.0, 12.0]); HORIZON]);
    assert!(feedback.score(&forecast, 9.0, &loads));
    let report = feedback.report().unwrap();
    assert_eq!((report.forecasts, report.since, report.until), (1, start(0), start(0)));
    // Errors of the three steps that were measured: 0, 1, 2.5; of the load carried forward: 1, 2, 3.5.
    assert!((report.mae - 3.5 / 3.0).abs() < 1e-12 && (report.reactive_mae - 6.5 / 3.0).abs() < 1e-12);
    assert!((report.bias + 3.5 / 3.0).abs() < 1e-12, "forecasts were too low");
    assert!((report.skill.unwrap() - (1.0 - 3.5 / 6.5)).abs() < 1e-12);
    assert_eq!(report.coverage, Coverage { q90: 1.0 / 3.0, q95: 2.0 / 3.0, q99: 2.0 / 3.0 });
    // Pinball of 10: 0.1 + 0 + 0 + 0.05 + 0.02; of 11: 0.2 + 0.5 + 0.9 + 0 + 0.01; of 12.5: 0.35 + 1.25 + 2.25 + 1.425 + 0.495.
    let pinball = 0.17 + 1.61 + 5.77;
    assert!((report.wql.unwrap() - 2.0 * pinball / (5.0 * 33.5)).abs() < 1e-12, "{:?}", report.wql);
    assert!((report.mean_load - 33.5 / 3.0).abs() < 1e-12);
    let accuracy = feedback.accuracy().unwrap();
    assert!((accuracy.error_share.unwrap() - 3.5 / 33.5).abs() < 1e-12);
    assert_eq!((accuracy.skill, accuracy.coverage_q99), (report.skill, 2.0 / 3.0));
}

#[test]
fn what_was_not_measured_is_not_scored() {
    let mut feedback = Feedback::default();
    let forecast = erring("v1", 0, swinging, 0.0);
    assert!(!feedback.score(&forecast, 10.0, &[10.0; HORIZON]), "no model has served yet");
    feedback.serve(&model("v1"));
    assert!(!feedback.score(&forecast, 10.0, &[f64::NAN; HORIZON]), "nothing was measured");
    assert!(!feedback.score(&forecast, f64::NAN, &[10.0; HORIZON]), "what the reactive rule saw is not known");
    assert!(!feedback.score(&erring("v2", 0, swinging, 0.0), 10.0, &[10.0; HORIZON]), "another model's");
    assert_eq!(feedback.report(), None);
    assert!(feedback.score(&forecast, 10.0, &[10.0; HORIZON]));
    assert!(!feedback.score(&forecast, 10.0, &[10.0; HORIZON]), "once");
}

#[test]
fn a_forecast_is_due_when_its_whole_hour_was_measured() {
    let mut feedback = Feedback::default();
    assert_eq!(feedback.due(start(100), STEP), None, "no model has served yet");
    feedback.serve(&model("v1"));
    assert_eq!(feedback.due(start(100), STEP), Some((start(88) - SignedDuration::from_hours(48), start(88))));
    feedback.judge(start(88), start(100));
    assert_eq!(feedback.due(start(100), STEP), None);
    assert_eq!(feedback.due(start(103), STEP), Some((start(88), start(91))));
    let after_a_week = start(100 + 7 * 288);
    assert_eq!(feedback.due(after_a_week, STEP).unwrap().0, after_a_week - SignedDuration::from_hours(49), "two days at most");
}

#[test]
fn the_window_rolls_and_the_week_before_is_kept_in_days() {
    let mut play = Play::new();
    play.on(288, 3.0).on(288, 0.5);
    let report = play.feedback.report().unwrap();
    assert!((276..=288).contains(&report.forecasts), "{}", report.forecasts);
    assert!((report.mae - 0.5).abs() < 1e-9 && report.since >= start(288), "{report:?}");
    play.on(20 * 288, 0.5);
    assert!(play.feedback.hours.len() <= 24 && play.feedback.days.len() <= 8, "{}", play.feedback.days.len());
    let size = serde_json::to_vec(&play.feedback).unwrap().len();
    assert!(size < 16_000, "{size} bytes in every state");
    play.step += 30 * 288;
    play.on(1, 0.5);
    assert_eq!((play.feedback.hours.len(), play.feedback.days.len()), (1, 0), "what is a month old tells nothing");
}

#[test]
fn a_model_worse_than_the_reactive_rule_is_demoted_after_the_documented_number_of_forecasts() {
    let mut play = Play::new();
    play.on(71, 1.5);
    assert_eq!((play.feedback.demoted, play.feedback.retraining), (None, None));
    play.on(1, 1.5);
    let demotion = play.feedback.demoted.unwrap();
    assert_eq!((demotion.since, demotion.hours), (start(83), 6));
    assert!((demotion.mae - 1.5).abs() < 1e-9 && (demotion.reactive_mae - 1.0).abs() < 1e-9);
    assert_eq!(play.feedback.retraining, Some(Retraining { since: start(83), because: Cause::Demoted(demotion) }));
    let forecast = erring("v1", 90, swinging, 0.0);
    assert_eq!(play.feedback.trusted(&forecast), Err(NoForecast::Demoted(demotion)));
    insta::assert_snapshot!(play.feedback.retraining.unwrap().clause(), @"the model has been demoted since 24 Nov 06:55 UTC: over 6 h its forecasts were worse than the load measured last (MAE 1.5 against 1.0); retrain it with `trainer train`");
    play.on(10, 1.5);
    assert_eq!(play.feedback.demoted, Some(demotion), "the demotion keeps its moment and numbers");
}

#[test]
fn a_model_that_is_no_better_or_a_little_worse_is_trusted() {
    for error in [0.0, 0.9, 1.0, 1.1] {
        let mut play = Play::new();
        play.on(600, error);
        assert_eq!(play.feedback.demoted, None, "error {error}");
    }
    let mut constant = Play::new();
    constant.on_load(300, |_| 10.0, 0.04);
    assert_eq!(constant.feedback.demoted, None, "errors of 0.4 % change no capacity, though the reactive rule makes none");
    constant.on_load(300, |_| 10.0, 0.2);
    assert!(constant.feedback.demoted.is_some());
}

#[test]
fn one_odd_hour_demotes_no_model() {
    let mut play = Play::new();
    play.on(200, 0.5).on(36, 30.0).on(52, 0.5);
    assert!(play.feedback.report().unwrap().skill.unwrap() < -1.0);
    assert_eq!(play.feedback.demoted, None);
}

#[test]
fn a_demoted_model_wins_its_place_back_by_good_forecasts() {
    let mut play = Play::new();
    play.on(72, 1.5).on(71, 0.1);
    assert!(play.feedback.report().unwrap().skill.unwrap() > 0.0, "better on the whole");
    assert!(play.feedback.demoted.is_some(), "but not for long enough");
    play.on(1, 0.1);
    assert_eq!((play.feedback.demoted, play.feedback.retraining), (None, None));
    // A model between better and clearly worse stays what it was, on either side.
    let mut middling = Play::new();
    middling.on(72, 1.5).on(600, 1.06);
    assert!(middling.feedback.demoted.is_some());
    middling.on(600, 0.9).on(600, 1.06);
    assert_eq!(middling.feedback.demoted, None);
}

#[test]
fn another_version_starts_afresh() {
    let mut play = Play::new();
    play.on(100, 3.0);
    let before = play.feedback.clone();
    play.feedback.serve(&model("v1"));
    assert_eq!(play.feedback, before, "the same one goes on");
    play.feedback.serve(&model("v2"));
    assert_eq!((play.feedback.report(), play.feedback.demoted, play.feedback.retraining), (None, None, None));
    assert!(!play.feedback.score(&erring("v1", 100, swinging, 3.0), 9.0, &[10.0; HORIZON]), "the old one's last forecasts");
}

#[test]
fn growing_errors_are_named_and_ask_for_a_retraining_after_a_day() {
    let mut play = Play::new();
    // Alternating sides, so that the errors are no bias.
    let alternate = |play: &mut Play, steps: i64, error: f64| {
        (0..steps).for_each(|_| {
            let sign = if play.step % 2 == 0 { 1.0 } else { -1.0 };
            play.on(1, error * sign);
        });
    };
    alternate(&mut play, 4 * 288, 0.4);
    assert_eq!(play.kinds(), [""; 0]);
    alternate(&mut play, 200, 0.8);
    assert_eq!(play.kinds(), ["errors grew to 7 % of the load, from 4 % in the days before"]);
    assert_eq!(play.feedback.retraining, None, "not yet");
    let since = play.feedback.drifts[0].since;
    alternate(&mut play, 330, 0.8);
    assert_eq!(play.feedback.drifts[0].since, since);
    let retraining = play.feedback.retraining.unwrap();
    assert!(retraining.clause().starts_with("for more than a day, errors grew to"), "{}", retraining.clause());
    assert_eq!(play.feedback.demoted, None, "it is still better than the reactive rule");
    alternate(&mut play, 8 * 288, 0.8);
    assert_eq!((play.kinds().len(), play.feedback.retraining), (0, None), "what lasts a week is what is usual");
}

#[test]
fn a_load_that_is_harder_for_every_rule_is_no_drift_of_the_model() {
    let mut play = Play::new();
    let wilder = |step: i64| if step.rem_euclid(2) == 0 { 7.0 } else { 13.0 };
    for step in 0..600 {
        let error = if step % 2 == 0 { 0.4 } else { -0.4 };
        play.on(1, error);
    }
    for step in 0..280 {
        let error = if step % 2 == 0 { 1.2 } else { -1.2 };
        play.on_load(1, wilder, error);
    }
    assert_eq!(play.kinds(), [""; 0]);
}

#[test]
fn bias_is_named_on_its_side() {
    let mut play = Play::new();
    play.on(143, -0.5);
    assert_eq!(play.kinds(), [""; 0], "too few forecasts");
    play.on(1, -0.5);
    assert_eq!(play.kinds(), ["forecasts stay too low: 100 % of the measured loads lie above the median"]);
    play.on(600, 0.5);
    assert_eq!(play.kinds(), ["forecasts stay too high: 100 % of the measured loads lie below the median"]);
    play.on(600, 0.1);
    assert_eq!(play.kinds(), [""; 0], "1 % of the load changes no capacity");
}

#[test]
fn quantiles_that_do_not_hold_are_named_and_drift_does_not_flap() {
    let mut play = Play::new();
    let quiet = |play: &mut Play, misses: i64| {
        // Of every hundred forecasts so many, evenly spread, lie 2.7 too low: the load exceeds the quantiles 0.9 and 0.95, not 0.99.
        (0..600).for_each(|i| {
            play.on(1, if i * misses % 100 < misses { -2.7 } else { 0.0 });
        });
    };
    // Errors grow along with the misses, which is a drift of its own.
    let undercovers = |play: &Play| {
        let found = |drifting: &&Drifting| matches!(drifting.drift, Drift::Undercovers { .. });
        play.feedback.drifts.iter().find(found).map(|drifting| (drifting.since, drifting.drift.clause()))
    };
    quiet(&mut play, 10);
    assert_eq!(undercovers(&play), None, "10 % of misses of the 0.95 quantile may be chance");
    quiet(&mut play, 16);
    let (since, clause) = undercovers(&play).unwrap();
    assert_eq!(clause, "the 95 % quantile held for 84 % of the measured loads only");
    quiet(&mut play, 11);
    assert_eq!(undercovers(&play).unwrap().0, since, "in between, a drift that was named goes on");
    quiet(&mut play, 5);
    assert_eq!(undercovers(&play), None);
}

#[test]
fn what_is_stored_reads_back_and_nothing_reads_as_fresh() {
    let mut play = Play::new();
    play.on(400, -2.5);
    assert!(play.feedback.demoted.is_some() && !play.feedback.drifts.is_empty());
    let json = serde_json::to_string(&play.feedback).unwrap();
    let back: Feedback = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), json);
    assert_eq!(serde_json::from_str::<Feedback>("{}").unwrap(), Feedback::default());
}

proptest! {
    #[test]
    fn whatever_is_scored_the_report_holds_numbers(
        rounds in proptest::collection::vec((0..4000_i64, proptest::array::uniform12(-1e200..1e200_f64), any::<f64>(), any::<bool>()), 1..60),
    ) {
        let mut feedback = Feedback::default();
        feedback.serve(&model("v1"));
        for (origin, loads, before, gap) in rounds {
            let loads = loads.map(|load| if gap && load > 0.0 { f64::NAN } else { load });
            feedback.score(&erring("v1", origin, |_| 10.0, 1.0), before, &loads);
            feedback.judge(start(origin), start(origin + 12));
            let json = serde_json::to_string(&(&feedback, feedback.report())).unwrap();
            let (back, report): (Feedback, Option<FeedbackReport>) = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back.report().is_some(), report.is_some());
            if let Some(report) = report {
                prop_assert!(report.since <= report.until && report.forecasts > 0);
                prop_assert!((0.0..=1.0).contains(&report.coverage.q99) && report.mae >= 0.0);
            }
        }
    }
}
