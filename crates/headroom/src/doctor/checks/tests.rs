//! Each check on facts that it must tell apart.

use std::path::Path;

use headroom_core::{
    Calendar, Forecast, Group, Observation,
    fleet::Mode,
    forecast::{HORIZON, ModelName, Outlook},
    quantiles::Quantiles,
};
use headroom_store::{StoreError, controls::Control};
use jiff::{SignedDuration, Timestamp};
use scaler::{GroupState, default_model};
use serde_json::{Value, json};

use super::*;
use crate::doctor::{facts::Record, finding::Severity};

fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

const COMMANDS: Commands<'_> = Commands { config: None, store: "s3://bucket/headroom" };

fn web() -> Group {
    Group { provider: "aws".to_owned(), mode: Mode::Active, ..Group::simulated("web") }
}

/// The only finding, as severity, what and cure.
fn only(findings: impl IntoIterator<Item = Finding>) -> (Severity, String, String) {
    let findings: Vec<Finding> = findings.into_iter().collect();
    let [Finding { severity, what, cure, .. }] = &findings[..] else { panic!("one finding, not {findings:#?}") };
    (*severity, what.clone(), cure.clone().unwrap_or_default())
}

#[track_caller]
fn told(findings: impl IntoIterator<Item = Finding>, severity: Severity, what: &str, cure: &str) {
    let (found, said, command) = only(findings);
    assert_eq!(found, severity, "{said}");
    assert!(said.contains(what), "no `{what}`: {said}");
    assert!(command.contains(cure) && command.is_empty() == cure.is_empty(), "no `{cure}`: {command}");
}

fn denied() -> StoreError {
    StoreError::Denied { key: "k".to_owned(), message: "not for you".to_owned() }
}

fn facts() -> Facts {
    Facts {
        now: now(),
        stored_fleet: Ok(Some(fleet())),
        writable: vec![("history".to_owned(), Ok(())), ("state".to_owned(), Ok(()))],
        calendar: Ok(Calendar::default()),
        control: control(json!({})),
        orders: Ok(3),
    }
}

fn fleet() -> Fleet {
    Fleet { groups: vec![web()] }
}

fn control(more: Value) -> Result<Control, StoreError> {
    let mut whole = json!({"format": 1});
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Ok(serde_json::from_value(whole).unwrap())
}

fn state(more: Value) -> Result<GroupState, StoreError> {
    let mut whole = json!({"format": 1, "last": null, "expected": [], "errors": []});
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Ok(serde_json::from_value(whole).unwrap())
}

/// A decision of so many minutes ago.
fn decided(minutes: i64, outcome: Value, alarm: bool) -> Value {
    let at = now() - SignedDuration::from_mins(minutes);
    json!({"last": {
        "format": 1, "group": "web", "tick": at, "at": at, "mode": "active", "policy": "headroom",
        "before": {"desired": 4, "min": 1, "max": 9, "in_service": 4, "pending": 0},
        "required": 4, "desired": 4, "action": "hold", "load": null, "alarm": alarm, "reasons": [], "sentence": "stay at 4",
        "outcome": outcome,
    }})
}

fn unchanged(minutes: i64) -> Value {
    decided(minutes, json!({"kind": "unchanged"}), false)
}

/// Rows of so many days, the newest of which ended so many minutes ago.
fn rows(days: f64, minutes: i64) -> Vec<Observation> {
    let last = now().as_second() - minutes * 60 - 300;
    let count = (days * 288.0) as i64;
    let row = |index: i64| Observation {
        cpu_utilization: Some(50.0),
        in_service_instances: Some(4.0),
        ..Observation::at(Timestamp::from_second(last - 300 * (count - index)).unwrap())
    };
    (0..=count).map(row).collect()
}

fn of_web(group: &Group) -> GroupFacts<'_> {
    GroupFacts {
        group,
        now: now(),
        history: Ok(rows(20.0, 1)),
        model: Ok(None),
        control: control(json!({})),
        state: state(unchanged(2)),
        unreadable: Vec::new(),
    }
}

fn corrupt(key: &str) -> StoreError {
    StoreError::Corrupt { key: key.to_owned(), message: "line 3: no JSON object".to_owned() }
}

#[test]
fn a_healthy_fleet_has_nothing_but_ok() {
    let mut card = default_model().unwrap().1;
    card.created_at = now() - SignedDuration::from_hours(20);
    let group = web();
    let healthy = GroupFacts { model: Ok(Some(card)), ..of_web(&group) };
    let mut findings = of_fleet(&fleet(), &facts(), &COMMANDS);
    findings.extend(of_group(&healthy, &COMMANDS));
    assert!(findings.iter().all(|finding| finding.severity == Severity::Ok), "{findings:#?}");
    let looked_at: Vec<&str> = findings.iter().map(|finding| finding.thing).collect();
    let of_fleet = ["configuration", "store", "audit", "calendar"];
    let of_web = ["mode", "collector", "scaler", "records", "history", "load", "model"];
    assert_eq!(looked_at, [&of_fleet[..], &of_web[..]].concat());
    assert!(findings.iter().skip(4).all(|finding| finding.group.as_deref() == Some("web")));
}

#[test]
fn the_store_must_have_the_fleet_that_was_named() {
    let commands = Commands { config: Some(Path::new("fleet.toml")), ..COMMANDS };
    let check = |stored| fleet::stored(&fleet(), &Facts { stored_fleet: stored, ..facts() }, &commands).into_iter().skip(1);
    assert_eq!(check(Ok(Some(fleet()))).count(), 0);
    let put = "aws s3 cp fleet.toml s3://bucket/headroom/config/fleet.toml";
    told(check(Ok(None)), Severity::Warning, "the store has no `config/fleet.toml`", put);
    let other = Fleet { groups: vec![Group::simulated("web")] };
    told(check(Ok(Some(other))), Severity::Warning, "is another than `fleet.toml`", put);
    told(check(Err(denied())), Severity::Error, "not for you", "");
}

#[test]
fn two_groups_are_not_one_auto_scaling_group() {
    let named = |id: &str, region: &str| Group {
        id: id.to_owned(),
        region: Some(region.to_owned()),
        auto_scaling_group: Some("asg".to_owned()),
        ..web()
    };
    let apart = Fleet { groups: vec![named("a", "eu-west-1"), named("b", "eu-west-2"), web()] };
    assert_eq!(fleet::twins(&apart), []);
    let twins = Fleet { groups: vec![named("a", "eu-west-1"), named("b", "eu-west-1")] };
    told(fleet::twins(&twins), Severity::Error, "`a` and `b` are all the Auto Scaling group `asg`", "");
}

#[test]
fn a_store_that_may_not_be_written_is_told_by_its_parts() {
    let writable = |result| Facts { writable: vec![("history".to_owned(), Ok(())), ("state".to_owned(), result)], ..facts() };
    told([store::writable(&writable(Ok(())))], Severity::Ok, "read and written", "");
    told([store::writable(&writable(Err(denied())))], Severity::Warning, "below `state/`: not for you", "");
    let broken = StoreError::Other { key: "k".to_owned(), message: "no such bucket".to_owned() };
    told([store::writable(&writable(Err(broken)))], Severity::Error, "no such bucket", "");
}

#[test]
fn a_switch_that_was_left_on_is_told_with_the_way_back() {
    let stop = || control(json!({"stop": {"at": now(), "by": "alice", "why": "incident"}}));
    assert_eq!(control::switch(&control(json!({})), None, &COMMANDS), None);
    let fleet = "headroom resume --store s3://bucket/headroom";
    told(
        control::switch(&stop(), None, &COMMANDS),
        Severity::Warning,
        "any group since 26 Nov 12:00 UTC: alice stopped it",
        fleet,
    );
    told(control::switch(&stop(), Some("web"), &COMMANDS), Severity::Warning, "incident", "resume --group web");
    told(control::switch(&Err(denied()), None, &COMMANDS), Severity::Error, "not for you", "headroom stop --store");
}

#[test]
fn orders_beside_the_configuration_are_told() {
    let group = web();
    let order = |mode: &str| json!({"mode": mode, "at": now(), "by": "anna", "why": "a sale"});
    let of = |more: Value| GroupFacts { control: control(more), ..of_web(&group) };
    let watching = of(json!({"mode": order("observe")}));
    told(control::orders(&watching), Severity::Warning, "`observe` since 26 Nov 12:00", "");
    told([mode(&watching)], Severity::Ok, "`observe`: decides and records", "");
    assert_eq!(control::orders(&of(json!({"mode": order("active")}))), [], "that is what the file says");
    let allocated = |until: &str| {
        of(json!({"allocation": {"instances": 6, "until": until, "at": now(), "by": "anna", "why": "a load test"}}))
    };
    let lasting = allocated("2026-11-26T13:00:00Z");
    told(control::orders(&lasting), Severity::Ok, "at least 6 until 26 Nov 13:00", "");
    assert_eq!(control::orders(&allocated("2026-11-26T12:00:00Z")), [], "its time is up");
}

#[test]
fn a_proposal_that_waits_is_told_with_its_time() {
    let group = web();
    let standing = |minutes: i64| {
        let until = now() + SignedDuration::from_mins(minutes);
        let proposal = json!({"tick": now(), "until": until, "action": "scale_in", "before": 9, "desired": 4});
        GroupFacts { state: state(json!({"approvals": {"standing": proposal}})), ..of_web(&group) }
    };
    assert_eq!(control::proposal(&of_web(&group), &COMMANDS), None);
    let cure = "headroom approve --group web --store s3://bucket/headroom";
    let expired = |kind: &str| GroupFacts { state: state(decided(2, json!({"kind": kind}), false)), ..of_web(&group) };
    told(control::unanswered(&expired("expired")), Severity::Warning, "no operator answered the last proposal in time", "");
    assert_eq!(control::unanswered(&expired("unchanged")), None);
    told(
        control::proposal(&standing(20), &COMMANDS),
        Severity::Warning,
        "scale in from 9 to 4 waits for an operator, 20 min",
        cure,
    );
    told(control::proposal(&standing(-20), &COMMANDS), Severity::Warning, "waited for an operator until 26 Nov 11:40", "");
}

#[test]
fn a_collector_that_fell_silent_is_told_by_the_age_of_its_rows() {
    let group = web();
    let collector = |minutes: i64| {
        let facts = GroupFacts { history: Ok(rows(20.0, minutes)), ..of_web(&group) };
        heartbeat::all(&facts, &COMMANDS).into_iter().filter(|finding| finding.thing == "collector")
    };
    told(collector(15), Severity::Ok, "ended 15 min ago", "");
    told(collector(16), Severity::Error, "ended 16 min ago", "aws scheduler list-schedules");
    told(collector(-30), Severity::Error, "ends 30 min from now", "");
    let patient = Group { stale_after_seconds: 3600, ..web() };
    let facts = GroupFacts { history: Ok(rows(20.0, 30)), ..of_web(&patient) };
    told(heartbeat::all(&facts, &COMMANDS).into_iter().take(1), Severity::Warning, "ended 30 min ago", "aws scheduler");
}

#[test]
fn a_scaler_that_fell_silent_is_told_by_the_age_of_its_decision() {
    let check = |group: &Group, more: Value| {
        let facts = GroupFacts { state: state(more), ..of_web(group) };
        heartbeat::all(&facts, &COMMANDS).into_iter().filter(|finding| finding.thing == "scaler").collect::<Vec<_>>()
    };
    let (active, observe) = (web(), Group { mode: Mode::Observe, ..web() });
    told(check(&active, unchanged(15)), Severity::Ok, "decided 15 min ago, at 26 Nov 11:45 UTC", "");
    told(check(&active, unchanged(16)), Severity::Error, "decided 16 min ago", "aws scheduler list-schedules");
    told(check(&active, unchanged(-5)), Severity::Ok, "decided", "");
    told(check(&active, unchanged(-1440)), Severity::Error, "is dated 24 h from now", "");
    told(check(&observe, unchanged(16)), Severity::Warning, "decided 16 min ago", "aws scheduler list-schedules");
    told(check(&active, json!({})), Severity::Error, "has never decided", "aws scheduler list-schedules");
    told(check(&Group { provider: "simulated".to_owned(), ..web() }, json!({})), Severity::Error, "has never decided", "");
    let failed = check(&active, decided(2, json!({"kind": "failed", "error": "AWS said no"}), false));
    told(failed.into_iter().skip(1), Severity::Error, "could not be carried out: AWS said no", "");
    let unreadable = GroupFacts { state: Err(corrupt("state/group=web.json")), ..of_web(&active) };
    let away = "aws s3 mv s3://bucket/headroom/state/group=web.json state-group=web.json";
    told(
        heartbeat::all(&unreadable, &COMMANDS).into_iter().skip(1),
        Severity::Error,
        "`state/group=web.json` cannot be read",
        away,
    );
    let alarmed = check(&active, decided(2, json!({"kind": "unchanged"}), true));
    told(alarmed.into_iter().skip(1), Severity::Error, "raised an alarm: stay at 4", "");
}

/// What is said of the history with these rows.
fn said_of(group: &Group, rows: Vec<Observation>) -> Vec<Finding> {
    history::all(&GroupFacts { history: Ok(rows), ..of_web(group) }, &COMMANDS)
}

#[test]
fn a_history_is_told_by_its_length_and_its_gaps() {
    let import = "trainer import --group web --store s3://bucket/headroom";
    let group = web();
    told(said_of(&group, Vec::new()), Severity::Error, "there is none", import);
    told(said_of(&group, rows(13.9, 1)).into_iter().take(1), Severity::Warning, "13.9 days, since", import);
    told(said_of(&group, rows(14.0, 1)).into_iter().take(1), Severity::Ok, "14.0 days", "");
    let simulated = Group::simulated("web");
    told(said_of(&simulated, Vec::new()), Severity::Error, "there is none", "trainer import --csv FILE.csv --group web");

    let gap = |hours: i64| {
        let (from, to) = (now() - SignedDuration::from_hours(48 + hours), now() - SignedDuration::from_hours(48));
        let mut rows = rows(20.0, 1);
        rows.retain(|row| row.timestamp < from || row.timestamp >= to);
        said_of(&group, rows)
    };
    assert_eq!(gap(6).len(), 2, "six hours of two weeks are below two in a hundred");
    let told_gap = gap(10).remove(1);
    assert_eq!(told_gap.severity, Severity::Warning);
    assert_eq!(
        told_gap.what,
        "3 % of the steps of the last two weeks have no load, the longest gap is 10 h from 24 Nov 02:00 UTC"
    );
    let error = history::all(&GroupFacts { history: Err(denied()), ..of_web(&group) }, &COMMANDS);
    told(error, Severity::Error, "not for you", "");
}

#[test]
fn rows_must_have_what_load_is_told_from() {
    let without = |group: &Group, change: fn(&mut Observation)| {
        let mut rows = rows(20.0, 1);
        // The columns were there until two days ago.
        rows.iter_mut().filter(|row| row.timestamp > now() - SignedDuration::from_hours(48)).for_each(change);
        said_of(group, rows).into_iter().filter(|finding| finding.thing == "load")
    };
    let by_cpu = web();
    told(without(&by_cpu, |_| {}), Severity::Ok, "`cpu_utilization` and `in_service_instances`", "");
    told(without(&by_cpu, |row| row.in_service_instances = None), Severity::Error, "no `in_service_instances`", "");
    told(without(&by_cpu, |row| row.cpu_utilization = None), Severity::Error, "no `cpu_utilization`", "");
    let by_requests = Group { requests_per_instance: Some(100.0), ..web() };
    told(without(&by_requests, |_| {}), Severity::Error, "no `request_count`", "");
    told(without(&by_requests, |row| row.request_count = Some(1.0)), Severity::Ok, "`request_count`", "");
}

#[test]
fn a_model_is_told_by_its_age_and_what_came_of_it() {
    let group = web();
    let train = "trainer train --group web --store s3://bucket/headroom";
    let check = |model, more: Value| model::all(&GroupFacts { model, state: state(more), ..of_web(&group) }, &COMMANDS);
    told(check(Ok(None), json!({})), Severity::Warning, "none was ever trained on this group's own 20.0 days of history", train);
    let untrained = |days| model::all(&GroupFacts { history: Ok(rows(days, 1)), ..of_web(&group) }, &COMMANDS);
    told(untrained(7.0), Severity::Warning, "own 7.0 days of history", train);
    told(untrained(6.9), Severity::Ok, "own 6.9 days of history; 0.1 more make a week", "");
    told(untrained(0.0), Severity::Ok, "own 0.0 days of history; 7.0 more make a week", "");
    let unknown = GroupFacts { history: Err(denied()), ..of_web(&group) };
    told(model::all(&unknown, &COMMANDS), Severity::Warning, "none was trained on this group's own history", "");
    let broken = Err("the card is torn".to_owned());
    told(check(broken, json!({})), Severity::Error, "the card is torn", "trainer rollback --group web");
    let card = |days: i64, predictable: bool| {
        let mut card = default_model().unwrap().1;
        card.created_at = now() - SignedDuration::from_hours(24 * days);
        card.predictable = predictable;
        Ok(Some(card))
    };
    told(check(card(7, true), json!({})), Severity::Ok, "was trained 7 days ago", "");
    told(check(card(8, true), json!({})), Severity::Warning, "was trained 8 days ago, on 18 Nov", train);
    let findings = check(card(1, false), json!({}));
    told(findings.into_iter().skip(1), Severity::Warning, "not predictable", "");
    let demotion = json!({"since": now(), "hours": 24, "mae": 2.0, "reactive_mae": 1.0});
    let findings = check(card(1, true), json!({"feedback": {"demoted": demotion}}));
    told(findings.into_iter().skip(1), Severity::Warning, "demoted since 26 Nov 12:00 UTC", train);
    let drift = json!({"kind": "error_grew", "now": 0.3, "before": 0.1});
    let retraining = json!({"since": now(), "because": {"drifted": drift}});
    let findings = check(card(1, true), json!({"feedback": {"retraining": retraining}}));
    told(findings.into_iter().skip(1), Severity::Warning, "retrain it with `trainer train`", train);
}

#[test]
fn a_calendar_is_told_by_what_is_ahead() {
    let all = |text: &str, fleet: &Fleet| {
        calendar::all(fleet, &Facts { calendar: Ok(Calendar::from_json(text).unwrap()), ..facts() }, &COMMANDS)
    };
    let event = |start: &str, more: &str| {
        format!(r#"{{"events": [{{"name": "sale", "start": "{start}", "duration_minutes": 60{more}}}]}}"#)
    };
    told(all("{}", &fleet()), Severity::Ok, "announces nothing", "");
    told(all(&event("2026-11-27T08:00", ""), &fleet()), Severity::Ok, "next is `sale`, from 27 Nov 08:00", "");
    told(all(&event("2026-11-26T11:30", ""), &fleet()), Severity::Ok, "next is `sale`", "");
    let past = "a calendar in the past: none of its events is still ahead; the last, `sale`, ended 20 Nov 09:00 UTC";
    told(all(&event("2026-11-20T08:00", ""), &fleet()), Severity::Warning, past, "");
    let weekly = event("2026-11-20T08:00", r#", "repeat": "FREQ=WEEKLY""#);
    told(all(&weekly, &fleet()), Severity::Ok, "next is `sale`, from 27 Nov 08:00", "");
    told(all(r#"{"is_sale_active": 1}"#, &fleet()), Severity::Warning, "the legacy form", "");

    let named = event("2026-11-27T08:00", r#", "groups": ["web", "wbe"]"#);
    told(all(&named, &fleet()).into_iter().skip(1), Severity::Warning, "event `sale` names group `wbe`", "");

    let berlin = Group { time_zone: jiff::tz::TimeZone::get("Europe/Berlin").unwrap(), ..web() };
    let in_berlin = Fleet { groups: vec![berlin] };
    let local = all(&event("2026-11-27T08:00", ""), &in_berlin);
    told(local.into_iter().skip(1), Severity::Warning, "the clock of UTC, group `web` lives by Europe/Berlin", "");
    assert_eq!(all(&event("2026-11-27T08:00:00Z", ""), &in_berlin).len(), 1, "that moment has its own zone");

    let unreadable = Facts { calendar: Err(denied()), ..facts() };
    let show = "aws s3 cp s3://bucket/headroom/config/business_calendar.json -";
    told(calendar::all(&fleet(), &unreadable, &COMMANDS), Severity::Error, "not for you", show);
}

/// A decision of two minutes ago that found so many in service and on their way, and so much load.
fn found(in_service: u32, pending: u32, load: f64, more: Value) -> Value {
    let mut whole = unchanged(2);
    let last = whole["last"].as_object_mut().unwrap();
    last["before"] = json!({"desired": 4, "min": 1, "max": 9, "in_service": in_service, "pending": pending});
    last["load"] = json!(load);
    last.extend(more.as_object().unwrap().clone());
    whole
}

fn capacity_of(group: &Group, more: Value) -> Vec<Finding> {
    capacity::all(&GroupFacts { state: state(more), ..of_web(group) }, &COMMANDS)
}

#[test]
fn fewer_instances_than_the_load_takes_are_told_with_what_comes() {
    let group = Group { max_utilization: 0.8, ..web() };
    let (plan, quiet) = ("headroom plan --group web --store s3://bucket/headroom", json!({}));
    let check = |state| capacity_of(&group, state);
    assert_eq!(check(found(4, 0, 3.2, quiet.clone())), [], "just enough");
    let lacking = "3 in service, and the load takes 5: stay at 4";
    told(check(found(3, 0, 4.0, quiet.clone())), Severity::Error, lacking, plan);
    told(check(found(3, 1, 4.0, quiet.clone())), Severity::Error, lacking, plan);
    told(check(found(3, 2, 4.0, quiet.clone())), Severity::Warning, lacking, plan);
    let applied = json!({"desired": 5, "outcome": {"kind": "applied"}});
    told(check(found(3, 0, 4.0, applied)), Severity::Warning, lacking, plan);
    let refused = json!({"desired": 5, "outcome": {"kind": "stopped"}});
    told(check(found(3, 0, 4.0, refused)), Severity::Error, lacking, plan);
    let watched = Group { mode: Mode::Observe, ..group.clone() };
    told(capacity_of(&watched, found(3, 0, 4.0, quiet.clone())), Severity::Warning, lacking, plan);
    let blind = json!({"reasons": [{"kind": "no_metrics"}]});
    assert_eq!(check(found(3, 0, 4.0, blind)), [], "that load is old");
    let long_ago = now() - SignedDuration::from_mins(16);
    assert_eq!(check(found(3, 0, 4.0, json!({"at": long_ago}))), [], "so is that decision");
    assert_eq!(check(unchanged(2)), [], "nothing was measured");
}

#[test]
fn a_cloud_that_has_run_short_is_told_with_count_and_beginning() {
    let short = |refused: bool, attempts: u32| {
        let (since, retry_at) = (now() - SignedDuration::from_mins(50), now() + SignedDuration::from_mins(20));
        let shortage = json!({
            "since": since, "wanted": 8, "got": 5, "attempts": attempts, "retry_at": retry_at, "refused": refused,
        });
        json!({"past": {"shortage": shortage}})
    };
    let what =
        "5 of 8 instances since 26 Nov 11:10 UTC: the cloud refuses more; asked 3 times, and again from 26 Nov 12:20 UTC on";
    let group = Group { auto_scaling_group: Some("web-asg".to_owned()), region: Some("eu-west-1".to_owned()), ..web() };
    let cure = "aws autoscaling describe-scaling-activities --auto-scaling-group-name web-asg --max-items 5 --query";
    told(capacity_of(&group, short(true, 3)), Severity::Error, what, cure);
    told(capacity_of(&group, short(false, 1)), Severity::Error, "took the request and brought no more; asked once", "eu-west-1");
    let simulated = Group { mode: Mode::Active, ..Group::simulated("web") };
    told(capacity_of(&simulated, short(true, 3)), Severity::Error, what, "");
    assert_eq!(capacity_of(&group, json!({})), []);
}

#[test]
fn a_coming_hour_above_the_maximum_is_told() {
    let ahead = |minutes: i64, load: f64| {
        let steps = [Quantiles([load; 5]); HORIZON];
        let model = ModelName { name: "blend".to_owned(), version: None };
        let origin = now() - SignedDuration::from_mins(minutes);
        let forecast = Forecast::new("web", origin, 300, model, Outlook { steps, peaks: steps });
        let mut whole = unchanged(2);
        whole["forecast"] = serde_json::to_value(forecast).unwrap();
        whole
    };
    let group = Group { max_utilization: 0.8, ..web() };
    let check = |state| capacity_of(&group, state);
    assert_eq!(check(ahead(5, 7.2)), [], "nine carry that");
    told(check(ahead(5, 7.3)), Severity::Warning, "the next hour may take 10 instances, and the most is 9", "headroom plan");
    assert_eq!(check(ahead(60, 7.3)), [], "that hour is over");
    let bounded = |max| Group { max_instances: Some(max), ..group.clone() };
    let most = |max| capacity_of(&bounded(max), ahead(5, 7.3));
    told(most(6), Severity::Warning, "the most is 6", "headroom plan");
    told(most(20), Severity::Warning, "the most is 9", "headroom plan");
}

#[test]
fn what_is_recorded_and_cannot_be_read_is_told_with_its_cure() {
    let group = web();
    let check =
        |record, key: &str| records::all(&GroupFacts { unreadable: vec![(record, corrupt(key))], ..of_web(&group) }, &COMMANDS);
    let day = "decisions/group=web/date=2026-11-26.jsonl";
    let away =
        "aws s3 mv s3://bucket/headroom/decisions/group=web/date=2026-11-26.jsonl decisions-group=web-date=2026-11-26.jsonl";
    told(
        check(Record::Journal, day),
        Severity::Error,
        "`decisions/group=web/date=2026-11-26.jsonl` cannot be read: line 3",
        away,
    );
    let request = "requests/train/group=web.json";
    told(check(Record::Request, request), Severity::Warning, request, "aws s3 mv s3://bucket/headroom/requests/train/");
    let backtest = "backtests/group=web/latest.json";
    let again = "headroom backtest --group web --store s3://bucket/headroom";
    told(check(Record::Backtest, backtest), Severity::Warning, backtest, again);
    let year = "history-hourly/group=web/year=2026.csv";
    told(check(Record::Hourly, year), Severity::Warning, year, " && trainer import --group web");

    let forbidden = GroupFacts { unreadable: vec![(Record::Journal, denied())], ..of_web(&group) };
    told(records::all(&forbidden, &COMMANDS), Severity::Unknown, "not for you", "");
    let down = StoreError::Other { key: "k".to_owned(), message: "no answer".to_owned() };
    let down = GroupFacts { unreadable: vec![(Record::Journal, down)], ..of_web(&group) };
    told(records::all(&down, &COMMANDS), Severity::Error, "no answer", "");
}

#[test]
fn an_audit_that_cannot_be_read_is_told_with_its_versions() {
    let check = |orders| [records::audit(&Facts { orders, ..facts() }, &COMMANDS)];
    told(check(Ok(1)), Severity::Ok, "1 order since yesterday", "");
    let versions = "aws s3api list-object-versions --bucket bucket --prefix headroom/audit/date=2026-11-26.jsonl";
    let key = "audit/date=2026-11-26.jsonl";
    told(check(Err(corrupt(key))), Severity::Error, "`audit/date=2026-11-26.jsonl` cannot be read", versions);
    told(check(Err(denied())), Severity::Unknown, "not for you", "");
}

#[test]
fn a_group_that_is_off_is_left_alone() {
    let off = Group { mode: Mode::Off, ..web() };
    let facts = GroupFacts { history: Err(denied()), model: Err("broken".to_owned()), ..of_web(&off) };
    told(of_group(&facts, &COMMANDS), Severity::Ok, "`off`", "");
}
