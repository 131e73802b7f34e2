//! What operators want of scalers that run: that they stop writing, answers to decisions that wait for one, another mode, and
//! instances for a while. It acts at the next tick, without a deploy.

mod effective;
mod orders;

use headroom_core::{Action, reason::Scope};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use effective::effective;
pub use orders::{Allocation, ModeOverride, allocate, clear_mode, release, set_mode};

use crate::{Store, StoreError, keys, update};

/// That nothing may be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Since when.
    pub at: Timestamp,
    /// Who stopped it.
    pub by: String,
    /// Why.
    pub why: String,
}

/// What an operator says to a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Carry it out.
    Approved,
    /// Leave it, and anything that goes further.
    Rejected,
}

/// An operator's answer to one proposal. It names the proposal whole, so that it never counts for another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The tick that made the proposal.
    pub tick: Timestamp,
    /// Which way it goes.
    pub action: Action,
    /// Instances that it asks for.
    pub desired: u32,
    /// The answer.
    pub verdict: Verdict,
    /// When it was given.
    pub at: Timestamp,
    /// Who gave it.
    pub by: String,
}

/// What operators want of one group (`control/group=<id>.json`), or of the whole fleet (`control/fleet.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Version of this object's form.
    pub format: u32,
    /// The kill switch: thrown while it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// The last answer to a proposal of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// Another mode than the configured one. Of a group only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ModeOverride>,
    /// At least so many instances for a while. Of a group only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation: Option<Allocation>,
}

impl Control {
    /// The present form of the object.
    pub const FORMAT: u32 = 1;

    /// That nobody wants anything.
    #[must_use]
    pub fn none() -> Self {
        Self { format: Self::FORMAT, stop: None, answer: None, mode: None, allocation: None }
    }
}

fn key_of(group: Option<&str>) -> String {
    group.map_or_else(|| keys::FLEET_CONTROL.to_owned(), keys::group_control)
}

/// What operators want of `group`, or of the fleet.
///
/// # Errors
/// [`StoreError::Corrupt`] where the object cannot be read, with the cure; else what the store returns. Whoever asks for the
/// kill switch takes every error as a switch that was thrown.
pub async fn read(store: &dyn Store, group: Option<&str>) -> Result<Control, StoreError> {
    let key = key_of(group);
    store.get(&key).await?.map_or(Ok(Control::none()), |object| parse(&key, &object.bytes))
}

/// The kill switch that holds for `group`, where one was thrown: the fleet's before the group's own.
///
/// # Errors
/// Those of [`read`], unless the switch that can be read was thrown.
pub async fn kill_switch(store: &dyn Store, group: &str) -> Result<Option<(Scope, Stop)>, StoreError> {
    let (fleet, group) = futures_util::future::join(read(store, None), read(store, Some(group))).await;
    let thrown = |control: &Result<Control, StoreError>| control.as_ref().ok().and_then(|control| control.stop.clone());
    if let Some(stop) = thrown(&fleet) {
        return Ok(Some((Scope::Fleet, stop)));
    }
    if let Some(stop) = thrown(&group) {
        return Ok(Some((Scope::Group, stop)));
    }
    fleet.and(group).map(|_| None)
}

/// Throws the kill switch of `group`, or of the fleet. Where it was thrown before, it stays as it was, and that is what comes
/// back. A control object that cannot be read is replaced, with whatever orders it held: nothing keeps an operator from stopping.
///
/// # Errors
/// What the store returns.
pub async fn stop(store: &dyn Store, group: Option<&str>, stop: &Stop) -> Result<Option<Stop>, StoreError> {
    let key = key_of(group);
    let mut earlier = None;
    update(store, &key, |bytes| {
        let control = bytes.and_then(|bytes| parse(&key, bytes).ok()).unwrap_or_else(Control::none);
        earlier.clone_from(&control.stop);
        if earlier.is_some() {
            return Ok(None);
        }
        written(&key, &Control { stop: Some(stop.clone()), ..control })
    })
    .await?;
    Ok(earlier)
}

/// Takes the kill switch of `group`, or of the fleet, back. What was in force comes back; none where it was not thrown.
///
/// # Errors
/// Those of [`read`].
pub async fn resume(store: &dyn Store, group: Option<&str>) -> Result<Option<Stop>, StoreError> {
    Ok(changed(store, group, |control| control.stop.take()).await?.1)
}

/// Stores an operator's answer to a proposal of `group`, in place of an earlier one. The next tick takes it in if that
/// proposal still stands then.
///
/// # Errors
/// Those of [`read`].
pub async fn answer(store: &dyn Store, group: &str, answer: &Answer) -> Result<(), StoreError> {
    changed(store, Some(group), |control| control.answer = Some(answer.clone())).await?;
    Ok(())
}

/// Changes the control of `group`, or of the fleet: as it is then, and what `change` gave. What `change` leaves as it was is not
/// written.
async fn changed<T>(
    store: &dyn Store,
    group: Option<&str>,
    mut change: impl FnMut(&mut Control) -> T,
) -> Result<(Control, T), StoreError> {
    let key = key_of(group);
    let mut result = None;
    update(store, &key, |bytes| {
        let before = bytes.map_or(Ok(Control::none()), |bytes| parse(&key, bytes))?;
        let mut control = before.clone();
        let given = change(&mut control);
        let bytes = if control == before { None } else { written(&key, &control)? };
        result = Some((control, given));
        Ok(bytes)
    })
    .await?;
    Ok(result.expect("an update that succeeds has called its change"))
}

fn parse(key: &str, bytes: &[u8]) -> Result<Control, StoreError> {
    let corrupt = |problem: String| {
        let cure = "throw the kill switch anew with `headroom stop`, then take it back with `headroom resume`";
        StoreError::Corrupt { key: key.to_owned(), message: format!("{problem}: {cure}") }
    };
    let control: Control = serde_json::from_slice(bytes).map_err(|error| corrupt(error.to_string()))?;
    if control.format != Control::FORMAT {
        return Err(corrupt(format!("it has format {}, and this version reads format {}", control.format, Control::FORMAT)));
    }
    Ok(control)
}

fn written(key: &str, control: &Control) -> Result<Option<Vec<u8>>, StoreError> {
    let bytes = serde_json::to_vec_pretty(control)
        .map_err(|error| StoreError::Other { key: key.to_owned(), message: format!("writing JSON: {error}") })?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Expect, MemoryStore};

    fn thrown(by: &str) -> Stop {
        Stop { at: "2026-11-27T12:00:00Z".parse().unwrap(), by: by.to_owned(), why: "an incident".to_owned() }
    }

    fn approval() -> Answer {
        let tick = "2026-11-27T11:55:00Z".parse().unwrap();
        Answer { tick, action: Action::ScaleIn, desired: 4, verdict: Verdict::Approved, at: thrown("").at, by: "ops".to_owned() }
    }

    #[tokio::test]
    async fn the_fleets_switch_counts_before_the_groups_own() {
        let store = MemoryStore::default();
        let switch = async || kill_switch(&store, "web").await.unwrap();
        assert_eq!(switch().await, None);
        stop(&store, Some("web"), &thrown("one")).await.unwrap();
        assert_eq!(switch().await, Some((Scope::Group, thrown("one"))));
        assert_eq!(kill_switch(&store, "api").await.unwrap(), None);
        stop(&store, None, &thrown("two")).await.unwrap();
        assert_eq!(switch().await, Some((Scope::Fleet, thrown("two"))));
        assert_eq!(kill_switch(&store, "api").await.unwrap(), Some((Scope::Fleet, thrown("two"))));
        assert_eq!(store.list("").await.unwrap(), ["control/fleet.json", "control/group=web.json"]);
        resume(&store, None).await.unwrap();
        assert_eq!(switch().await, Some((Scope::Group, thrown("one"))), "each is taken back by itself");
    }

    #[tokio::test]
    async fn who_stopped_first_stays_on_record() {
        let store = MemoryStore::default();
        assert_eq!(stop(&store, None, &thrown("one")).await.unwrap(), None);
        assert_eq!(stop(&store, None, &thrown("two")).await.unwrap(), Some(thrown("one")));
        assert_eq!(resume(&store, None).await.unwrap(), Some(thrown("one")));
        assert_eq!(resume(&store, None).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_answer_and_the_switch_leave_each_other_alone() {
        let store = MemoryStore::default();
        answer(&store, "web", &approval()).await.unwrap();
        stop(&store, Some("web"), &thrown("one")).await.unwrap();
        resume(&store, Some("web")).await.unwrap();
        stop(&store, Some("web"), &thrown("two")).await.unwrap();
        let rejection = Answer { verdict: Verdict::Rejected, ..approval() };
        answer(&store, "web", &rejection).await.unwrap();
        let control = read(&store, Some("web")).await.unwrap();
        assert_eq!(control, Control { stop: Some(thrown("two")), answer: Some(rejection), ..Control::none() });
    }

    #[tokio::test]
    async fn what_an_older_version_stored_is_read() {
        let store = MemoryStore::default();
        let older = br#"{"format":1,"stop":{"at":"2026-11-27T12:00:00Z","by":"one","why":"an incident"}}"#;
        store.put("control/group=web.json", older, Expect::Absent).await.unwrap();
        let control = read(&store, Some("web")).await.unwrap();
        assert_eq!(control, Control { stop: Some(thrown("one")), ..Control::none() });
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_an_error_until_someone_stops() {
        for bytes in [&b"{"[..], b"", br#"{"format":2}"#, br#"{"stop":null}"#] {
            let store = MemoryStore::default();
            store.put("control/group=web.json", bytes, Expect::Absent).await.unwrap();
            for error in [
                kill_switch(&store, "web").await.unwrap_err(),
                resume(&store, Some("web")).await.unwrap_err(),
                answer(&store, "web", &approval()).await.unwrap_err(),
            ] {
                assert!(matches!(error, StoreError::Corrupt { .. }));
                let error = error.to_string();
                assert!(error.contains("`control/group=web.json`") && error.contains("`headroom stop`"), "{error}");
            }
            stop(&store, None, &thrown("fleet")).await.unwrap();
            assert_eq!(kill_switch(&store, "web").await.unwrap(), Some((Scope::Fleet, thrown("fleet"))), "one is enough");
            stop(&store, Some("web"), &thrown("one")).await.unwrap();
            resume(&store, None).await.unwrap();
            assert_eq!(kill_switch(&store, "web").await.unwrap(), Some((Scope::Group, thrown("one"))));
        }
    }
}
