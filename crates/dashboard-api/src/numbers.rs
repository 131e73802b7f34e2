//! Numbers as they go over the wire.

/// `value` to six significant digits: finer than any measurement here, and a third of the bytes.
pub(crate) fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let digits = 5 - value.abs().log10().floor() as i32;
    // Dividing by a power of ten keeps the result the nearest double to its decimal form; multiplying by 0.1 would not.
    if digits >= 0 {
        let factor = 10f64.powi(digits.min(300));
        (value * factor).round() / factor
    } else {
        let factor = 10f64.powi(-digits);
        (value / factor).round() * factor
    }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn six_significant_digits_stay() {
        let check = |value: f64, expected: &str| assert_eq!(rounded(value).to_string(), expected);
        check(12.345_678_9, "12.3457");
        check(0.000_123_456_789, "0.000123457");
        check(123_456_789.0, "123457000");
        check(-7.0, "-7");
        check(0.0, "0");
        check(0.1 + 0.2, "0.3");
        check(f64::MIN_POSITIVE, &rounded(f64::MIN_POSITIVE).to_string());
        assert!(rounded(f64::MIN_POSITIVE).is_finite());
    }
}
