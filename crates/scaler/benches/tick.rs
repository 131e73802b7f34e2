//! A day of ticks of one group on a store in memory: what a simulation pays for a tick, and what the scaler pays that reads eight
//! days of history and forecasts.
//!
//! `cargo bench -p scaler`

use std::sync::Arc;

use async_trait::async_trait;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use headroom_core::{
    Calendar, Forecast, Group, Observation, Series,
    fleet::Mode,
    forecast::{ModelName, Outlook},
    occurrences::Timeline,
    policy::Measured,
    quantiles::{LEVELS, Quantiles},
    reason::NoForecast,
};
use headroom_sim::{SimulatedCloud, Workload, WorldRules};
use headroom_store::{MemoryStore, history};
use jiff::{SignedDuration, Timestamp};
use scaler::{Cloud, GroupState, Scaler, Seen, Sight};

const STEP: SignedDuration = SignedDuration::from_mins(5);

/// Ticks of a day.
const TICKS: i32 = 288;

/// Fifteen days, of which the last three are replayed.
fn workload() -> Arc<Workload> {
    let start = Timestamp::from_second(1_767_571_200).expect("2026 is in range");
    let row = |step: i32| {
        let noon = 1.0 - (f64::from(step % 288) / 288.0 * std::f64::consts::TAU).cos();
        Observation { request_count: Some(300.0 + 750.0 * noon + f64::from(step % 7)), ..Observation::at(start + STEP * step) }
    };
    let rows: Vec<Observation> = (0..15 * 288).map(row).collect();
    let series = Series::from_observations(&rows).expect("15 days are a series");
    Arc::new(Workload::from_series(&series, 20.0).expect("it has load"))
}

/// Knows the load, and forecasts what it is now.
struct Known {
    workload: Arc<Workload>,
    forecasts: bool,
}

#[async_trait]
impl Sight for Known {
    async fn look(&self, group: &Group, _: &mut GroupState, now: Timestamp) -> Seen {
        let until = now - SignedDuration::from_secs(60);
        let minute = until.duration_since(self.workload.timestamp(0)).as_mins();
        let load = self.workload.load_at(usize::try_from(minute).expect("within the trace"));
        let steps = [Quantiles(LEVELS.map(|level| load * (0.9 + 0.3 * level))); 12];
        let model = ModelName { name: "known".to_owned(), version: None };
        let forecast = Forecast::new(&group.id, until, 300, model, Outlook { steps, peaks: steps });
        Seen {
            measured: Some(Measured { until, load }),
            forecast: if self.forecasts { Ok(forecast.clone()) } else { Err(NoForecast::NoModel) },
            events: Timeline::default(),
            troubles: Vec::new(),
            observations: Vec::new(),
            peak_load: None,
            forecast_made: self.forecasts.then_some(forecast),
            anomaly: None,
        }
    }
}

fn ticks(c: &mut Criterion) {
    let workload = workload();
    let rules = WorldRules::default();
    let cloud = || SimulatedCloud::new("web", Arc::clone(&workload), rules, 1);
    let active = Group { mode: Mode::Active, price_per_hour: Some(0.1), ..Group::simulated("web") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let moments: Vec<Timestamp> = (0..TICKS).map(|step| workload.split() + STEP * step + SignedDuration::from_secs(60)).collect();

    let mut group = c.benchmark_group("a day of ticks");
    group.sample_size(10).throughput(Throughput::Elements(TICKS.unsigned_abs().into()));
    for (name, forecasts) in [("that follow the load", false), ("with forecasts given", true)] {
        let sight = Known { workload: Arc::clone(&workload), forecasts };
        group.bench_function(name, |b| {
            b.iter(|| {
                let (cloud, store) = (cloud(), MemoryStore::default());
                runtime.block_on(async {
                    for &now in &moments {
                        cloud.advance_to(now);
                        scaler::tick_with(&sight, &active, Cloud::ReadWrite(&cloud), &store, now).await.expect("a decision");
                    }
                });
            });
        });
    }
    group.finish();

    let mut group = c.benchmark_group("twelve ticks");
    group.sample_size(10).throughput(Throughput::Elements(12));
    group.bench_function("that read the history and forecast", |b| {
        let store = MemoryStore::default();
        let past = workload.history_observations(300, workload.static_peak(&rules));
        runtime.block_on(history::merge(&store, "web", &past)).expect("memory takes it");
        let counted = Group { requests_per_instance: workload.requests_per_instance(300), ..active.clone() };
        let (scaler, calendar) = (Scaler::default(), Ok(Calendar::default()));
        b.iter(|| {
            let (cloud, counted) = (cloud(), Group { id: "web".to_owned(), ..counted.clone() });
            runtime.block_on(async {
                // Each round starts without a state, so that every tick is decided.
                store_anew(&store).await;
                for &now in &moments[..12] {
                    cloud.advance_to(now);
                    scaler::tick(&scaler, &counted, &calendar, Cloud::ReadWrite(&cloud), &store, now).await.expect("a decision");
                }
            });
        });
    });
    group.finish();
}

/// Forgets what ticks left.
async fn store_anew(store: &MemoryStore) {
    use headroom_store::{Expect, Store};
    for key in store.list("").await.expect("memory answers") {
        if !key.starts_with("history/") {
            store.put(&key, b"", Expect::Anything).await.expect("memory takes it");
        }
    }
}

criterion_group!(benches, ticks);
criterion_main!(benches);
