//! Sigmoid and tanh, on vectors of whatever width the processor has.

use std::f32::consts::{LN_2, LOG2_E};

use pulp::Simd;

/// No exponent is further from zero than this, so that the product of two sums of 1 and 2^t is finite. 2^-60 added
/// to 1 changes nothing.
const EXPONENT_MAX: f32 = 60.0;

/// Two factors of 2^t, with a relative error of about 2e-7: the whole part of t goes into the exponent of the first, the
/// rest, within -0.5..0.5, through a polynomial (least relative error over that range, found by reweighted least squares).
#[inline(always)]
fn exp2<S: Simd>(simd: S, t: S::f32s) -> (S::f32s, S::f32s) {
    let all = |value: f32| simd.splat_f32s(value);
    // Adding 1.5 x 2^23 leaves the nearest whole number in the lowest bits of the sum; 127 is the exponent of 1.
    let magic = all(12_582_912.0 + 127.0);
    let t = simd.min_f32s(simd.max_f32s(t, all(-EXPONENT_MAX)), all(EXPONENT_MAX));
    let shifted = simd.add_f32s(t, magic);
    let rest = simd.sub_f32s(t, simd.sub_f32s(shifted, magic));
    let mut sum = all(1.330_06e-3);
    for coefficient in [9.669_69e-3, 5.550_558e-2, 2.402_228_2e-1, LN_2, 1.0] {
        sum = simd.mul_add_e_f32s(sum, rest, all(coefficient));
    }
    let power = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    (simd.transmute_f32s_u32s(power), sum)
}

#[inline(always)]
fn one_plus_exp2<S: Simd>(simd: S, t: S::f32s) -> S::f32s {
    let (power, rest) = exp2(simd, t);
    simd.mul_add_e_f32s(power, rest, simd.splat_f32s(1.0))
}

/// The logistic function, to about 2e-7.
#[inline(always)]
pub(super) fn logistic<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    simd.div_f32s(one, one_plus_exp2(simd, simd.mul_f32s(x, simd.splat_f32s(-LOG2_E))))
}

/// ln(1 + e^x), to about 2e-7, and to 4e-6 of its value down to x = -40, below which it is held.
///
/// The larger of x and 0, and ln(1 + u) for u = e^-|x|, as the series of 2 artanh(u / (2 + u)).
#[inline(always)]
pub(super) fn softplus<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let all = |value: f32| simd.splat_f32s(value);
    let (power, rest) = exp2(simd, simd.mul_f32s(simd.abs_f32s(x), all(-LOG2_E)));
    let u = simd.mul_f32s(power, rest);
    let s = simd.div_f32s(u, simd.add_f32s(u, all(2.0)));
    let z = simd.mul_f32s(s, s);
    let mut sum = all(2.0 / 15.0);
    for odd in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        sum = simd.mul_add_e_f32s(sum, z, all(2.0 / odd));
    }
    simd.mul_add_e_f32s(sum, s, simd.max_f32s(x, all(0.0)))
}

/// The hyperbolic tangent, to about 2e-7.
#[inline(always)]
pub(super) fn tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let e = one_plus_exp2(simd, simd.mul_f32s(x, simd.splat_f32s(-2.0 * LOG2_E)));
    simd.sub_f32s(simd.div_f32s(simd.splat_f32s(2.0), e), simd.splat_f32s(1.0))
}

/// What the gates do to their pre-activations: the logistic function for input, forget and output, tanh for the candidate.
///
/// Divisions are slow: two quotients share one.
#[inline(always)]
pub(super) fn gates<S: Simd>(simd: S, [input, forget, candidate, output]: [S::f32s; 4]) -> [S::f32s; 4] {
    let (one, once, twice) = (simd.splat_f32s(1.0), simd.splat_f32s(-LOG2_E), simd.splat_f32s(-2.0 * LOG2_E));
    let input = one_plus_exp2(simd, simd.mul_f32s(input, once));
    let forget = one_plus_exp2(simd, simd.mul_f32s(forget, once));
    let candidate = one_plus_exp2(simd, simd.mul_f32s(candidate, twice));
    let output = one_plus_exp2(simd, simd.mul_f32s(output, once));
    let first = simd.div_f32s(one, simd.mul_f32s(input, forget));
    let second = simd.div_f32s(one, simd.mul_f32s(candidate, output));
    let half = simd.mul_f32s(output, second);
    [
        simd.mul_f32s(forget, first),
        simd.mul_f32s(input, first),
        simd.sub_f32s(simd.add_f32s(half, half), one),
        simd.mul_f32s(candidate, second),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lstm::lanes::{load, store};

    /// All four gates of one value, tanh, logistic and softplus.
    struct At(f32);

    impl pulp::WithSimd for At {
        type Output = [f32; 7];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [f32; 7] {
            let x = simd.splat_f32s(self.0);
            let [input, forget, candidate, output] = gates(simd, [x; 4]);
            let others = [tanh(simd, x), logistic(simd, x), softplus(simd, x)];
            [input, forget, candidate, output, others[0], others[1], others[2]].map(|vector| {
                let mut one = [0.0];
                store(simd, &mut one, vector);
                assert_eq!(simd.reduce_sum_f32s(load(simd, &one)), one[0], "the other lanes are zero");
                one[0]
            })
        }
    }

    #[test]
    fn close_to_the_standard_library_everywhere() {
        for i in -20_000..=20_000 {
            let at = i as f32 / 100.0;
            let x = f64::from(at);
            let logistic = 1.0 / (1.0 + (-x).exp());
            let softplus = x.max(0.0) + (-x.abs()).exp().ln_1p();
            let exact = [logistic, logistic, x.tanh(), logistic, x.tanh(), logistic, softplus];
            for ours in [pulp::Arch::new().dispatch(At(at)), pulp::Scalar.vectorize(At(at))] {
                for (ours, exact) in ours.into_iter().zip(exact) {
                    assert!((f64::from(ours) - exact).abs() < 3e-7 * exact.abs().max(1.0), "{ours} is not {exact} at {at}");
                }
            }
            let ours = f64::from(pulp::Arch::new().dispatch(At(at))[6]);
            assert!(x < -40.0 || (ours / softplus - 1.0).abs() < 4e-6, "softplus({at}) is {ours}, not {softplus}");
        }
    }
}
