//! The LSTM by itself on two shapes, and a whole model: loading it, and one forecast from two weeks of history.
//!
//! `cargo bench -p headroom-core --features forecast`

use std::hint::black_box;

use candle_core::{Device, Tensor, Var};
use criterion::{Criterion, criterion_group, criterion_main};
use headroom_core::{
    calendar::Calendar,
    frame::{Frame, Split},
    lstm::{InputSpec, Lstm, LstmLayer, LstmModel, NetworkShape, Pooling, States, initial_weights},
    observation::{Column, Observation},
    series::Series,
};
use jiff::Timestamp;

/// Two weeks of rows of five minutes.
const ROWS: usize = 14 * 288;

/// Name, inputs, hidden, layers, steps, batch.
const SHAPES: [(&str, usize, usize, usize, usize, usize); 2] = [("a", 4, 128, 3, 24, 64), ("b", 16, 64, 1, 36, 128)];

fn wave(dims: &[usize]) -> Tensor {
    let values: Vec<f32> = (0..dims.iter().product()).map(|i: usize| (i as f32 * 0.7).sin() * 0.1).collect();
    Tensor::from_vec(values, dims, &Device::Cpu).expect("the values fill the shape")
}

fn lstm(inputs: usize, hidden: usize, layers: usize, tensor: impl Fn(&[usize]) -> Tensor) -> Lstm {
    let layer = |layer: usize| LstmLayer {
        weight_ih: tensor(&[4 * hidden, if layer == 0 { inputs } else { hidden }]),
        weight_hh: tensor(&[4 * hidden, hidden]),
        bias_ih: tensor(&[4 * hidden]),
        bias_hh: tensor(&[4 * hidden]),
    };
    Lstm::new((0..layers).map(layer).collect()).expect("the shapes fit")
}

fn layers(criterion: &mut Criterion) {
    let variable = |dims: &[usize]| Var::from_tensor(&wave(dims)).expect("a plain tensor").as_tensor().clone();
    for (name, inputs, hidden, count, steps, batch) in SHAPES {
        let x = wave(&[steps, batch, inputs]);
        let one = wave(&[steps, 1, inputs]);
        let serving = lstm(inputs, hidden, count, wave);
        let training = lstm(inputs, hidden, count, variable);
        let forward = |lstm: &Lstm, x: &Tensor| lstm.forward(x, States::Last).expect("the shapes fit");
        criterion.bench_function(&format!("{name}: one forecast"), |bencher| bencher.iter(|| forward(&serving, black_box(&one))));
        criterion.bench_function(&format!("{name}: forward"), |bencher| bencher.iter(|| forward(&serving, black_box(&x))));
        criterion.bench_function(&format!("{name}: forward and backward"), |bencher| {
            bencher.iter(|| forward(&training, black_box(&x)).sum_all().and_then(|sum| sum.backward()).expect("the shapes fit"));
        });
    }
}

fn frame() -> Frame {
    let row = |i: usize| Observation {
        cpu_utilization: Some(40.0 + 20.0 * (i as f64 * std::f64::consts::TAU / 288.0).sin() + (i % 7) as f64),
        ..Observation::at(Timestamp::from_second(i as i64 * 300).expect("a time within range"))
    };
    let series = Series::from_observations(&(0..ROWS).map(row).collect::<Vec<_>>()).expect("rows on a grid");
    Frame::of_column(&series, Column::CpuUtilization, &Calendar::from_json("{}").expect("an empty calendar"), None)
}

fn model(criterion: &mut Criterion) {
    let frame = frame();
    let inputs = InputSpec::fit(&frame, Split::with_test(ROWS)).expect("enough rows");
    let shape = NetworkShape {
        window_inputs: inputs.window_inputs(),
        future_inputs: inputs.future_inputs(),
        hidden: 32,
        layers: 1,
        head: 64,
        pooling: Pooling::Last,
    };
    let weights = initial_weights(&shape, 1).expect("a shape that can be");
    let model = LstmModel::new(inputs.clone(), shape, weights).expect("weights of this shape");
    let bytes = model.to_safetensors();
    criterion.bench_function("model: load", |bencher| {
        bencher.iter(|| LstmModel::from_safetensors(inputs.clone(), shape, black_box(&bytes)).expect("weights of this shape"));
    });
    let (last, day) = ([ROWS - 1], (ROWS - 288..ROWS).collect::<Vec<_>>());
    criterion.bench_function("model: one forecast", |bencher| bencher.iter(|| model.forecast(black_box(&frame), &last)));
    criterion.bench_function("model: forecasts of a day", |bencher| bencher.iter(|| model.forecast(black_box(&frame), &day)));
}

criterion_group!(benches, layers, model);
criterion_main!(benches);
