//! The record of a search on the disk: whole lines only, and one writer at a time.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};
use trainer::tune::{
    Trial,
    record::{About, Record},
};

use crate::files::{check_writable, cured, say};

/// A record that trials are appended to. The file is made with the first of them, so that a search that fails before leaves
/// nothing behind.
pub(super) struct RecordFile<'a> {
    path: &'a Path,
    about: &'a About,
    file: Option<File>,
}

impl<'a> RecordFile<'a> {
    /// Opens the record of `about`, or finds that it can be made; with it the trials that are in it already.
    pub(super) fn open(path: &'a Path, about: &'a About) -> Result<(Self, Vec<Trial>)> {
        if !path.exists() {
            check_writable(path)?;
            return Ok((Self { path, about, file: None }, Vec::new()));
        }
        if !path.is_file() && !path.is_dir() {
            bail!("writing `{}`: this is a device or the like: name an ordinary file", path.display());
        }
        let mut file = open_locked(path)?;
        let mut bytes = Vec::new();
        let of = || format!("reading `{}`", path.display());
        file.read_to_end(&mut bytes).map_err(cured).with_context(of)?;
        let record = Record::read(&bytes, about).with_context(of)?;
        if record.whole < bytes.len() {
            say(&format!("note: `{}`: the last line was torn off and is dropped: its trial is repeated", path.display()));
            let cut = file.set_len(record.whole as u64).and_then(|()| file.seek(SeekFrom::End(0)));
            cut.map_err(cured).with_context(|| format!("writing `{}`", path.display()))?;
        }
        if !record.trials.is_empty() {
            say(&format!("`{}` holds {} finished trial(s)", path.display(), record.trials.len()));
        }
        Ok((Self { path, about, file: Some(file) }, record.trials))
    }

    /// Adds a finished trial; it is on the disk before this returns.
    pub(super) fn append(&mut self, trial: &Trial) -> Result<()> {
        let file = match self.file.take() {
            Some(file) => file,
            None => make(self.path)?,
        };
        let file = self.file.insert(file);
        let mut write = || {
            let head = if file.seek(SeekFrom::End(0))? == 0 { self.about.line() } else { String::new() };
            file.write_all(format!("{head}{}", trial.line()).as_bytes())?;
            file.sync_data()
        };
        write().map_err(cured).with_context(|| format!("writing `{}`", self.path.display()))
    }
}

/// Makes a record that was not there when the search began.
fn make(path: &Path) -> Result<File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(cured).with_context(|| format!("writing `{}`", path.display()))?;
    let file = open_locked(path)?;
    if file.metadata().is_ok_and(|facts| facts.len() > 0) {
        bail!(
            "`{}` was made by another `trainer tune` meanwhile: run the same command again, which continues it",
            path.display()
        );
    }
    Ok(file)
}

fn open_locked(path: &Path) -> Result<File> {
    let writing = || format!("writing `{}`", path.display());
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let file = options.map_err(cured).with_context(writing)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("`{}` is being written by another `trainer tune`: wait for it, or name another file", path.display())
        }
        // A file system without locks leaves it to people.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(cured(error)).with_context(writing),
    }
}
