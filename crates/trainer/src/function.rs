//! The daily training as a Lambda function: an event, the groups of the fleet in turn, an answer. The event `{"asked": true}` trains
//! those whose training was asked for.

use std::collections::BTreeMap;

use headroom_aws::{
    emf::MetricLine,
    lambda::{Answer, Event, Function},
};
use headroom_store::{Store, load_calendar, load_fleet};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::Deserialize;
use trainer::{
    Networks, Settings,
    asked::{answer_open, train_asked},
    daily::{Turn, train_fleet},
    group::Plan,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let function = Function::start().await?;
    let (store, name) = (&*function.store, &*function.name);
    let handler = service_fn(|LambdaEvent { payload, context }: LambdaEvent<Wanted>| async move {
        let now = Timestamp::now();
        let deadline = deadline(&context, now)?;
        handle(payload, name, store, Settings::default(), now, &|| deadline.duration_since(Timestamp::now())).await
    });
    lambda_runtime::run(handler).await.map_err(anyhow::Error::from_boxed)
}

/// What wakes the function.
#[derive(Debug, Clone, Default, Deserialize)]
struct Wanted {
    /// Only the trainings that someone asked for; which groups those are, the store knows.
    #[serde(default)]
    asked: bool,
    #[serde(flatten)]
    event: Event,
}

/// The longest that Lambda lets a function run.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);

/// When this invocation ends. Lambda tells a moment; what plays Lambda on a developer's machine may tell one long past (`cargo lambda
/// watch` does), which no invocation can have: then it is the longest there is.
fn deadline(context: &Context, now: Timestamp) -> anyhow::Result<Timestamp> {
    let told = Timestamp::from_millisecond(i64::try_from(context.deadline)?)?;
    Ok(if told > now { told } else { now + LONGEST })
}

async fn handle(
    Wanted { asked, event }: Wanted,
    name: &str,
    store: &dyn Store,
    settings: Settings,
    now: Timestamp,
    time_left: &(dyn Fn() -> SignedDuration + Sync),
) -> anyhow::Result<Answer<Turn>> {
    let fleet = load_fleet(store).await?;
    // A model that knows no events is worse than yesterday's: without the calendar nothing is trained.
    let calendar = load_calendar(store).await?;
    let plan =
        Plan { settings, networks: Networks::WherePaying, command: "trainer-function".to_owned(), even_if_worse: false, now };
    let (results, unknown) = if asked {
        (train_asked(&fleet, &calendar, store, &plan, time_left).await?, BTreeMap::new())
    } else {
        let (fleet, unknown) = event.narrow(fleet);
        let results = train_fleet(&fleet, &calendar, store, &plan, time_left).await;
        answer_open(store, &results, now).await;
        (results, unknown)
    };
    let trained = results.iter().filter(|(_, result)| result.is_ok()).count();
    let counts = [("Groups", trained), ("Failed", results.len() - trained + unknown.len())];
    // The daily run's alone: its alarm misses a day on which nobody trained but on request.
    if !asked {
        MetricLine::new(name, now, &BTreeMap::from(counts)).print();
    }
    Ok(Answer::of(results, unknown)?)
}

#[cfg(test)]
mod tests {
    use headroom_store::{
        Expect, MemoryStore, keys,
        refusing::{Refusing, denied},
        training,
    };

    use super::*;

    async fn store() -> MemoryStore {
        let store = MemoryStore::default();
        let fleet = b"[[group]]\nid = \"web\"\n[[group]]\nid = \"api\"\n";
        store.put(keys::FLEET, fleet, Expect::Anything).await.unwrap();
        store
    }

    async fn answer(event: &str, seconds_left: i64) -> anyhow::Result<serde_json::Value> {
        let (event, now) = (serde_json::from_str(event).unwrap(), Timestamp::from_second(1_780_272_000).unwrap());
        let left = || SignedDuration::from_secs(seconds_left);
        let answer = handle(event, "training", &store().await, Settings::default(), now, &left).await?;
        Ok(serde_json::to_value(answer)?)
    }

    #[tokio::test]
    async fn the_event_says_which_groups_and_a_young_one_is_no_failure() {
        let all = answer("{}", 900).await.unwrap();
        assert_eq!(all["done"].as_object().unwrap().len(), 2, "{all}");
        let some = answer(r#"{"groups": ["web", "www"]}"#, 900).await.unwrap();
        assert_eq!(some["done"].as_object().unwrap().keys().collect::<Vec<_>>(), ["web"]);
        let web = &some["done"]["web"];
        assert_eq!((&web["serves"], &web["version"]), (&false.into(), &serde_json::Value::Null));
        assert!(web["sentence"].as_str().unwrap().contains("too little history"), "{web}");
        assert!(some["failed"]["www"].as_str().unwrap().contains("has no group `www`"), "{some}");
    }

    #[tokio::test]
    async fn without_time_nothing_is_begun_and_the_invocation_fails() {
        let error = answer(r#"{"groups": ["web"]}"#, 100).await.unwrap_err().to_string();
        assert!(error.contains("`web`: there was no time left") && error.contains(r#"{"groups": ["web"]}"#), "{error}");
    }

    #[tokio::test]
    async fn a_broken_calendar_stops_the_run() {
        let store = store().await;
        store.put(keys::CALENDAR, b"{", Expect::Anything).await.unwrap();
        let left = || SignedDuration::from_mins(15);
        let error =
            handle(Wanted::default(), "training", &store, Settings::default(), Timestamp::UNIX_EPOCH, &left).await.unwrap_err();
        assert!(error.to_string().contains(keys::CALENDAR), "{error}");
    }

    #[tokio::test]
    async fn what_was_asked_for_is_trained_and_answered() {
        let store = store().await;
        let now = Timestamp::from_second(1_780_272_000).unwrap();
        training::ask(&store, "web", "anna", now).await.unwrap();
        let run = async || {
            let wanted = serde_json::from_str(r#"{"asked": true}"#).unwrap();
            let left = || SignedDuration::from_mins(15);
            let answer = handle(wanted, "training", &store, Settings::default(), now, &left).await.unwrap();
            serde_json::to_value(answer).unwrap()
        };
        let answer = run().await;
        assert_eq!(answer["done"].as_object().unwrap().keys().collect::<Vec<_>>(), ["web"], "{answer}");
        let done = training::requested(&store, "web").await.unwrap().unwrap().done.unwrap();
        assert_eq!((done.at, done.serves), (now, Some(false)));
        assert!(done.sentence.contains("too little history"), "{}", done.sentence);
        assert_eq!(run().await, serde_json::json!({ "done": {}, "failed": {} }), "nothing is asked for any more");
    }

    #[tokio::test]
    async fn requests_that_cannot_be_listed_are_told_and_the_daily_training_goes_on() {
        let store = store().await;
        let now = Timestamp::from_second(1_780_272_000).unwrap();
        training::ask(&store, "web", "anna", now).await.unwrap();
        let run = async |store: &dyn Store, event: &str| {
            let left = || SignedDuration::from_mins(15);
            handle(serde_json::from_str(event).unwrap(), "training", store, Settings::default(), now, &left).await
        };
        // They may be neither listed nor read nor written.
        let forbidden = Refusing::new(&store, |_, key| key.starts_with("requests/").then(|| denied(key)));
        let daily = run(&forbidden, "{}").await.unwrap();
        assert_eq!(daily.done.keys().collect::<Vec<_>>(), ["api", "web"], "{:?}", daily.failed);
        let told = run(&forbidden, r#"{"asked": true}"#).await.unwrap_err().to_string();
        assert!(told.starts_with("`requests/train/group=`: access denied: allow `s3:"), "{told}");
        assert!(training::requested(&store, "web").await.unwrap().unwrap().is_open());

        let asked = run(&store, r#"{"asked": true}"#).await.unwrap();
        assert_eq!(asked.done.keys().collect::<Vec<_>>(), ["web"]);
        assert!(!training::requested(&store, "web").await.unwrap().unwrap().is_open());
    }

    #[test]
    fn the_deadline_is_lambdas_or_the_longest_there_is() {
        let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let mut context = Context::default();
        for (told, expected) in
            [(1_780_272_000_500, "2026-06-01T00:00:00.5Z"), (600_000, "2026-06-01T00:15:00Z"), (0, "2026-06-01T00:15:00Z")]
        {
            context.deadline = told;
            assert_eq!(deadline(&context, now).unwrap().to_string(), expected);
        }
    }
}
