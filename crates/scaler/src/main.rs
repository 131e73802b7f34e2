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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use headroom_core::{
        Group,
        ports::{CapacityState, PortError, ReadCapacity},
    };
    use headroom_store::{
        Expect, MemoryStore, keys,
        refusing::{Refusing, denied},
    };

    use super::*;

    /// A cloud that counts how often it is asked anything.
    #[derive(Default)]
    struct Cloud {
        asked: AtomicUsize,
    }

    #[async_trait]
    impl ReadCapacity for Cloud {
        async fn describe(&self, _: &Group) -> Result<CapacityState, PortError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            Ok(CapacityState { desired: 4, min: 1, max: 9, in_service: 4, pending: 0, unit: 1 })
        }
    }

    #[async_trait]
    impl WriteCapacity for Cloud {
        async fn set_desired(&self, _: &Group, _: u32) -> Result<(), PortError> {
            panic!("nothing was measured, so nothing changes")
        }

        async fn set_minimum(&self, _: &Group, _: u32) -> Result<(), PortError> {
            panic!("nothing was measured, so nothing changes")
        }
    }

    #[tokio::test]
    async fn with_a_broken_fleet_the_invocation_fails_and_the_next_with_a_good_one_works() {
        let (scaler, store, cloud) = (Scaler::default(), MemoryStore::default(), Cloud::default());
        let run = async |store: &dyn Store| {
            let now = "2026-11-27T12:01:00Z".parse().unwrap();
            handle(Event::default(), "scaler", &scaler, &cloud, store, now).await
        };
        let fails = async |store: &dyn Store, part: &str| {
            let before = store.list("").await.unwrap();
            let error = run(store).await.unwrap_err().to_string();
            assert!(error.contains(keys::FLEET) && error.contains(part), "{error}");
            assert_eq!(store.list("").await.unwrap(), before, "nothing is stored");
        };
        let put = async |text: &str| drop(store.put(keys::FLEET, text.as_bytes(), Expect::Anything).await.unwrap());
        fails(&store, "there is no fleet").await;
        put("[[group]]\nid = web\n").await;
        fails(&store, "line 2").await;
        put("[[group]]\nid = \"web\"\nprovider = \"simulated\"\nmode = \"active\"\n").await;
        fails(&Refusing::new(&store, |_, key| (key == keys::FLEET).then(|| denied(key))), "allow `s3:GetObject`").await;
        assert_eq!(cloud.asked.load(Ordering::Relaxed), 0);

        let answer = run(&store).await.unwrap();
        assert_eq!(answer.done.keys().collect::<Vec<_>>(), ["web"]);
        assert!(store.list("").await.unwrap().iter().any(|key| key.starts_with("decisions/group=web/")));
    }
}
