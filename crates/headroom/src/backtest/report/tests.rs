use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use headroom_core::Series;
use headroom_sim::{
    Family, Policy, Profile, Seen, Workload, WorldRules, backtest,
    backtest::Settings,
    generate, plain_families,
    policies::{Clairvoyant, StaticPeak, TargetTracking},
};

use super::*;

/// Sizes the group for the highest of the last ten minutes, and for so much of it more.
struct Recent(f64);

impl Policy for Recent {
    fn decide(&mut self, seen: &Seen<'_>) -> Option<u32> {
        let latest = &seen.loads[seen.loads.len().saturating_sub(10)..];
        seen.is_tick().then(|| seen.rules.demand(latest.iter().copied().fold(0.0, f64::max) * (1.0 + self.0)))
    }
}

fn workload(profile: Profile, days: u32) -> Arc<Workload> {
    let rows = generate(profile, days, 7, "2026-09-07T00:00:00Z".parse().unwrap()).observations;
    Arc::new(Workload::from_series(&Series::from_observations(&rows).unwrap(), 20.0).unwrap())
}

fn families(workload: &Arc<Workload>) -> Vec<Family<'static>> {
    let mut families = plain_families(workload, &WorldRules::default());
    families.insert(6, Family::with_knob("headroom", 0.05, vec![0.0, 0.05, 0.2, 0.4], Recent));
    families
}

fn about(workload: &Workload) -> About {
    About {
        trace: "shop".to_owned(),
        source: "`shop.csv`".to_owned(),
        model: "ensemble".to_owned(),
        predictable: true,
        history_rows: 8064,
        history_from: workload.timestamp(0),
        history_to: workload.split(),
        default_quantile: 0.95,
        notes: vec!["A remark.".to_owned()],
    }
}

fn replayed(workload: &Arc<Workload>, families: &[Family<'_>], settings: &Settings) -> Replay {
    Replay {
        backtest: backtest("shop", workload, families, settings),
        about: about(workload),
        reasons: Vec::new(),
        is_second: false,
    }
}

/// A week from 5 October 2026, a Monday, on; Wednesday has an event.
static WEEK: LazyLock<Replay> = LazyLock::new(|| {
    let workload = workload(Profile::Shop, 35);
    let settings = Settings { event_days: BTreeSet::from(["2026-10-07".parse().unwrap()]), ..Settings::default() };
    let mut week = replayed(&workload, &families(&workload), &settings);
    let worst = week.policy_mut("headroom").worst_hour.expect("it is late at every ramp").from;
    let sentence = |minutes: i64, text: &str| (worst + jiff::SignedDuration::from_mins(minutes), text.to_owned());
    week.reasons = vec![
        sentence(-70, "too early to matter"),
        sentence(-10, "nothing ahead"),
        sentence(5, "a peak ahead"),
        sentence(60, "all is over"),
    ];
    week
});

impl Replay {
    fn policy_mut(&mut self, name: &str) -> &mut headroom_sim::PolicyResult {
        self.backtest.policies.iter_mut().find(|policy| policy.name == name).unwrap()
    }
}

impl Clone for Replay {
    fn clone(&self) -> Self {
        Self {
            backtest: self.backtest.clone(),
            about: self.about.clone(),
            reasons: self.reasons.clone(),
            is_second: self.is_second,
        }
    }
}

fn page(replay: &Replay) -> String {
    html(std::slice::from_ref(replay)).unwrap()
}

/// The page with the week changed.
fn changed(change: impl FnOnce(&mut Replay)) -> String {
    let mut week = WEEK.clone();
    change(&mut week);
    page(&week)
}

fn verdict(page: &str) -> &str {
    page.split_once("<p class=\"verdict\">").unwrap().1.split_once("</p>").unwrap().0
}

fn details(page: &str) -> Vec<&str> {
    page.split("<p class=\"detail\">").skip(1).map(|rest| rest.split_once("</p>").unwrap().0).collect()
}

/// The table with this name, a line a row.
fn rows<'a>(page: &'a str, table: &str) -> Vec<Vec<&'a str>> {
    let start = page.find(&format!("aria-label=\"{table}\"")).unwrap_or_else(|| panic!("no table `{table}`"));
    let body = page[start..].split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
    let cell = |cell: &'a str| cell.split_once('>').unwrap().1.split_once("</t").unwrap().0;
    let cells =
        |row: &'a str| row.split("<t").filter(|cell| cell.starts_with("h ") || cell.starts_with("d>")).map(cell).collect();
    body.split("<tr").skip(1).map(cells).collect()
}

/// The number that a cell shows.
fn shown(cell: &str) -> f64 {
    cell.replace(',', "").replace('−', "-").parse().unwrap_or_else(|_| panic!("`{cell}` is no number"))
}

/// Fails where an element is not closed, or closed where another is open.
fn check_nesting(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in page.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap_or_else(|| panic!("`<{part}` has no end"));
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "the wrong element is closed");
        } else if !(name.starts_with('!') || tag.ends_with('/') || name == "meta") {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

fn check_page(page: &str) {
    check_nesting(page);
    for wrong in ["NaN", "inf", "2147483647", "-0.00", "http:", "https:", "//", "src=", "url(", "@import", "<script", "<link"] {
        assert!(!page.contains(wrong), "the page has `{wrong}`");
    }
    let mut ids: Vec<_> = page.split(" id=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an identifier is there twice");
    for target in page.split("href=\"#").skip(1).map(|rest| rest.split_once('"').unwrap().0) {
        assert!(ids.contains(&target), "`{target}` leads nowhere");
    }
}

#[test]
fn every_policy_is_there_with_its_numbers() {
    let page = page(&WEEK);
    check_page(&page);
    let backtest = &WEEK.backtest;
    let tables = ["What the policies cost", "What they let through", "How closely capacity followed demand"];
    let tables = tables.map(|name| rows(&page, name));
    for (index, policy) in backtest.policies.iter().enumerate() {
        let [costs, violations, closeness] = [0, 1, 2].map(|table: usize| &tables[table][index]);
        assert_eq!([costs[0], violations[0], closeness[0]], [policy.name.as_str(); 3]);
        let close = |cell: &str, value: f64, by: f64| assert!((shown(cell) - value).abs() <= by, "{cell} is not {value}");
        close(costs[2], policy.instance_hours, 0.051);
        close(costs[3], policy.cost, 0.0051);
        close(costs[4], policy.saved_per_day_against_static_peak, 0.0051);
        close(costs[5], policy.saved_per_day_against_target_tracking, 0.0051);
        close(costs[6], policy.cost / backtest.policies[2].cost, 0.0051);
        close(violations[1], policy.violation_minutes as f64, 0.0);
        close(violations[2], policy.violation_share * 100.0, 0.0051);
        close(violations[4], policy.unserved_share * 100.0, 0.0051);
        close(closeness[1], policy.regret * 100.0, 0.051);
        close(closeness[2], policy.theta_u, 0.051);
        close(closeness[3], policy.theta_o, 0.051);
        close(closeness[8], policy.scale_outs as f64, 0.0);
        close(closeness[10], policy.reversals as f64, 0.0);
        for id in ["wide", "narrow"] {
            assert!(page.contains(&format!("<title id=\"capacity-{}-{id}-title\">", policy.name)));
        }
    }
    assert!(tables.iter().all(|rows| rows.len() == 8));
    let [costs, violations, _] = [0, 1, 2].map(|table: usize| &tables[table][6]);
    let worst = format!(": {}", backtest.policies[6].worst_day_violation_minutes);
    assert!(costs[1] == "0.05" && costs[7].contains(" to ") && violations[3].contains(" to ") && violations[5].ends_with(&worst));
}

#[test]
fn the_world_and_the_model_are_told() {
    let page = page(&WEEK);
    for told in [
        "Backtest of shop",
        "<dd>shop.csv</dd>",
        "5 Oct 2026 00:00 to 12 Oct 2026 00:00",
        "7 Sep 2026 00:00 to 5 Oct 2026 00:00",
        "10,080",
        "ensemble, trained on 8,064 rows",
        "<dt>Default quantile</dt><dd>0.95</dd>",
        "A remark.",
        "takes 20 instances",
        "180 s from launch to service; metrics 60 s late",
        "more than 85 % to do",
    ] {
        assert!(page.contains(told), "`{told}` is missing");
    }
    assert!(!page.contains("better than its last value"));
    assert!(changed(|week| week.about.predictable = false).contains("better than its last value"));
}

#[test]
fn the_verdict_is_plain_and_honest() {
    let check = |saved: [f64; 2], minutes: u64, expected: &str| {
        let page = changed(|week| {
            let headroom = week.policy_mut("headroom");
            headroom.cost = 140.0;
            headroom.violation_minutes = minutes;
            headroom.violation_share = minutes as f64 / 10_080.0;
            [headroom.saved_per_day_against_static_peak, headroom.saved_per_day_against_target_tracking] = saved;
        });
        assert_eq!(verdict(&page), expected);
    };
    check(
        [20.0, 5.0],
        12,
        "headroom would have saved 20.00 a day against static peak (50.0 %) and 5.00 a day against target tracking (20.0 %), \
         with 12 violation minutes of 10,080 (0.12 %).",
    );
    check(
        [20.0, -4.0],
        1,
        "headroom would have saved 20.00 a day against static peak (50.0 %), but cost 4.00 a day more than target tracking \
         (25.0 %), with 1 violation minute of 10,080 (0.01 %).",
    );
    check(
        [-4.0, -10.0],
        1008,
        "headroom would have cost 4.00 a day more than static peak (25.0 %) and 10.00 a day more than target tracking \
         (100.0 %), with 1,008 violation minutes of 10,080 (10.0 %).",
    );
    check(
        [0.0, 0.001],
        0,
        "headroom would have cost as much as static peak and target tracking, with no violation minute in 10,080.",
    );
}

#[test]
fn what_was_saved_is_set_against_violations() {
    let check = |cost: f64, minutes: u64, expected: &str| {
        let page = changed(|week| {
            let reference = week.policy_mut("target-tracking");
            (reference.cost, reference.violation_minutes) = (100.0, 30);
            let headroom = week.policy_mut("headroom");
            (headroom.cost, headroom.violation_minutes) = (cost, minutes);
        });
        assert!(details(&page)[1].contains(expected), "{:?}", details(&page));
    };
    check(90.0, 30, "neither dearer nor more often short");
    check(90.0, 31, "paid for with 1 violation minute more");
    check(110.0, 10, "bought 20 violation minutes fewer");
    check(110.0, 30, "no less often short");
    check(110.0, 31, "worse in both");
}

#[test]
fn never_is_said_where_a_family_never_gets_there() {
    let page = changed(|week| {
        for point in &mut week.backtest.frontier {
            let share = match (point.name.as_str(), point.knob) {
                ("headroom", Some(0.4)) => 0.015,
                ("headroom", _) => 0.1,
                ("target-tracking-fast", _) => 0.004,
                _ => continue,
            };
            point.violation_share = share;
        }
    });
    let cheapest = rows(&page, "The cheapest settings");
    let row = |name: &str| cheapest.iter().find(|row| row[0] == name).unwrap().clone();
    let headroom = row("headroom");
    assert_eq!((headroom[4], headroom[5]), ("0.4", "1.50"));
    assert_eq!(headroom[6..], ["never", "", "", "never", "", ""]);
    assert_eq!(row("target-tracking-fast")[9..][2], "0.40");
    assert!(details(&page)[2].contains("headroom never gets there"), "{:?}", details(&page));
}

#[test]
fn what_is_off_the_frontier_is_named() {
    let static_peak = |page: &str| page.contains("Above the picture: static-peak (");
    let dear = |times: f64| {
        changed(|week| {
            let frontier = &mut week.backtest.frontier;
            let cheapest = frontier.iter().map(|point| point.cost).fold(f64::INFINITY, f64::min);
            frontier.iter_mut().find(|point| point.name == "static-peak").unwrap().cost = times * cheapest;
        })
    };
    assert!(!static_peak(&dear(2.4)) && static_peak(&dear(2.6)));
}

/// The drawing whose title has this id.
fn drawing<'a>(page: &'a str, id: &str) -> &'a str {
    let start = page.find(&format!("aria-labelledby=\"{id}-title")).unwrap_or_else(|| panic!("no picture `{id}`"));
    page[start..].split_once("</svg>").unwrap().0
}

#[test]
fn violations_are_marked_where_there_are_any() {
    let page = page(&WEEK);
    let red = format!("fill=\"#{:02X}{:02X}{:02X}\"", 0xc9, 0x25, 0x2d);
    let some = |name: &str| WEEK.backtest.policies.iter().any(|policy| policy.name == name && policy.violation_minutes > 0);
    assert!(some("headroom") && !some("clairvoyant"));
    for policy in &WEEK.backtest.policies {
        for size in ["wide", "narrow"] {
            let marked = drawing(&page, &format!("capacity-{}-{size}", policy.name)).contains(&red);
            assert_eq!(marked, some(&policy.name), "{}", policy.name);
        }
    }
}

#[test]
fn capacity_that_leaves_the_picture_is_owned_up_to() {
    let highest = WEEK.backtest.replays[0].replay.minutes.iter().map(|minute| minute.demand).max().unwrap();
    let with = |in_service: u32| changed(|week| week.backtest.replays[2].replay.minutes[100].in_service = in_service);
    assert!(!with(2 * highest).contains("It leaves the picture"));
    assert!(with(2 * highest + 1).contains(&format!("It leaves the picture: up to {} were in service.", 2 * highest + 1)));
}

#[test]
fn the_worst_hour_is_shown_with_its_reasons() {
    let worst = WEEK.backtest.policies.iter().find(|policy| policy.name == "headroom").unwrap().worst_hour.unwrap();
    let page = changed(|week| week.policy_mut("target-tracking").worst_hour = Some(worst));
    let minutes = rows(&page, "Minute by minute");
    assert_eq!(minutes.len(), 60);
    assert_eq!(minutes[0][0], worst.from.strftime("%H:%M").to_string());
    let missing: u64 = minutes.iter().map(|row| row[5].parse::<u64>().unwrap()).sum();
    assert_eq!(missing, worst.unserved_instance_minutes);
    let (before, during) = (page.find("nothing ahead").unwrap(), page.find("a peak ahead").unwrap());
    assert!(during < page.find("Its decisions in the hour before").unwrap() && before > during);
    assert!(!page.contains("too early to matter") && !page.contains("all is over"));
    assert!(page.contains("<title id=\"hour-target-tracking-wide-title\">"));
}

#[test]
fn event_days_are_apart_and_savings_add_up() {
    let page = page(&WEEK);
    let kinds = rows(&page, "Event days and ordinary days");
    for (policy, row) in WEEK.backtest.policies.iter().zip(&kinds) {
        assert_eq!(row[2].replace(',', ""), policy.event_days.violation_minutes.to_string());
        assert_eq!(row[5].replace(',', ""), policy.ordinary_days.violation_minutes.to_string());
    }
    let days = rows(&page, "Day by day");
    assert_eq!(days.iter().map(|row| row[1]).collect::<Vec<_>>(), ["", "", "yes", "", "", "", ""]);
    let headroom = WEEK.backtest.policies.iter().find(|policy| policy.name == "headroom").unwrap();
    for (column, a_day) in [(7, headroom.saved_per_day_against_static_peak), (10, headroom.saved_per_day_against_target_tracking)]
    {
        let total: f64 = days.iter().map(|row| shown(row[column])).sum();
        assert!((total - 7.0 * a_day).abs() < 7.0 * 0.006, "{total} is not seven times {a_day}");
    }
    let ordinary = changed(|week| {
        for policy in &mut week.backtest.policies {
            policy.event_days = headroom_sim::measures::DaySum::default();
        }
    });
    assert!(ordinary.contains("No day of the replay has an event."));
}

#[test]
fn names_cannot_become_markup() {
    let evil = "<script>alert(\"1\")</script> & 'x'";
    let page = changed(|week| {
        week.about.trace = evil.to_owned();
        week.about.source = evil.to_owned();
        week.about.model = evil.to_owned();
        week.about.notes.push(evil.to_owned());
        week.reasons[2].1 = evil.to_owned();
    });
    check_page(&page);
    assert!(page.matches("&lt;script&gt;alert").count() >= 6);
}

#[test]
fn many_traces_have_an_index() {
    let mut other = WEEK.clone();
    other.about.trace = "other".to_owned();
    let page = html(&[WEEK.clone(), other]).unwrap();
    check_page(&page);
    assert!(page.contains("<h1>Backtest of 2 traces</h1>"));
    assert!(page.contains("<a href=\"#trace-1-top\">shop</a>") && page.contains("<a href=\"#trace-2-top\">other</a>"));
    assert_eq!(page.matches("<article id=\"trace-").count(), 2);
    assert_eq!(page.matches("The worst hour, minute by minute").count(), 2);
    check_page(&html(&[]).unwrap());
}

#[test]
fn a_backtest_without_headroom_compares_the_others() {
    let workload = workload(Profile::Api, 10);
    let replay = replayed(&workload, &plain_families(&workload, &WorldRules::default()), &Settings::default());
    let page = page(&replay);
    check_page(&page);
    assert!(verdict(&page).starts_with("headroom was not among the policies"));
    assert!(!page.contains("Default quantile") && !page.contains("day by day</strong>"));
}

#[test]
fn a_calm_day_has_no_worst_hour() {
    let rows: Vec<_> = (0..1440_i64)
        .map(|minute| {
            let mut row = headroom_core::Observation::at(Timestamp::from_second(1_767_571_200 + 300 * minute).unwrap());
            row.request_count = Some(100.0);
            row
        })
        .collect();
    let workload = Arc::new(Workload::from_series(&Series::from_observations(&rows).unwrap(), 20.0).unwrap());
    let replay = replayed(&workload, &families(&workload), &Settings::default());
    assert!(replay.backtest.policies.iter().all(|policy| policy.violation_minutes == 0));
    assert_eq!(replay.backtest.world.minutes, 1440);
    let page = page(&replay);
    check_page(&page);
    assert_eq!(page.matches("there is no worst hour").count(), 2);
    assert!(verdict(&page).contains("no violation minute in 1,440."));
}

#[test]
fn poor_backtests_have_a_page() {
    check_page(&changed(|week| week.backtest.replays.clear()));
    check_page(&changed(|week| week.backtest.frontier.clear()));
    check_page(&changed(|week| week.backtest.policies.truncate(1)));
    check_page(&changed(|week| {
        week.backtest.policies.retain(|policy| policy.name == "headroom");
        week.backtest.replays.retain(|policy| policy.name == "headroom");
        week.backtest.frontier.retain(|point| point.name == "headroom");
    }));
    check_page(&changed(|week| {
        for policy in &mut week.backtest.policies {
            (policy.cost, policy.intervals, policy.elastic_speedup) = (0.0, None, None);
            policy.saved_per_day_against_static_peak = f64::NAN;
            policy.theta_u = f64::NAN;
            policy.regret = f64::INFINITY;
        }
        for point in &mut week.backtest.frontier {
            point.cost = 0.0;
        }
        week.backtest.world.price_per_hour = 0.0;
    }));
    let workload = workload(Profile::Batch, 5);
    let shortest = Settings { minutes_max: 1, ..Settings::default() };
    check_page(&page(&replayed(&workload, &families(&workload), &shortest)));
}

#[test]
fn minutes_that_do_not_fit_are_refused() {
    let mut week = WEEK.clone();
    week.backtest.replays[1].replay.minutes.pop();
    let error = html(&[week]).unwrap_err().to_string();
    assert_eq!(error, "the replay of `threshold` over `shop` has 10079 minutes of 10080: run the backtest again");
}

#[test]
fn a_month_of_nine_policies_stays_small() {
    let workload = workload(Profile::Flash, 150);
    let mut families = vec![Family::fixed("static-peak", {
        let fixed = StaticPeak::of(&workload, &WorldRules::default());
        move || fixed
    })];
    families.extend(
        (0..7)
            .map(|index| Family::fixed(&format!("tracking-{index}"), move || TargetTracking::at(0.5 + 0.05 * f64::from(index)))),
    );
    families.push(Family::fixed("clairvoyant", || Clairvoyant::of(&workload)));
    let replay = replayed(&workload, &families, &Settings::default());
    assert_eq!((replay.backtest.world.minutes, replay.backtest.replays.len()), (43_200, 9));
    let page = page(&replay);
    check_page(&page);
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}
