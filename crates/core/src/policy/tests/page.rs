//! `docs/reasons.md`: situations that operators know, and what they read then. The page is made here.

#![expect(clippy::disallowed_methods, reason = "the page is a file, and whether to write it is said from outside")]

use std::{collections::BTreeSet, fmt::Write as _};

use super::*;
use crate::{
    decision::Outcome,
    feedback::Demotion,
    fleet::{Mode, ScheduleEntry},
    reason::Scope,
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reasons.md");

const INTRODUCTION: &str = "# What decisions say

Every decision, and every decision to do nothing, is recorded with its reasons: as data (`reasons`, each with its `kind`), and as a
sentence. This page has a situation for each kind, and what an operator reads then. Loads are in instance-equivalents: a load of
3.0 keeps three instances wholly busy. Where nothing else is said, the group has 4 instances in service and may have 1 to 20, no
instance shall be busier than 85 % (`max_utilization`), and it is Friday, 27 November 2026, 09:01 UTC.

The page is made by a test from what the code says. After a change of the words:
`UPDATE=1 cargo test -p headroom-core --lib page`.
";

/// A name for every kind of reason, and a list of them; a new variant that is not listed does not compile.
macro_rules! kinds {
    ($($variant:ident => $kind:literal,)*) => {
        const KINDS: &[&str] = &[$($kind),*];

        fn kind(reason: &Reason) -> &'static str {
            match reason {
                $(Reason::$variant { .. } => $kind,)*
            }
        }
    };
}

kinds! {
    PeakAhead => "peak_ahead",
    NotPredictable => "not_predictable",
    Event => "event",
    Reactive => "reactive",
    Tracking => "tracking",
    Schedule => "schedule",
    Unscheduled => "unscheduled",
    ReactiveFloor => "reactive_floor",
    CpuAbove => "cpu_above",
    CpuBelow => "cpu_below",
    CpuWithin => "cpu_within",
    WholeUnits => "whole_units",
    Minimum => "minimum",
    Allocated => "allocated",
    Maximum => "maximum",
    Stabilizing => "stabilizing",
    NeededSoon => "needed_soon",
    EventHold => "event_hold",
    Cooldown => "cooldown",
    SuddenDrop => "sudden_drop",
    FlapBudget => "flap_budget",
    StepLimit => "step_limit",
    ForeignWriter => "foreign_writer",
    LateSize => "late_size",
    Shortage => "shortage",
    HoldExpired => "hold_expired",
    StaleMetrics => "stale_metrics",
    NoMetrics => "no_metrics",
    HistoryUnreadable => "history_unreadable",
    CalendarUnreadable => "calendar_unreadable",
    FutureDecision => "future_decision",
    ModeForbids => "mode_forbids",
    KillSwitch => "kill_switch",
    KillSwitchUnreadable => "kill_switch_unreadable",
    AwaitingApproval => "awaiting_approval",
    ApprovalExpired => "approval_expired",
    Approved => "approved",
    Rejected => "rejected",
    Superseded => "superseded",
}

/// A part of the page: situations with what was decided in them.
type Part = (&'static str, Vec<(&'static str, Decision)>);

fn policy(policy: PolicyName) -> Group {
    Group { policy, ..group() }
}

const SALE: &str = r#"{"events": [{"name": "Black Friday", "kind": "sale", "start": "2026-11-27T09:15:00Z",
    "duration_minutes": 600, "ramp_minutes": 10}]}"#;

fn following_a_forecast() -> Part {
    let capped = Group { max_instances: Some(4), ..group() };
    let unpredictable = Case::rising().forecast.map(|forecast| Forecast { predictable: false, ..forecast });
    let mixed = CapacityState { unit: 4, ..capacity(4) };
    let limited = Group { scale_out_limit: Some(2), ..group() };
    let sale = Case { calendar: SALE, forecast: Ok(forecast([9.0; HORIZON])), ..Case::steady() };
    let situations = vec![
        ("The load is 3.0 and stays.", Case::steady()),
        ("The load grows by 1.0 every five minutes.", Case::rising()),
        ("The same, and the group may have 4 instances at most.", Case::rising().of(capped)),
        ("The same, in a mixed group whose instances all weigh a multiple of 4.", Case { capacity: mixed, ..Case::rising() }),
        ("A sale begins in a quarter of an hour, and the forecast knows what sales do.", sale.clone()),
        ("The same, and one decision may add 2 instances at most.", sale.of(limited)),
        ("The load is 5.0 already, and the forecast has not seen it coming.", Case { load: 5.0, ..Case::quiet() }),
        ("No model beats the last value on this group.", Case { forecast: unpredictable, ..Case::rising() }),
    ];
    ("Following a forecast", decided(situations))
}

fn removing_instances() -> Part {
    let roomy = Group { min_instances: Some(3), ..group() };
    let later = forecast(std::array::from_fn(|h| if h < 6 { 0.5 } else { 2.0 }));
    let needs = vec![Need { at: ago(5), required: 4 }];
    let dropped = SuddenDrop { since: ago(5), load: 0.5, expected: 2.8, until: ago(6) };
    let flip = |index: i64| {
        let raises = index % 2 == 0;
        Change { at: ago(13 * index + 10), from: if raises { 3 } else { 4 }, to: if raises { 4 } else { 3 } }
    };
    let flaps = Past { changes: (0..13).rev().map(flip).collect(), ..Past::default() };
    let changed = Past { changes: vec![Change { at: ago(5), from: 5, to: 4 }], ..Past::default() };
    let cooling = Group { cooldown_minutes: 20, ..group() };
    let careful = Group { scale_in_limit: Some(1), ..group() };
    let situations = vec![
        ("The load is 0.5 and stays.", Case::quiet()),
        ("The same, and the group shall have 3 instances at least.", Case::quiet().of(roomy)),
        ("The same, and an operator has allocated 6 instances.", Case::quiet().of(allocated(6))),
        ("The same, and one decision may remove 1 instance at most.", Case::quiet().of(careful)),
        ("The load is 0.5, and half an hour from now 2.0 is expected.", Case { forecast: Ok(later), ..Case::quiet() }),
        ("The load is 0.5 since a moment.", Case::quiet().with(Past { needs, ..Past::default() })),
        ("The load is 0.5, and a sale begins in a quarter of an hour.", Case { calendar: SALE, ..Case::quiet() }),
        (
            "The load fell from 3.0 to 0.5 five minutes ago, which the forecast did not expect.",
            Case::quiet().with(Past { drop: Some(dropped), ..Past::default() }),
        ),
        ("The load has gone up and down all morning.", Case::quiet().with(flaps)),
        ("An instance was removed five minutes ago, and `cooldown_minutes` is 20.", Case::quiet().of(cooling).with(changed)),
    ];
    ("Removing instances, or not", decided(situations))
}

fn without_a_forecast() -> Part {
    let without = |because: NoForecast| Case { forecast: Err(because), ..Case::steady() };
    let demotion = Demotion { since: ago(120), hours: 6, mae: 1.4, reactive_mae: 1.1 };
    let corrupt = NoForecast::UnusableModel("weights and card do not fit each other: retrain it with `trainer train`".to_owned());
    let situations = vec![
        ("The group is new.", without(NoForecast::NoModel)),
        ("The collector was down for two hours and is back.", without(NoForecast::GapsInHistory)),
        ("The stored model is corrupt.", without(corrupt)),
        ("The model's forecasts have been worse than none.", without(NoForecast::Demoted(demotion))),
    ];
    ("Without a forecast", decided(situations))
}

fn other_policies() -> Part {
    let office = ScheduleEntry {
        name: "office hours".to_owned(),
        days: crate::fleet::Day::ALL.to_vec(),
        start: jiff::civil::time(9, 0, 0, 0),
        end: jiff::civil::time(18, 0, 0, 0),
        instances: 9,
    };
    let scheduled = |entry: ScheduleEntry| Group { schedule: vec![entry], ..policy(PolicyName::Schedule) };
    let tomorrow = ScheduleEntry { days: vec![crate::fleet::Day::Sat], ..office.clone() };
    let threshold = || policy(PolicyName::Threshold);
    let busy = Case { forecast: Ok(forecast([2.0; HORIZON])), load: 2.0, ..Case::steady() };
    let situations = vec![
        ("`reactive`: the load is 3.0.", Case::steady().of(policy(PolicyName::Reactive))),
        ("`schedule`: office hours have begun.", Case::steady().of(scheduled(office.clone()))),
        ("`schedule`: it is none of its days.", Case::quiet().of(scheduled(tomorrow))),
        (
            "`schedule`: office hours have begun, and metrics are missing.",
            Case { age_seconds: 1860, ..Case::steady().of(scheduled(office)) },
        ),
        ("`threshold`: 3.0 is expected on 4 instances.", Case::steady().of(threshold())),
        ("`threshold`: 2.0 is expected.", busy.of(threshold())),
        ("`threshold`: 0.5 is expected.", Case::quiet().of(threshold())),
    ];
    ("Other policies", decided(situations))
}

fn trouble() -> Part {
    let stale = |minutes: i64| Case { age_seconds: 60 * minutes, ..Case::steady() };
    let configured = Group { blind_instances: Some(12), ..group() };
    let none = Case { load: f64::NAN, ..Case::steady() };
    let foreign = |expected: u32| {
        let foreign = ForeignChange { at: ago(10), expected, found: 4 };
        Past { foreign: Some(foreign), ..Past::default() }
    };
    let shortage = |refused: bool| {
        let retry_at = after(14 * 60 - 60);
        let shortage = Shortage { since: ago(20), wanted: 9, got: 4, attempts: 3, retry_at, refused };
        Past { shortage: Some(shortage), ..Past::default() }
    };
    let booting = CapacityState { desired: 9, in_service: 4, pending: 5, ..capacity(9) };
    let mut decided = decided(vec![
        ("Metrics have not come for half an hour.", stale(31)),
        ("Metrics have not come for an hour and a half.", stale(90)),
        ("The same, and `blind_instances` is 12.", stale(90).of(configured)),
        ("Metrics have not come for an hour and a half, and an operator has allocated 6 instances.", stale(90).of(allocated(6))),
        ("The group has no metrics at all.", none),
        ("Someone removed 2 instances ten minutes ago, and the load grows.", Case::rising().with(foreign(6))),
        ("Someone added 2 instances ten minutes ago, and the load is 0.5.", Case::quiet().with(foreign(2))),
        ("The load grows, and the cloud has refused instances three times.", Case::rising().with(shortage(true))),
        (
            "Of 9 instances that were granted, 5 do not come.",
            Case { capacity: booting, load: 7.0, forecast: Ok(forecast([7.0; HORIZON])), ..Case::steady() }.with(shortage(false)),
        ),
    ]);
    let unreadable = || Reason::CalendarUnreadable { problem: "line 3: expected `,`".to_owned() };
    let history = Reason::HistoryUnreadable { problem: "`history/group=web/date=2026-11-20.csv` is corrupt, line 17".to_owned() };
    let future = Reason::FutureDecision { tick: after(86_340) };
    let late = || LateSize { at: ago(5), told: 4, asked: 6 }.reason();
    decided.extend([
        (
            "The last decision raised 4 instances to 6, the cloud tells of 4, and the load is 0.5.",
            troubled(&Case::quiet(), late()),
        ),
        ("The same, and the load grows.", troubled(&Case::rising(), late())),
        ("The calendar cannot be read.", troubled(&Case::steady(), unreadable())),
        ("The calendar cannot be read, and the load is 0.5.", troubled(&Case::quiet(), unreadable())),
        ("A day of last week's history is corrupt.", troubled(&Case::steady(), history)),
        ("A tick was made by a clock that was a day ahead, and the load is 0.5.", troubled(&Case::quiet(), future)),
    ]);
    ("When something is wrong", decided)
}

fn carrying_out() -> Part {
    let observed = Case::rising().of(Group { mode: Mode::Observe, ..group() });
    let cautious = Case::quiet().of(Group { mode: Mode::ScaleOutOnly, ..group() });
    let mode = |mode: Mode| Reason::ModeForbids { mode: mode.name().to_owned() };
    let kill = |scope: Scope| Reason::KillSwitch { scope, by: "anna".to_owned(), why: "incident 4711".to_owned() };
    let problem = "the store does not answer".to_owned();
    let noted = vec![
        ("The load grows, in mode `observe`.", observed, mode(Mode::Observe)),
        ("The load is 0.5, in mode `scale-out-only`.", cautious, mode(Mode::ScaleOutOnly)),
        ("The load grows, and the group's kill switch is thrown.", Case::rising(), kill(Scope::Group)),
        ("The same for the whole fleet.", Case::rising(), kill(Scope::Fleet)),
        ("The load grows, and the kill switch cannot be read.", Case::rising(), Reason::KillSwitchUnreadable { problem }),
        ("`approval` is `scale-in`, and the load is 0.5.", Case::quiet(), Reason::AwaitingApproval { until: after(30 * 60) }),
        ("An operator let that pass.", Case::quiet(), Reason::Approved { by: "anna".to_owned() }),
        ("An operator refused it.", Case::quiet(), Reason::Rejected { by: "anna".to_owned() }),
        ("Nobody answered.", Case::quiet(), Reason::ApprovalExpired { until: after(30 * 60) }),
        ("A later tick was faster.", Case::rising(), Reason::Superseded { tick: after(240) }),
    ];
    let decide = |(situation, case, reason): (&'static str, Case, Reason)| {
        let mut decision = case.decide();
        decision.note(reason);
        (situation, decision)
    };
    ("Carrying it out, or not", noted.into_iter().map(decide).collect())
}

fn decided(situations: Vec<(&'static str, Case)>) -> Vec<(&'static str, Decision)> {
    situations.into_iter().map(|(situation, case)| (situation, case.decide())).collect()
}

/// What is decided in `case`, after `trouble`.
fn troubled(case: &Case, trouble: Reason) -> Decision {
    case.troubled(trouble, decide)
}

fn parts() -> [Part; 6] {
    [following_a_forecast(), removing_instances(), without_a_forecast(), other_policies(), trouble(), carrying_out()]
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (title, decisions) in parts() {
        write!(page, "\n## {title}\n").unwrap();
        for (situation, decision) in decisions {
            let kinds: Vec<String> = decision.reasons.iter().map(|reason| format!("`{}`", kind(reason))).collect();
            let alarm = if decision.alarm { " The decision has `alarm` set." } else { "" };
            write!(page, "\n{situation}\n\n> {}.\n\n{}.{alarm}\n", decision.sentence, kinds.join(", ")).unwrap();
        }
    }
    page
}

#[test]
fn the_page_of_reasons_is_what_the_code_says() {
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    // Not `assert_eq`, which would print both whole pages.
    let differs = written.lines().zip(page.lines()).find(|(written, made)| written != made);
    assert!(
        written == page,
        "`docs/reasons.md` is not what the code says, first at {differs:#?}: run `UPDATE=1 cargo test -p headroom-core --lib page`"
    );
}

#[test]
fn every_kind_of_reason_has_a_situation_and_its_stored_name() {
    let decisions: Vec<Decision> =
        parts().into_iter().flat_map(|(_, decisions)| decisions).map(|(_, decision)| decision).collect();
    let reasons = decisions.iter().flat_map(|decision| &decision.reasons);
    let shown: BTreeSet<&str> = reasons.clone().map(kind).collect();
    assert_eq!(shown, KINDS.iter().copied().collect());
    for reason in reasons {
        assert_eq!(serde_json::to_value(reason).unwrap()["kind"], kind(reason));
    }
}

#[test]
fn what_is_not_carried_out_is_told_as_what_would_be() {
    for (_, decision) in carrying_out().1 {
        let would = decision.sentence.starts_with("would scale ");
        assert_eq!(would, decision.reasons.iter().any(Reason::stops), "{}", decision.sentence);
        assert_eq!(decision.outcome, Outcome::Pending, "who carries it out says what came of it");
    }
}
