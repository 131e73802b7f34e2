//! How numbers are written.

/// A count, or money: digits in groups of three, with `decimals` decimals.
fn grouped(value: f64, decimals: usize) -> String {
    let written = format!("{:.decimals$}", value.abs());
    let (whole, rest) = written.split_at(written.find('.').unwrap_or(written.len()));
    let mut text = String::new();
    // A minus before nothing but zeros would be left of rounding.
    if value < 0.0 && written.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        text.push('−');
    }
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

/// Money in the unit of the price: to the hundredth, to two digits below that; a dash for what is no number.
pub(super) fn money(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let size = value.abs();
    let decimals = if size == 0.0 || size >= 0.1 { 2 } else { (1 - size.log10().floor() as i32).clamp(2, 6) };
    grouped(value, usize::try_from(decimals).unwrap_or(2))
}

/// Hours of instances, to the tenth.
pub(super) fn hours(value: f64) -> String {
    if value.is_finite() { grouped(value, 1) } else { "-".to_owned() }
}

/// A count.
pub(super) fn count(value: u64) -> String {
    grouped(value as f64, 0)
}

/// A share, 0 being nothing and 1 all, in percent: to the hundredth, to one digit where that would be 0, from 10 % on to the
/// tenth; a dash for what is no number.
pub(super) fn percent(share: f64) -> String {
    let bare = bare_percent(share);
    if share.is_finite() { format!("{bare} %") } else { bare }
}

/// The same without its sign.
pub(super) fn bare_percent(share: f64) -> String {
    let value = share * 100.0;
    match value.abs() {
        size if !size.is_finite() => "-".to_owned(),
        0.0 => "0".to_owned(),
        size if size < 0.005 => format!("{value:.*}", usize::try_from(-size.log10().floor() as i64).unwrap_or(2).min(9)),
        size if size < 9.995 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

/// A ratio.
pub(super) fn times(ratio: f64) -> String {
    if ratio.is_finite() { grouped(ratio, 2) } else { "-".to_owned() }
}

/// A knob's setting, or nothing of a family without one.
pub(super) fn knob(knob: Option<f64>) -> String {
    knob.map_or_else(String::new, |knob| format!("{}", (knob * 1e6).round() / 1e6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_hundredths_and_groups() {
        let written = [0.0, 12.3, -1_234_567.891, 0.0123, -0.1, 999.999, f64::NAN, f64::NEG_INFINITY].map(money);
        assert_eq!(written, ["0.00", "12.30", "−1,234,567.89", "0.012", "−0.10", "1,000.00", "-", "-"]);
        assert_eq!(hours(-0.01), "0.0");
        assert_eq!([0, 999, 1000, 43_200].map(count), ["0", "999", "1,000", "43,200"]);
    }

    #[test]
    fn percent_keeps_what_is_small() {
        let written = [0.0, 0.000_023, 0.000_099, 0.0123, 0.099_94, 0.1, 1.0, f64::INFINITY].map(percent);
        assert_eq!(written, ["0 %", "0.002 %", "0.01 %", "1.23 %", "9.99 %", "10.0 %", "100.0 %", "-"]);
    }

    #[test]
    fn knobs_have_no_needless_digits() {
        assert_eq!([Some(0.1 + 0.2), Some(1.0), None].map(knob), ["0.3", "1", ""]);
    }
}
