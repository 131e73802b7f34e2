//! Speed of the product's LSTM, optimizer and clipping on one thread, or of candle's own: one JSON object per run.
//!
//! `cargo run --release -p trainer --no-default-features --example lstm_speed -- --shape a --seconds 20`
//!
//! Shapes: (a) input 4, hidden 128, 3 layers, 24 steps, batch 64; (b) input 16, hidden 64, 1 layer, 36 steps, batch 128; each
//! with a linear head on the last hidden state, squared error, Adam, and gradients cut to length 1.

use std::{
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use candle_core::{Device, Tensor, Var};
use candle_nn::{AdamW, LSTM, LSTMConfig, Optimizer as _, ParamsAdamW, RNN, VarBuilder, VarMap, rnn::Direction};
use clap::{Parser, ValueEnum};
use headroom_core::lstm::{CHUNK, Lstm, LstmLayer, States};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use trainer::optimizer::Optimizer;

/// Rows of the made-up training set.
const ROWS: usize = 3400;

const LEARNING_RATE: f64 = 5e-4;

#[derive(Debug, Parser)]
struct Arguments {
    /// The network's shape.
    #[arg(long)]
    shape: Shape,
    /// Measures `candle_nn`'s LSTM and AdamW instead, with clipping in candle's operations.
    #[arg(long)]
    stock: bool,
    /// How long to train, in seconds.
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// Where to write the JSON instead of standard output.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    A,
    B,
}

#[derive(Debug, Clone, Copy)]
struct Sizes {
    inputs: usize,
    hidden: usize,
    layers: usize,
    steps: usize,
    batch: usize,
}

impl Shape {
    fn sizes(self) -> Sizes {
        match self {
            Self::A => Sizes { inputs: 4, hidden: 128, layers: 3, steps: 24, batch: 64 },
            Self::B => Sizes { inputs: 16, hidden: 64, layers: 1, steps: 36, batch: 128 },
        }
    }
}

/// A network with its head.
trait Forecaster {
    /// `x` is (rows, steps, inputs), the result (rows, 1).
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor>;
}

struct Head {
    weight: Tensor,
    bias: Tensor,
}

impl Head {
    fn forward(&self, state: &Tensor) -> candle_core::Result<Tensor> {
        state.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)
    }
}

struct Ours {
    lstm: Lstm,
    head: Head,
}

impl Forecaster for Ours {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        self.head.forward(&self.lstm.forward(&x.transpose(0, 1)?, States::Last)?)
    }
}

struct Stock {
    layers: Vec<LSTM>,
    head: Head,
}

impl Forecaster for Stock {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let (last, below) = self.layers.split_last().expect("both shapes have layers");
        let mut x = x.clone();
        for layer in below {
            x = layer.states_to_tensor(&layer.seq(&x)?)?;
        }
        let states = last.seq(&x)?;
        self.head.forward(states.last().expect("both shapes have steps").h())
    }
}

/// Weights under PyTorch's names.
fn variables(sizes: Sizes, random: &mut ChaCha8Rng) -> candle_core::Result<VarMap> {
    let map = VarMap::new();
    let mut add = |name: String, dims: &[usize]| -> candle_core::Result<()> {
        let bound = (sizes.hidden as f32).sqrt().recip();
        let values: Vec<f32> = (0..dims.iter().product()).map(|_| (random.random::<f32>() * 2.0 - 1.0) * bound).collect();
        let var = Var::from_vec(values, dims, &Device::Cpu)?;
        map.data().lock().expect("no other thread holds the map").insert(name, var);
        Ok(())
    };
    for layer in 0..sizes.layers {
        let inputs = if layer == 0 { sizes.inputs } else { sizes.hidden };
        add(format!("weight_ih_l{layer}"), &[4 * sizes.hidden, inputs])?;
        add(format!("weight_hh_l{layer}"), &[4 * sizes.hidden, sizes.hidden])?;
        add(format!("bias_ih_l{layer}"), &[4 * sizes.hidden])?;
        add(format!("bias_hh_l{layer}"), &[4 * sizes.hidden])?;
    }
    add("head.weight".to_owned(), &[1, sizes.hidden])?;
    add("head.bias".to_owned(), &[1])?;
    Ok(map)
}

/// The network over `map`; `fixed` takes its weights out of training.
fn network(map: &VarMap, sizes: Sizes, stock: bool, fixed: bool) -> candle_core::Result<Box<dyn Forecaster>> {
    let data = map.data().lock().expect("no other thread holds the map").clone();
    let take = |name: &str| if fixed { data[name].as_detached_tensor() } else { data[name].as_tensor().clone() };
    let head = Head { weight: take("head.weight"), bias: take("head.bias") };
    if stock {
        let tensors = data.keys().map(|name| (name.clone(), take(name))).collect();
        let weights = VarBuilder::from_tensors(tensors, candle_core::DType::F32, &Device::Cpu);
        let layer = |layer| {
            let inputs = if layer == 0 { sizes.inputs } else { sizes.hidden };
            let config = LSTMConfig { layer_idx: layer, direction: Direction::Forward, ..LSTMConfig::default() };
            LSTM::new(inputs, sizes.hidden, config, weights.clone())
        };
        let layers = (0..sizes.layers).map(layer).collect::<candle_core::Result<_>>()?;
        return Ok(Box::new(Stock { layers, head }));
    }
    let layer = |layer: usize| LstmLayer {
        weight_ih: take(&format!("weight_ih_l{layer}")),
        weight_hh: take(&format!("weight_hh_l{layer}")),
        bias_ih: take(&format!("bias_ih_l{layer}")),
        bias_hh: take(&format!("bias_hh_l{layer}")),
    };
    Ok(Box::new(Ours { lstm: Lstm::new((0..sizes.layers).map(layer).collect())?, head }))
}

enum Adam {
    Ours(Optimizer),
    Stock(AdamW, Vec<Var>),
}

impl Adam {
    fn step(&mut self, loss: &Tensor) -> candle_core::Result<()> {
        let mut gradients = loss.backward()?;
        match self {
            Self::Ours(optimizer) => optimizer.step(&gradients, LEARNING_RATE).map(|_| ()),
            Self::Stock(adam, vars) => {
                let mut squares = 0.0;
                for var in &*vars {
                    squares += f64::from(gradients.get(var).map_or(Ok(0.0), |g| g.sqr()?.sum_all()?.to_scalar::<f32>())?);
                }
                let length = squares.sqrt();
                for var in vars.iter().filter(|_| length > 1.0) {
                    if let Some(gradient) = gradients.get(var) {
                        let cut = (gradient / length)?;
                        gradients.insert(var, cut);
                    }
                }
                adam.step(&gradients)
            }
        }
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

fn timed(work: impl FnOnce() -> candle_core::Result<()>) -> candle_core::Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn random_tensor(random: &mut ChaCha8Rng, dims: &[usize]) -> candle_core::Result<Tensor> {
    let values: Vec<f32> = (0..dims.iter().product()).map(|_| random.random::<f32>() * 2.0 - 1.0).collect();
    Tensor::from_vec(values, dims, &Device::Cpu)
}

fn measure(sizes: Sizes, stock: bool, seconds: f64) -> candle_core::Result<serde_json::Value> {
    let random = &mut ChaCha8Rng::seed_from_u64(0);
    let map = variables(sizes, random)?;
    let model = network(&map, sizes, stock, false)?;
    let mut adam = if stock {
        let parameters = ParamsAdamW { lr: LEARNING_RATE, weight_decay: 0.0, ..ParamsAdamW::default() };
        Adam::Stock(AdamW::new(map.all_vars(), parameters)?, map.all_vars())
    } else {
        Adam::Ours(Optimizer::new(map.all_vars(), 0.0, 1.0))
    };
    let (x, y) = (random_tensor(random, &[ROWS, sizes.steps, sizes.inputs])?, random_tensor(random, &[ROWS, 1])?);
    let mut batch = || {
        let rows: Vec<u32> = (0..sizes.batch).map(|_| random.random_range(0..ROWS as u32)).collect();
        let rows = Tensor::from_vec(rows, sizes.batch, &Device::Cpu)?;
        let said = model.forward(&x.index_select(&rows, 0)?)?;
        adam.step(&(said - y.index_select(&rows, 0)?)?.sqr()?.mean_all()?)
    };
    for _ in 0..3 {
        batch()?;
    }
    let (start, mut batches) = (Instant::now(), Vec::new());
    while start.elapsed().as_secs_f64() < seconds {
        batches.push(timed(&mut batch)?);
    }
    let best = batches.iter().min().copied().unwrap_or_default().as_secs_f64();

    let model = network(&map, sizes, stock, true)?;
    let one = x.narrow(0, 0, 1)?;
    let singles = (0..300).map(|_| timed(|| model.forward(&one).map(|_| ()))).collect::<candle_core::Result<_>>()?;
    let many = random_tensor(random, &[10_000, sizes.steps, sizes.inputs])?;
    // Stock candle is given chunks of the size that PyTorch gets.
    let chunk = if stock { 256 } else { CHUNK };
    let all = || {
        for first in (0..10_000).step_by(chunk) {
            model.forward(&many.narrow(0, first, chunk.min(10_000 - first))?)?;
        }
        Ok(())
    };
    let all = (0..3).map(|_| timed(all)).collect::<candle_core::Result<_>>()?;
    let rows = sizes.batch as f64;
    Ok(serde_json::json!({
        "train_rows_per_second_best": rows / best,
        "train_rows_per_second_median": rows / median(batches),
        "forecast_ms_median": 1e3 * median(singles),
        "forecasts_10000_s_median": median(all),
    }))
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // As the product does: matrices this small only lose time on several threads.
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let result = single.install(|| measure(arguments.shape.sizes(), arguments.stock, arguments.seconds))?;
    let result = serde_json::to_string(&result)? + "\n";
    match arguments.json {
        Some(path) => std::fs::write(&path, result).with_context(|| format!("writing `{}`", path.display())),
        None => std::io::stdout().write_all(result.as_bytes()).context("writing the result"),
    }
}
