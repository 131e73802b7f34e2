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
use headroom_core::lstm::lstm_sequence;
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

    let mut sequence = x.transpose(0, 1).unwrap().contiguous().unwrap();
    for layer in 0..2 {
        let take = |name: &str| parameters[&format!("lstm.{name}_l{layer}")].as_tensor();
        let bias = (take("bias_ih") + take("bias_hh")).unwrap();
        sequence = lstm_sequence(&sequence, take("weight_ih"), take("weight_hh"), &bias).unwrap();
    }
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

/// Shapes that fill the matrix kernels' blocks and shapes that do not, against candle's own autograd.
#[test]
fn gradients_equal_those_of_plain_operations() {
    for (steps, batch, inputs, hidden) in [(1, 1, 1, 1), (3, 2, 5, 3), (7, 9, 11, 16), (4, 64, 33, 32)] {
        let wave = |count: usize, shift: f32| (0..count).map(|i| ((i as f32 + shift) * 0.7).sin() * 0.5).collect::<Vec<_>>();
        let var = |shape: &[usize], shift| {
            Var::from_tensor(&Tensor::from_vec(wave(shape.iter().product(), shift), shape, &Device::Cpu).unwrap()).unwrap()
        };
        let x = var(&[steps, batch, inputs], 0.1);
        let (ih, hh, bias) = (var(&[4 * hidden, inputs], 0.2), var(&[4 * hidden, hidden], 0.3), var(&[4 * hidden], 0.4));
        let ours = lstm_sequence(&x, &ih, &hh, &bias).unwrap();
        let plain = plain_lstm(&x, &ih, &hh, &bias).unwrap();
        // A loss that weighs every output differently.
        let weight = Tensor::from_vec(wave(steps * batch * hidden, 0.5), ours.dims(), &Device::Cpu).unwrap();
        let gradients = |out: &Tensor| (out * &weight).unwrap().sum_all().unwrap().backward().unwrap();
        let (ours_back, plain_back) = (gradients(&ours), gradients(&plain));
        for (name, var) in [("x", &x), ("weight_ih", &ih), ("weight_hh", &hh), ("bias", &bias)] {
            let difference = (ours_back.get(var).unwrap() - plain_back.get(var).unwrap()).unwrap().abs().unwrap();
            let largest = difference.flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
            let size =
                plain_back.get(var).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
            assert!(largest < 1e-5 * size.max(1.0), "{name} of {steps}x{batch}x{inputs}x{hidden}: {largest} of {size}");
        }
    }
}

fn plain_lstm(x: &Tensor, ih: &Tensor, hh: &Tensor, bias: &Tensor) -> candle_core::Result<Tensor> {
    let sigmoid = |x: &Tensor| (x.neg()?.exp()? + 1.0)?.recip();
    let (steps, batch, _) = x.dims3()?;
    let hidden = hh.dim(1)?;
    let mut h = Tensor::zeros((batch, hidden), x.dtype(), x.device())?;
    let mut c = h.clone();
    let mut outputs = Vec::new();
    for t in 0..steps {
        let z = (x.get(t)?.matmul(&ih.t()?)? + h.matmul(&hh.t()?)?)?.broadcast_add(bias)?;
        let gate = |k: usize| z.narrow(1, k * hidden, hidden);
        c = ((sigmoid(&gate(1)?)? * &c)? + (sigmoid(&gate(0)?)? * gate(2)?.tanh()?)?)?;
        h = (sigmoid(&gate(3)?)? * c.tanh()?)?;
        outputs.push(h.clone());
    }
    Tensor::stack(&outputs, 0)
}
