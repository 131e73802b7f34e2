//! Moments and spans of time for people.

use jiff::{SignedDuration, Timestamp};

/// A moment.
pub(crate) fn clock(moment: Timestamp) -> String {
    moment.strftime("%d %b %H:%M UTC").to_string()
}

/// A span of time in the unit that fits; one that is negative counts as none.
pub(crate) fn span(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit_that_fits() {
        for (seconds, expected) in [
            (-5, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7199, "119 min"),
            (7200, "2 h"),
            (172_799, "47 h"),
            (172_800, "2 days"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
