//! The scaler as a Lambda function: an event, a decision for each group of the fleet, an answer.

use std::collections::BTreeMap;

use headroom_aws::{
    emf::MetricLine,
    lambda::{Answer, Event, Function},
};
use headroom_core::ports::WriteCapacity;
use headroom_store::{Store, load_fleet};
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use scaler::{Pulse, Scaler, tick_fleet};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let function = Function::start().await?;
    let (scaler, cloud) = (Scaler::default(), function.aws.capacity());
    let (scaler, cloud, store, name) = (&scaler, &cloud, &*function.store, &*function.name);
    let handler = service_fn(|event: LambdaEvent<Event>| handle(event.payload, name, scaler, cloud, store, Timestamp::now()));
    lambda_runtime::run(handler).await.map_err(anyhow::Error::from_boxed)
}

/// The answer tells each decision in its sentence; the whole decision is in the store.
async fn handle(
    event: Event,
    name: &str,
    scaler: &Scaler,
    cloud: &dyn WriteCapacity,
    store: &dyn Store,
    now: Timestamp,
) -> anyhow::Result<Answer<String>> {
    let (fleet, unknown) = event.narrow(load_fleet(store).await?);
    let decisions = tick_fleet(scaler, &fleet, cloud, store, now).await;
    let decided = decisions.iter().filter_map(|(id, result)| Some((id, result.as_ref().ok()?)));
    let accuracy: BTreeMap<_, _> = decided.filter_map(|(id, decision)| Some((id, decision.accuracy?))).collect();
    let pulse = Pulse::of(&decisions);
    let pulse = Pulse { failed: pulse.failed + unknown.len(), ..pulse };
    MetricLine::new(name, now, &pulse).with_field("Accuracy", &accuracy).print();
    let sentences = decisions.into_iter().map(|(id, result)| (id, result.map(|decision| decision.sentence)));
    Ok(Answer::of(sentences.collect(), unknown)?)
}
