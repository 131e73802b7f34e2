//! What is noticed from one tick to the next.

use super::*;
use crate::{decision::Outcome, fleet::Mode};

/// A group over several ticks of five minutes; the cloud does what each test says.
struct Story {
    group: Group,
    past: Past,
    tick: i64,
}

impl Story {
    fn begin() -> Self {
        Self { group: group(), past: Past::default(), tick: 0 }
    }

    fn now(&self) -> Timestamp {
        now() + minutes(5) * i32::try_from(self.tick).unwrap()
    }

    /// A tick that finds `size` and `load`, wants `desired` and gets `written`.
    fn tick(&mut self, size: CapacityState, load: f64, desired: u32, written: Written) -> &Past {
        self.observe(size, load);
        let (at, mode) = (self.now(), self.group.mode);
        let measured = Some(Measured { until: at - minutes(1), load });
        self.past.record(&self.group, &Tick { at, mode, before: size, required: desired, desired, measured, written });
        self.tick += 1;
        &self.past
    }

    fn observe(&mut self, size: CapacityState, load: f64) -> &Past {
        let at = self.now();
        self.past.observe(&self.group, size, Some(Measured { until: at - minutes(1), load }), at);
        &self.past
    }

    /// A tick that changes nothing.
    fn hold(&mut self, size: CapacityState, load: f64) -> &Past {
        self.tick(size, load, size.desired, Written::Nothing)
    }
}

fn booting(desired: u32, in_service: u32) -> CapacityState {
    CapacityState { in_service, pending: desired - in_service, ..capacity(desired) }
}

#[test]
fn what_we_set_is_not_foreign_and_what_we_did_not_set_is() {
    let mut story = Story::begin();
    story.tick(capacity(4), 3.0, 6, Written::Applied);
    assert_eq!(story.hold(capacity(6), 3.0).foreign, None);
    let past = story.hold(capacity(9), 3.0);
    assert_eq!(past.foreign.map(|foreign| (foreign.expected, foreign.found)), Some((6, 9)));
    let at = past.foreign.unwrap().at;
    assert_eq!(story.hold(capacity(9), 3.0).foreign.unwrap().at, at, "noticed once");
}

#[test]
fn a_write_that_may_have_happened_is_ours_either_way() {
    for found in [4, 6] {
        let mut story = Story::begin();
        story.tick(capacity(4), 3.0, 6, Written::Unsure);
        let past = story.hold(capacity(found), 3.0);
        let changed: Vec<_> = past.changes.iter().map(|change| (change.at, change.to)).collect();
        let expected = if found == 6 { vec![(now(), 6)] } else { vec![] };
        assert_eq!((past.foreign, changed), (None, expected), "found {found}");
    }
    let mut story = Story::begin();
    story.tick(capacity(4), 3.0, 6, Written::Unsure);
    assert!(story.hold(capacity(5), 3.0).foreign.is_some());
}

#[test]
fn what_came_of_a_refused_request_is_ours_and_more_is_not() {
    for (found, is_foreign) in [(4, false), (5, false), (6, false), (7, true), (3, true)] {
        let mut story = Story::begin();
        story.tick(capacity(4), 3.0, 6, Written::NoCapacity);
        assert_eq!(story.hold(capacity(found), 3.0).foreign.is_some(), is_foreign, "found {found}");
    }
}

#[test]
fn a_size_that_is_told_late_is_ours_at_the_next_tick_only() {
    for (from, to) in [(4, 6), (6, 4)] {
        // A decision takes the smaller of the two sizes as found, and changes nothing.
        let late = |ticks: i64| {
            let mut story = Story::begin();
            story.tick(capacity(from), 3.0, to, Written::Applied);
            story.tick = ticks;
            story.past.late_size(&story.group, from, story.now())
        };
        assert_eq!(late(1), Some(LateSize { at: now(), told: from, asked: to }));
        assert_eq!(late(2), None, "there was a tick without a look");
        let story = |then: u32| {
            let mut story = Story::begin();
            story.tick(capacity(from), 3.0, to, Written::Applied);
            assert_eq!(story.hold(capacity(from.min(to)), 3.0).foreign, None);
            let past = story.hold(capacity(then), 3.0);
            (past.foreign.map(|foreign| (foreign.expected, foreign.found)), past.changes.len())
        };
        assert_eq!(story(to), (None, 1), "from {from} to {to}: it was late");
        assert_eq!(story(from), (Some((to, from)), 1), "from {from} to {to}: someone puts it back");
    }
}

#[test]
fn what_is_asked_for_again_is_no_change_and_is_not_believed_late_again() {
    let mut story = Story::begin();
    story.tick(capacity(4), 3.0, 6, Written::Applied);
    let again = story.tick(capacity(4), 3.0, 6, Written::Applied);
    assert_eq!((again.foreign, again.changes.len(), again.lead_time.waiting().len()), (None, 1, 1));
    assert_eq!(story.past.late_size(&story.group, 4, story.now()), None);
    let mut fought = Story { past: story.past.clone(), ..Story::begin() };
    fought.tick = story.tick;
    assert!(fought.hold(capacity(4), 3.0).foreign.is_some(), "who puts it back twice is someone");
    // More than before is asked for: that replaced what was asked for, and not what was told.
    let mut story = Story::begin();
    story.tick(capacity(4), 3.0, 6, Written::Applied);
    story.tick(capacity(4), 5.0, 8, Written::Applied);
    let late = |told: u32| story.past.late_size(&story.group, told, story.now()).is_some();
    assert_eq!((late(4), late(6)), (false, true));
    let changes: Vec<_> = story.past.changes.iter().map(|change| (change.from, change.to)).collect();
    assert_eq!(changes, [(4, 6), (6, 8)]);
}

#[test]
fn only_our_own_change_is_told_late() {
    let late = |written: Written, mode: Mode| {
        let mut story = Story::begin();
        story.tick(capacity(4), 3.0, 6, written);
        story.group.mode = mode;
        story.past.late_size(&story.group, 4, story.now()).is_some()
    };
    assert!(late(Written::Applied, Mode::Active));
    assert!(!late(Written::Applied, Mode::Observe), "who only watches believes what is told");
    assert!(!late(Written::Nothing, Mode::Active));
    let mut story = Story::begin();
    story.hold(capacity(4), 3.0);
    story.hold(capacity(9), 3.0);
    let back = story.past.late_size(&story.group, 4, story.now());
    assert_eq!(back, None, "someone else raised it, and took that back");
}

#[test]
fn who_only_adds_leaves_removing_to_others() {
    let mut story = Story::begin();
    story.group.mode = Mode::ScaleOutOnly;
    story.tick(capacity(4), 3.0, 6, Written::Applied);
    assert_eq!(story.hold(capacity(5), 3.0).foreign, None);
    assert!(story.hold(capacity(7), 3.0).foreign.is_some());
}

#[test]
fn who_only_watches_sees_no_foreign_writer() {
    let mut story = Story::begin();
    story.group.mode = Mode::Observe;
    story.hold(capacity(4), 3.0);
    assert_eq!(story.hold(capacity(9), 3.0).foreign, None);
    story.group.mode = Mode::Active;
    assert_eq!(story.hold(capacity(5), 3.0).foreign, None, "what was there when it was switched on is nobody's");
}

#[test]
fn an_approved_change_is_ours() {
    let mut story = Story::begin();
    story.hold(capacity(4), 3.0);
    story.past.applied(Change { at: story.now() - minutes(2), from: 4, to: 7 });
    assert_eq!(story.hold(capacity(7), 3.0).foreign, None);
}

#[test]
fn refusals_are_asked_again_ever_more_rarely() {
    let mut story = Story::begin();
    let mut asked = Vec::new();
    for tick in 0..40 {
        let at = story.now();
        story.observe(capacity(4), 8.0);
        let may_ask = story.past.shortage.is_none_or(|shortage| at >= shortage.retry_at);
        asked.extend(may_ask.then_some(tick));
        let written = if may_ask { Written::NoCapacity } else { Written::Nothing };
        story.tick(capacity(4), 8.0, if may_ask { 10 } else { 4 }, written);
    }
    assert_eq!(asked, [0, 1, 3, 7, 15, 27, 39], "1, 2, 4, 8 ticks, then an hour");
    let shortage = story.past.shortage.unwrap();
    assert_eq!((shortage.since, shortage.wanted, shortage.got, shortage.attempts), (now(), 10, 4, 7));
    story.tick(capacity(4), 8.0, 10, Written::Applied);
    assert_eq!(story.past.shortage, None, "the cloud has some again");
}

#[test]
fn a_refusal_that_nobody_repeats_is_forgotten() {
    let mut story = Story::begin();
    story.tick(capacity(4), 8.0, 10, Written::NoCapacity);
    // It may be repeated from 09:05 on; an hour later that has lost its meaning.
    for _ in 0..12 {
        assert!(story.hold(capacity(4), 3.0).shortage.is_some());
    }
    assert_eq!(story.hold(capacity(4), 3.0).shortage, None);
}

#[test]
fn instances_that_do_not_come_are_a_shortage_until_they_do() {
    let mut story = Story::begin();
    story.tick(capacity(4), 8.0, 10, Written::Applied);
    // Some come at once, and then no more; three lead times of 180 s are over at the second tick after.
    assert_eq!(story.hold(booting(10, 7), 8.0).shortage, None);
    assert_eq!(story.hold(booting(10, 7), 8.0).shortage, None);
    let shortage = story.hold(booting(10, 7), 8.0).shortage.unwrap();
    assert_eq!((shortage.since, shortage.wanted, shortage.got, shortage.refused), (now(), 10, 7, false));
    let more = story.tick(booting(10, 7), 8.0, 12, Written::Applied).shortage.unwrap();
    assert_eq!((more.attempts, more.wanted), (2, 12));
    assert_eq!(story.hold(booting(12, 8), 8.0).shortage, None, "they come");
}

#[test]
fn boots_that_are_slower_than_configured_are_no_shortage_while_they_come() {
    let mut story = Story::begin();
    // One more at every tick; each takes four ticks, where three lead times are less than two.
    let mut short = Vec::new();
    for tick in 0..12_u32 {
        let size = booting(4 + tick, 4 + tick.saturating_sub(3));
        let past = story.tick(size, 3.0, 5 + tick, Written::Applied);
        short.extend(past.shortage.map(|_| tick));
    }
    assert_eq!(short, [2, 3], "only until the first has come");
}

#[test]
fn a_fall_below_half_of_the_lowest_expected_is_sudden() {
    let fallen = |expected: Option<f64>, loads: &[f64]| {
        let mut story = Story::begin();
        for &load in loads {
            story.hold(capacity(4), load);
            let forecast = expected.map(|load| forecast_from(story.now() - minutes(6), [load; HORIZON]));
            story.past.expect(forecast.as_ref());
        }
        story.past.drop
    };
    let drop = fallen(Some(3.0), &[3.0, 1.4]).unwrap();
    assert_eq!((drop.since, drop.load, drop.expected), (now() + minutes(5), 1.4, 3.0));
    assert_eq!(fallen(Some(3.0), &[3.0, 1.5]), None);
    assert_eq!(fallen(Some(1.0), &[3.0, 0.6]), None, "the forecast knew of it");
    assert_eq!(fallen(None, &[3.0, 1.4]).unwrap().expected, 3.0, "without a forecast, the step before");
    assert_eq!(fallen(None, &[3.0, 1.6, 0.9]), None, "a decline is not sudden");
    assert_eq!(fallen(Some(3.0), &[3.0, 1.0, 1.0, 1.0]).unwrap().since, now() + minutes(5), "one drop, however long it lasts");
    assert_eq!(fallen(Some(3.0), &[3.0, 1.0, 3.0, 1.0]).unwrap().since, now() + minutes(15), "another one");
}

#[test]
fn a_measurement_that_is_seen_twice_drops_once() {
    let mut story = Story::begin();
    let measured = |load: f64| Some(Measured { until: now() - minutes(1), load });
    story.past.observe(&story.group, capacity(4), measured(3.0), now());
    story.past.observe(&story.group, capacity(4), measured(1.0), now() + minutes(5));
    assert_eq!(story.past.drop, None, "it is the same step");
}

#[test]
fn blindness_is_noted_from_its_first_tick_to_its_last() {
    let mut past = Past::default();
    let fresh = |at: Timestamp| Some(Measured { until: at - minutes(1), load: 3.0 });
    past.observe(&group(), capacity(4), None, ago(10));
    past.observe(&group(), capacity(4), Some(Measured { until: ago(6), load: f64::NAN }), ago(5));
    assert_eq!(past.blind_since, Some(ago(10)));
    past.observe(&group(), capacity(4), fresh(now()), now());
    assert_eq!(past.blind_since, None);
}

#[test]
fn a_clock_that_goes_back_leaves_nothing_of_the_future() {
    let mut story = Story::begin();
    story.tick(capacity(4), 3.0, 6, Written::Applied);
    story.hold(capacity(9), 1.0);
    story.tick(capacity(9), 8.0, 12, Written::NoCapacity);
    let mut past = story.past;
    let earlier = ago(60);
    past.observe(&group(), capacity(9), Some(Measured { until: earlier - minutes(1), load: 3.0 }), earlier);
    assert_eq!((past.needs.len(), past.changes.len(), past.foreign, past.shortage, past.drop), (0, 0, None, None, None));
}

#[test]
fn the_past_survives_storage_and_a_past_of_nothing_is_fresh() {
    let mut story = Story::begin();
    story.tick(capacity(4), 3.0, 6, Written::Applied);
    story.hold(capacity(9), 1.0);
    story.past.expect(Some(&forecast([3.0; HORIZON])));
    let json = serde_json::to_string(&story.past).unwrap();
    assert_eq!(serde_json::from_str::<Past>(&json).unwrap(), story.past);
    assert_eq!(serde_json::from_str::<Past>("{}").unwrap(), Past::default());
    let mut unreadable = Past::default();
    unreadable.expect(Some(&forecast([f64::NAN; HORIZON])));
    assert_eq!(unreadable.expected, None, "what is no number cannot be stored");
}

#[test]
fn a_decision_is_remembered_as_its_numbers_are() {
    let outcomes = [
        (Outcome::Applied, Written::Applied),
        (Outcome::InsufficientCapacity { error: String::new() }, Written::NoCapacity),
        (Outcome::Failed { error: String::new() }, Written::Unsure),
        (Outcome::Stopped, Written::Nothing),
    ];
    for (outcome, written) in outcomes {
        let decision = Decision { outcome, ..Case::rising().decide() };
        let Decision { at, mode, before, required, desired, .. } = decision;
        let measured = Some(Measured { until: ago(1), load: 3.0 });
        let (mut remembered, mut recorded) = (Past::default(), Past::default());
        remembered.remember(&group(), &decision);
        recorded.record(&group(), &Tick { at, mode, before, required, desired, measured, written });
        assert_eq!(remembered, recorded);
    }
}
