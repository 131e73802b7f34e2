//! The scaler as a Lambda function: an event, a decision for each group of the fleet, an answer.

use headroom_aws::lambda::{Answer, Event, Function, load_fleet};
use headroom_core::ports::WriteCapacity;
use headroom_store::Store;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use scaler::{Scaler, tick_fleet};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let function = Function::start().await?;
    let (scaler, cloud) = (Scaler::default(), function.aws.capacity());
    let (scaler, cloud, store) = (&scaler, &cloud, &*function.store);
    let handler = service_fn(|event: LambdaEvent<Event>| handle(event.payload, scaler, cloud, store, Timestamp::now()));
    lambda_runtime::run(handler).await.map_err(anyhow::Error::from_boxed)
}

/// The answer tells each decision in its sentence; the whole decision is in the store.
async fn handle(
    event: Event,
    scaler: &Scaler,
    cloud: &dyn WriteCapacity,
    store: &dyn Store,
    now: Timestamp,
) -> anyhow::Result<Answer<String>> {
    let (fleet, unknown) = event.narrow(load_fleet(store).await?);
    let decisions = tick_fleet(scaler, &fleet, cloud, store, now).await;
    let sentences = decisions.into_iter().map(|(id, result)| (id, result.map(|decision| decision.sentence)));
    Ok(Answer::of(sentences.collect(), unknown)?)
}
