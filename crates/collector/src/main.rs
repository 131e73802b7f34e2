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
