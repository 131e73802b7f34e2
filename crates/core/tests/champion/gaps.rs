//! Rows that were not measured.

use headroom_core::{champion::Champion, forecasters::PlainModel};

use crate::{ROWS, exact_blend, frame, load, plain, up_to};

/// Missing: two rows that are filled for the models, and an hour that is not.
fn gappy(row: usize) -> f64 {
    let missing = (820..822).contains(&row) || (850..862).contains(&row);
    if missing { f64::NAN } else { load(row) }
}

#[test]
fn there_is_no_forecast_until_a_window_after_the_gap_is_whole_and_the_state_waits() {
    let (champion, frame) = (exact_blend(), frame(ROWS, gappy));
    let mut kept = up_to(3, 799);
    for origin in 800..950 {
        let before = kept.clone();
        let said = champion.forecast(&frame, origin, &mut kept);
        assert_eq!(said.is_some(), frame.can_forecast(origin), "{origin}");
        match said {
            Some(outlook) => {
                assert!(outlook.steps.iter().chain(&outlook.peaks).all(|step| step.0.iter().all(|value| value.is_finite())));
                assert_eq!(kept.until, Some(frame.series().timestamp(origin)));
            }
            None => assert_eq!(kept, before, "{origin}"),
        }
    }
    assert!(!frame.can_forecast(870) && frame.can_forecast(862 + 36));
    let mut caught_up = up_to(3, 799);
    champion.forecast(&frame, 949, &mut caught_up).unwrap();
    assert_eq!(caught_up, kept, "however long it could not forecast");
}

#[test]
fn what_was_not_measured_teaches_nothing() {
    let champion = exact_blend();
    let told = |load: &dyn Fn(usize) -> f64| {
        let mut online = up_to(3, 815);
        champion.forecast(&frame(ROWS, load), 821, &mut online).unwrap();
        online
    };
    let missing = told(&gappy);
    let mut until_the_gap = up_to(3, 815);
    champion.forecast(&frame(ROWS, gappy), 819, &mut until_the_gap).unwrap();
    until_the_gap.until = missing.until;
    assert_eq!(missing, until_the_gap);
    assert_ne!(missing, told(&load));
    let held = told(&|row| if (820..822).contains(&row) { load(819) } else { load(row) });
    assert_ne!(missing, held, "a filled value is no measurement");
}

#[test]
fn the_largest_value_of_a_span_with_a_gap_is_not_known() {
    let champion = Champion::new(vec![plain(PlainModel::LastValue)]);
    // Both frames differ in one missing row; what steps learn from the row after it is the same, what peaks learn is not.
    let learned = |load: &dyn Fn(usize) -> f64| {
        let mut online = up_to(1, 820);
        champion.forecast(&frame(ROWS, load), 821, &mut online).unwrap();
        serde_json::to_value(&online).unwrap()
    };
    let flat = |row: usize| if row == 820 { load(819) } else { load(row) };
    let gap = |row: usize| if row == 820 { f64::NAN } else { load(row) };
    let (flat, gap) = (learned(&flat), learned(&gap));
    assert_eq!(flat["steps"], gap["steps"]);
    let seen = |online: &serde_json::Value| -> Vec<f64> {
        online["peaks"]["seen"].as_array().unwrap().iter().map(|seen| seen.as_f64().unwrap()).collect()
    };
    assert_eq!(seen(&flat), [1.0; 12]);
    let mut one_step_only = [0.0; 12];
    one_step_only[0] = 1.0;
    assert_eq!(seen(&gap), one_step_only);
}
