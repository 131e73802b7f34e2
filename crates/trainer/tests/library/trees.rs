//! Boosted trees: a seed decides them, and they see the rows that they are fitted on and no others.

use headroom_core::{
    Column, Observation,
    forecasters::{Forecaster, Trees, TreesError},
    frame::{Frame, Split},
};

use crate::{bits, frame_of, reference};

fn split(frame: &Frame) -> Split {
    Split::with_test(frame.rows())
}

fn grown(frame: &Frame, split: Split) -> Trees {
    Trees::grow(frame, split, 3).unwrap().expect("enough rows")
}

fn bytes(trees: &Trees) -> (Vec<Vec<u8>>, String) {
    (trees.encode().unwrap(), serde_json::to_string(trees.card()).unwrap())
}

/// The same rows, with other values from `first` on.
fn changed_from(rows: &[Observation], first: usize) -> Frame {
    let mut rows = rows.to_vec();
    for (i, row) in rows.iter_mut().enumerate().skip(first) {
        for column in Column::ALL {
            row.set(column, row.get(column).map(|value| 1000.0 * value + (i % 7) as f64));
        }
    }
    frame_of(&rows)
}

#[test]
fn a_seed_decides_the_trees() {
    let frame = frame_of(&reference(3));
    let (one, other) = (grown(&frame, split(&frame)), grown(&frame, split(&frame)));
    assert!(bytes(&one) == bytes(&other));
    let again = |seed| bytes(&one.regrow(&frame, split(&frame).validation_end, seed).unwrap());
    assert!(again(3) == again(3));
    assert!(again(3) != again(4));
    let third = Trees::grow(&frame, split(&frame), 4).unwrap().unwrap();
    assert!(bytes(&one).0 != bytes(&third).0);
}

#[test]
fn growing_sees_training_and_validation_part_only() {
    let rows = reference(3);
    let frame = frame_of(&rows);
    let split = split(&frame);
    let trees = bytes(&grown(&frame, split));
    assert!(trees == bytes(&grown(&changed_from(&rows, split.validation_end), split)));
    assert!(
        trees != bytes(&grown(&changed_from(&rows, split.validation_end - 1), split)),
        "where to stop is of the validation part"
    );
}

#[test]
fn growing_again_sees_rows_up_to_the_end_only() {
    let rows = reference(3);
    let frame = frame_of(&rows);
    let split = split(&frame);
    let trees = grown(&frame, split);
    for end in [split.train_end, split.validation_end, rows.len() - 50] {
        let again = |frame: &Frame| bytes(&trees.regrow(frame, end, 3).unwrap());
        let expected = again(&frame);
        assert!(expected == again(&changed_from(&rows, end)), "rows from {end} on were seen");
        assert!(expected != again(&changed_from(&rows, end - 1)), "row {} has to be seen", end - 1);
    }
}

#[test]
fn a_short_history_grows_none() {
    let rows = reference(3);
    for length in [60, 130, 250] {
        let frame = frame_of(&rows[..length]);
        assert!(Trees::grow(&frame, split(&frame), 3).unwrap().is_none(), "{length} rows");
    }
    let frame = frame_of(&rows[..400]);
    assert!(Trees::grow(&frame, split(&frame), 3).unwrap().is_some());
}

#[test]
fn a_target_that_never_moves_grows_none() {
    let mut rows = reference(3);
    rows.iter_mut().for_each(|row| row.cpu_utilization = Some(50.0));
    let frame = frame_of(&rows);
    assert!(Trees::grow(&frame, split(&frame), 3).unwrap().is_none());
    rows.iter_mut().for_each(|row| row.cpu_utilization = Some(0.0));
    let frame = frame_of(&rows);
    assert!(Trees::grow(&frame, split(&frame), 3).unwrap().is_none());
}

#[test]
fn stored_trees_forecast_the_same_to_the_last_bit_and_damaged_ones_are_refused() {
    let frame = frame_of(&reference(3));
    let trees = grown(&frame, split(&frame));
    let origins = frame.test_origins(split(&frame));
    let (stored, _) = bytes(&trees);
    let decoded = Trees::decode(trees.card().clone(), &stored).unwrap();
    assert_eq!(bits(&decoded.forecast(&frame, &origins)), bits(&trees.forecast(&frame, &origins)));
    assert!(matches!(Trees::decode(trees.card().clone(), &stored[..4]), Err(TreesError::Shape { found: 4, expected: 5 })));
    for length in [0, 1, stored[2].len() / 2, stored[2].len() - 1] {
        let mut cut = stored.clone();
        cut[2].truncate(length);
        assert!(Trees::decode(trees.card().clone(), &cut).is_err(), "cut to {length} bytes");
    }
}
