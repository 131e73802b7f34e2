//! The calendar and `fleet.toml`.

use headroom_core::{Calendar, Fleet};
use jiff::Timestamp;

/// A calendar: what is taken can be asked for a year, and reads back as it is written.
pub fn calendar(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let calendar = match Calendar::from_json(text) {
        Ok(calendar) => calendar,
        Err(error) => return super::refused(&error),
    };
    let [from, to] = ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"].map(|text| text.parse::<Timestamp>().expect("a moment"));
    let timeline = calendar.timeline(Some("web"), from, to);
    assert!(timeline.occurrences().windows(2).all(|pair| pair[0].start <= pair[1].start));
    assert!(timeline.intensity_at(from) >= 0.0);
    let written = calendar.to_json();
    assert_eq!(Calendar::from_json(&written).expect("what is written reads back").to_json(), written);
    true
}

/// A fleet: what is taken has groups that can be found by their names.
pub fn fleet(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else { return false };
    match Fleet::from_toml(text) {
        Ok(fleet) => {
            assert!(fleet.groups.iter().all(|group| fleet.group(&group.id) == Some(group)));
            true
        }
        Err(error) => super::refused(&error),
    }
}
