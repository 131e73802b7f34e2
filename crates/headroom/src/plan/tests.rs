//! A plan is what the tick then does, and leaves no trace.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use collector::collect_fleet;
use headroom_core::{
    Action, Calendar, Decision, Group, Series,
    decision::Outcome,
    fleet::{Apply, Approval, Mode},
    ports::{CapacityState, PortError, ReadCapacity, WriteCapacity},
};
use headroom_sim::{SimulatedCloud, Workload, WorldRules, generate_with_sale_at};
use headroom_store::{
    MemoryStore,
    controls::{self, Allocation, ModeOverride, Stop},
    history,
};
use jiff::SignedDuration;
use scaler::Cloud;

use super::{group::Cost, *};

/// A shop on the last day of five, with a sale two hours after the replay begins, and a cloud with its one group.
struct Shop {
    cloud: SimulatedCloud,
    store: MemoryStore,
    fleet: Fleet,
    calendar: Calendar,
    scaler: Scaler,
    now: Timestamp,
}

const STEP: SignedDuration = SignedDuration::from_mins(5);

impl Shop {
    async fn open(change: impl FnOnce(&mut Group)) -> Self {
        let start: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let sale = start + SignedDuration::from_hours(4 * 24 + 2);
        let generated = generate_with_sale_at(5, 7, start, sale);
        let calendar = Calendar::from_json(&generated.calendar_json).unwrap();
        let series = Series::from_observations(&generated.observations).unwrap();
        let workload = Arc::new(Workload::from_series(&series, 20.0).unwrap());
        let rules = WorldRules::default();
        let mut group = Group {
            mode: Mode::Active,
            requests_per_instance: workload.requests_per_instance(300),
            price_per_hour: Some(0.1),
            ..Group::simulated("web")
        };
        change(&mut group);
        let store = MemoryStore::default();
        let rows = workload.history_observations(300, workload.static_peak(&rules));
        history::merge(&store, "web", &rows).await.unwrap();
        let now = workload.split() + SignedDuration::from_secs(60);
        let cloud = SimulatedCloud::new("web", workload, rules, 7);
        Self { cloud, store, fleet: Fleet { groups: vec![group] }, calendar, scaler: Scaler::default(), now }
    }

    fn group(&self) -> &Group {
        &self.fleet.groups[0]
    }

    /// What everyone would find in the store.
    async fn stored(&self) -> BTreeMap<String, Vec<u8>> {
        let mut stored = BTreeMap::new();
        for key in self.store.list("").await.unwrap() {
            let object = self.store.get(&key).await.unwrap().unwrap();
            stored.insert(key, object.bytes);
        }
        stored
    }

    /// Lets the next step pass and be collected.
    async fn step(&mut self) {
        self.now += STEP;
        self.cloud.advance_to(self.now);
        for (_, collected) in collect_fleet(&self.fleet, &self.calendar, &self.cloud, &self.store, self.now).await {
            collected.unwrap();
        }
    }

    /// The plan, and what the store would have.
    async fn plan(&self) -> (GroupPlan, BTreeMap<String, Vec<u8>>) {
        let before = self.stored().await;
        let overlay = Overlay::over(&self.store);
        let (cloud, calendar) = (NeverWritten(&self.cloud), Ok(self.calendar.clone()));
        let plan = group::plan(&self.scaler, self.group(), &calendar, &cloud, &overlay, self.now).await.unwrap();
        assert_eq!(self.stored().await, before, "a plan leaves the store as it is");
        let mut after = before;
        after.extend(overlay.written());
        (plan, after)
    }

    async fn tick(&self) -> Decision {
        let calendar = Ok(self.calendar.clone());
        let cloud = Cloud::ReadWrite(&self.cloud);
        scaler::tick(&self.scaler, self.group(), &calendar, cloud, &self.store, self.now).await.unwrap()
    }

    async fn stop(&self) {
        let stop = Stop { at: self.now, by: "alice".to_owned(), why: "incident".to_owned() };
        controls::stop(&self.store, None, &stop).await.unwrap();
    }
}

/// A cloud that whoever plans must not write to.
struct NeverWritten<'a>(&'a SimulatedCloud);

#[async_trait]
impl ReadCapacity for NeverWritten<'_> {
    async fn describe(&self, group: &Group) -> Result<CapacityState, PortError> {
        self.0.describe(group).await
    }
}

#[async_trait]
impl WriteCapacity for NeverWritten<'_> {
    async fn set_desired(&self, _group: &Group, desired: u32) -> Result<(), PortError> {
        panic!("a plan has set the desired capacity to {desired}");
    }

    async fn set_minimum(&self, _group: &Group, minimum: u32) -> Result<(), PortError> {
        panic!("a plan has set the minimum to {minimum}");
    }
}

/// Plans and then ticks over so many steps: the actions and outcomes.
async fn same_as_ticks(shop: &mut Shop, steps: usize) -> Vec<(Action, Outcome)> {
    let mut seen = Vec::new();
    for _ in 0..steps {
        shop.step().await;
        let (plan, planned) = shop.plan().await;
        assert!(!plan.already_decided);
        let decision = shop.tick().await;
        assert_eq!(plan.decision, decision, "the plan is what the tick decides");
        assert_eq!(shop.stored().await, planned, "and what it records");
        assert!(plan.ahead.as_ref().is_some_and(|ahead| ahead.trusted && ahead.peak >= ahead.next));
        seen.push((decision.action, decision.outcome));
    }
    seen
}

#[tokio::test]
async fn a_plan_is_what_the_tick_then_does() {
    let mut shop = Shop::open(|_| {}).await;
    let seen = same_as_ticks(&mut shop, 26).await;
    let applied = seen.iter().filter(|seen| **seen == (Action::ScaleOut, Outcome::Applied)).count();
    let held = seen.iter().filter(|seen| **seen == (Action::Hold, Outcome::Unchanged)).count();
    assert!(applied > 2 && held > 2, "the sale came into sight: {seen:?}");
}

#[tokio::test]
async fn so_it_is_with_whatever_holds_a_change_back() {
    let observe: fn(&mut Group) = |group| group.mode = Mode::Observe;
    let approve: fn(&mut Group) = |group| group.approval = Approval::All;
    let floor: fn(&mut Group) = |group| group.apply = Apply::Floor;
    for (change, expected) in [(observe, "NotAllowed"), (approve, "AwaitingApproval"), (floor, "Applied")] {
        let seen = same_as_ticks(&mut Shop::open(change).await, 3).await;
        assert!(seen.iter().any(|(_, outcome)| format!("{outcome:?}").starts_with(expected)), "{expected}: {seen:?}");
    }
    let mut stopped = Shop::open(|_| {}).await;
    stopped.stop().await;
    let seen = same_as_ticks(&mut stopped, 3).await;
    assert!(seen.iter().any(|(_, outcome)| *outcome == Outcome::Stopped), "{seen:?}");
}

#[tokio::test]
async fn an_operators_orders_count_before_the_configuration() {
    let mut shop = Shop::open(|group| group.mode = Mode::Observe).await;
    let order = ModeOverride { mode: Mode::ScaleOutOnly, at: shop.now, by: "alice".to_owned(), why: "a sale".to_owned() };
    controls::set_mode(&shop.store, "web", &order).await.unwrap();
    let (until, by) = (shop.now + SignedDuration::from_hours(9), "alice".to_owned());
    let allocation = Allocation { instances: 30, until, at: shop.now, by, why: "a sale".to_owned() };
    controls::allocate(&shop.store, "web", &allocation).await.unwrap();
    let seen = same_as_ticks(&mut shop, 3).await;
    assert!(seen.iter().any(|(_, outcome)| *outcome == Outcome::Applied), "{seen:?}");
    shop.step().await;
    let (plan, _) = shop.plan().await;
    assert!(plan.in_the_way[0].contains("mode `scale-out-only`, set by alice on "), "{:?}", plan.in_the_way);
    assert!(plan.decision.sentence.contains("30 instances are allocated by alice"), "{}", plan.decision.sentence);
}

#[tokio::test]
async fn what_stands_in_the_way_is_told() {
    let told = async |change: fn(&mut Group), parts: &[&str]| {
        let mut shop = Shop::open(change).await;
        shop.stop().await;
        shop.step().await;
        let (plan, _) = shop.plan().await;
        let all = plan.in_the_way.join("\n");
        assert_eq!(plan.in_the_way.len(), parts.len(), "{all}");
        assert!(parts.iter().all(|part| all.contains(part)), "{parts:?}: {all}");
    };
    told(|_| {}, &["by alice: incident"]).await;
    told(|group| group.mode = Mode::Observe, &["mode `observe`: nothing is written", "incident"]).await;
    told(|group| group.mode = Mode::ScaleOutOnly, &["no scale-in", "incident"]).await;
    told(|group| group.approval = Approval::All, &["waits for an operator until", "incident"]).await;
    told(|group| group.approval = Approval::ScaleIn, &["operator", "incident"]).await;
}

#[tokio::test]
async fn a_tick_that_was_decided_is_told_as_it_was_recorded() {
    let mut shop = Shop::open(|_| {}).await;
    shop.step().await;
    let decided = shop.tick().await;
    shop.now += SignedDuration::from_secs(60);
    shop.cloud.advance_to(shop.now);
    let (plan, after) = shop.plan().await;
    assert!(plan.already_decided);
    assert_eq!((plan.decision, after), (decided, shop.stored().await));
    assert!(plan.ahead.is_some() && plan.capacity.is_some(), "what the tick saw is in the store");
}

#[tokio::test]
async fn a_page_tells_it_all() {
    let mut shop = Shop::open(|_| {}).await;
    shop.step().await;
    let (plan, _) = shop.plan().await;
    let sentence = plan.decision.sentence.clone();
    let Cost { now, then } = *plan.cost_per_hour.as_ref().unwrap();
    assert!((now - f64::from(plan.decision.before.desired) * 0.1).abs() < 1e-9, "{now}");
    assert!((then - f64::from(plan.decision.desired) * 0.1).abs() < 1e-9, "{then}");
    let planned = Planned { group: shop.group(), plan: Ok(Some(plan)) };
    let page = show::block(&planned).join("\n");
    for part in
        [sentence.as_str(), "in service", "instances' worth, measured until", "% sure, by default", "wants", "an hour now"]
    {
        assert!(page.contains(part), "no `{part}`: {page}");
    }
    let off = Group { mode: Mode::Off, ..Group::simulated("batch") };
    let failed = Group::simulated("api");
    let plans =
        [planned, Planned { group: &off, plan: Ok(None) }, Planned { group: &failed, plan: Err(anyhow::anyhow!("no cloud")) }];
    let table = show::table(&plans);
    let row = |id: &str| table.lines().find(|line| line.trim_start().starts_with(id)).unwrap().to_owned();
    assert!(row("web").contains("->") && row("batch").contains("off") && row("api").contains("failed"), "{table}");
}

#[tokio::test]
async fn a_size_that_cannot_be_read_is_no_plan() {
    let mut shop = Shop::open(|_| {}).await;
    shop.step().await;
    let other = Group { id: "api".to_owned(), ..shop.group().clone() };
    let overlay = Overlay::over(&shop.store);
    let calendar = Ok(shop.calendar.clone());
    let error = group::plan(&shop.scaler, &other, &calendar, &NeverWritten(&shop.cloud), &overlay, shop.now).await.unwrap_err();
    assert_eq!(error.to_string(), "reading the capacity of group `api`");
    assert!(overlay.written().is_empty());
}
