use std::{collections::BTreeSet, sync::Arc};

use headroom_sim::{
    Backtest, Family, Policy, Profile, Seen, Workload,
    backtest::{Settings, backtest},
    plain_families,
    policies::Threshold,
};
use jiff::civil::date;

use super::{at, generated, steady_then, workload};

/// Always so many instances.
struct Fixed(u32);

impl Policy for Fixed {
    fn decide(&mut self, _seen: &Seen<'_>) -> Option<u32> {
        Some(self.0)
    }
}

fn fixed(default: f64, knobs: &[f64]) -> Family<'static> {
    Family::with_knob("fixed", default, knobs.to_vec(), |knob| Fixed(knob as u32))
}

fn plain(workload: &Arc<Workload>, settings: &Settings) -> Backtest {
    backtest("shop", workload, &plain_families(workload, &settings.rules), settings)
}

#[test]
fn every_family_stands_at_its_default_and_every_knob_is_on_the_frontier() {
    // Eight five minutes: 2, then 6, 6, then 1 instances are needed.
    let workload = steady_then(&[1.7, 5.0, 5.0, 0.5, 0.5, 0.5, 0.5, 0.5]);
    let families = [fixed(2.0, &[1.0, 2.0, 6.0]), Family::fixed("threshold", Threshold::default), fixed(3.0, &[])];
    let result = backtest("trace", &workload, &families, &Settings { price_per_hour: 0.5, ..Settings::default() });
    assert_eq!(result.trace, "trace");
    assert_eq!((result.world.from, result.world.to, result.world.minutes), (at(160 * 60), at(200 * 60), 40));
    assert_eq!((result.world.peak_instances, result.world.trace_step_seconds), (1.7, 300));
    let names: Vec<_> = result.policies.iter().map(|policy| (policy.name.as_str(), policy.knob)).collect();
    assert_eq!(names, [("fixed", Some(2.0)), ("threshold", None), ("fixed", Some(3.0))]);
    let points: Vec<_> = result.frontier.iter().map(|point| (point.name.as_str(), point.knob, point.violation_minutes)).collect();
    // One for minutes 0 to 14; two for minutes 5 to 14; six for minutes 1 and 2, and 5 to 14 are served.
    let expected = [("fixed", Some(1.0), 15), ("fixed", Some(2.0), 10), ("fixed", Some(6.0), 0)];
    assert_eq!(points[..3], expected);
    assert_eq!((points[3].0, points[3].1), ("threshold", None));
    assert_eq!((points[4].0, points[4].1), ("fixed", Some(3.0)), "without knobs, the default is on it");
    assert_eq!((result.frontier[2].instance_hours, result.frontier[2].cost, result.frontier[2].violation_share), (4.0, 2.0, 0.0));
    assert_eq!(result.frontier[1].violation_share, 0.25);
    let replayed: Vec<_> = result.replays.iter().map(|run| (run.name.as_str(), run.replay.account.violation_minutes)).collect();
    assert_eq!((replayed[0], replayed.len()), (("fixed", 10), 3));
}

#[test]
fn the_best_setting_is_the_cheapest_that_keeps_violations_at_or_below_the_limit() {
    let workload = steady_then(&[1.7, 5.0, 5.0, 0.5, 0.5, 0.5, 0.5, 0.5]);
    let families = [fixed(2.0, &[7.0, 6.0, 2.0, 1.0]), Family::fixed("six", || Fixed(6)), Family::fixed("one", || Fixed(1))];
    let result = backtest("trace", &workload, &families, &Settings::default());
    let best = |name, share| result.cheapest_within(name, share).map(|point| (point.name.as_str(), point.knob));
    assert_eq!(best("fixed", 1.0), Some(("fixed", Some(1.0))));
    assert_eq!(best("fixed", 0.25), Some(("fixed", Some(2.0))), "at the limit is within it");
    assert_eq!(best("fixed", 0.2499), Some(("fixed", Some(6.0))));
    assert_eq!(best("fixed", 0.0), Some(("fixed", Some(6.0))));
    assert_eq!(best("six", 0.01), Some(("six", None)), "a family without a knob has one setting");
    assert_eq!((best("one", 0.01), best("nobody", 1.0)), (None, None));
}

#[test]
fn savings_and_regret_are_against_the_references_of_the_same_world() {
    // Static peak has two instances all the time, target tracking has something else, the clairvoyant what is needed.
    let workload = steady_then(&[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1.7, 1.7]);
    let settings = Settings { price_per_hour: 0.3, ..Settings::default() };
    let result = backtest("trace", &workload, &[fixed(3.0, &[])], &settings);
    let all = plain(&workload, &settings);
    let hours = |name: &str| all.policies.iter().find(|policy| policy.name == name).unwrap().instance_hours;
    let (three, limit) = (&result.policies[0], (27.0 + 2.0 * 13.0) / 60.0);
    assert_eq!((three.instance_hours, hours("static-peak"), hours("clairvoyant")), (2.0, 80.0 / 60.0, limit));
    assert!((three.regret - (2.0 / limit - 1.0)).abs() < 1e-12);
    // Forty minutes are a thirty-sixth of a day.
    assert!((three.saved_per_day_against_static_peak - 36.0 * 0.3 * (80.0 / 60.0 - 2.0)).abs() < 1e-9);
    assert!((three.saved_per_day_against_target_tracking - 36.0 * 0.3 * (hours("target-tracking") - 2.0)).abs() < 1e-9);
    let regret = |name: &str| all.policies.iter().find(|policy| policy.name == name).unwrap().regret;
    assert_eq!((regret("clairvoyant"), all.policies.len()), (0.0, 7));
}

#[test]
fn days_with_an_event_stand_apart() {
    let workload = generated(Profile::Shop, 40, 3);
    let events = BTreeSet::from([date(2026, 2, 7), date(2026, 2, 10), date(2026, 6, 1)]);
    let result = plain(&workload, &Settings { event_days: events, ..Settings::default() });
    assert_eq!(result.world.from, at(32 * 86_400), "2026-02-06");
    for policy in &result.policies {
        let (event, ordinary) = (policy.event_days, policy.ordinary_days);
        assert_eq!((event.days, event.minutes, ordinary.days, ordinary.minutes), (2, 2880, 6, 6 * 1440), "{}", policy.name);
        assert_eq!(event.violation_minutes + ordinary.violation_minutes, policy.violation_minutes, "{}", policy.name);
        let apart = event.instance_hours + ordinary.instance_hours;
        assert!((apart - policy.instance_hours).abs() < 1e-6, "{}", policy.name);
        let marked: Vec<_> = policy.days.iter().filter(|day| day.event).map(|day| day.date).collect();
        assert_eq!(marked, [date(2026, 2, 7), date(2026, 2, 10)]);
        let bounds = policy.intervals.unwrap();
        assert_eq!((bounds.days, bounds.block_days), (8, 2));
        if policy.name == "target-tracking" {
            assert_eq!((bounds.cost_over_target_tracking.low, bounds.cost_over_target_tracking.high), (1.0, 1.0));
        }
    }
}

#[test]
fn a_backtest_can_be_cut_short_down_to_nothing() {
    let workload = generated(Profile::Api, 10, 1);
    let cut = |minutes_max| plain(&workload, &Settings { minutes_max, ..Settings::default() });
    let day = cut(1440);
    assert_eq!((day.world.minutes, day.world.to), (1440, at(9 * 86_400)));
    assert!(day.replays.iter().all(|run| run.replay.minutes.len() == 1440));
    assert!(day.policies.iter().all(|policy| policy.intervals.is_none()), "one day says nothing about others");
    let nothing = cut(0);
    assert!(nothing.policies.iter().all(|policy| policy.instance_hours == 0.0 && policy.regret == 0.0 && policy.cost == 0.0));
    assert!(!serde_json::to_string(&nothing.policies).unwrap().contains("NaN"));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let workload = generated(Profile::Flash, 15, 4);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| plain(&workload, &Settings::default()))
    };
    assert_eq!(on(1), on(5));
}

#[test]
fn the_json_has_the_fields_that_others_read_and_comes_back_as_it_was() {
    let result = plain(&generated(Profile::Shop, 15, 1), &Settings::default());
    let json = serde_json::to_value(&result).unwrap();
    let fields = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
    let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(fields(&json), named(&["trace", "world", "policies", "frontier"]));
    let policy = named(&[
        "name",
        "knob",
        "instance_hours",
        "cost",
        "violation_share",
        "violation_minutes",
        "unserved_share",
        "theta_u",
        "theta_o",
        "tau_u",
        "tau_o",
        "instability",
        "elastic_speedup",
        "scale_outs",
        "scale_ins",
        "reversals",
        "worst_day_violation_minutes",
        "regret",
    ]);
    assert!(fields(&json["policies"][0]).is_superset(&policy), "{:?}", policy.difference(&fields(&json["policies"][0])));
    assert!(fields(&json["frontier"][0]).is_superset(&named(&["name", "knob", "cost", "violation_share"])));
    let world = named(&["boot_delay_seconds", "max_utilization", "price_per_hour", "peak_instances", "instances_max"]);
    assert!(fields(&json["world"]).is_superset(&world));
    let names: Vec<_> = result.policies.iter().map(|policy| policy.name.as_str()).collect();
    let expected = [
        "static-peak",
        "threshold",
        "target-tracking",
        "target-tracking-fast",
        "same-time-last-week",
        "aws-predictive-like",
        "clairvoyant",
    ];
    assert_eq!(names, expected);
    let knobless: Vec<_> =
        result.policies.iter().filter(|policy| policy.knob.is_none()).map(|policy| policy.name.as_str()).collect();
    assert_eq!(knobless, ["static-peak", "threshold", "clairvoyant"]);
    let back: Backtest = serde_json::from_value(json).unwrap();
    assert_eq!(back, Backtest { replays: Vec::new(), ..result });
}

#[test]
fn targets_and_margins_span_what_the_design_names() {
    let workload = Arc::new(workload(300, &[1.0; 10], 1.0));
    let spans: Vec<_> = plain_families(&workload, &Settings::default().rules)
        .iter()
        .filter(|family| !family.knobs().is_empty())
        .map(|family| {
            let knobs = family.knobs();
            assert!(knobs.is_sorted() && knobs.contains(&family.default_knob().unwrap()), "{}", family.name());
            (knobs[0], knobs[knobs.len() - 1], knobs.len())
        })
        .collect();
    assert_eq!(spans, [(0.3, 0.85, 12), (0.3, 0.85, 12), (0.8, 3.0, 24), (0.3, 0.85, 12)]);
}
