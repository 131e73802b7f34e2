//! What the three Lambda functions share: their start, the event that wakes them, and their answer.
//!
//! This is the outermost layer, where the environment is read, once, at the start:
//!
//! | variable | |
//! | --- | --- |
//! | `HEADROOM_STORE` | the store's URL, such as `s3://bucket/prefix` |
//! | `AWS_LAMBDA_LOG_LEVEL` | what is logged: `TRACE` to `ERROR`, or a filter of `tracing-subscriber`; `INFO` by default |
//! | `AWS_LAMBDA_FUNCTION_NAME` | set by Lambda: what this function's metrics are found under |
//! | what every tool of AWS reads | region, credentials |

use std::{collections::BTreeMap, env, error::Error, sync::Arc};

use headroom_core::Fleet;
use headroom_store::{Store, StoreError, keys};
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use crate::{Aws, fault::chain};

/// Names the store.
const STORE: &str = "HEADROOM_STORE";

/// What a function has while it is warm.
pub struct Function {
    /// The account that it runs in.
    pub aws: Aws,
    /// The store that `HEADROOM_STORE` names.
    pub store: Arc<dyn Store>,
    /// What it is called in its account.
    pub name: String,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Function").field("aws", &self.aws).finish_non_exhaustive()
    }
}

impl Function {
    /// Starts the logs, a JSON object a line, and opens the account and the store.
    ///
    /// # Errors
    /// [`StoreError`] where `HEADROOM_STORE` is not set or names no store.
    pub async fn start() -> Result<Self, StoreError> {
        let level = env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
        let logs = tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false).with_ansi(false);
        // Logs that were started already stay as they are.
        let _ = logs.with_env_filter(EnvFilter::new(level)).try_init();
        let url = store_url(env::var(STORE).ok())?;
        let aws = Aws::connect().await;
        let store = aws.open_store(&url)?;
        let name = env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|_| "headroom".to_owned());
        Ok(Self { aws, store, name })
    }
}

fn store_url(value: Option<String>) -> Result<String, StoreError> {
    value.filter(|url| !url.is_empty()).ok_or_else(|| {
        let message = "the environment variable is not set: give it the store's URL, such as s3://bucket/prefix".to_owned();
        StoreError::Other { key: STORE.to_owned(), message }
    })
}

/// What wakes a function. Whatever else it holds, as the events of a schedule do, is not read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// The groups to handle; the whole fleet where it names none.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
}

impl Event {
    /// The groups of `fleet` that the event asks for, and what is wrong with those that the fleet does not have.
    #[must_use]
    pub fn narrow(&self, mut fleet: Fleet) -> (Fleet, BTreeMap<String, String>) {
        let wanted = self.groups.as_deref().unwrap_or_default();
        if wanted.is_empty() {
            return (fleet, BTreeMap::new());
        }
        let unknown = |id: &&String| fleet.group(id).is_none();
        let cure = |id: &String| (id.clone(), format!("`{}` has no group `{id}`: correct the event or the fleet", keys::FLEET));
        let unknown = wanted.iter().filter(unknown).map(cure).collect();
        fleet.groups.retain(|group| wanted.contains(&group.id));
        (fleet, unknown)
    }
}

/// What came of each group, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer<T> {
    /// What was done.
    pub done: BTreeMap<String, T>,
    /// What went wrong.
    pub failed: BTreeMap<String, String>,
}

/// No group could be handled: the invocation has failed, so that alarms and retries see it.
#[derive(Debug, thiserror::Error)]
#[error("no group could be handled: {}", .0.iter().map(|(id, line)| format!("`{id}`: {line}")).collect::<Vec<_>>().join("; "))]
pub struct AllFailed(pub BTreeMap<String, String>);

impl<T> Answer<T> {
    /// The answer to what came of some groups, and to what failed before.
    ///
    /// # Errors
    /// [`AllFailed`] where there were groups and none of them was handled.
    pub fn of<E>(results: Vec<(String, Result<T, E>)>, mut failed: BTreeMap<String, String>) -> Result<Self, AllFailed>
    where
        E: Error + 'static,
    {
        let mut done = BTreeMap::new();
        for (id, result) in results {
            match result {
                Ok(value) => drop(done.insert(id, value)),
                Err(error) => drop(failed.insert(id, chain(&error))),
            }
        }
        if done.is_empty() && !failed.is_empty() { Err(AllFailed(failed)) } else { Ok(Self { done, failed }) }
    }
}

#[cfg(test)]
mod tests {
    use headroom_core::Group;

    use super::*;

    fn fleet() -> Fleet {
        Fleet { groups: ["web", "api", "batch"].map(Group::simulated).into() }
    }

    fn narrowed(event: &str) -> (Vec<String>, Vec<String>) {
        let (fleet, unknown) = serde_json::from_str::<Event>(event).unwrap().narrow(fleet());
        (fleet.groups.into_iter().map(|group| group.id).collect(), unknown.into_values().collect())
    }

    #[test]
    fn an_event_narrows_the_fleet_or_means_all_of_it() {
        let all = ["web", "api", "batch"].map(str::to_owned).to_vec();
        for whole in ["{}", r#"{"groups": []}"#, r#"{"groups": null}"#, r#"{"source": "aws.events", "detail": {}}"#] {
            assert_eq!(narrowed(whole), (all.clone(), vec![]), "{whole}");
        }
        let some = (vec!["web".to_owned(), "batch".to_owned()], vec![]);
        assert_eq!(narrowed(r#"{"groups": ["batch", "web", "batch"]}"#), some);
        let unknown = "`config/fleet.toml` has no group `www`: correct the event or the fleet".to_owned();
        assert_eq!(narrowed(r#"{"groups": ["www", "api"]}"#), (vec!["api".to_owned()], vec![unknown]));
        serde_json::from_str::<Event>(r#"{"groups": "web"}"#).unwrap_err();
    }

    fn result(id: &str, works: bool) -> (String, Result<u32, StoreError>) {
        (id.to_owned(), if works { Ok(1) } else { Err(StoreError::Conflict { key: "k".to_owned() }) })
    }

    #[test]
    fn some_failures_are_listed_and_all_failures_fail() {
        let answer = Answer::of(vec![result("web", true), result("api", false)], BTreeMap::new()).unwrap();
        let conflict = "`k` was changed by another writer: read it again and try again";
        let expected = serde_json::json!({"done": {"web": 1}, "failed": {"api": conflict}});
        assert_eq!(serde_json::to_value(answer).unwrap(), expected);

        let unknown = BTreeMap::from([("www".to_owned(), "not there".to_owned())]);
        let error = Answer::of(vec![result("api", false)], unknown).unwrap_err();
        assert_eq!(error.to_string(), format!("no group could be handled: `api`: {conflict}; `www`: not there"));
        let nothing = Answer::of(Vec::<(String, Result<u32, StoreError>)>::new(), BTreeMap::new()).unwrap();
        assert!(nothing.done.is_empty(), "a fleet that is off has nothing to do");
    }

    #[test]
    fn a_missing_store_is_named() {
        for missing in [None, Some(String::new())] {
            let error = store_url(missing).unwrap_err().to_string();
            assert!(error.starts_with("`HEADROOM_STORE`: ") && error.contains("such as s3://bucket/prefix"), "{error}");
        }
    }
}
