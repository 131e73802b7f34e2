//! Rows of history.

use headroom_core::{
    Series,
    observation_csv::{read_observations, write_observations},
};

/// A file of rows: what is taken makes a series or is refused, and reads back as it is written.
pub fn csv(data: &[u8]) -> bool {
    let rows = match read_observations(data) {
        Ok(reading) => reading.observations,
        Err(error) => return super::refused(&error),
    };
    if let Err(error) = Series::from_observations(&rows) {
        super::refused(&error);
    }
    if !rows.is_empty() {
        let written = write_observations(&rows);
        let again = read_observations(&written[..]).expect("what is written reads back").observations;
        assert_eq!(write_observations(&again), written);
    }
    true
}
