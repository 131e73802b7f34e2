//! The targets of `fuzz/` on stable Rust: mutations of a small corpus from a fixed seed.
//!
//! `HEADROOM_FUZZ_INPUTS` asks for another number of inputs, `HEADROOM_FUZZ_SEED` for another seed; `--nocapture` shows the figures.

#[path = "../../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "there it is the root of a library")]
mod targets;

mod mutations;

use std::{
    env, fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use mutations::Mutations;

/// A number from the environment.
fn setting(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("`{name}` is `{text}`: write a number")))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The inputs of the corpus by their names.
fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = root().join("corpus").join(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.file_name().unwrap().display().to_string(), fs::read(&path).unwrap())).collect()
}

/// Gives `target` the whole corpus, and then as many inputs made of it and of `words`. An input that makes it panic is kept in
/// `fuzz/artifacts`.
#[expect(clippy::print_stdout, reason = "the figures are what the harness is run for")]
fn check(name: &str, target: fn(&[u8]) -> bool, words: &str, inputs: u64) {
    let corpus = corpus(name);
    assert!(corpus.len() >= 3, "the corpus of `{name}` has {} inputs", corpus.len());
    let inputs = setting("HEADROOM_FUZZ_INPUTS").unwrap_or(inputs);
    let seed = setting("HEADROOM_FUZZ_SEED").unwrap_or(7);
    let began = Instant::now();
    let mut slowest = (Duration::ZERO, String::new());
    let mut taken = 0_u64;
    let mut give = |label: &str, input: &[u8]| {
        let started = Instant::now();
        let Ok(is_taken) = catch_unwind(|| target(input)) else {
            let folder = root().join("artifacts").join(name);
            fs::create_dir_all(&folder).unwrap();
            let path = folder.join(label);
            fs::write(&path, input).unwrap();
            panic!("`{name}` panics on {}: mend it, and keep the input in fuzz/corpus/{name}", path.display());
        };
        taken += u64::from(is_taken);
        if started.elapsed() > slowest.0 {
            slowest = (started.elapsed(), label.to_owned());
        }
        is_taken
    };
    let good = corpus.iter().filter(|(label, input)| give(label, input)).count();
    assert!(good >= 2, "{good} inputs of the corpus of `{name}` are taken: what lies behind the reader is not reached");
    let known: Vec<&[u8]> = corpus.iter().map(|(_, input)| &input[..]).collect();
    let words: Vec<&str> = words.split(' ').collect();
    let mut mutations = Mutations::new(seed, &known, &words);
    for number in 0..inputs {
        give(&format!("seed-{seed}-{number}"), &mutations.next());
    }
    let took = began.elapsed().as_secs_f64();
    let total = corpus.len() as u64 + inputs;
    println!(
        "{name}: inputs fuzzed: {total}, {taken} of them taken ({good} of the corpus), in {took:.1} s ({:.0} a minute); the slowest, {}, took {:.0} ms",
        total as f64 / took * 60.0,
        slowest.1,
        slowest.0.as_secs_f64() * 1000.0
    );
}

/// Words that the formats are made of or break at, with a space between them.
const CSV: &str = "timestamp cpu_utilization request_count 2026-06-01T00:00:00Z +02:00 NaN null -1 1e308 \r\n \" ,";

const CALENDAR: &str = "4294967295 9999-12-30T00:00 1970-01-01T00:00 FREQ= MINUTELY SECONDLY HOURLY YEARLY ;INTERVAL= ;COUNT= ;UNTIL= \
    ;BYDAY=-1MO ;BYWEEKNO=53 ;BYYEARDAY=366 ;BYSETPOS=-1 ;BYMONTH=2 ;BYMONTHDAY=-31 ;BYHOUR=2 ;BYMINUTE=59 \
    ;BYSECOND=60 \\n \\u0000 1e308 -1 Pacific/Apia [Europe/Berlin] null";

const FLEET: &str = "[[group]] [defaults] id= \"web\" 4294967296 -1 nan inf 1e308 \"active\" [[group.schedule]] \n ''' {}";

const MODEL: &str = "18446744073709551615 4294967296 1e308 -1 null [] \"kind\":\"plain\" \"kind\":\"network\" \"layers\": \
    \"hidden\": \"head\": F32 U8 BF16 \"shape\":[0] data_offsets";

const JOURNAL: &str = "\n {} }\n{ \"tick\": 2026-11-24T12:00:00Z null 1e999 -1 \u{feff} \"format\":2";

const CONTROL: &str = "{} \"stop\": \"answer\": \"mode\": \"allocation\": null \"format\":1 2026-11-24T12:00:00Z 4294967296 -1";

const STATE: &str = "null [] -1 1e308 18446744073709551615 4294967295 0 \"floor\" \"desired\" \"standing\":{ \"at\":\"2026-06-29T02:01:00Z\" \
    -009999-01-02T01:59:59Z 9999-12-30T22:00:00Z 2026-06-29T02:00:00Z 2027-01-01T00:00:00Z \"format\":2";

const API: &str = "GET PUT POST DELETE HEAD /api/ groups/ web new %00 %2e%2e/ // ?from= &to= &limit= &cursor= \
    2026-11-24T11:00:00Z -009999-01-01T00:00:00Z 9999-12-30T22:00:00Z 18446744073709551616 -1 NaN Bearer {viewer} \
    {operator} {admin} authorization: if-match: if-none-match:* origin: host: eyJhbGciOiJub25lIn0 . \n\n \n null \
    {} [] \"";

#[test]
fn csv() {
    check("csv", targets::csv, CSV, 4_000);
}

#[test]
fn calendar() {
    check("calendar", targets::calendar, CALENDAR, 3_000);
}

#[test]
fn fleet() {
    check("fleet", targets::fleet, FLEET, 3_000);
}

#[test]
fn model() {
    check("model", targets::model, MODEL, 1_500);
}

#[test]
fn journal() {
    check("journal", targets::journal, JOURNAL, 3_000);
}

#[test]
fn control() {
    check("control", targets::control, CONTROL, 4_000);
}

#[test]
fn state() {
    check("state", targets::state, STATE, 500);
}

#[test]
fn past() {
    check("past", targets::past, STATE, 300);
}

#[test]
fn api() {
    check("api", targets::api, API, 1_500);
}
