//! The collector as a Lambda function: an event, the groups of the fleet, an answer.

use collector::{Collected, Pulse, collect_fleet};
use headroom_aws::{
    emf::MetricLine,
    lambda::{Answer, Event, Function},
};
use headroom_core::{Calendar, ports::Metrics};
use headroom_store::{Store, load_calendar, load_fleet};
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let function = Function::start().await?;
    let metrics = function.aws.metrics();
    let (store, metrics, name) = (&*function.store, &metrics, &*function.name);
    let handler = service_fn(|event: LambdaEvent<Event>| handle(event.payload, name, metrics, store, Timestamp::now()));
    lambda_runtime::run(handler).await.map_err(anyhow::Error::from_boxed)
}

async fn handle(
    event: Event,
    name: &str,
    metrics: &dyn Metrics,
    store: &dyn Store,
    now: Timestamp,
) -> anyhow::Result<Answer<Collected>> {
    let (fleet, unknown) = event.narrow(load_fleet(store).await?);
    // Load that was not recorded is gone; what the calendar says of it can be filled in once the calendar is back.
    let calendar = load_calendar(store).await.unwrap_or_else(|error| {
        tracing::error!("{error}; collecting without the calendar");
        Calendar::default()
    });
    let results = collect_fleet(&fleet, &calendar, metrics, store, now).await;
    let pulse = Pulse::of(&results, now);
    MetricLine::new(name, now, &Pulse { failed: pulse.failed + unknown.len(), ..pulse }).print();
    Ok(Answer::of(results, unknown)?)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use headroom_core::{
        Observation,
        ports::{PortError, Window},
    };
    use headroom_store::{
        Expect, MemoryStore, history, keys,
        refusing::{Refusing, denied},
    };
    use jiff::SignedDuration;

    use super::*;

    const FLEET: &str = "[[group]]\nid = \"web\"\nprovider = \"simulated\"\n";

    const SALE: &str = r#"{"events": [{"name": "sale", "start": "2026-11-27T12:00", "duration_minutes": 60, "intensity": 2.5}]}"#;

    /// A cloud that has measured every step, and counts how often it is asked.
    #[derive(Default)]
    struct Cloud {
        asked: AtomicUsize,
    }

    #[async_trait]
    impl Metrics for Cloud {
        async fn observations(&self, windows: &[Window<'_>]) -> Vec<Result<Vec<Observation>, PortError>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let measured = |start| Observation { cpu_utilization: Some(40.0), ..Observation::at(start) };
            let step = SignedDuration::from_mins(5);
            let starts = |window: &Window<'_>| {
                let to = window.to;
                std::iter::successors(Some(window.from), move |start| Some(*start + step)).take_while(move |start| *start < to)
            };
            windows.iter().map(|window| Ok(starts(window).map(measured).collect())).collect()
        }
    }

    fn at(time: &str) -> Timestamp {
        format!("2026-11-27T{time}Z").parse().unwrap()
    }

    async fn put(store: &MemoryStore, key: &str, text: &str) {
        store.put(key, text.as_bytes(), Expect::Anything).await.unwrap();
    }

    async fn run(cloud: &Cloud, store: &dyn Store, time: &str) -> anyhow::Result<Answer<Collected>> {
        handle(Event::default(), "collector", cloud, store, at(time)).await
    }

    async fn rows(store: &MemoryStore) -> Vec<Observation> {
        history::read(store, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap()
    }

    #[tokio::test]
    async fn without_a_calendar_rows_are_stored_and_their_flags_filled_in_afterwards() {
        let (store, cloud) = (MemoryStore::default(), Cloud::default());
        put(&store, keys::FLEET, FLEET).await;
        put(&store, keys::CALENDAR, SALE).await;
        run(&cloud, &store, "10:01:00").await.unwrap();
        put(&store, keys::CALENDAR, "{").await;
        // Five hours of runs, longer than what every run reads again.
        for hour in 10..15 {
            for minute in [6, 36] {
                run(&cloud, &store, &format!("{hour}:{minute:02}:00")).await.unwrap();
            }
        }
        let forbidden = Refusing::new(&store, |_, key| (key == keys::CALENDAR).then(|| denied(key)));
        run(&cloud, &forbidden, "15:01:00").await.unwrap();
        let unflagged = rows(&store).await;
        let since = |rows: &[Observation]| rows.iter().filter(|row| row.timestamp >= at("10:00:00")).copied().collect::<Vec<_>>();
        assert_eq!(since(&unflagged).len(), 60, "every step was stored");
        assert!(since(&unflagged).iter().all(|row| row.is_sale_active.is_none() && row.cpu_utilization == Some(40.0)));

        put(&store, keys::CALENDAR, SALE).await;
        run(&cloud, &store, "15:06:00").await.unwrap();
        for row in rows(&store).await {
            let on_sale = (at("12:00:00")..at("13:00:00")).contains(&row.timestamp);
            assert_eq!(row.is_sale_active, Some(if on_sale { 2.5 } else { 0.0 }), "{}", row.timestamp);
        }
    }

    #[tokio::test]
    async fn with_a_broken_fleet_the_invocation_fails_and_the_next_with_a_good_one_works() {
        let (store, cloud) = (MemoryStore::default(), Cloud::default());
        let fails = async |store: &dyn Store, part: &str| {
            let before = store.list("").await.unwrap();
            let error = run(&cloud, store, "12:01:00").await.unwrap_err().to_string();
            assert!(error.contains(keys::FLEET) && error.contains(part), "{error}");
            assert_eq!(store.list("").await.unwrap(), before, "nothing is stored");
        };
        fails(&store, "there is no fleet").await;
        put(&store, keys::FLEET, "[[group]]\nid = web\n").await;
        fails(&store, "line 2").await;
        put(&store, keys::FLEET, FLEET).await;
        fails(&Refusing::new(&store, |_, key| (key == keys::FLEET).then(|| denied(key))), "allow `s3:GetObject`").await;
        assert_eq!(cloud.asked.load(Ordering::Relaxed), 0);

        let answer = run(&cloud, &store, "12:01:00").await.unwrap();
        assert_eq!(answer.done.keys().collect::<Vec<_>>(), ["web"]);
        assert_eq!(rows(&store).await.last().map(|row| row.timestamp), Some(at("11:55:00")));
    }
}
