//! A day of ticks in the simulated cloud, collector included, with a checker at every tick.

use std::sync::Arc;

use headroom_core::{Calendar, Decision, Group, Series, decision::Outcome, fleet::Mode, frame::Target, ports::ReadCapacity};
use headroom_sim::{Profile, SimulatedCloud, Workload, WorldRules, generate, policies::StaticPeak, replay};
use headroom_store::{MemoryStore, history, journal, keys};
use jiff::{SignedDuration, Timestamp};
use scaler::{Cloud, GroupState, Scaler};

use crate::setting::{STEP, publish, quickly_trained};

const DAYS: u32 = 5;
const SEED: u64 = 11;

#[tokio::test]
async fn every_tick_of_a_day_holds_what_is_promised() {
    let start: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    let generated = generate(Profile::Shop, DAYS, SEED, start);
    let calendar = Ok(Calendar::from_json(&generated.calendar_json).unwrap());
    let rules = WorldRules { boot_jitter_seconds: 60, ..WorldRules::default() };
    let series = Series::from_observations(&generated.observations).unwrap();
    let workload = Arc::new(Workload::from_series(&series, 20.0).unwrap());
    let group = Group {
        mode: Mode::Active,
        requests_per_instance: workload.requests_per_instance(300),
        price_per_hour: Some(0.1),
        ..Group::simulated("web")
    };
    let past = workload.history_observations(300, workload.static_peak(&rules));
    let store = MemoryStore::default();
    history::merge(&store, "web", &past).await.unwrap();
    let target = Target::load(group.requests_per_instance, group.step_seconds);
    let series = Series::from_observations(&past).unwrap();
    publish(&store, &quickly_trained(&series, target, calendar.as_ref().unwrap(), workload.split())).await;

    let cloud = SimulatedCloud::new("web", Arc::clone(&workload), rules, SEED);
    let scaler = Scaler::default();
    let (mut ticks, mut last): (Vec<Timestamp>, Option<Decision>) = (Vec::new(), None);
    let mut now = workload.split() + SignedDuration::from_secs(60);
    while now < workload.timestamp(workload.minutes()) {
        cloud.advance_to(now);
        collector::collect(&group, calendar.as_ref().unwrap(), &cloud, &store, now).await.unwrap();
        let decision = scaler::tick(&scaler, &group, &calendar, Cloud::ReadWrite(&cloud), &store, now).await.unwrap();

        let told = format!("seed {SEED}, {now}: {}", decision.sentence);
        let needed = rules.demand(decision.load.expect(&told) - 1e-6).min(rules.instances_max);
        assert!((needed..=rules.instances_max).contains(&decision.desired), "{told}");
        assert!(matches!(decision.outcome, Outcome::Applied | Outcome::Unchanged), "{told}");
        assert_eq!(cloud.describe(&group).await.unwrap().desired, decision.desired, "{told}");
        assert!(!decision.reasons.is_empty(), "{told}");
        assert_eq!((decision.at, decision.tick), (now, now - SignedDuration::from_secs(60)), "{told}");
        assert_eq!(GroupState::read(&store, "web").await.unwrap().last.as_ref(), Some(&decision), "{told}");
        ticks.push(decision.tick);
        last = Some(decision);
        now += STEP;
    }

    assert_eq!(ticks.len(), 288);
    let saved = last.and_then(|last| last.savings).expect("the group has a price").today;
    assert!(saved.cost > 0.0 && saved.against_static_peak > 0.3 * saved.cost, "{saved:?}");
    let recorded: Vec<Decision> =
        journal::read_days(&store, keys::decisions, "web", Timestamp::MIN, Timestamp::MAX).await.unwrap();
    assert_eq!(recorded.iter().map(|decision| decision.tick).collect::<Vec<_>>(), ticks);
    let feedback = GroupState::read(&store, "web").await.unwrap().feedback;
    let report = feedback.report().expect("scores of the day");
    assert_eq!((report.forecasts, report.since, report.until), (276, ticks[0], ticks[275]), "all but those of the last hour");
    assert_eq!(feedback.demoted, None, "{report:?}");
    let own = cloud.account();
    let minutes = usize::try_from(own.minutes).unwrap();
    let peak = replay(&workload, rules, SEED, &mut StaticPeak::of(&workload, &rules), minutes).account;
    assert!(own.instance_hours() < 0.7 * peak.instance_hours(), "{own:?} beside {peak:?}");
    assert!(own.violation_share() < 0.05, "{own:?}");
}
