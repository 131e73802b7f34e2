//! `headroom serve`: collector, scaler, trainer and dashboard in one process, without Lambda.

mod agenda;
pub(crate) mod clock;
mod cloud;
mod configuration;
mod guard;
mod log;
mod options;
mod pace;
mod simulated;
pub(crate) mod training;
mod ticks;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use dashboard_api::{AppState, Sites, random_id};
use headroom_store::Store;
use jiff::Timestamp;
use scaler::Scaler;

use crate::{
    interrupt::Interrupt,
    listening::{Listening, tls::Certificate},
    terminal::Lines,
};
use clock::{Clock, FastClock, WallClock};
use cloud::Cloud;
use configuration::{Configuration, Place, Provider};
use pace::Pace;
use simulated::SimulatedFleet;
use ticks::Ticks;
use training::Training;

pub(crate) use log::start as start_log;
pub(crate) use options::Args;

/// The page asks for news so often, in seconds: ticks come every minute or every five.
const REFRESH_SECONDS: u32 = 30;

/// Readers of the same moment share one look at the fleet.
const KEEP_VIEW_FOR: Duration = Duration::from_secs(5);

/// Serves until it is told to end.
pub(crate) async fn run(args: Args) -> Result<()> {
    let dashboard = &args.dashboard;
    dashboard.check()?;
    let lines = Lines { to_stderr: false };
    let interrupt = Interrupt::listen()?;
    let store = open(&args.store).await.with_context(|| format!("opening the store `{}`", args.store))?;
    let place = args.config.clone().map_or(Place::Store, Place::File);
    let provider = if args.simulate { Provider::Simulated } else { Provider::Aws };
    let configuration = Arc::new(Configuration::open(place, Arc::clone(&store), provider).await?);
    let gate = dashboard.gate()?;
    let certificate = match dashboard.files() {
        Some(files) => Some(Certificate::open(files).await?),
        None => None,
    };
    let listening = Listening::at(dashboard.listen, certificate, "choose another address with `--listen`")?;

    let (clock, cloud) = surroundings(&args, &configuration, store.as_ref()).await?;
    let pace = Pace { clock: Arc::clone(&clock), interrupt: interrupt.clone() };
    let state = AppState {
        store: Arc::clone(&store),
        fleet: Arc::<Configuration>::clone(&configuration),
        clock: Arc::new(move || clock.now()),
        ids: Arc::new(random_id),
        refresh_seconds: REFRESH_SECONDS.div_ceil(args.speed),
        keep_view_for: KEEP_VIEW_FOR / args.speed,
        sites: Sites::default(),
    };
    let dashboard_line = listening.line(gate.token.as_deref());
    let router = gate.router(state, &dashboard.cors_origin, dashboard.is_private())?;
    let ticks = Ticks {
        store: Arc::clone(&store),
        cloud,
        configuration: Arc::clone(&configuration),
        scaler: Scaler::default(),
        pace: pace.clone(),
        tell: Box::new(move |line| lines.print(line)),
    };
    let training =
        (!args.no_training).then(|| Training { store, configuration: Arc::clone(&configuration), pace, at: args.train_at });

    lines.print(&introduction(&args, &configuration));
    lines.print(&dashboard_line);
    // Ticks think on this thread, so that every other one is free to answer.
    let answers = tokio::spawn(async move { listening.answer(router, &interrupt).await });
    let trains = async {
        if let Some(training) = &training {
            training.run().await;
        }
    };
    let ((), (), answered) = tokio::join!(ticks.run(), trains, answers);
    answered.context("the dashboard")?;
    lines.print("ended");
    Ok(())
}

/// The clock and the cloud: real, or simulated.
async fn surroundings(args: &Args, configuration: &Configuration, store: &dyn Store) -> Result<(Arc<dyn Clock>, Arc<dyn Cloud>)> {
    if !args.simulate {
        return Ok((Arc::new(WallClock), cloud::aws()?));
    }
    let start = simulated::start(store, Timestamp::now()).await?;
    let clock: Arc<dyn Clock> = Arc::new(FastClock::starting_at(start, args.speed));
    let fleet = SimulatedFleet::starting_at(start, Arc::clone(&clock), args.faults);
    fleet.backfill(&configuration.fleet(), store).await?;
    Ok((clock, Arc::new(fleet)))
}

fn introduction(args: &Args, configuration: &Configuration) -> String {
    let training = if args.no_training {
        "no training".to_owned()
    } else {
        format!("training every day at {} UTC", args.train_at.strftime("%H:%M"))
    };
    let groups = configuration::names(&configuration.fleet());
    format!("headroom {} serves {groups} with the store {}; {training}", env!("CARGO_PKG_VERSION"), args.store)
}

/// Opens the store, which may be a new one.
#[cfg(feature = "aws")]
async fn open(url: &str) -> Result<Arc<dyn Store>> {
    Ok(headroom_aws::open_store(url).await?)
}

/// Opens the store, which may be a new one.
#[cfg(not(feature = "aws"))]
async fn open(url: &str) -> Result<Arc<dyn Store>> {
    if url.starts_with("s3://") {
        anyhow::bail!("this build has no AWS: build `headroom` with `--features aws`");
    }
    Ok(headroom_store::url::open(url)?)
}
