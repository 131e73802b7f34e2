//! Measures by horizon and by level, of forecasts beside what was measured.

use headroom_core::{
    forecast::{HORIZON, StepQuantiles},
    quantiles::{LEVELS, Quantiles},
};

use super::{Coverage, days::Q90};

/// Mean absolute error of the median at each of the steps ahead; NaN of nothing.
///
/// `actual` and `forecasts` are of the same origins. As in [`headroom_core::score`], quantiles are made possible first.
///
/// # Panics
/// Where there are not as many forecasts as origins.
#[must_use]
pub fn errors_by_horizon(actual: &[[f64; HORIZON]], forecasts: &[StepQuantiles]) -> [f64; HORIZON] {
    let pairs = pairs(actual, forecasts);
    std::array::from_fn(|h| mean(pairs.iter().map(|pair| (pair[h].0 - pair[h].1.median()).abs())))
}

impl Coverage {
    /// What `forecasts` cover of `actual`, of the same origins; NaN of nothing.
    ///
    /// # Panics
    /// Where there are not as many forecasts as origins.
    #[must_use]
    pub fn of(actual: &[[f64; HORIZON]], forecasts: &[StepQuantiles]) -> Self {
        let pairs = pairs(actual, forecasts);
        let covers = |(actual, quantiles): &(f64, Quantiles), k: usize| f64::from(*actual <= quantiles.0[k]);
        Self {
            levels: std::array::from_fn::<_, { LEVELS.len() }, _>(|k| mean(pairs.iter().flatten().map(|pair| covers(pair, k)))),
            q90_by_horizon: std::array::from_fn(|h| mean(pairs.iter().map(|pair| covers(&pair[h], Q90)))),
        }
    }
}

fn pairs(actual: &[[f64; HORIZON]], forecasts: &[StepQuantiles]) -> Vec<[(f64, Quantiles); HORIZON]> {
    assert_eq!(actual.len(), forecasts.len(), "one forecast per origin");
    let pair = |(actual, forecast): (&[f64; HORIZON], &StepQuantiles)| {
        std::array::from_fn(|h| (actual[h], Quantiles::rectified(forecast[h].0)))
    };
    actual.iter().zip(forecasts).map(pair).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // The median is too high by h at the first origin and right at the second; 0.9 is above it by 1.
        let forecast =
            |off: f64| std::array::from_fn(|h| Quantiles([-1.0, 10.0 + off * h as f64, 11.0 + off * h as f64, 50.0, 50.0]));
        let actual = [[10.0; HORIZON], [10.0; HORIZON]];
        let forecasts = [forecast(1.0), forecast(0.0)];
        let errors = errors_by_horizon(&actual, &forecasts);
        assert_eq!((errors[0], errors[1], errors[11]), (0.0, 0.5, 5.5));
        let coverage = Coverage::of(&actual, &[forecast(-1.0), forecast(0.0)]);
        // Below by one step is still covered, by two no longer.
        assert_eq!(coverage.q90_by_horizon[..3], [1.0, 1.0, 0.5]);
        assert_eq!(coverage.levels, [0.0, 13.0 / 24.0, 14.0 / 24.0, 1.0, 1.0]);
        assert!(errors_by_horizon(&[], &[])[0].is_nan());
        // Crossing quantiles are sorted: the second lowest, 7, is the median.
        let crossing = [Quantiles([9.0, 9.0, 8.0, 7.0, 7.0]); HORIZON];
        assert_eq!(errors_by_horizon(&[[10.0; HORIZON]], &[crossing]), [3.0; HORIZON]);
    }
}
