//! `--simulate`: the whole of it, without any cloud.

use reqwest::blocking::Client;
use serde_json::Value;

use crate::process::{Home, Serving, get, nobody};

const SHOPS: &str = "[defaults]\nprovider = \"simulated\"\nmode = \"active\"\n[[group]]\nid = \"web\"\n[[group]]\nid = \"api\"\nstep_seconds = 60\n";

#[test]
fn simulated_groups_tick_at_many_times_real_time_and_a_new_one_joins() {
    let home = Home::with(SHOPS);
    // An hour of the simulation in twenty seconds.
    let options = format!("{} --listen 127.0.0.1:0 --simulate --speed 180 --no-training", home.place());
    let mut serving = Serving::start(&options, &nobody());
    let (url, token) = serving.with_token();
    let lines = |serving: &Serving, group: &str| {
        serving.stdout().lines().filter(|line| line.contains(&format!("  {group}  load ")) && line.contains("in service")).count()
    };
    serving.until("both groups tick", |serving| lines(serving, "web") >= 2 && lines(serving, "api") >= 8);
    let client = Client::new();
    let groups = get(&client, &format!("{url}/api/groups"), Some(&token)).text().unwrap();
    let groups: Value = serde_json::from_str(&groups).unwrap();
    assert_eq!(groups["groups"].as_array().unwrap().len(), 2, "{groups}");

    std::fs::write(home.path("fleet.toml"), "[[group]\n").unwrap();
    serving.until("the broken edit is told", |serving| serving.stderr().contains("the fleet goes on as it was: `web`, `api`"));
    std::fs::write(home.path("fleet.toml"), format!("{SHOPS}[[group]]\nid = \"late\"\n")).unwrap();
    serving.until("the new group ticks", |serving| lines(serving, "late") >= 1);
    let groups: Value = serde_json::from_str(&get(&client, &format!("{url}/api/groups"), Some(&token)).text().unwrap()).unwrap();
    assert_eq!(groups["groups"].as_array().unwrap().len(), 3, "the page shows it");
    assert_eq!(serving.end_with("-INT"), Some(0), "{}", serving.stderr());

    // Started again, it goes on where the simulation had come to.
    let before = lines(&serving, "web");
    let mut again = Serving::start(&options, &nobody());
    again.until("it ticks again", |serving| lines(serving, "web") >= 2);
    assert_eq!(again.end_with("-TERM"), Some(0));
    assert!(before >= 2 && home.store_holds("\"scale_"), "something was decided");
}
