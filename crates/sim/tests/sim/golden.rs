//! A table over a small generated workload, to be looked at when a change moves it.

use std::fmt::Write as _;

use headroom_sim::{
    Profile,
    backtest::{Settings, backtest},
    plain_families,
};

use super::generated;

/// Every policy at its default over the last three of fifteen days, and what it takes at its best setting.
fn table(profile: Profile) -> String {
    let workload = generated(profile, 15, 1);
    let settings = Settings::default();
    let result = backtest(profile.name(), &workload, &plain_families(&workload, &settings.rules), &settings);
    let mut table = String::new();
    let mut line = |cells: [&str; 9]| {
        let [name, numbers @ ..] = cells;
        let numbers: String = numbers.iter().map(|number| format!("{number:>9}")).collect();
        writeln!(table, "{name:<20}{numbers}").unwrap();
    };
    line(["policy", "knob", "hours", "short", "unserved", "out", "in", "back", "at 1 %"]);
    for policy in &result.policies {
        line([
            &policy.name,
            &policy.knob.map_or(String::new(), |knob| knob.to_string()),
            &format!("{:.1}", policy.instance_hours),
            &policy.violation_minutes.to_string(),
            &format!("{:.5}", policy.unserved_share),
            &policy.scale_outs.to_string(),
            &policy.scale_ins.to_string(),
            &policy.reversals.to_string(),
            &result.cheapest_within(&policy.name, 0.01).map_or("never".to_owned(), |best| format!("{:.1}", best.instance_hours)),
        ]);
    }
    table
}

#[test]
fn three_days_of_a_shop() {
    insta::assert_snapshot!(table(Profile::Shop), @r"
    policy                   knob    hours    short unserved      out       in     back   at 1 %
    static-peak                     2160.0        0  0.00000        1        0        0   2160.0
    threshold                        866.4        0  0.00000       34       30        5    866.4
    target-tracking           0.5   1026.0        0  0.00000       87       75       43    656.1
    target-tracking-fast      0.5   1029.6        0  0.00000       96       78       47    660.7
    same-time-last-week       1.2    698.6        0  0.00000       87       89       85    646.7
    aws-predictive-like       0.5   1068.9        0  0.00000       77       66       43    682.5
    clairvoyant                      596.9        0  0.00000      116      118      162    596.9
    ");
}

#[test]
fn three_days_of_flash_crowds() {
    insta::assert_snapshot!(table(Profile::Flash), @r"
    policy                   knob    hours    short unserved      out       in     back   at 1 %
    static-peak                     3384.0        0  0.00000        1        0        0   3384.0
    threshold                        541.0      138  0.06617       42       38        9    never
    target-tracking           0.5    654.8       29  0.00759       75      109       77    510.5
    target-tracking-fast      0.5    664.1       19  0.00398      112      142      103    473.1
    same-time-last-week       1.2    463.6      447  0.14264       52       66       65    never
    aws-predictive-like       0.5    691.8       29  0.00759       41       75       38    537.7
    clairvoyant                      375.4        0  0.00000       71      103      110    375.4
    ");
}
