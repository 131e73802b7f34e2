//! How long one plan takes, and what a tick of a backtest takes with it: `cargo bench -p headroom-core --bench plan`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use headroom_core::{
    Calendar, Forecast, Group,
    fleet::Mode,
    forecast::{ModelName, Outlook},
    policy::{Measured, Past, Plan, Situation, Tick, Written, decide, plan},
    ports::CapacityState,
    quantiles::Quantiles,
};
use jiff::{SignedDuration, Timestamp};

fn forecast(origin: Timestamp) -> Forecast {
    let steps = std::array::from_fn(|h| Quantiles([2.0, 3.0, 3.5, 3.8, 4.2].map(|load| load + 0.1 * h as f64)));
    let model = ModelName { name: "test".to_owned(), version: None };
    Forecast::new("web", origin, 300, model, Outlook { steps, peaks: steps })
}

fn benches(c: &mut Criterion) {
    let group = Group { mode: Mode::Active, price_per_hour: Some(0.1), ..Group::simulated("web") };
    let start: Timestamp = "2026-11-27T09:01:00Z".parse().expect("a time");
    let events = Calendar::default().timeline(None, start, start);
    let size = |desired: u32| CapacityState { desired, min: 1, max: 100, in_service: desired, pending: 0, unit: 1 };
    let situation = |past: &Past, capacity: CapacityState, now: Timestamp, forecast: &Forecast| {
        let measured = Some(Measured { until: forecast.origin, load: 3.0 });
        let lead_time_seconds = past.lead_time_seconds(&group);
        let situation = Situation {
            group: &group,
            now,
            tick: forecast.origin,
            capacity,
            measured,
            forecast: Ok(forecast),
            past,
            lead_time_seconds,
            events: &events,
            troubles: Vec::new(),
        };
        plan(&situation)
    };
    // Three hours of a capacity that goes up and down.
    let tick = |past: &mut Past, index: i32| {
        let now = start + SignedDuration::from_mins(5) * index;
        let forecast = forecast(now - SignedDuration::from_mins(1));
        let before = size(if index % 6 < 3 { 7 } else { 5 });
        let measured = Some(Measured { until: forecast.origin, load: 3.0 });
        past.observe(&group, before, measured, now);
        let Plan { required, desired, .. } = situation(past, before, now, &forecast);
        let written = if desired == before.desired { Written::Nothing } else { Written::Applied };
        past.record(&group, &Tick { at: now, mode: Mode::Active, before, required, desired, measured, written });
        past.expect(Some(&forecast));
    };
    let mut past = Past::default();
    (0..40).for_each(|index| tick(&mut past, index));
    let now = start + SignedDuration::from_mins(200);
    let forecast = forecast(now - SignedDuration::from_mins(1));
    for (name, desired) in [("plan, nothing to do", 6), ("plan, scale-in looked at by every guard", 20)] {
        c.bench_function(name, |b| b.iter(|| situation(black_box(&past), size(desired), now, &forecast)));
    }
    let calm = Past::default();
    c.bench_function("decide, with the sentence", |b| {
        b.iter(|| {
            decide(&Situation {
                group: &group,
                now,
                tick: forecast.origin,
                capacity: size(20),
                measured: Some(Measured { until: forecast.origin, load: 3.0 }),
                forecast: Ok(&forecast),
                past: black_box(&calm),
                lead_time_seconds: 180,
                events: &events,
                troubles: Vec::new(),
            })
        });
    });
    let mut index = 40;
    c.bench_function("a whole tick of a backtest", |b| {
        b.iter(|| {
            tick(&mut past, index);
            index += 1;
        });
    });
}

criterion_group!(plans, benches);
criterion_main!(plans);
