//! Edits of the fleet while it is served.

use std::{sync::Arc, time::Duration};

use headroom_store::{MemoryStore, Store};

use super::stage::{Stage, group};
use crate::serve::configuration::{Configuration, Place, Provider};

/// Plays, and puts each fleet into the store so many seconds after the one before.
async fn edited(stage: &Stage, edits: &[(u64, &str)], then_seconds: u64) {
    let ticks = stage.ticks().await;
    let edit = async {
        for (after, fleet) in edits {
            tokio::time::sleep(Duration::from_secs(*after)).await;
            stage.configure(fleet).await;
        }
        stage.end_after(Duration::from_secs(then_seconds)).await;
    };
    tokio::join!(ticks.run(), edit);
}

#[tokio::test(start_paused = true)]
async fn a_new_group_ticks_with_the_next_minute_and_one_that_is_gone_no_more() {
    let stage = Stage::at("12:03:20", &group("web", 60)).await;
    edited(&stage, &[(60, &(group("web", 60) + &group("api", 300))), (60, &group("api", 300))], 60).await;
    assert_eq!(stage.collected("web"), ["12:03:20", "12:04:00", "12:05:00"]);
    assert_eq!(stage.collected("api"), ["12:05:00", "12:06:00"]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_edit_leaves_the_last_good_fleet_and_a_cured_one_counts() {
    let stage = Stage::at("12:03:20", &group("web", 60)).await;
    let foreign = "[[group]]\nid = \"web\"\nprovider = \"aws\"\nauto_scaling_group = \"web\"\n";
    let cured = group("web", 60) + &group("api", 60);
    edited(&stage, &[(60, "[[group]\n"), (60, foreign), (60, &cured)], 60).await;
    assert_eq!(stage.ticked("web"), ["12:03:20", "12:04:00", "12:05:00", "12:06:00", "12:07:00"]);
    assert_eq!(stage.ticked("api"), ["12:07:00"]);
}

async fn opened(text: &str, provider: Provider) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fleet.toml");
    std::fs::write(&path, text).unwrap();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let configuration = Configuration::open(Place::File(path.clone()), store, provider).await;
    let shown = path.display().to_string();
    configuration
        .map(|configuration| configuration.fleet().groups.iter().map(|group| group.id.clone()).collect())
        .map_err(|error| format!("{error:#}").replace(&shown, "fleet.toml"))
}

#[tokio::test]
async fn a_group_that_cannot_be_served_is_refused_with_the_cure() {
    let simulated = "[[group]]\nid = \"web\"\nprovider = \"simulated\"\n";
    assert_eq!(
        opened(simulated, Provider::Aws).await.unwrap_err(),
        "reading `fleet.toml`: group `web` has `provider = \"simulated\"`, and there is no such cloud to set capacity in: write `provider \
         = \"aws\"`, or try it with `--simulate` or `headroom demo`"
    );
    assert_eq!(opened(simulated, Provider::Simulated).await, Ok(vec!["web".to_owned()]));
    let aws = "[[group]]\nid = \"web\"\nauto_scaling_group = \"web-asg\"\n";
    assert_eq!(
        opened(aws, Provider::Simulated).await.unwrap_err(),
        "reading `fleet.toml`: group `web` has `provider = \"aws\"`, and with `--simulate` nothing real is touched: write `provider = \
         \"simulated\"`, or leave `--simulate` out"
    );
    if cfg!(feature = "aws") {
        assert_eq!(opened(aws, Provider::Aws).await, Ok(vec!["web".to_owned()]));
    }
    let error = opened("[[group]]\nid = \"a b\"\n", Provider::Aws).await.unwrap_err();
    assert!(error.starts_with("reading `fleet.toml`: ") && error.contains("use letters, digits"), "{error}");
}

#[tokio::test]
async fn a_store_without_a_fleet_says_where_it_belongs() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let error = Configuration::open(Place::Store, store, Provider::Aws).await.err().unwrap().to_string();
    assert_eq!(error, "the store has no `config/fleet.toml`: store it there, or name a file with `--config`");
}

#[tokio::test]
async fn a_file_that_changes_is_read_again_and_one_that_is_gone_is_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fleet.toml");
    std::fs::write(&path, group("web", 60)).unwrap();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let configuration = Configuration::open(Place::File(path.clone()), store, Provider::Simulated).await.unwrap();
    let ids = async || configuration.refresh().await.groups.iter().map(|group| group.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids().await, ["web"]);
    std::fs::write(&path, group("web", 60) + &group("api", 60)).unwrap();
    assert_eq!(ids().await, ["web", "api"]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(ids().await, ["web", "api"]);
    std::fs::write(&path, group("api", 60)).unwrap();
    assert_eq!(ids().await, ["api"]);
}
