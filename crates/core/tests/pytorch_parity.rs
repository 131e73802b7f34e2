//! The LSTM's numbers equal PyTorch's for the same weights, forward and backward.
//!
//! `data/pytorch_lstm.json` was written by PyTorch 2.15 in float64:
//!
//! ```python
//! torch.manual_seed(7); torch.set_default_dtype(torch.float64)
//! lstm, head = nn.LSTM(3, 8, 2, batch_first=True), nn.Linear(8, 2)
//! x, target = torch.randn(4, 5, 3, requires_grad=True), torch.randn(4, 2)
//! sequence, _ = lstm(x)
//! output = head(sequence[:, -1])
//! nn.functional.mse_loss(output, target).backward()
//! ```
#![cfg(feature = "forecast")]

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};
use headroom_core::lstm::{Lstm, LstmLayer, States};
use serde_json::Value;

/// Float32 against float64 over five steps, two layers and back.
const TOLERANCE: f32 = 2e-6;

fn numbers(value: &Value) -> (Vec<f32>, Vec<usize>) {
    let Value::Array(items) = value else { return (vec![value.as_f64().unwrap() as f32], vec![]) };
    let parts: Vec<_> = items.iter().map(numbers).collect();
    let shape = std::iter::once(items.len()).chain(parts[0].1.iter().copied()).collect();
    (parts.into_iter().flat_map(|(values, _)| values).collect(), shape)
}

fn tensor(value: &Value) -> Tensor {
    let (values, shape) = numbers(value);
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn assert_close(name: &str, ours: &Tensor, theirs: &Value) {
    let theirs = tensor(theirs);
    assert_eq!(ours.dims(), theirs.dims(), "{name}");
    let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    for (a, b) in flat(ours).into_iter().zip(flat(&theirs)) {
        assert!((a - b).abs() < TOLERANCE, "{name}: {a} is not {b}");
    }
}

#[test]
fn outputs_and_gradients_equal_pytorch() {
    let torch: Value = serde_json::from_str(include_str!("data/pytorch_lstm.json")).unwrap();
    let parameters: BTreeMap<String, Var> = torch["parameters"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), Var::from_tensor(&tensor(value)).unwrap()))
        .collect();
    let x = Var::from_tensor(&tensor(&torch["x"])).unwrap();

    let layer = |layer: usize| {
        let take = |name: &str| parameters[&format!("lstm.{name}_l{layer}")].as_tensor().clone();
        LstmLayer {
            weight_ih: take("weight_ih"),
            weight_hh: take("weight_hh"),
            bias_ih: take("bias_ih"),
            bias_hh: take("bias_hh"),
        }
    };
    let lstm = Lstm::new(vec![layer(0), layer(1)]).unwrap();
    let sequence = lstm.forward(&x.transpose(0, 1).unwrap().contiguous().unwrap(), States::All).unwrap();
    assert_close("sequence", &sequence.transpose(0, 1).unwrap(), &torch["sequence"]);

    let head = parameters["head.weight"].t().unwrap();
    let output = sequence.get(4).unwrap().matmul(&head).unwrap().broadcast_add(&parameters["head.bias"]).unwrap();
    assert_close("output", &output, &torch["output"]);

    let loss = (output - tensor(&torch["target"])).unwrap().sqr().unwrap().mean_all().unwrap();
    let gradients = loss.backward().unwrap();
    for (name, parameter) in &parameters {
        assert_close(name, gradients.get(parameter).unwrap(), &torch["gradients"][name]);
    }
    assert_close("x", gradients.get(&x).unwrap(), &torch["gradients"]["x"]);
}

fn wave(count: usize, shift: f32) -> Vec<f32> {
    (0..count).map(|i| ((i as f32 + shift) * 0.7).sin() * 0.5).collect()
}

fn var(shape: &[usize], shift: f32) -> Var {
    Var::from_tensor(&Tensor::from_vec(wave(shape.iter().product(), shift), shape, &Device::Cpu).unwrap()).unwrap()
}

/// Layers of variables.
fn layers(inputs: usize, hidden: usize, count: usize) -> Vec<[Var; 4]> {
    let layer = |layer: usize| {
        let (inputs, shift) = (if layer == 0 { inputs } else { hidden }, layer as f32);
        let (ih, hh) = (var(&[4 * hidden, inputs], shift + 0.2), var(&[4 * hidden, hidden], shift + 0.3));
        [ih, hh, var(&[4 * hidden], shift + 0.4), var(&[4 * hidden], shift + 0.6)]
    };
    (0..count).map(layer).collect()
}

fn lstm(layers: &[[Var; 4]], tensor: impl Fn(&Var) -> Tensor) -> Lstm {
    let layer = |vars: &[Var; 4]| {
        let [weight_ih, weight_hh, bias_ih, bias_hh] = vars.each_ref().map(&tensor);
        LstmLayer { weight_ih, weight_hh, bias_ih, bias_hh }
    };
    Lstm::new(layers.iter().map(layer).collect()).unwrap()
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// A loss that weighs every output differently.
fn loss(out: &Tensor) -> Tensor {
    let weight = Tensor::from_vec(wave(out.elem_count(), 0.5), out.dims(), &Device::Cpu).unwrap();
    (out * weight).unwrap().sum_all().unwrap()
}

/// Shapes that fill the matrix kernels' blocks and shapes that do not: steps, batch, inputs, hidden, layers.
const SHAPES: [[usize; 5]; 7] = [
    [1, 1, 1, 1, 1],
    [3, 2, 5, 3, 2],
    [1, 3, 4, 16, 2],
    [7, 9, 11, 17, 3],
    [4, 64, 33, 32, 1],
    [5, 131, 4, 8, 2],
    [6, 33, 2, 70, 1],
];

#[test]
fn gradients_equal_those_of_plain_operations() {
    for [steps, batch, inputs, hidden, count] in SHAPES {
        let x = var(&[steps, batch, inputs], 0.1);
        let layers = layers(inputs, hidden, count);
        let ours = lstm(&layers, |var| var.as_tensor().clone());
        let all = layers.iter().try_fold(x.as_tensor().clone(), plain_lstm).unwrap();
        let pairs = [
            (ours.forward(&x, States::All).unwrap(), all.clone()),
            // The second pass works in the buffers of the first.
            (ours.forward(&x, States::Last).unwrap(), all.get(steps - 1).unwrap()),
        ];
        for (ours, plain) in pairs {
            let (ours_back, plain_back) = (loss(&ours).backward().unwrap(), loss(&plain).backward().unwrap());
            for (number, var) in layers.iter().flatten().chain([&x]).enumerate() {
                let (ours, plain) = (flat(ours_back.get(var).unwrap()), flat(plain_back.get(var).unwrap()));
                let size = plain.iter().fold(1.0_f32, |size, value| size.max(value.abs()));
                for (a, b) in ours.into_iter().zip(plain) {
                    let at = format!("gradient {number} of {steps}x{batch}x{inputs}x{hidden}, {count} layers");
                    assert!((a - b).abs() < 1e-5 * size, "{at}: {a} is not {b}");
                }
            }
        }
    }
}

#[test]
fn gradients_equal_differences_of_the_loss() {
    let x = var(&[4, 3, 2], 0.1);
    let layers = layers(2, 5, 2);
    let ours = lstm(&layers, |var| var.as_tensor().clone());
    let run = || loss(&ours.forward(&x, States::Last).unwrap());
    let gradients = run().backward().unwrap();
    for var in layers.iter().flatten().chain([&x]) {
        let values = flat(var);
        for at in [0, values.len() / 2, values.len() - 1] {
            let moved = |by: f32| {
                let mut moved = values.clone();
                moved[at] += by;
                var.set(&Tensor::from_vec(moved, var.dims(), &Device::Cpu).unwrap()).unwrap();
                f64::from(run().to_scalar::<f32>().unwrap())
            };
            let slope = (moved(0.02) - moved(-0.02)) / 0.04;
            moved(0.0);
            let ours = f64::from(flat(gradients.get(var).unwrap())[at]);
            assert!((ours - slope).abs() < 2e-4, "{ours} is not {slope}");
        }
    }
}

/// Weights that are packed for good give what weights in training give, to the last bit.
#[test]
fn serving_equals_training() {
    for [steps, batch, inputs, hidden, count] in SHAPES {
        let x = var(&[steps, batch, inputs], 0.1).as_detached_tensor();
        let layers = layers(inputs, hidden, count);
        let (training, serving) = (lstm(&layers, |var| var.as_tensor().clone()), lstm(&layers, Var::as_detached_tensor));
        let run = |lstm: &Lstm, states| flat(&lstm.forward(&x, states).unwrap());
        for _ in 0..2 {
            let all = run(&training, States::All);
            assert_eq!(all, run(&serving, States::All));
            for lstm in [&training, &serving] {
                assert_eq!(run(lstm, States::Last), all[all.len() - batch * hidden..]);
            }
        }
    }
}

#[test]
fn a_change_of_a_variable_is_seen() {
    let x = var(&[2, 3, 4], 0.1).as_detached_tensor();
    let layers = layers(4, 5, 1);
    let lstm = lstm(&layers, |var| var.as_tensor().clone());
    let before = flat(&lstm.forward(&x, States::Last).unwrap());
    layers[0][1].set(&layers[0][1].affine(2.0, 0.0).unwrap()).unwrap();
    assert_ne!(before, flat(&lstm.forward(&x, States::Last).unwrap()));
}

#[test]
fn what_does_not_fit_is_named() {
    let layers = layers(4, 5, 1);
    let error = lstm(&layers, Var::as_detached_tensor).forward(&var(&[2, 3, 5], 0.0), States::All).unwrap_err();
    assert!(error.to_string().contains("takes (steps, batch, 4)"), "{error}");
    let [weight_ih, weight_hh, bias_ih, _] = layers[0].each_ref().map(Var::as_detached_tensor);
    let wrong = LstmLayer { weight_ih, weight_hh, bias_hh: bias_ih.narrow(0, 0, 19).unwrap(), bias_ih };
    assert!(Lstm::new(vec![wrong]).unwrap_err().to_string().contains("layer 0 of 5 hidden units over 4 inputs"));
}

fn plain_lstm(x: Tensor, [ih, hh, bias_ih, bias_hh]: &[Var; 4]) -> candle_core::Result<Tensor> {
    let bias = (bias_ih.as_tensor() + bias_hh.as_tensor())?;
    let sigmoid = |x: &Tensor| (x.neg()?.exp()? + 1.0)?.recip();
    let (steps, batch, _) = x.dims3()?;
    let hidden = hh.dim(1)?;
    let mut h = Tensor::zeros((batch, hidden), x.dtype(), x.device())?;
    let mut c = h.clone();
    let mut outputs = Vec::new();
    for t in 0..steps {
        let z = (x.get(t)?.matmul(&ih.t()?)? + h.matmul(&hh.t()?)?)?.broadcast_add(&bias)?;
        let gate = |k: usize| z.narrow(1, k * hidden, hidden);
        c = ((sigmoid(&gate(1)?)? * &c)? + (sigmoid(&gate(0)?)? * gate(2)?.tanh()?)?)?;
        h = (sigmoid(&gate(3)?)? * c.tanh()?)?;
        outputs.push(h.clone());
    }
    Tensor::stack(&outputs, 0)
}
