//! Adam with decoupled weight decay, and gradients cut to a length, in one pass over plain slices.

use std::cell::RefCell;

use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Storage, Tensor, Var, backprop::GradStore, bail};

/// The usual decay rates of the moments, and the usual guard against division by zero (Kingma and Ba 2015).
const BETAS: (f32, f32) = (0.9, 0.999);
const EPSILON: f32 = 1e-8;

const NOT_PLAIN: &str = "the optimizer takes contiguous f32 tensors on the CPU";

/// Sums over so many values side by side, so that they can be added up in vectors.
const LANES: usize = 16;

/// AdamW (Loshchilov and Hutter 2019, algorithm 2) over some variables, contiguous f32 on the CPU.
///
/// All gradients together are first cut to a length of at most `gradient_max` (Pascanu et al. 2013).
#[derive(Debug)]
pub struct Optimizer {
    variables: Vec<(Var, Moments)>,
    weight_decay: f64,
    gradient_max: f64,
    steps: i32,
}

/// Running means of a variable's gradient and of its square.
#[derive(Debug)]
struct Moments {
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Optimizer {
    /// Starts with moments of zero. `weight_decay` is decoupled: the share of a weight that a step of learning rate 1 takes
    /// away. Gradients longer than `gradient_max` are cut to it.
    #[must_use]
    pub fn new(variables: Vec<Var>, weight_decay: f64, gradient_max: f64) -> Self {
        let moments = |var: &Var| Moments { first: vec![0.0; var.elem_count()], second: vec![0.0; var.elem_count()] };
        let variables = variables.into_iter().map(|var| (var.clone(), moments(&var))).collect();
        Self { variables, weight_decay, gradient_max, steps: 0 }
    }

    /// Moves every variable that has a gradient one step against it. Returns the length of the gradients before the cut.
    ///
    /// # Errors
    /// Where a variable or a gradient is not contiguous f32 on the CPU.
    pub fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<f64> {
        let squares = self.variables.iter().filter_map(|(var, _)| gradients.get(var)).map(squared_length);
        let length = squares.sum::<Result<f64>>()?.sqrt();
        self.steps += 1;
        let update = Update {
            cut: if length > self.gradient_max { (self.gradient_max / length) as f32 } else { 1.0 },
            keep: (1.0 - learning_rate * self.weight_decay) as f32,
            rate: (learning_rate / (1.0 - f64::from(BETAS.0).powi(self.steps))) as f32,
            second_scale: (1.0 / (1.0 - f64::from(BETAS.1).powi(self.steps))) as f32,
        };
        for (var, moments) in &mut self.variables {
            if let Some(gradient) = gradients.get(var) {
                var.inplace_op2(&gradient.contiguous()?, &Step { update, moments: RefCell::new(moments) })?;
            }
        }
        Ok(length)
    }
}

/// What a step does to every value.
#[derive(Debug, Clone, Copy)]
struct Update {
    /// Factor of the gradients.
    cut: f32,
    /// Factor of the weights.
    keep: f32,
    /// The learning rate, corrected for the first moment's start at zero.
    rate: f32,
    /// Correction for the second moment's start at zero.
    second_scale: f32,
}

impl Update {
    #[inline(always)]
    fn apply(self, weights: &mut [f32], gradient: &[f32], moments: &mut Moments) {
        let moments = moments.first.iter_mut().zip(&mut moments.second);
        for ((weight, &gradient), (first, second)) in weights.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * self.cut;
            *first = *first * BETAS.0 + gradient * (1.0 - BETAS.0);
            *second = *second * BETAS.1 + gradient * gradient * (1.0 - BETAS.1);
            *weight = *weight * self.keep - self.rate * *first / ((*second * self.second_scale).sqrt() + EPSILON);
        }
    }
}

#[inline(always)]
fn sum_of_squares(values: &[f32]) -> f64 {
    let mut sums = [0.0_f32; LANES];
    let lines = values.chunks_exact(LANES);
    let rest: f64 = lines.remainder().iter().map(|&value| f64::from(value).powi(2)).sum();
    for line in lines {
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum += value * value;
        }
    }
    rest + sums.into_iter().map(f64::from).sum::<f64>()
}

fn squared_length(gradient: &Tensor) -> Result<f64> {
    let gradient = gradient.contiguous()?;
    let (storage, layout) = gradient.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => {
            let values = contiguous(storage, layout)?;
            Ok(pulp::Arch::new().dispatch(|| sum_of_squares(values)))
        }
        _ => bail!("{NOT_PLAIN}"),
    }
}

struct Step<'a> {
    update: Update,
    moments: RefCell<&'a mut Moments>,
}

impl InplaceOp2 for Step<'_> {
    fn name(&self) -> &'static str {
        "adamw-step"
    }

    fn cpu_fwd(&self, weights: &mut CpuStorage, weights_at: &Layout, gradient: &CpuStorage, gradient_at: &Layout) -> Result<()> {
        let (weights, gradient) = (contiguous_mut(weights, weights_at)?, contiguous(gradient, gradient_at)?);
        let mut moments = self.moments.borrow_mut();
        pulp::Arch::new().dispatch(|| self.update.apply(weights, gradient, &mut moments));
        Ok(())
    }
}

fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => bail!("{NOT_PLAIN}"),
    }
}

fn contiguous_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => bail!("{NOT_PLAIN}"),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};
    use candle_nn::{AdamW, Optimizer as _, ParamsAdamW};

    use super::*;

    const RATE: f64 = 0.05;
    const DECAY: f64 = 0.1;

    fn variables() -> Vec<Var> {
        let var = |count: usize| (0..count).map(|i| (i as f32 * 0.9).sin()).collect::<Vec<_>>();
        [3, 40].map(|count| Var::new(var(count), &Device::Cpu).unwrap()).to_vec()
    }

    /// A bowl around 0.3 that is steeper for later variables, times `steepness`; the first step's gradient is exact.
    fn gradients(variables: &[Var], steepness: f64) -> GradStore {
        let bowl =
            |(number, var): (usize, &Var)| ((var.as_tensor() - 0.3).unwrap().sqr().unwrap() * (number + 1) as f64).unwrap();
        let loss: Vec<Tensor> = variables.iter().enumerate().map(bowl).map(|bowl| bowl.sum_all().unwrap()).collect();
        ((Tensor::stack(&loss, 0).unwrap().sum_all().unwrap() * steepness).unwrap()).backward().unwrap()
    }

    fn values(variables: &[Var]) -> Vec<f32> {
        variables.iter().flat_map(|var| var.to_vec1::<f32>().unwrap()).collect()
    }

    #[test]
    fn equal_to_candles_adamw_where_nothing_is_cut() {
        let (ours, theirs) = (variables(), variables());
        let mut optimizer = Optimizer::new(ours.clone(), DECAY, f64::INFINITY);
        let parameters = ParamsAdamW { lr: RATE, weight_decay: DECAY, ..ParamsAdamW::default() };
        let mut adam = AdamW::new(theirs.clone(), parameters).unwrap();
        for _ in 0..50 {
            optimizer.step(&gradients(&ours, 1.0), RATE).unwrap();
            adam.step(&gradients(&theirs, 1.0)).unwrap();
        }
        for (ours, theirs) in values(&ours).into_iter().zip(values(&theirs)) {
            assert!((ours - theirs).abs() < 1e-5, "{ours} is not {theirs}");
        }
    }

    /// Adam's step does not change where all gradients are scaled alike, but where they are scaled from step to step.
    #[test]
    fn gradients_beyond_the_limit_are_cut_to_it() {
        let (cut, scaled) = (variables(), variables());
        let mut cutting = Optimizer::new(cut.clone(), 0.0, 2.0);
        let mut plain = Optimizer::new(scaled.clone(), 0.0, f64::INFINITY);
        for steepness in [1.0, 10.0, 1e-3] {
            let length = cutting.step(&gradients(&cut, steepness), RATE).unwrap();
            let expected = gradients(&scaled, steepness);
            let squares = |var: &Var| expected.get(var).unwrap().sqr().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap();
            let exact = f64::from(scaled.iter().map(squares).sum::<f32>()).sqrt();
            assert!((length / exact - 1.0).abs() < 1e-4, "{length} is not {exact}");
            plain.step(&gradients(&scaled, steepness * (2.0 / exact).min(1.0)), RATE).unwrap();
        }
        for (cut, scaled) in values(&cut).into_iter().zip(values(&scaled)) {
            assert!((cut - scaled).abs() < 1e-5, "{cut} is not {scaled}");
        }
    }

    #[test]
    fn a_variable_without_a_gradient_stays() {
        let all = variables();
        let mut optimizer = Optimizer::new(all.clone(), DECAY, 1.0);
        let before = all[1].to_vec1::<f32>().unwrap();
        optimizer.step(&gradients(&all[..1], 1.0), RATE).unwrap();
        assert_eq!(before, all[1].to_vec1::<f32>().unwrap());
    }
}
