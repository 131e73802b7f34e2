//! What the policies do in situations that operators know, and what they never do.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{
    Calendar, Group,
    forecast::{HORIZON, ModelName, Outlook, StepQuantiles},
    quantiles::Quantiles,
};

fn now() -> Timestamp {
    "2026-11-27T09:01:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

/// A forecast of certain loads; the largest so far is what it is.
fn forecast(loads: [f64; HORIZON]) -> Forecast {
    let steps: StepQuantiles = loads.map(|load| Quantiles([load; 5]));
    let peaks = std::array::from_fn(|h| Quantiles([loads[..=h].iter().copied().fold(0.0, f64::max); 5]));
    let model = ModelName { name: "test".to_owned(), version: None };
    Forecast::new("web", after(-60), 300, model, Outlook { steps, peaks })
}

fn capacity(desired: u32) -> CapacityState {
    CapacityState { desired, min: 1, max: 20, in_service: desired, pending: 0 }
}

#[derive(Debug)]
struct Case {
    group: Group,
    desired: u32,
    load: f64,
    forecast: Result<Forecast, NoForecast>,
    needs: Vec<Need>,
    calendar: &'static str,
    age_seconds: i64,
}

impl Case {
    /// Four instances at a load of 3.0 that stays.
    fn steady() -> Self {
        Self {
            group: Group::simulated("web"),
            desired: 4,
            load: 3.0,
            forecast: Ok(forecast([3.0; HORIZON])),
            needs: Vec::new(),
            calendar: "{}",
            age_seconds: 60,
        }
    }

    fn decide(&self) -> Decision {
        let calendar = Calendar::from_json(self.calendar).unwrap();
        let events = calendar.timeline(Some("web"), after(-86_400), after(86_400));
        decide(&Situation {
            group: &self.group,
            now: now(),
            tick: after(-60),
            capacity: capacity(self.desired),
            measured: Some(Measured { until: after(-self.age_seconds), load: self.load }),
            forecast: self.forecast.as_ref().map_err(Clone::clone),
            needs: &self.needs,
            events: &events,
            troubles: Vec::new(),
        })
    }
}

fn rising() -> Forecast {
    forecast(std::array::from_fn(|h| 3.0 + h as f64))
}

#[test]
fn sentences_that_operators_read() {
    let sale = r#"{"events": [{"name": "Black Friday", "kind": "sale", "start": "2026-11-27T09:15:00Z", "duration_minutes": 600, "ramp_minutes": 10}]}"#;
    let threshold = || Group { policy: PolicyName::Threshold, ..Group::simulated("web") };
    let capped = Group { max_instances: Some(4), ..Group::simulated("web") };
    let roomy = Group { min_instances: Some(3), stabilization_minutes: 0, ..Group::simulated("web") };
    let low = || Ok(forecast([0.5; HORIZON]));
    let cases = [
        ("nothing to do", Case::steady()),
        ("a peak ahead", Case { forecast: Ok(rising()), ..Case::steady() }),
        ("a peak ahead, capped", Case { forecast: Ok(rising()), group: capped, ..Case::steady() }),
        ("the forecast is too low", Case { load: 5.0, forecast: low(), ..Case::steady() }),
        ("a sale is about to start", Case { load: 0.5, forecast: low(), calendar: sale, ..Case::steady() }),
        ("quiet, down to the minimum", Case { load: 0.5, forecast: low(), group: roomy.clone(), ..Case::steady() }),
        (
            "quiet since a moment",
            Case { load: 0.5, forecast: low(), needs: vec![Need { at: after(-300), required: 4 }], ..Case::steady() },
        ),
        (
            "quiet for half an hour only",
            Case { load: 0.5, forecast: Ok(forecast(std::array::from_fn(|h| if h < 6 { 0.5 } else { 2.0 }))), ..Case::steady() },
        ),
        ("no model", Case { forecast: Err(NoForecast::NoModel), load: 4.0, ..Case::steady() }),
        ("gaps", Case { forecast: Err(NoForecast::GapsInHistory), ..Case::steady() }),
        ("stale metrics", Case { age_seconds: 1800, ..Case::steady() }),
        ("threshold above", Case { group: threshold(), ..Case::steady() }),
        ("threshold below", Case { group: threshold(), forecast: low(), ..Case::steady() }),
        ("threshold between", Case { group: threshold(), forecast: Ok(forecast([2.0; HORIZON])), ..Case::steady() }),
    ];
    let lines: Vec<String> = cases.iter().map(|(name, case)| format!("{name}: {}", case.decide().sentence)).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_peak_is_met_before_it_comes() {
    let peak_at = |step: usize| forecast(std::array::from_fn(|h| if h == step { 8.0 } else { 3.0 }));
    // Lead time 180 s and a tick of 300 s from 60 s after the origin reach 540 s: into the second step.
    assert_eq!(Case { forecast: Ok(peak_at(1)), ..Case::steady() }.decide().desired, 10);
    assert_eq!(Case { forecast: Ok(peak_at(2)), ..Case::steady() }.decide().desired, 4, "a later tick will do");
}

#[test]
fn missing_metrics_never_change_capacity() {
    for desired in [0, 1, 4, 50] {
        let case = Case { desired, age_seconds: 901, forecast: Ok(forecast([0.0; HORIZON])), ..Case::steady() };
        assert_eq!(case.decide().desired, desired);
    }
}

#[test]
fn an_event_far_away_holds_nothing() {
    let far = r#"{"events": [{"name": "x", "start": "2026-11-27T12:00:00Z", "duration_minutes": 60}]}"#;
    let quiet = Case { load: 0.5, forecast: Ok(forecast([0.5; HORIZON])), calendar: far, ..Case::steady() };
    assert_eq!(quiet.decide().desired, 1);
}

fn any_case() -> impl Strategy<Value = Case> {
    let loads = proptest::array::uniform12(0.0..60.0_f64);
    let needs = proptest::collection::vec((0..1800_i64, 0..50_u32), 0..6);
    (loads, 0.0..60.0_f64, 0..40_u32, needs, 0..1200_i64, any::<bool>(), 0..3_u8, (0..15_u32, 15..30_u32)).prop_map(
        |(loads, load, desired, needs, age_seconds, threshold, forecast_kind, (min, max))| Case {
            group: Group {
                min_instances: Some(min),
                max_instances: Some(max),
                policy: if threshold { PolicyName::Threshold } else { PolicyName::Headroom },
                ..Group::simulated("web")
            },
            desired,
            load,
            forecast: match forecast_kind {
                0 => Err(NoForecast::NoModel),
                _ => Ok(forecast(loads)),
            },
            needs: needs.into_iter().map(|(age, required)| Need { at: after(-age), required }).collect(),
            calendar: "{}",
            age_seconds,
        },
    )
}

proptest! {
    #[test]
    fn capacity_stays_within_bounds_or_as_it_is(case in any_case()) {
        let decision = case.decide();
        let within = (case.group.min_instances.unwrap()..=case.group.max_instances.unwrap()).contains(&decision.desired);
        prop_assert!(within || decision.desired == case.desired);
        prop_assert!(!decision.reasons.is_empty(), "every decision has a reason");
    }

    #[test]
    fn headroom_never_goes_below_what_the_load_now_takes(case in any_case()) {
        prop_assume!(case.group.policy == PolicyName::Headroom && case.age_seconds <= case.group.stale_after_seconds);
        let needed = ((case.load / case.group.max_utilization).ceil() as u32).min(case.group.max_instances.unwrap());
        prop_assert!(case.decide().desired >= needed);
    }

    #[test]
    fn more_load_never_gives_less_capacity(case in any_case(), factor in 1.0..3.0_f64) {
        prop_assume!(case.group.policy == PolicyName::Headroom);
        let before = case.decide().desired;
        let more = Case {
            load: case.load * factor,
            forecast: case.forecast.clone().map(|f| {
                let Forecast { steps, peaks, .. } = f;
                let outlook = Outlook { steps, peaks }.scaled(factor);
                Forecast::new("web", after(-60), 300, ModelName { name: "test".to_owned(), version: None }, outlook)
            }),
            ..case
        };
        prop_assert!(more.decide().desired >= before);
    }
}
