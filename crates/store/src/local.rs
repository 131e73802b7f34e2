//! Objects as files below one folder.
//!
//! A write goes to a temporary file in the object's own folder, which is renamed over the object once it is on the
//! disk: whoever reads sees the old bytes or the new ones, whenever a writer is killed. One lock file for the whole
//! store makes compare and swap one step; the operating system releases it when its holder dies.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use walkdir::WalkDir;

use crate::{Expect, OBJECT_BYTES_MAX, Object, Store, StoreError, Version, check_size, keys, too_large};

/// What the names of files start with that a writer has not finished.
const TEMPORARY: &str = ".tmp-";

/// The file that writers lock.
const LOCK: &str = ".lock";

/// A store in a local folder. Several processes may use one folder at the same time.
#[derive(Debug, Clone)]
pub struct LocalStore {
    root: PathBuf,
}

impl LocalStore {
    /// Opens the folder, and removes what killed writers left behind. Nothing is created: a folder that is not there is one
    /// without objects, and the first write makes it. A folder that may only be read opens too, for reading.
    ///
    /// # Errors
    /// [`StoreError`] where it is not a folder, or where the folder that it would lie in is not there either: that is more
    /// often a slip of the pen than a wish.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        let name = root.display().to_string();
        // Absolute, so that the store stays where it is if the process changes its folder.
        let root = std::path::absolute(&root).map_err(|error| store_error(&name, &error))?;
        let store = Self { root };
        if !store.is_there().map_err(|error| store_error(&name, &error))? {
            return match store.root.parent() {
                Some(parent) if !parent.is_dir() => {
                    let message = format!("there is no folder `{}`: create it, or correct the path", parent.display());
                    Err(StoreError::Other { key: name, message })
                }
                _ => Ok(store),
            };
        }
        match store.remove_leftovers() {
            // Leftovers are harmless: one that may not be removed, or that someone else just did, is no reason to fail.
            Err(error) if !is_denied(&error) && error.kind() != ErrorKind::NotFound => Err(store_error(&name, &error)),
            _ => Ok(store),
        }
    }

    /// Whether the folder is there.
    fn is_there(&self) -> io::Result<bool> {
        match fs::metadata(&self.root) {
            Ok(found) if found.is_dir() => Ok(true),
            Ok(_) => Err(ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// No writer is in the middle of anything while the lock is held here: every temporary file is a leftover. Where there is
    /// no lock, no writer has ever been.
    fn remove_leftovers(&self) -> io::Result<()> {
        let lock = File::options().write(true).open(self.root.join(LOCK))?;
        lock.lock()?;
        for entry in WalkDir::new(&self.root) {
            let entry = entry?;
            if entry.file_type().is_file() && entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Waits until no other writer, of this process or another, holds the lock; dropping the file releases it. The first
    /// write makes the folder.
    fn lock(&self) -> io::Result<File> {
        match fs::create_dir(&self.root) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let file = File::options().create(true).truncate(false).write(true).open(self.root.join(LOCK))?;
        file.lock()?;
        Ok(file)
    }

    fn path(&self, key: &str) -> Result<PathBuf, StoreError> {
        keys::check(key)?;
        Ok(self.root.join(key))
    }
}

#[async_trait]
impl Store for LocalStore {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        let path = self.path(key)?;
        let read = move || {
            let bytes = read_if_there(&path)?;
            Ok(bytes.map(|bytes| Object { version: Version::of(&bytes), bytes }))
        };
        blocking(key, read).await
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        check_size(key, bytes.len())?;
        let path = self.path(key)?;
        let (store, bytes) = (self.clone(), bytes.to_vec());
        let swap = move || {
            let _lock = store.lock()?;
            // Without an expectation there is no need to read what is there.
            if expect != Expect::Anything {
                let now = read_if_there(&path)?.map(|bytes| Version::of(&bytes));
                if !expect.holds(now.as_ref()) {
                    return Ok(None);
                }
            }
            replace(&path, &bytes)?;
            Ok(Some(Version::of(&bytes)))
        };
        blocking(key, swap).await?.ok_or_else(|| StoreError::Conflict { key: key.to_owned() })
    }

    /// A file without a name is made where the object's would be, and is gone at once.
    async fn may_write(&self, key: &str) -> Result<(), StoreError> {
        let path = self.path(key)?;
        let attempt = move || match path.ancestors().skip(1).find(|folder| folder.exists()) {
            Some(folder) => tempfile::tempfile_in(folder).map(drop),
            None => Err(ErrorKind::NotFound.into()),
        };
        blocking(key, attempt).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let folder = prefix.rsplit_once('/').map(|(folder, _)| folder);
        let start = match folder {
            Some(folder) => self.path(folder)?,
            None => self.root.clone(),
        };
        let (root, wanted) = (self.root.clone(), prefix.to_owned());
        blocking(prefix, move || keys_below(&root, &start, &wanted)).await
    }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(key: &str, work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| store_error(key, &error)),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(StoreError::Other { key: key.to_owned(), message: error.to_string() }),
    }
}

fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        // A folder is not an object, and below an object there is none.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// All bytes of a file, of which a store reads no more than of any object.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::from(ErrorKind::FileTooLarge);
    let file = File::open(path)?;
    let told = usize::try_from(file.metadata()?.len()).ok().filter(|told| *told <= OBJECT_BYTES_MAX).ok_or_else(too_large)?;
    let mut bytes = Vec::with_capacity(told);
    // One more than may be, so that a file that grows meanwhile is noticed too.
    file.take(OBJECT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > OBJECT_BYTES_MAX { Err(too_large()) } else { Ok(bytes) }
}

/// Writes beside the object, then renames over it; on return the bytes and the name are on the disk.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().expect("a key below the root has a folder");
    let mut changed_folders = vec![folder];
    changed_folders.extend(folder.ancestors().take_while(|ancestor| !ancestor.exists()).filter_map(Path::parent));
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    // Temporary files are for their owner alone by default; objects are for whom the umask says.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // Elsewhere a folder cannot be opened to be synced.
    #[cfg(unix)]
    for folder in changed_folders {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn keys_below(root: &Path, start: &Path, prefix: &str) -> io::Result<Vec<String>> {
    let is_hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    let mut keys = Vec::new();
    // The root itself may have a name that starts with a dot.
    let entries = WalkDir::new(start).follow_links(true).into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name())) {
        let entry = match entry.map_err(io::Error::from) {
            Ok(entry) => entry,
            // Nothing there, or gone since.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if entry.depth() == 0 || !entry.file_type().is_file() {
            continue;
        }
        let relative = entry.path().strip_prefix(root).expect("the walk starts in the root");
        // Files whose names are not UTF-8 are not ours.
        let Some(parts) = relative.iter().map(std::ffi::OsStr::to_str).collect::<Option<Vec<_>>>() else { continue };
        let key = parts.join("/");
        if key.starts_with(prefix) {
            keys.push(key);
        }
    }
    keys.sort_unstable();
    Ok(keys)
}

fn is_denied(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

fn store_error(key: &str, error: &io::Error) -> StoreError {
    if error.kind() == ErrorKind::FileTooLarge {
        return too_large(key);
    }
    let key = key.to_owned();
    if is_denied(error) {
        let message = format!("{error}: allow this user to read and write the store's folder");
        return StoreError::Denied { key, message };
    }
    StoreError::Other { key, message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_folder_keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        crate::contract::check(&LocalStore::open(folder.path().join("new")).unwrap()).await;
    }

    #[tokio::test]
    async fn opening_and_reading_create_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let missing = LocalStore::open(folder.path().join("new")).unwrap();
        assert_eq!(missing.get("a/b").await.unwrap(), None);
        assert_eq!(missing.list("").await.unwrap(), [""; 0]);
        missing.may_write("a/b").await.unwrap();
        LocalStore::open(folder.path()).unwrap().may_write("a/b").await.unwrap();
        assert_eq!(names(folder.path()), [""; 0], "neither the folder, nor a lock in the one above");
        missing.put("a/b", b"1", Expect::Absent).await.unwrap();
        assert_eq!(names(folder.path()), ["new"]);

        let error = LocalStore::open(folder.path().join("nwe/store")).unwrap_err().to_string();
        assert!(error.contains("there is no folder `") && error.contains("/nwe`: create it, or correct the path"), "{error}");
        assert_eq!(names(folder.path()), ["new"]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_folder_that_may_only_be_read_says_so() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        store.put("a/b", b"1", Expect::Absent).await.unwrap();
        let allow = |mode| fs::set_permissions(folder.path().join("a"), fs::Permissions::from_mode(mode)).unwrap();
        allow(0o555);
        // Whoever may do everything is kept from nothing.
        if File::create(folder.path().join("a/c")).is_err() {
            assert!(matches!(store.may_write("a/d").await, Err(StoreError::Denied { .. })));
        }
        store.may_write("b/c").await.unwrap();
        allow(0o755);
    }

    #[tokio::test]
    async fn reopening_sees_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let version = LocalStore::open(folder.path()).unwrap().put("a/b", b"1", Expect::Absent).await.unwrap();
        let reopened = LocalStore::open(folder.path()).unwrap();
        assert_eq!(reopened.get("a/b").await.unwrap(), Some(Object { bytes: b"1".to_vec(), version: version.clone() }));
        assert_eq!(reopened.list("").await.unwrap(), ["a/b"]);
        reopened.put("a/b", b"2", Expect::Version(version)).await.unwrap();
        assert_eq!(names(&folder.path().join("a")), ["b"], "no temporary file stays");
    }

    #[tokio::test]
    async fn opening_removes_leftovers_and_listing_hides_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        store.put("a/b", b"1", Expect::Absent).await.unwrap();
        fs::write(folder.path().join("a/.tmp-killed"), "half").unwrap();
        fs::write(folder.path().join("a/.DS_Store"), "").unwrap();
        assert_eq!(store.list("").await.unwrap(), ["a/b"]);
        LocalStore::open(folder.path()).unwrap();
        assert_eq!(names(&folder.path().join("a")), [".DS_Store", "b"]);
    }

    #[tokio::test]
    async fn folders_are_not_objects_and_objects_not_folders() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        store.put("a/b", b"1", Expect::Absent).await.unwrap();
        assert_eq!(store.get("a").await.unwrap(), None);
        assert_eq!(store.get("a/b/c").await.unwrap(), None);
        assert_eq!(store.list("a/b/").await.unwrap(), [""; 0]);
        assert!(matches!(store.put("a/b/c", b"", Expect::Anything).await, Err(StoreError::Other { .. })));
        assert!(matches!(store.put("a", b"", Expect::Anything).await, Err(StoreError::Other { .. })));
        assert_eq!(names(folder.path()), [".lock", "a"], "a failed write leaves nothing behind");
    }

    #[test]
    fn a_file_is_no_store_and_denied_access_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(LocalStore::open(file), Err(StoreError::Other { .. })));
        for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem] {
            assert!(matches!(store_error("k", &kind.into()), StoreError::Denied { .. }));
        }
    }

    #[tokio::test]
    async fn a_file_that_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        // Files with a hole: their bytes are on no disk.
        let sized = |name: &str, bytes: usize| File::create(folder.path().join(name)).unwrap().set_len(bytes as u64).unwrap();
        sized("largest", OBJECT_BYTES_MAX);
        assert_eq!(store.get("largest").await.unwrap().unwrap().bytes.len(), OBJECT_BYTES_MAX);
        sized("k", OBJECT_BYTES_MAX + 1);
        let expected = "`k`: the object has more than 64 MB, which none of Headroom's has: move it elsewhere";
        assert_eq!(store.get("k").await.unwrap_err().to_string(), expected);
        assert_eq!(store.put("k", b"1", Expect::Absent).await.unwrap_err().to_string(), expected);
        store.put("k", b"1", Expect::Anything).await.unwrap();
        assert_eq!(store.get("k").await.unwrap().unwrap().bytes, b"1", "whoever expects nothing replaces it");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn others_may_read_what_the_umask_allows() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        store.put("a", b"1", Expect::Absent).await.unwrap();
        fs::write(folder.path().join("plain"), "").unwrap();
        let mode = |name| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode("a"), mode("plain"));
    }
}
