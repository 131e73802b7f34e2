//! A model card and its weights.

use std::sync::OnceLock;

use headroom_core::{
    Calendar, Column, Observation, Series,
    frame::Frame,
    model_card::{ModelCard, weights_digest},
};
use jiff::{SignedDuration, Timestamp};

/// Two days of five-minute steps: enough to forecast from.
const ROWS: usize = 576;

/// A card, a zero byte, and its weights: what is taken forecasts, or says that it cannot.
///
/// The digest that the card names is put right first, since no fuzzer finds one: what must hold is asked of those who can write both.
pub fn model(data: &[u8]) -> bool {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (card, weights) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let mut card = match ModelCard::from_json(card) {
        Ok(card) => card,
        Err(error) => return super::refused(&error),
    };
    card.weights_sha256 = weights_digest(weights);
    match card.champion(weights) {
        Ok(champion) => {
            let _ = champion.forecast(frame(), ROWS - 1, &mut card.online);
            true
        }
        Err(error) => super::refused(&error),
    }
}

fn frame() -> &'static Frame {
    static FRAME: OnceLock<Frame> = OnceLock::new();
    FRAME.get_or_init(|| {
        let start: Timestamp = "2026-06-01T00:00:00Z".parse().expect("a moment");
        let row = |row: usize| Observation {
            cpu_utilization: Some(30.0 + (row % 288) as f64 / 10.0),
            request_count: Some(1_000.0 + (row % 288) as f64),
            in_service_instances: Some(4.0),
            ..Observation::at(start + SignedDuration::from_mins(5 * row as i64))
        };
        let series = Series::with_step(&(0..ROWS).map(row).collect::<Vec<_>>(), 300).expect("rows on the grid");
        Frame::of_column(&series, Column::RequestCount, &Calendar::default(), None)
    })
}
