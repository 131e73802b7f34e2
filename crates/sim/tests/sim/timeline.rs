//! Every measure once more, from the timeline alone and by its formula, without the engine.

use std::{collections::BTreeMap, sync::Arc};

use headroom_sim::{
    Profile, Workload, WorldRules,
    backtest::{Settings, backtest},
    plain_families,
};
use serde_json::Value;

use super::{generated, steady_then, workload};

/// One row of the timeline.
struct Row {
    day: String,
    demand: f64,
    desired: f64,
    in_service: f64,
}

/// The rows by policy, read as others would.
fn read(timeline: &[u8]) -> BTreeMap<String, Vec<Row>> {
    let mut lines = std::str::from_utf8(timeline).unwrap().lines();
    assert_eq!(lines.next(), Some("timestamp,policy,load,demand,desired,in_service"));
    let mut policies: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let [stamp, policy, load, demand, desired, in_service] = cells[..] else { panic!("{line}") };
        let number = |text: &str| text.parse::<f64>().unwrap();
        assert_eq!(number(demand), (number(load) / 0.85).ceil().max(1.0), "{line}");
        policies.entry(policy.to_owned()).or_default().push(Row {
            day: stamp[..10].to_owned(),
            demand: number(demand),
            desired: number(desired),
            in_service: number(in_service),
        });
    }
    policies
}

fn sum(rows: &[Row], of: impl Fn(&Row) -> f64) -> f64 {
    rows.iter().map(of).sum()
}

fn short(row: &Row) -> f64 {
    if row.in_service < row.demand { 1.0 } else { 0.0 }
}

fn long(row: &Row) -> f64 {
    if row.in_service > row.demand { 1.0 } else { 0.0 }
}

/// theta_u, theta_o, tau_u, tau_o, instability.
fn elasticity(rows: &[Row]) -> [f64; 5] {
    let scale = 100.0 / rows.len() as f64;
    let sign = |change: f64| -> f64 {
        if change > 0.0 {
            1.0
        } else if change < 0.0 {
            -1.0
        } else {
            0.0
        }
    };
    let mut unstable = 0.0;
    for at in 1..rows.len() {
        let capacity = sign(rows[at].in_service - rows[at - 1].in_service);
        let demand = sign(rows[at].demand - rows[at - 1].demand);
        unstable += f64::min((capacity - demand).abs(), 1.0);
    }
    [
        scale * sum(rows, |row| short(row) * (row.demand - row.in_service) / row.demand),
        scale * sum(rows, |row| long(row) * (row.in_service - row.demand) / row.demand),
        scale * sum(rows, short),
        scale * sum(rows, long),
        scale * unstable,
    ]
}

/// The fourth root of the product of four ratios, where each has a number.
fn speedup(without: &[f64; 5], with: &[f64; 5]) -> Option<f64> {
    let mut product = 1.0;
    for at in 0..4 {
        let ratio = match (without[at], with[at]) {
            (0.0, 0.0) => 1.0,
            (_, 0.0) => return None,
            (without, with) => without / with,
        };
        product *= ratio;
    }
    Some(product.sqrt().sqrt())
}

fn check(name: &str, workload: &Arc<Workload>, rules: WorldRules, price: f64) {
    let settings = Settings { rules, price_per_hour: price, ..Settings::default() };
    let result = backtest(name, workload, &plain_families(workload, &rules), &settings);
    let mut timeline = Vec::new();
    result.write_timeline(&mut timeline).unwrap();
    let rows = read(&timeline);
    let json = serde_json::to_value(&result).unwrap();
    let policies = json["policies"].as_array().unwrap();
    assert_eq!(rows.len(), policies.len());
    let limit = sum(&rows["clairvoyant"], |row| row.desired) / 60.0;
    let static_peak = elasticity(&rows["static-peak"]);
    for policy in policies {
        let rows = &rows[policy["name"].as_str().unwrap()];
        check_policy(name, policy, rows, limit, price);
        let expected = speedup(&static_peak, &elasticity(rows));
        let written = policy["elastic_speedup"].as_f64();
        assert_eq!(expected.is_some(), written.is_some(), "{name}: {policy}");
        assert!((expected.unwrap_or(0.0) - written.unwrap_or(0.0)).abs() <= 1e-9 * expected.unwrap_or(1.0), "{name}: {policy}");
    }
}

fn check_policy(name: &str, policy: &Value, rows: &[Row], limit: f64, price: f64) {
    let minutes = rows.len() as f64;
    let mut by_day: BTreeMap<&str, f64> = BTreeMap::new();
    let (mut outs, mut ins, mut reversals, mut last) = (0.0, 0.0, 0.0, 0.0);
    // The group starts with what its first minute takes.
    let mut before = rows[0].demand.clamp(1.0, 100.0);
    for row in rows {
        *by_day.entry(&row.day).or_default() += short(row);
        let change = row.desired - before;
        before = row.desired;
        if change > 0.0 {
            outs += 1.0;
        }
        if change < 0.0 {
            ins += 1.0;
        }
        if change * last < 0.0 {
            reversals += 1.0;
        }
        if change != 0.0 {
            last = change;
        }
    }
    let hours = sum(rows, |row| row.desired) / 60.0;
    let [theta_u, theta_o, tau_u, tau_o, instability] = elasticity(rows);
    let measures = [
        ("instance_hours", hours),
        ("cost", hours * price),
        ("violation_minutes", sum(rows, short)),
        ("violation_share", sum(rows, short) / minutes),
        ("unserved_share", sum(rows, |row| short(row) * (row.demand - row.in_service)) / sum(rows, |row| row.demand)),
        ("theta_u", theta_u),
        ("theta_o", theta_o),
        ("tau_u", tau_u),
        ("tau_o", tau_o),
        ("instability", instability),
        ("scale_outs", outs),
        ("scale_ins", ins),
        ("reversals", reversals),
        ("worst_day_violation_minutes", by_day.values().copied().fold(0.0, f64::max)),
        ("regret", hours / limit - 1.0),
    ];
    for (measure, expected) in measures {
        let written = policy[measure].as_f64().unwrap_or_else(|| panic!("{name}: no `{measure}` in {policy}"));
        let tolerance = 1e-9 * expected.abs().max(1.0);
        assert!((written - expected).abs() <= tolerance, "{name}: `{measure}` of {}: {written}, not {expected}", policy["name"]);
    }
}

#[test]
fn every_measure_can_be_recomputed_from_the_timeline() {
    let rules = WorldRules::default();
    for profile in Profile::ALL {
        check(profile.name(), &generated(profile, 20, 5), rules, 0.10);
    }
    check("dear", &generated(Profile::Flash, 12, 6), rules, 1.7);
    check("slow boots", &generated(Profile::Batch, 12, 6), WorldRules { boot_delay_seconds: 421, ..rules }, 0.10);
    check("boots that differ", &generated(Profile::Shop, 12, 6), WorldRules { boot_jitter_seconds: 70, ..rules }, 0.10);
    check(
        "too small",
        &generated(Profile::Shop, 12, 6),
        WorldRules { instances_max: 100, boot_delay_seconds: 1800, ..rules },
        0.10,
    );
    let sawtooth: Vec<f64> = (0..5000).map(|minute| f64::from(minute % 97 * (minute % 13))).collect();
    check("minutes", &Arc::new(workload(60, &sawtooth, 60.0)), rules, 0.10);
    check("short", &steady_then(&[1.7, 5.0, 30.0, 300.0, 0.0, 1.0, 1.0, 1.0]), rules, 0.10);
}

#[test]
fn the_timeline_has_a_row_a_minute_in_order() {
    let workload = steady_then(&[1.7, 5.0, 5.0, 0.5, 0.5, 0.5, 0.5, 0.5]);
    let settings = Settings { minutes_max: 7, ..Settings::default() };
    let families: Vec<_> = plain_families(&workload, &settings.rules).into_iter().filter(|f| f.name() == "clairvoyant").collect();
    let mut timeline = Vec::new();
    backtest("trace", &workload, &families, &settings).write_timeline(&mut timeline).unwrap();
    insta::assert_snapshot!(String::from_utf8(timeline).unwrap(), @r"
    timestamp,policy,load,demand,desired,in_service
    2026-01-05T02:40:00Z,clairvoyant,1.7,2,2,2
    2026-01-05T02:41:00Z,clairvoyant,1.7,2,2,2
    2026-01-05T02:42:00Z,clairvoyant,1.7,2,6,2
    2026-01-05T02:43:00Z,clairvoyant,1.7,2,6,2
    2026-01-05T02:44:00Z,clairvoyant,1.7,2,6,2
    2026-01-05T02:45:00Z,clairvoyant,5.0,6,6,6
    2026-01-05T02:46:00Z,clairvoyant,5.0,6,6,6
    ");
}
