//! A file with the secret that tokens are signed with.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use anyhow::{Context, Result, bail};

/// Fewest bytes of a secret: as many as HS256 makes of them.
const BYTES_MIN: usize = 32;

/// Bytes of a new one, which the file has in hexadecimal.
const BYTES_NEW: usize = 64;

/// A new secret, in hexadecimal.
///
/// # Errors
/// Where the system has no random numbers.
pub(crate) fn random() -> Result<String> {
    let mut bytes = [0_u8; BYTES_NEW];
    getrandom::fill(&mut bytes).context("asking the system for random numbers")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Reads the secret of `path`: the bytes of the file without white space at its ends.
///
/// # Errors
/// Where the file cannot be read, others may read it, or it is too short to be a secret.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let context = || format!("reading the secret of `{name}`");
    let mut file = File::open(path).with_context(context)?;
    let mode = file.metadata().with_context(context)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!(
            "the secret of `{name}` may be read or changed by others (mode {mode:04o}): run `chmod 600 {name}`, or better make a new one"
        );
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).with_context(context)?;
    let secret = bytes.trim_ascii();
    if secret.len() < BYTES_MIN {
        bail!(
            "the secret of `{name}` has {} bytes and could be guessed: make one of at least {BYTES_MIN} with `headroom token --new-secret FILE`",
            secret.len()
        );
    }
    Ok(secret.to_vec())
}

/// Writes a new secret to `path`, which only its owner may read.
///
/// # Errors
/// Where there is such a file, or it cannot be written.
pub(crate) fn make(path: &Path) -> Result<()> {
    let name = path.display();
    if path.symlink_metadata().is_ok() {
        bail!("`{name}` is there, and its secret may be in use: name another file, or remove it first");
    }
    let context = || format!("writing the secret `{name}`");
    // Of two who make it at the same time, one does.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(context)?;
    file.write_all(format!("{}\n", random()?).as_bytes()).with_context(context)?;
    file.sync_all().with_context(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_read_and_every_one_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        make(&path).unwrap();
        let secret = read(&path).unwrap();
        assert_eq!(secret.len(), 2 * BYTES_NEW);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_ne!(random().unwrap(), random().unwrap());
        let error = make(&path).unwrap_err().to_string();
        assert!(error.contains("is there") && error.contains("name another file"), "{error}");
        assert_eq!(read(&path).unwrap(), secret, "nothing was overwritten");
    }

    #[test]
    fn what_others_may_read_or_guess_is_refused_with_the_cure() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        make(&path).unwrap();
        let open_to = |mode: u32| {
            path.metadata().map(|found| (found.permissions(), mode)).map(|(mut permissions, mode)| {
                permissions.set_mode(mode);
                std::fs::set_permissions(&path, permissions).unwrap();
            })
        };
        for mode in [0o644, 0o640, 0o660, 0o602] {
            open_to(mode).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(&format!("(mode {mode:04o})")) && error.contains("run `chmod 600 "), "{error}");
        }
        open_to(0o400).unwrap();
        read(&path).unwrap();
        open_to(0o600).unwrap();
        std::fs::write(&path, format!("  {}\n", "x".repeat(31))).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("has 31 bytes") && error.contains("`headroom token --new-secret FILE`"), "{error}");
        let error = format!("{:#}", read(&folder.path().join("none")).unwrap_err());
        assert!(error.contains("reading the secret of `") && error.contains("No such file"), "{error}");
    }
}
