//! Files and stores on the command line: every error names the file, the line and the cure.

use std::{
    fmt::Display,
    io::{ErrorKind, Write},
    path::Path,
    sync::{Arc, OnceLock},
};

use anyhow::{Context, Result, anyhow};
use headroom_core::{Calendar, Observation, Series, fleet::is_group_id, observation_csv::read_observations};
use headroom_store::Store;
use jiff::Timestamp;
use serde::Serialize;
use tokio::runtime::Runtime;
use trainer::Settings;

/// A line for people, on standard error, so that standard output stays clean for results.
pub(crate) fn say(line: &str) {
    anstream::eprintln!("{line}");
}

/// A line of results, on standard output. A reader that went away is no error.
pub(crate) fn print(text: &dyn Display) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}

/// The bytes of a file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(cured).with_context(|| format!("opening `{}`", path.display()))
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read_file(path)?).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        anyhow!("reading `{}`: line {line}: the text is not UTF-8: save the file as UTF-8", path.display())
    })
}

/// What the operating system said, with the cure where there is a plain one.
pub(crate) fn cured(error: std::io::Error) -> anyhow::Error {
    let cure = match error.kind() {
        ErrorKind::NotFound => "check the path",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "allow this user to read and write there",
        ErrorKind::IsADirectory => "name a file, not a folder",
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => "a part of the path is a file: name a folder instead",
        ErrorKind::StorageFull => "make room on the disk",
        _ => return error.into(),
    };
    anyhow!("{error}: {cure}")
}

/// The observations of a CSV file; what was unusual about it is said.
pub(crate) fn read_rows(path: &Path) -> Result<Vec<Observation>> {
    let reading = read_observations(&read_file(path)?[..]).with_context(|| format!("reading `{}`", path.display()))?;
    for remark in &reading.remarks {
        say(&format!("note: `{}`: {remark}", path.display()));
    }
    Ok(reading.observations)
}

/// The series of a CSV file, at the step that forecasts are made on.
pub(crate) fn read_series(path: &Path) -> Result<Series> {
    let series =
        Series::from_observations(&read_rows(path)?).with_context(|| format!("reading `{}`: after line 1", path.display()))?;
    Ok(series.at_forecast_step())
}

/// The calendar of a file; without a file, an empty one.
pub(crate) fn read_calendar(path: Option<&Path>) -> Result<Calendar> {
    let Some(path) = path else { return Ok(Calendar::default()) };
    Calendar::from_json(&read_text(path)?).with_context(|| format!("reading `{}`", path.display()))
}

/// The settings of a file, without one the defaults; a seed beside it counts for more.
pub(crate) fn read_settings(path: Option<&Path>, seed: Option<u64>) -> Result<Settings> {
    let settings = match path {
        Some(path) => Settings::from_json(&read_file(path)?).with_context(|| format!("reading `{}`", path.display()))?,
        None => Settings::default(),
    };
    Ok(Settings { seed: seed.unwrap_or(settings.seed), ..settings })
}

/// Writes a whole file or nothing, making the folders on the way.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    write_files(&[(path, bytes)])
}

/// Writes several files, in this order, once the bytes of all of them are on the disk; makes the folders on the way.
pub(crate) fn write_files(files: &[(&Path, &[u8])]) -> Result<()> {
    let mut written = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        let write = || {
            let folder = folder_of(path);
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new().prefix(".tmp-").permissions(permissions()).tempfile_in(folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            Ok(file)
        };
        written.push(write().map_err(cured).with_context(|| format!("writing `{}`", path.display()))?);
    }
    for (file, (path, _)) in written.into_iter().zip(files) {
        file.persist(path).map_err(|error| cured(error.error)).with_context(|| format!("writing `{}`", path.display()))?;
    }
    Ok(())
}

/// Fails where `path` could not be written: to be asked before long work. Leaves nothing behind.
pub(crate) fn check_writable(path: &Path) -> Result<()> {
    let check = || {
        if path.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        let there = path.ancestors().skip(1).find(|folder| folder.as_os_str().is_empty() || folder.exists());
        let there = there.filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        tempfile::Builder::new().prefix(".tmp-").tempfile_in(there).map(drop)
    };
    check().map_err(cured).with_context(|| format!("writing `{}`", path.display()))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What an ordinary file gets: temporary files are private unless told otherwise.
#[cfg(unix)]
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

/// Fails where [`output`] could not write: to be asked before long work.
pub(crate) fn check_output(json: Option<&Path>) -> Result<()> {
    json.filter(|path| path.as_os_str() != "-").map_or(Ok(()), check_writable)
}

/// Prints `text` for people and writes `value` for programs where that was asked for. Where programs read standard
/// output (`-`), people read standard error.
pub(crate) fn output<T: Serialize>(json: Option<&Path>, value: &T, text: &str) -> Result<()> {
    let Some(path) = json else {
        print(&text);
        return Ok(());
    };
    let json = serde_json::to_string_pretty(value).context("writing JSON")?;
    if path.as_os_str() == "-" {
        say(text);
        print(&json);
        return Ok(());
    }
    write_file(path, format!("{json}\n").as_bytes())?;
    print(&text);
    Ok(())
}

/// Opens a store, and checks the group's name on the way.
pub(crate) fn open_store(url: &str, group: &str) -> Result<Arc<dyn Store>> {
    if !is_group_id(group) {
        return Err(anyhow!("`--group` is `{group}`: use letters, digits, `-` and `_`"));
    }
    // The store's own errors name it already.
    #[cfg(feature = "s3")]
    return wait(async { Ok(headroom_aws::open_store(url).await?) });
    #[cfg(not(feature = "s3"))]
    Ok(headroom_store::url::open(url)?)
}

/// Runs what has to wait for a store, on the one runtime of the program: a client's connections live on it.
pub(crate) fn wait<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
            RUNTIME.get_or_init(|| runtime)
        }
    };
    runtime.block_on(future)
}

/// The present; or the moment that `SOURCE_DATE_EPOCH` names, for artefacts that can be made again byte by byte
/// (reproducible-builds.org).
pub(crate) fn present() -> Result<Timestamp> {
    let Some(epoch) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(Timestamp::now()) };
    let epoch = epoch.to_string_lossy().into_owned();
    let second = epoch.parse().with_context(|| format!("`SOURCE_DATE_EPOCH` is `{epoch}`: write a Unix second"))?;
    Timestamp::from_second(second).with_context(|| format!("`SOURCE_DATE_EPOCH` is `{epoch}`: write a Unix second"))
}

/// The command line, for the model card: the program's name without its folder.
pub(crate) fn command_line() -> String {
    let mut words = std::env::args();
    let program = words.next().unwrap_or_default();
    let program =
        Path::new(&program).file_name().map_or_else(|| "trainer".to_owned(), |name| name.to_string_lossy().into_owned());
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}
