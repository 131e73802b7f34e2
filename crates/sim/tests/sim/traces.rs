use std::{fs, path::Path, sync::Arc};

use headroom_core::{Series, observation_csv::read_observations};
use headroom_sim::{Workload, World, WorldRules, policies::Threshold, replay};

/// Real traces, which are not part of the repository: beside the checkout, where there are any.
const TRACES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/traces");

#[test]
#[expect(clippy::print_stderr, reason = "a test that did not run has to say so")]
fn every_real_trace_can_be_replayed() {
    let Ok(folder) = fs::read_dir(Path::new(TRACES)) else {
        eprintln!("skipped: there is no folder {TRACES} with traces to replay");
        return;
    };
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    paths.sort();
    for path in paths {
        let rows = read_observations(fs::File::open(&path).unwrap()).unwrap().observations;
        let workload = Workload::from_series(&Series::from_observations(&rows).unwrap(), 20.0)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        check(&path, &Arc::new(workload));
    }
}

fn check(path: &Path, workload: &Arc<Workload>) {
    let name = path.display();
    let rules = WorldRules::default();
    assert!(workload.loads().iter().all(|load| load.is_finite() && *load >= 0.0), "{name}");
    assert!(
        workload.split_minute() * 10 / workload.minutes() == 7 || workload.split_minute() * 10 / workload.minutes() == 8,
        "{name}"
    );
    let history = workload.history_observations(300, workload.static_peak(&rules));
    // No row twice, none outside of the history, and only what the group could not carry is above the objective.
    assert!(history.windows(2).all(|pair| pair[0].timestamp < pair[1].timestamp), "{name}");
    assert!(history.last().unwrap().timestamp < workload.split(), "{name}");
    assert!(history.len() * 5 > workload.split_minute() * 8 / 10, "{name}: most of the history was measured");
    if workload.static_peak(&rules) < rules.instances_max {
        assert!(history.iter().all(|row| row.cpu_utilization.unwrap() <= 85.0 + 1e-6), "{name}");
    }
    // 500 ticks of five minutes, or as many as the trace has.
    let minutes = 2500.min(workload.minutes() - workload.split_minute());
    let run = replay(workload, rules, 1, &mut Threshold::default(), minutes);
    assert_eq!(run.account.minutes, minutes as u64, "{name}");
    assert!(run.minutes.iter().all(|minute| (1..=100).contains(&minute.in_service)), "{name}");
    let mut world = World::new(Arc::clone(workload), rules, 1);
    world.advance_to_minute(workload.split_minute() + minutes);
    let steps = world.observations(300, workload.split(), jiff::Timestamp::MAX);
    assert!(steps.len() + 2 >= minutes / 5, "{name}: the cloud measures its load in the gaps of the trace too");
}

struct Clair(Arc<Workload>);
impl headroom_sim::PlainPolicy for Clair {
    fn name(&self) -> &'static str {
        "c"
    }
    fn decide(&mut self, seen: &headroom_sim::Seen<'_>) -> Option<u32> {
        (seen.minute..=seen.minute + 3).map(|m| seen.rules.demand(self.0.load_at(m))).max()
    }
}
#[test]
fn ratios() {
    for path in fs::read_dir(TRACES).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "csv")) {
        let rows = read_observations(fs::File::open(&path).unwrap()).unwrap().observations;
        let w = Arc::new(Workload::from_series(&Series::from_observations(&rows).unwrap(), 20.0).unwrap());
        let rules = WorldRules::default();
        let a = replay(&w, rules, 1, &mut headroom_sim::policies::StaticPeak::of(&w, &rules), usize::MAX).account;
        let c = replay(&w, rules, 1, &mut Clair(Arc::clone(&w)), usize::MAX).account;
        let t = replay(&w, rules, 1, &mut Threshold::default(), usize::MAX).account;
        eprintln!(
            "{} static {:.3} viol {:.4} clair viol {:.4} threshold {:.3} {:.4}",
            path.file_name().unwrap().display(),
            a.instance_hours() / c.instance_hours(),
            a.violation_share(),
            c.violation_share(),
            t.instance_hours() / c.instance_hours(),
            t.violation_share()
        );
    }
}
