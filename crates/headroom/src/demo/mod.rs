//! `headroom demo`: collector, trainer, scaler and dashboard on one machine, against a simulated cloud.

mod pace;
mod pipeline;
mod scenario;
mod server;
mod summary;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Result;
use headroom_core::Fleet;
use headroom_sim::SimulatedCloud;
use headroom_store::{MemoryStore, Store};
use jiff::Timestamp;
use scaler::Scaler;

use crate::{
    interrupt::Interrupt,
    output,
    terminal::{Lines, tick_line},
};
use pace::Pace;
use scenario::Scenario;

/// Watch Headroom collect, train, forecast and scale a simulated group
///
/// By default four weeks of a generated web shop are the history, and what follows, with a sale announced two hours in, is
/// replayed at 300 times real time. Ctrl-C ends it with a summary.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  headroom demo\n  headroom demo --trace web.csv --calendar calendar.json\n  headroom demo --ticks 300 --headless --json -"
)]
pub(crate) struct Args {
    /// Replay the last fifth of this CSV; the rest is history
    #[arg(long, value_name = "FILE.csv")]
    trace: Option<PathBuf>,
    /// Business calendar of the trace; without it, the events that the trace itself flags
    #[arg(long, value_name = "FILE.json", requires = "trace")]
    calendar: Option<PathBuf>,
    /// How many times faster than real time; by default 300, and as fast as it goes with --headless
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    speed: Option<u32>,
    /// Port of the dashboard on 127.0.0.1; 0 takes any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// End after so many ticks of five minutes; without it, at the end of the trace
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    ticks: Option<u64>,
    /// No dashboard
    #[arg(long)]
    headless: bool,
    /// Write the summary for programs; - is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Keep history, models and decisions in this empty store to look at, for example file:///tmp/headroom
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// The same seed gives the same demo
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Instances that carry the 99th percentile of the trace's load at 100 % CPU
    #[arg(long, default_value_t = 20.0, value_parser = crate::terminal::positive)]
    peak_instances: f64,
    /// Price of an instance-hour
    #[arg(long, default_value_t = 0.10, value_parser = crate::terminal::positive)]
    price_per_hour: f64,
}

/// Speed at which a tick of five minutes takes one second.
const SPEED: u32 = 300;

/// The first ticks are made before the history is replayed in the background: somebody waits to see them.
const BACKTEST_AFTER_TICKS: u64 = 3;

/// The simulated present, which the dashboard reads too.
pub(crate) type Clock = Arc<Mutex<Timestamp>>;

pub(crate) async fn run(args: Args) -> Result<()> {
    let lines = Lines { to_stderr: args.json.as_ref().is_some_and(|path| path.as_os_str() == "-") };
    if let Some(path) = &args.json {
        output::check_writable(path)?;
    }
    let scenario = Scenario::load(&args)?;
    let store: Arc<dyn Store> = match &args.store {
        Some(url) => pipeline::open_empty(url).await?,
        None => Arc::new(MemoryStore::default()),
    };
    let clock: Clock = Arc::new(Mutex::new(scenario.start()));
    let fleet = Arc::new(Fleet { groups: vec![scenario.group.clone()] });
    let interrupt = Interrupt::listen()?;
    lines.print(&scenario.introduction());
    pipeline::backfill(&scenario, store.as_ref()).await?;
    let server = match args.headless {
        true => None,
        false => Some(server::start(args.port, &fleet, &store, &clock, &interrupt, lines)?),
    };
    let model = tokio::select! {
        trained = pipeline::train(&scenario, lines) => Some(trained?),
        () = interrupt.wait() => None,
    };
    let Some(model) = model else {
        lines.print("interrupted before the first tick: nothing was replayed");
        return Ok(());
    };
    pipeline::publish(&scenario, store.as_ref(), &model).await?;
    lines.print(&pipeline::introduction(&model));

    let cloud = SimulatedCloud::new(&scenario.group.id, Arc::clone(&scenario.workload), scenario.rules, args.seed);
    let scaler = Scaler::default();
    let mut pace = Pace::new(speed(&args).map(|speed| Duration::from_secs_f64(300.0 / f64::from(speed))));
    let mut ticks = 0;
    let ticks_max = args.ticks.unwrap_or(u64::MAX);
    for now in scenario.ticks() {
        if ticks == ticks_max {
            break;
        }
        tokio::select! {
            () = pace.next() => {}
            () = interrupt.wait() => break,
        }
        cloud.advance_to(now);
        *clock.lock().unwrap_or_else(PoisonError::into_inner) = now;
        let decision = pipeline::tick(&scaler, &fleet, &cloud, store.as_ref(), now).await?;
        lines.print(&tick_line(&decision, None));
        ticks += 1;
        if server.is_some() && ticks == BACKTEST_AFTER_TICKS {
            server::backtest(&fleet, &store, now);
        }
    }
    let summary = summary::Summary::new(&args, &scenario, &cloud, &model, ticks);
    lines.print(&summary.report());
    if let Some(wanted) = args.ticks.filter(|wanted| ticks < *wanted && !interrupt.came()) {
        lines.print(&format!("the trace ended after {ticks} of {wanted} ticks"));
    }
    if let Some(path) = &args.json {
        output::write_json(path, &summary)?;
    }
    if let (Some(server), false) = (server, interrupt.came()) {
        lines.print(&format!("the dashboard stays at http://{} until Ctrl-C", server.address));
        interrupt.wait().await;
    }
    Ok(())
}

fn speed(args: &Args) -> Option<u32> {
    match (args.speed, args.headless) {
        (Some(speed), _) => Some(speed),
        (None, false) => Some(SPEED),
        (None, true) => None,
    }
}
