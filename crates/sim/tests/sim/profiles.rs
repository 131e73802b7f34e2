use headroom_core::{Calendar, Column, Observation, Series, observation_csv::write_observations};
use headroom_sim::{Generated, Profile, Workload, WorldRules, generate, generate_with_sale_at};
use jiff::SignedDuration;

use super::at;

const DAY: usize = 288;

fn column(rows: &[Observation], column: Column) -> Vec<f64> {
    rows.iter().map(|row| row.get(column).unwrap()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::MIN, f64::max)
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    for profile in Profile::ALL {
        let bytes = |seed| {
            let Generated { observations, calendar_json } = generate(profile, 9, seed, at(0));
            (write_observations(&observations), calendar_json)
        };
        assert_eq!(bytes(1), bytes(1), "{profile}");
        assert_ne!(bytes(1).0, bytes(2).0, "{profile}");
        assert_eq!(bytes(1).1, bytes(2).1, "{profile}: what is announced does not depend on chance");
        assert_eq!(profile.name().parse(), Ok(profile));
        assert!(generate(profile, 0, 1, at(0)).observations.is_empty());
    }
    let unknown = "shops".parse::<Profile>().unwrap_err();
    assert_eq!(unknown.to_string(), "`shops` is not a profile: choose one of reference, shop, api, batch, flash");
}

#[test]
fn the_bytes_are_the_same_on_every_machine_and_in_every_version() {
    let last_rows: Vec<String> = Profile::ALL
        .into_iter()
        .map(|profile| {
            let bytes = write_observations(&generate(profile, 9, 1, at(0)).observations);
            let text = String::from_utf8(bytes).unwrap();
            format!("{profile} {}", text.lines().last().unwrap())
        })
        .collect();
    assert_eq!(
        last_rows,
        [
            "reference 2026-01-13T23:55:00Z,21.57,102.75,636,,0",
            "shop 2026-01-13T23:55:00Z,9.35,36431782,20202,18,0",
            "api 2026-01-13T23:55:00Z,8.67,28800149,44225,17,0",
            "batch 2026-01-13T23:55:00Z,7.55,65354311,1359,20,0",
            "flash 2026-01-13T23:55:00Z,5.22,31972637,13297,17,0",
        ]
    );
}

#[test]
fn rows_are_five_minutes_apart_and_say_what_the_calendar_says() {
    for profile in Profile::ALL {
        // A start in summer time that is off the grid, over the end of summer time.
        let start = "2026-10-05T22:02:17Z".parse().unwrap();
        let Generated { observations, calendar_json } = generate(profile, 40, 3, start);
        assert_eq!(observations.len(), 40 * DAY);
        assert_eq!(observations[0].timestamp, "2026-10-05T22:00:00Z".parse().unwrap());
        let step = SignedDuration::from_secs(300);
        assert!(observations.windows(2).all(|pair| pair[0].timestamp + step == pair[1].timestamp), "{profile}");
        let calendar = Calendar::from_json(&calendar_json).unwrap();
        let end = observations.last().unwrap().timestamp + step;
        let timeline = calendar.timeline(Some("any"), observations[0].timestamp, end);
        for row in &observations {
            let told = timeline.intensity_at(row.timestamp);
            assert!((told - row.is_sale_active.unwrap()).abs() <= 0.005, "{profile}: {told} but {row:?}");
        }
    }
}

#[test]
fn the_reference_has_the_statistics_of_its_generator() {
    let rows = generate(Profile::Reference, 15, 42, at(0)).observations;
    assert_eq!(rows.len(), 4320);
    assert!(rows.iter().all(|row| row.in_service_instances.is_none()));
    let sale_days: Vec<usize> = (0..15).filter(|day| rows[day * DAY].is_sale_active == Some(1.0)).map(|day| day + 1).collect();
    assert_eq!(sale_days, [5, 10, 15]);
    assert!(rows.chunks(DAY).all(|day| day.iter().all(|row| row.is_sale_active == day[0].is_sale_active)));
    let part = |sale: f64, wanted: Column| {
        let rows: Vec<Observation> = rows.iter().filter(|row| row.is_sale_active == Some(sale)).copied().collect();
        column(&rows, wanted)
    };
    // Whole waves have mean 0; on 3456 and 864 rows the means of the noise stay within these bounds by four deviations.
    // Clipping at 5 and 20 lifts the plain days a little: by 0.6 and 1.9, as far as the troughs reach.
    assert!((mean(&part(1.0, Column::CpuUtilization)) - 60.0).abs() < 0.75);
    assert!((mean(&part(0.0, Column::CpuUtilization)) - 20.6).abs() < 0.5);
    assert!((mean(&part(1.0, Column::NetworkIn)) - 400.0).abs() < 3.1);
    assert!((mean(&part(0.0, Column::NetworkIn)) - 101.9).abs() < 2.0);
    assert!((mean(&part(1.0, Column::RequestCount)) - 2500.0).abs() < 16.0);
    let cpu = column(&rows, Column::CpuUtilization);
    let network = column(&rows, Column::NetworkIn);
    let requests = column(&rows, Column::RequestCount);
    assert!(cpu.iter().all(|value| (5.0..=95.0).contains(value)) && cpu.contains(&5.0));
    assert!(network.iter().all(|value| (20.0..=1000.0).contains(value)) && network.contains(&20.0));
    assert!(requests.iter().all(|value| (100.0..=5000.0).contains(value)) && requests.contains(&100.0));
    // The wave crests at a quarter of the day and its trough is at three quarters.
    let around = |row: usize| mean(&cpu[row - 12..row + 12]);
    assert!(around(72) > 31.0 && around(216) < 10.0, "{} {}", around(72), around(216));
}

#[test]
fn the_reference_leaves_the_noise_that_its_best_predictor_is_known_for() {
    // The known mean, clipped, misses the last fifth of the rows by 3.91 on average: the noise floor published for it.
    let floor = |seed| {
        let rows = generate(Profile::Reference, 15, seed, at(0)).observations;
        let miss = |row: usize| {
            let phase = (2.0 * std::f64::consts::PI * 15.0 * row as f64 / 4319.0).sin();
            let known = 20.0 + 15.0 * phase + 40.0 * rows[row].is_sale_active.unwrap();
            (rows[row].cpu_utilization.unwrap() - known.clamp(5.0, 95.0)).abs()
        };
        mean(&(3456..4320).map(miss).collect::<Vec<_>>())
    };
    let floors: Vec<f64> = (0..20).map(floor).collect();
    assert!((mean(&floors) - 3.91).abs() < 0.1, "{floors:?}");
}

#[test]
fn services_follow_their_load_below_85_percent() {
    for profile in [Profile::Shop, Profile::Api, Profile::Batch, Profile::Flash] {
        let rows = generate(profile, 28, 5, at(0)).observations;
        let cpu = column(&rows, Column::CpuUtilization);
        let requests = column(&rows, Column::RequestCount);
        let instances = column(&rows, Column::InServiceInstances);
        assert!(instances.iter().all(|count| *count == instances[0]), "{profile}");
        assert!(highest(&cpu) <= 85.0 && highest(&cpu) > 85.0 * (instances[0] - 1.0) / instances[0] - 0.1, "{profile}");
        // Requests per percent of CPU: the same throughout, but for the noise of one percent.
        let ratios: Vec<f64> = requests.iter().zip(&cpu).filter(|(_, cpu)| **cpu > 5.0).map(|(r, c)| r / c).collect();
        let typical = mean(&ratios);
        assert!(ratios.iter().all(|ratio| (ratio / typical - 1.0).abs() < 0.06), "{profile}");
        assert!(requests.iter().all(|count| count.fract() == 0.0 && *count > 0.0), "{profile}");
        let workload = Workload::from_series(&Series::from_observations(&rows).unwrap(), 20.0).unwrap();
        assert_eq!(workload.main_column(), Column::RequestCount);
        assert!(workload.static_peak(&WorldRules::default()) >= 23, "{profile}");
    }
}

#[test]
fn a_shop_has_its_shape_and_its_sales() {
    // A Monday, midnight in Berlin.
    let start = at(-3600);
    let requests = column(&generate(Profile::Shop, 28, 5, start).observations, Column::RequestCount);
    let hour = |day: usize, hour: usize| mean(&requests[day * DAY + hour * 12..][..12]);
    let (night, lunch, afternoon, evening) = (hour(1, 4), hour(1, 12), hour(1, 15), hour(1, 20));
    assert!(evening > lunch && lunch > afternoon && afternoon > 1.5 * night, "{night} {lunch} {afternoon} {evening}");
    assert!(hour(5, 14) > 1.2 * hour(4, 14), "Saturday afternoon is another one than Friday's");
    assert!(hour(22, 20) > 1.02 * hour(1, 20), "it grows");
    // Day 9 is a Tuesday: twice the ordinary Tuesday's load; day 20 a Saturday: two and a half times.
    let (members, clearance) = (hour(8, 15) / hour(1, 15), hour(19, 15) / hour(5, 15));
    assert!((1.8..2.3).contains(&members) && (2.3..3.0).contains(&clearance), "{members} {clearance}");
    assert!((hour(8, 8) / hour(1, 8) - 1.0).abs() < 0.2, "nothing before ten");
}

#[test]
fn one_more_sale_changes_nothing_but_its_own_time() {
    let requests = |generated: &Generated| column(&generated.observations, Column::RequestCount);
    let plain = generate(Profile::Shop, 35, 5, at(0));
    let sale = generate_with_sale_at(35, 5, at(0), at(86_400 * 28 + 7200));
    let (before, after) = (requests(&plain), requests(&sale));
    // Two hours and 28 days from the start, half an hour of ramp before, four hours and half an hour of ramp after.
    let (first, last) = (28 * DAY + 24 - 5, 28 * DAY + 24 + 48 + 5);
    let changed: Vec<usize> = (0..before.len()).filter(|&row| before[row] != after[row]).collect();
    assert_eq!((changed[0], changed[changed.len() - 1]), (first, last));
    let (row, ratio) = (first + 20, after[first + 20] / before[first + 20]);
    assert!((ratio - 2.25).abs() < 0.01, "{row}: {ratio}");
    assert_eq!(sale.observations[row].is_sale_active, Some(1.25));
    let shorter = generate(Profile::Shop, 28, 5, at(0));
    assert_eq!(requests(&shorter), before[..28 * DAY], "28 days are the first 28 of 35");
}

#[test]
fn an_api_is_quiet_at_the_weekend_and_has_four_peaks_on_working_days() {
    let requests = column(&generate(Profile::Api, 28, 5, at(-3600)).observations, Column::RequestCount);
    let days: Vec<f64> = requests.chunks(DAY).map(mean).collect();
    assert!(days[5] < 0.4 * days[4] && days[6] < 0.4 * days[4]);
    // The mean working day, then the half hours that are higher than both neighbours.
    let half_hour = |index: usize| {
        mean(&(0..28).filter(|day| day % 7 < 5).map(|day| mean(&requests[day * DAY + index * 6..][..6])).collect::<Vec<_>>())
    };
    let shape: Vec<f64> = (0..48).map(half_hour).collect();
    let tops = (14..36).filter(|&i| shape[i] > shape[i - 1] && shape[i] > shape[i + 1]).count();
    assert_eq!(tops, 4, "{shape:?}");
}

#[test]
fn a_batch_has_steep_edges_every_night_and_a_long_job_on_sundays() {
    let requests = column(&generate(Profile::Batch, 28, 5, at(-3600)).observations, Column::RequestCount);
    for (day, rows) in requests.chunks(DAY).enumerate() {
        let steepest = rows.windows(2).map(|pair| pair[1] / pair[0]).fold(0.0, f64::max);
        assert!(steepest > 4.0, "day {day}: {steepest}");
        assert!(mean(&rows[16..36]) > 4.0 * mean(&rows[276..]), "day {day}: the night is busy");
        let noon = mean(&rows[132..156]) / mean(&rows[276..]);
        assert_eq!(noon > 3.0, day % 7 == 6, "day {day}: {noon}");
    }
}

#[test]
fn flash_crowds_come_announced_and_unannounced() {
    let rows = generate(Profile::Flash, 56, 5, at(-3600)).observations;
    let requests = column(&rows, Column::RequestCount);
    let ordinary = mean(&requests);
    let busy = |announced: bool| {
        rows.iter()
            .filter(|row| (row.is_sale_active.unwrap() > 0.0) == announced && row.request_count.unwrap() > 3.0 * ordinary)
            .count()
    };
    assert!(busy(true) >= 4 * 24, "four launches of two hours: {}", busy(true));
    // Eighteen or so in eight weeks, each above the mark for some rows.
    assert!((40..600).contains(&busy(false)), "{}", busy(false));
}
