//! Store URLs, as the `--store` option of every command takes them.

use std::{path::PathBuf, sync::Arc};

use percent_encoding::percent_decode_str;

use crate::{LocalStore, Store, StoreError};

/// Opens the store that `url` names: `file:///absolute/path` (made by the first write where it is not there; `%20` stands for
/// a space, as in every URL).
///
/// # Errors
/// [`StoreError`] where this is not such a URL, or the folder cannot be opened.
pub fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(LocalStore::open(local_path(url)?)?))
}

/// The same for a store that must be there: whoever reads it, or leaves word in it for others, has no use for a new one.
///
/// # Errors
/// Those of [`open`], and where there is no such folder.
pub fn open_existing(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    let path = local_path(url)?;
    if path.try_exists().is_ok_and(|there| !there) {
        return Err(StoreError::Other { key: url.to_owned(), message: "there is no such folder: correct the URL".to_owned() });
    }
    Ok(Arc::new(LocalStore::open(path)?))
}

fn local_path(url: &str) -> Result<PathBuf, StoreError> {
    let refused = |message: String| Err(StoreError::Other { key: url.to_owned(), message });
    if url.starts_with("s3://") {
        return refused("this build has no S3: write file:///absolute/path for a local folder".to_owned());
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        let path = if url.starts_with('/') { url } else { "/absolute/path" };
        return refused(format!("a store is named by a URL: write file://{path} for a local folder"));
    };
    if scheme != "file" {
        return refused(format!("`{scheme}` is not a kind of store: write file:///absolute/path"));
    }
    if !rest.starts_with('/') {
        return refused(format!("the path must be absolute: write file:///absolute/path/{rest}"));
    }
    match percent_decode_str(rest).decode_utf8() {
        Ok(path) => Ok(PathBuf::from(path.as_ref())),
        Err(_) => refused("the path is not UTF-8: write it without `%` escapes".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expect;

    #[tokio::test]
    async fn a_file_url_opens_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file://{}/a%20b", folder.path().display());
        open(&url).unwrap().put("k", b"1", Expect::Absent).await.unwrap();
        assert_eq!(std::fs::read(folder.path().join("a b/k")).unwrap(), b"1");
    }

    #[test]
    fn a_store_that_must_be_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let url = |name: &str| format!("file://{}/{name}", folder.path().display());
        open_existing(&url("")).unwrap();
        let error = open_existing(&url("stroe")).err().unwrap().to_string();
        assert_eq!(error, format!("`{}`: there is no such folder: correct the URL", url("stroe")));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
    }

    #[test]
    fn other_urls_are_refused_with_the_cure() {
        for (url, cure) in [
            ("s3://bucket/prefix", "this build has no S3"),
            ("/var/lib/headroom", "write file:///var/lib/headroom"),
            ("store", "write file:///absolute/path"),
            ("", "write file:///absolute/path"),
            ("file://store", "write file:///absolute/path/store"),
            ("gs://bucket", "`gs` is not a kind of store"),
            ("file:///%ff", "not UTF-8"),
        ] {
            let error = open(url).err().expect(url).to_string();
            assert!(error.starts_with(&format!("`{url}`: ")) && error.contains(cure), "{error}");
        }
    }
}
