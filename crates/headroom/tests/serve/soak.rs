//! A soak: `headroom serve` for simulated days while much goes wrong in the cloud and someone reads the page. Memory and file
//! handles stay flat, no tick is lost, and no small object grows.
//!
//! `scripts/soak [MINUTES [SPEED]]` runs it for longer.

#![expect(clippy::print_stdout, reason = "what it came to is for whoever runs it")]

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use headroom_core::{Decision, Forecast, anomaly::Anomaly};
use headroom_sim::{Profile, generate};
use headroom_store::{LocalStore, Store as _, history, journal, keys};
use jiff::{SignedDuration, Timestamp};
use reqwest::blocking::Client;
use serde_json::Value;

use crate::process::{Home, Serving, nobody};

const FLEET: &str = "[defaults]\nprovider = \"simulated\"\nmode = \"active\"\n[[group]]\nid = \"web\"\n[[group]]\nid = \"api\"\n";

/// The groups.
const GROUPS: [&str; 2] = ["web", "api"];

/// Their steps, in seconds.
const STEP: i64 = 300;

/// So many days of history are learned from at most.
const TRAINED_DAYS: u32 = 400;

/// What goes wrong.
const FAULTS: u64 = 7;

/// The last third may have so much more memory than the first one: by share, and in kB for what a short run has not yet touched
/// and for the minutes that the simulated cloud itself remembers.
const MEMORY: (f64, f64) = (1.10, 12.0 * 1024.0);

/// The last third may have so many more handles than the first one: connections come and go.
const HANDLES: f64 = 4.0;

/// A state, a control or a request may have so many bytes.
const SMALL_OBJECT: usize = 128 * 1024;

/// What someone reads, again and again.
const READ: [&str; 7] = [
    "/",
    "/api/groups",
    "/api/groups/web",
    "/api/groups/api/history?hours=48",
    "/api/groups/api/decisions?hours=24&limit=50",
    "/api/dashboard/stats",
    "/api/dashboard/history?hours=24",
];

/// What came of what was read.
#[derive(Default)]
struct Requests {
    answered: AtomicUsize,
    broken: AtomicUsize,
}

/// Memory in kB, and open handles.
#[derive(Debug, Clone, Copy)]
struct Sample {
    memory: f64,
    handles: f64,
}

impl Sample {
    fn of(process: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
        let memory = memory.trim().trim_end_matches(" kB").parse().unwrap();
        let handles = fs::read_dir(format!("/proc/{process}/fd")).unwrap().count();
        Self { memory, handles: f64::from(u32::try_from(handles).unwrap()) }
    }

    /// The median of each, of some samples.
    fn median(samples: &[Self]) -> Self {
        let middle = |value: fn(&Self) -> f64| {
            let mut values: Vec<f64> = samples.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        Self { memory: middle(|sample| sample.memory), handles: middle(|sample| sample.handles) }
    }
}

fn number(name: &str, usual: f64) -> f64 {
    let Ok(text) = std::env::var(name) else { return usual };
    text.parse().unwrap_or_else(|_| panic!("{name} is a number, not `{text}`"))
}

#[test]
fn a_soak_leaves_memory_handles_and_objects_as_they_were() {
    let minutes = number("HEADROOM_SOAK_MINUTES", 0.5);
    let speed = number("HEADROOM_SOAK_SPEED", 10_000.0);
    let home = Home::with(FLEET);
    // A short run would be nothing but its first training.
    let training = if minutes < 3.0 { "--no-training" } else { "" };
    if training.is_empty() {
        fill(&home);
    }
    let options =
        format!("{} --listen 127.0.0.1:0 --simulate --speed {speed} --faults {FAULTS} --log json {training}", home.place());
    let mut serving = Serving::start(&options, &nobody());
    let (url, token) = serving.with_token();
    serving.until("it ticks", |serving| serving.stdout().contains("  api  load "));

    let (over, requests) = (AtomicBool::new(false), Requests::default());
    let mut samples = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| read_until(&over, &requests, &url, &token));
        let begun = Instant::now();
        while begun.elapsed().as_secs_f64() < minutes * 60.0 && serving.ended().is_none() {
            thread::sleep(Duration::from_millis(250));
            samples.push(Sample::of(serving.id()));
        }
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(serving.end_with("-TERM"), Some(0), "{}", last_lines(&serving.stderr()));

    let log = serving.stderr();
    let found = Found::read(&home, &log);
    // The first quarter warms up.
    let warm = &samples[samples.len() / 4..];
    let third = warm.len() / 3;
    let (start, end) = (Sample::median(&warm[..third]), Sample::median(&warm[warm.len() - third..]));
    let bound = start.memory * MEMORY.0 + MEMORY.1;
    println!("| soak | |\n| --- | --- |");
    println!("| minutes | {minutes} |");
    println!("| simulated days | {:.2} |", found.days);
    println!("| decisions | {} |", found.decisions);
    println!("| ticks without one, as the cloud did not tell the size | {} |", found.failed);
    println!("| ticks lost | {} |", found.lost);
    println!("| warnings and errors in the log | {} |", found.told);
    let (answered, broken) = (requests.answered.into_inner(), requests.broken.into_inner());
    println!("| requests answered, connections that broke off | {answered}, {broken} |");
    println!(
        "| memory at the start, at the end, bound (MB) | {:.1}, {:.1}, {:.1} |",
        start.memory / 1024.0,
        end.memory / 1024.0,
        bound / 1024.0
    );
    println!("| handles at the start, at the end, bound | {}, {}, {} |", start.handles, end.handles, start.handles + HANDLES);
    println!("| largest state, control or request, bound (bytes) | {}, {SMALL_OBJECT} |", found.largest);
    let panics: Vec<&str> = log.lines().filter(|line| line.contains("panic")).take(5).collect();
    assert_eq!(found.lost, 0, "ticks are lost; panics in the log: {panics:#?}");
    assert!(broken * 50 <= answered, "the page answers");
    assert!(end.memory <= bound, "memory grows");
    assert!(end.handles <= start.handles + HANDLES, "handles are not closed");
    assert!(found.largest <= SMALL_OBJECT, "a small object grows");
    assert!(minutes < 3.0 || found.told > 0, "things go wrong");
}

/// Stores all the days that training ever reads, so that the history which it holds in memory is as long at the end as at the start.
fn fill(home: &Home) {
    let now = Timestamp::now().as_second().div_euclid(STEP) * STEP;
    let first = Timestamp::from_second(now).unwrap() - SignedDuration::from_hours(24 * i64::from(TRAINED_DAYS));
    let store = LocalStore::open(home.path("store")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for (seed, group) in (0..).zip(GROUPS) {
        let rows = generate(Profile::Shop, TRAINED_DAYS, seed, first).observations;
        runtime.block_on(history::merge(&store, group, &rows)).unwrap();
    }
}

/// Asks for everything that a page asks for, a request a second.
fn read_until(over: &AtomicBool, requests: &Requests, url: &str, token: &str) {
    let client = Client::new();
    for path in READ.iter().cycle() {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let sent = client.get(format!("{url}{path}")).bearer_auth(token).send();
        match sent.and_then(|answer| Ok((answer.status(), answer.text()?))) {
            Ok((status, text)) => {
                assert_eq!(status, 200, "{path}: {text}");
                requests.answered.fetch_add(1, Ordering::Relaxed);
            }
            // A connection that nothing came through for ten seconds is closed, on a busy machine right before the next request.
            Err(_) => {
                requests.broken.fetch_add(1, Ordering::Relaxed);
            }
        }
        thread::sleep(Duration::from_secs(1));
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// What a soak left in its store.
struct Found {
    days: f64,
    decisions: usize,
    failed: usize,
    lost: usize,
    largest: usize,
    told: usize,
}

impl Found {
    /// Reads all of it: what cannot be read fails here.
    fn read(home: &Home, log: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(Self::found(home, log))
    }

    async fn found(home: &Home, log: &str) -> Self {
        let store = LocalStore::open(home.path("store")).unwrap();
        let all = (Timestamp::MIN, Timestamp::MAX);
        let is_told = |line: &&str| line.contains("\"level\":\"WARN\"") || line.contains("\"level\":\"ERROR\"");
        let told = log.lines().filter(is_told).count();
        let mut found = Self { days: 0.0, decisions: 0, failed: 0, lost: 0, largest: 0, told };
        for group in GROUPS {
            let decisions: Vec<Decision> = journal::read_days(&store, keys::decisions, group, all.0, all.1).await.unwrap();
            journal::read_days::<Forecast>(&store, keys::forecasts, group, all.0, all.1).await.unwrap();
            journal::read_days::<Anomaly>(&store, keys::anomalies, group, all.0, all.1).await.unwrap();
            assert!(!history::read_all(&store, group).await.unwrap().is_empty());
            let ticks = decisions.iter().map(|decision| decision.tick);
            let (first, last) = (ticks.clone().min().unwrap(), ticks.max().unwrap());
            let seconds = last.duration_since(first).as_secs();
            let expected = usize::try_from(seconds / STEP).unwrap() + 1;
            let failed = failures(log, group);
            found.decisions += decisions.len();
            found.failed += failed;
            found.lost += expected.saturating_sub(decisions.len() + failed);
            found.days = found.days.max(seconds as f64 / 86_400.0);
        }
        for key in store.list("").await.unwrap() {
            if ["state/", "control/", "requests/"].iter().any(|prefix| key.starts_with(prefix)) {
                found.largest = found.largest.max(store.get(&key).await.unwrap().unwrap().bytes.len());
            }
        }
        found
    }
}

/// Ticks of `group` that the log says had no decision.
fn failures(log: &str, group: &str) -> usize {
    let told = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).filter(|line| {
        let says = |start: &str| line["message"].as_str().is_some_and(|message| message.starts_with(start));
        line["group"] == group && says("reading the capacity of group")
    });
    told.count()
}
