//! Trainings that someone asked for: each is taken in, made, and answered.

use headroom_core::{Calendar, Fleet, fleet::Mode};
use headroom_store::{
    Store, StoreError,
    training::{Done, Request, finish, open_requests},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    daily::{Turn, may_begin, train_in_time},
    group::{GroupError, Plan},
};

/// Trains the groups whose training was asked for, the one that was asked for first before the others, and says in each request what
/// came of it, an error too. Each group's id and what came of it; a group that fails stops no other, and its failure is logged here.
/// `plan` and `time_left` are those of [`crate::daily::train_fleet`]; what there is no time to begin stays asked for. The calling
/// thread does the work, so whatever else runs on it waits.
///
/// # Errors
/// Where the requests cannot be listed or read.
pub async fn train_asked(
    fleet: &Fleet,
    calendar: &Calendar,
    store: &dyn Store,
    plan: &Plan,
    time_left: &(dyn Fn() -> SignedDuration + Sync),
) -> Result<Vec<(String, Result<Turn, GroupError>)>, StoreError> {
    let at_start = time_left();
    let mut results = Vec::new();
    for (id, request) in open_requests(store).await? {
        if !may_begin(time_left()) {
            results.push((id.clone(), Err(GroupError::OutOfTime { group: id })));
            continue;
        }
        let turn = match fleet.group(&id).filter(|group| group.mode != Mode::Off) {
            Some(group) => train_in_time(group, calendar, store, plan, time_left).await,
            None => Err(GroupError::NotInFleet { group: id.clone() }),
        };
        // The run has gone on so long since the plan was made.
        let at = plan.now + (at_start - time_left()).max(SignedDuration::ZERO);
        answer(store, &id, &request, &turn, at).await;
        results.push((id, turn));
    }
    Ok(results)
}

/// Says in the requests that are open what came of a run that trained for another reason, as the daily one does: whoever asked has
/// what they asked for. What there was no time to begin stays asked for, and so does everything where the requests cannot be listed or
/// read: that is logged here, and takes nothing from the run. `at` is when the run was over.
pub async fn answer_open(store: &dyn Store, results: &[(String, Result<Turn, GroupError>)], at: Timestamp) {
    let open = open_requests(store).await.unwrap_or_else(|error| {
        tracing::error!(%error, "trainings that were asked for cannot be looked up, so they go on being asked for: {error}");
        Vec::new()
    });
    for (id, request) in open {
        let turn = results.iter().find(|(trained, _)| *trained == id).map(|(_, turn)| turn);
        if let Some(turn) = turn.filter(|turn| !matches!(turn, Err(GroupError::OutOfTime { .. }))) {
            answer(store, &id, &request, turn, at).await;
        }
    }
}

async fn answer(store: &dyn Store, id: &str, request: &Request, turn: &Result<Turn, GroupError>, at: Timestamp) {
    let done = match turn {
        Ok(Turn { serves, sentence, .. }) => Done { at, serves: Some(*serves), sentence: sentence.clone() },
        Err(error) => Done { at, serves: None, sentence: format!("group `{id}` was not trained: {error}") },
    };
    match turn {
        Ok(turn) => tracing::info!(group = %id, serves = turn.serves, by = %request.by, "{}", turn.sentence),
        Err(GroupError::Panicked { .. }) => tracing::error!(group = %id, by = %request.by, "{}", done.sentence),
        Err(_) => tracing::warn!(group = %id, by = %request.by, "{}", done.sentence),
    }
    if let Err(error) = finish(store, id, request.asked_at, &done).await {
        tracing::warn!(group = %id, %error, "group `{id}`: what came of the training cannot be stored, so it goes on being asked for");
    }
}

#[cfg(test)]
mod tests {
    use headroom_store::{MemoryStore, training};

    use super::*;

    #[tokio::test]
    async fn a_run_for_another_reason_answers_what_it_trained() {
        let (store, noon) = (MemoryStore::default(), Timestamp::from_second(1_780_272_000).unwrap());
        for group in ["web", "api", "batch"] {
            training::ask(&store, group, "anna", noon).await.unwrap();
        }
        let turn = Turn { serves: true, version: Some("v2".to_owned()), sentence: "a new model serves".to_owned() };
        let out_of_time = GroupError::OutOfTime { group: "api".to_owned() };
        let results = [("web".to_owned(), Ok(turn)), ("api".to_owned(), Err(out_of_time))];
        answer_open(&store, &results, noon + SignedDuration::from_mins(3)).await;
        let open: Vec<String> = open_requests(&store).await.unwrap().into_iter().map(|(group, _)| group).collect();
        assert_eq!(open.len(), 2, "{open:?}");
        let done = training::requested(&store, "web").await.unwrap().unwrap().done.unwrap();
        assert_eq!((done.serves, done.sentence.as_str()), (Some(true), "a new model serves"));
    }
}
