//! How numbers are written.

use jiff::{
    SignedDuration,
    fmt::friendly::{Designator, Spacing, SpanPrinter},
};

/// Four significant digits, without an exponent for everyday sizes; a dash for what is no number.
#[must_use]
pub fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return "-".to_owned();
    }
    let digits = 3 - value.abs().log10().floor() as i32;
    if digits >= 0 { format!("{value:.*}", usize::try_from(digits.min(8)).unwrap_or(0)) } else { format!("{value:.0}") }
}

/// The number, or a dash where there is none.
pub(super) fn maybe(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), number)
}

/// A share of 0 to 1, to a tenth of a percent.
pub(super) fn share(value: f64) -> String {
    if value.is_finite() { format!("{value:.3}") } else { "-".to_owned() }
}

/// A duration in words: `5 minutes`, `1 hour`.
pub(super) fn duration(seconds: i64) -> String {
    const PRINTER: SpanPrinter = SpanPrinter::new().designator(Designator::Verbose).spacing(Spacing::BetweenUnitsAndDesignators);
    PRINTER.duration_to_string(&SignedDuration::from_secs(seconds))
}

/// A duration in few letters: `5m`, `1h 30m`.
pub(super) fn short_duration(seconds: i64) -> String {
    const PRINTER: SpanPrinter = SpanPrinter::new().designator(Designator::Compact).spacing(Spacing::BetweenUnits);
    PRINTER.duration_to_string(&SignedDuration::from_secs(seconds))
}

/// Labels of an axis whose largest tick is `largest`: all in the same thousands, so that they compare at a glance.
pub(super) fn axis_label(value: f64, largest: f64) -> String {
    let (divisor, suffix) = match largest.abs() {
        size if size >= 1e9 => (1e9, "G"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    // Nine decimals drop what binary fractions add to a round tick, and no digit of it.
    let rounded = (value / divisor * 1e9).round() / 1e9;
    if rounded == 0.0 { "0".to_owned() } else { format!("{rounded}{suffix}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits() {
        let written = [0.0, 0.067_94, 57.186, 4521.4, 12_196_543.2, f64::NAN].map(number);
        assert_eq!(written, ["0", "0.06794", "57.19", "4521", "12196543", "-"]);
    }

    #[test]
    fn durations_in_words() {
        assert_eq!([300, 3600, 5400, 21600].map(duration), ["5 minutes", "1 hour", "1 hour 30 minutes", "6 hours"]);
    }

    #[test]
    fn one_unit_for_an_axis() {
        let axis = |ticks: [f64; 3]| ticks.map(|tick| axis_label(tick, ticks[2]));
        assert_eq!(axis([0.0, 0.1, 0.1 + 0.2]), ["0", "0.1", "0.3"]);
        assert_eq!(axis([0.0, 500_000.0, 1_000_000.0]), ["0", "0.5M", "1M"]);
        assert_eq!(axis([0.0, 5_000.0, 10_000.0]), ["0", "5k", "10k"]);
    }
}
