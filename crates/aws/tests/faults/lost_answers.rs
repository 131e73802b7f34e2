//! Writes that are done and whose answers do not come: the SDK sends them again, and a store that compares and swaps then
//! refuses them because of themselves.

use std::sync::Arc;

use headroom_aws::Aws;
use headroom_core::Observation;
use headroom_store::{Expect, Store, StoreError, contract, controls, history, journal, keys, models, update};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::scripted::{Answer, BUCKET, Fault, Operation, Scripted, Stored};

async fn store() -> (Scripted, Arc<dyn Store>) {
    let aws = Scripted::start().await;
    let store = Aws::with_config(aws.config()).open_store(&format!("s3://{BUCKET}")).unwrap();
    (aws, store)
}

fn lost() -> Fault {
    Fault::done(Answer::CutBefore)
}

/// Every write is done and its first answer lost.
fn every_answer_is_lost_once(operation: Operation, _: u64) -> Option<Fault> {
    (operation == Operation::PutObject).then(lost)
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_ours() {
    let (aws, store) = store().await;
    aws.next(Operation::PutObject, lost());
    let first = store.put("k", b"1", Expect::Absent).await.unwrap();
    assert_eq!(store.get("k").await.unwrap().unwrap().version, first);
    aws.next(Operation::PutObject, lost());
    aws.next(Operation::PutObject, Fault::undone(Answer::CutBefore));
    let second = store.put("k", b"2", Expect::Version(first)).await.unwrap();
    let object = store.get("k").await.unwrap().unwrap();
    assert_eq!((object.bytes.as_slice(), object.version), (&b"2"[..], second));
    assert_eq!(aws.kept(|kept| kept.objects["k"].writes), 2);
}

#[tokio::test]
async fn the_same_bytes_of_another_writer_are_not_ours() {
    let (aws, store) = store().await;
    aws.kept(|kept| kept.objects.insert("k".to_owned(), Stored::new(b"1")));
    let error = store.put("k", b"1", Expect::Absent).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    // One that came later has replaced ours.
    let version = store.put("new", b"1", Expect::Absent).await.unwrap();
    store.put("new", b"2", Expect::Version(version)).await.unwrap();
    let error = store.put("new", b"1", Expect::Absent).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
}

#[tokio::test]
async fn whether_a_refused_write_was_ours_is_never_guessed() {
    let (aws, store) = store().await;
    aws.next(Operation::PutObject, lost());
    aws.always(Operation::HeadObject, Fault::undone(Answer::Refused(503, "SlowDown", "")));
    let error = store.put("k", b"1", Expect::Absent).await.unwrap_err();
    assert!(matches!(error, StoreError::Other { .. }), "neither written nor a conflict, as far as is known: {error}");
}

#[tokio::test]
async fn an_update_is_done_once() {
    let (aws, store) = store().await;
    aws.trouble(every_answer_is_lost_once);
    for round in 1..=20_u32 {
        let change = |bytes: Option<&[u8]>| Ok(Some([bytes.unwrap_or_default(), b"x"].concat()));
        assert!(update(&*store, "k", change).await.unwrap(), "round {round}: it was written");
    }
    assert_eq!(aws.kept(|kept| (kept.objects["k"].bytes.len(), kept.objects["k"].writes)), (20, 20));
}

#[tokio::test]
async fn rows_that_were_added_are_counted_once() {
    let (aws, store) = store().await;
    aws.trouble(every_answer_is_lost_once);
    for step in 0..12 {
        let row = Observation { cpu_utilization: Some(1.0), ..Observation::at(Timestamp::from_second(step * 300).unwrap()) };
        let merged = history::merge(&*store, "web", &[row]).await.unwrap();
        assert_eq!((merged.rows_added, merged.rows_changed), (1, 0), "step {step}");
    }
    let rows = history::read(&*store, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap();
    assert_eq!(rows.len(), 12);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Note {
    tick: Timestamp,
}

#[tokio::test]
async fn a_record_is_one_line() {
    let (aws, store) = store().await;
    aws.trouble(every_answer_is_lost_once);
    let notes: Vec<Note> = (0..12).map(|step| Note { tick: Timestamp::from_second(step * 300).unwrap() }).collect();
    for note in &notes {
        let key = keys::decisions("web", keys::day(note.tick));
        journal::record(&*store, &key, note, |note| note.tick.to_string()).await.unwrap();
    }
    let read = journal::read_days::<Note>(&*store, keys::decisions, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap();
    assert_eq!(read, notes);
}

#[tokio::test]
async fn a_model_is_published_and_rolled_back_once() {
    let (aws, store) = store().await;
    aws.trouble(every_answer_is_lost_once);
    for version in ["v1", "v2", "v3"] {
        models::publish(&*store, "web", version, version.as_bytes(), b"{}").await.unwrap();
    }
    let current = models::rollback(&*store, "web").await.unwrap();
    assert_eq!((current.version.as_str(), current.previous), ("v2", vec!["v1".to_owned()]));
    assert_eq!(models::current(&*store, "web").await.unwrap().unwrap().version, "v2");
}

#[tokio::test]
async fn an_operator_is_told_what_he_did() {
    let (aws, store) = store().await;
    aws.trouble(every_answer_is_lost_once);
    for round in 0..4 {
        let stop = controls::Stop { at: Timestamp::UNIX_EPOCH, by: format!("ops {round}"), why: "an incident".to_owned() };
        let before = controls::stop(&*store, Some("web"), &stop).await.unwrap();
        assert_eq!(before, None, "nobody had thrown it before");
        assert_eq!(controls::resume(&*store, Some("web")).await.unwrap(), Some(stop));
    }
}

/// Every third call is throttled, fails or is cut. Nothing that is lost is done: where another writer has gone on from it
/// meanwhile, nobody can tell any more, and the contract counts.
fn a_bad_day(_: Operation, count: u64) -> Option<Fault> {
    match count % 9 {
        0 => Some(Fault::undone(Answer::Refused(503, "SlowDown", "Please reduce your request rate."))),
        3 => Some(Fault::undone(Answer::CutBefore)),
        6 => Some(Fault::undone(Answer::Refused(500, "InternalError", "Try again."))),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_of_a_store_holds_on_a_bad_day() {
    let (aws, store) = store().await;
    aws.trouble(a_bad_day);
    contract::check(&*store).await;
}
