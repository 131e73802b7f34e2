//! S3 as the store: one bucket, or one prefix of it.
//!
//! A write that expects something is a conditional request, so that S3 itself compares and swaps: `If-None-Match: *`
//! for an object that is not there yet, `If-Match` with the ETag for a version. S3 answers 412 where the condition does
//! not hold, and 409 where two conditional writes meet.

use std::error::Error;

use async_trait::async_trait;
use aws_sdk_s3::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    primitives::ByteStream,
};
use headroom_store::{Expect, Object, Store, StoreError, Version, keys};

use crate::fault::{Fault, Kind, chain};

/// Without the right to list, S3 answers `AccessDenied` for an object that is not there, and absent looks like denied.
const READ: &str = "s3:GetObject` and `s3:ListBucket";

/// Objects in a bucket of S3, below a prefix.
#[derive(Debug, Clone)]
pub struct S3Store {
    client: Client,
    bucket: String,
    /// What every key of the bucket starts with: empty, or ends with `/`.
    prefix: String,
}

impl S3Store {
    /// The store below `prefix` of `bucket`; an empty prefix is the whole bucket. `team/a` and `team/a/` are the same.
    #[must_use]
    pub fn new(client: Client, bucket: &str, prefix: &str) -> Self {
        let folder = prefix.trim_end_matches('/');
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        Self { client, bucket: bucket.to_owned(), prefix }
    }

    fn object_key(&self, key: &str) -> Result<String, StoreError> {
        keys::check(key)?;
        Ok(format!("{}{key}", self.prefix))
    }

    fn failed<E>(&self, key: &str, right: &str, error: &SdkError<E, HttpResponse>) -> StoreError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let fault = Fault::of(error).with_cure(Kind::NotFound, "create the bucket, or correct the store URL");
        let (key, message) = (key.to_owned(), fault.line(&format!("bucket `{}`", self.bucket), right));
        match fault.kind {
            Kind::Conflict => StoreError::Conflict { key },
            Kind::Denied => StoreError::Denied { key, message },
            _ => StoreError::Other { key, message },
        }
    }

    /// S3 tells the ETag of every object; the version is nothing else.
    fn version(&self, key: &str, e_tag: Option<String>) -> Result<Version, StoreError> {
        let message = || format!("bucket `{}` answered without an ETag: use S3, or a store that answers as S3 does", self.bucket);
        e_tag.map(Version).ok_or_else(|| StoreError::Other { key: key.to_owned(), message: message() })
    }
}

#[async_trait]
impl Store for S3Store {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        let request = self.client.get_object().bucket(&self.bucket).key(self.object_key(key)?);
        let answer = match request.send().await {
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            answer => answer.map_err(|error| self.failed(key, READ, &error))?,
        };
        let version = self.version(key, answer.e_tag)?;
        let bytes = answer.body.collect().await.map_err(|error| {
            let message = format!("bucket `{}`: the answer broke off: {}: the next tick tries again", self.bucket, chain(&error));
            StoreError::Other { key: key.to_owned(), message }
        })?;
        Ok(Some(Object { bytes: bytes.to_vec(), version }))
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        let body = ByteStream::from(bytes.to_vec());
        let request = self.client.put_object().bucket(&self.bucket).key(self.object_key(key)?).body(body);
        let is_swap = matches!(expect, Expect::Version(_));
        let request = match expect {
            Expect::Anything => request,
            Expect::Absent => request.if_none_match("*"),
            Expect::Version(version) => request.if_match(version.0),
        };
        match request.send().await {
            Ok(answer) => self.version(key, answer.e_tag),
            // The object to replace is gone: S3 answers 404 to `If-Match`.
            Err(error) if is_swap && error.code() == Some("NoSuchKey") => Err(StoreError::Conflict { key: key.to_owned() }),
            Err(error) => Err(self.failed(key, "s3:PutObject", &error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(format!("{}{prefix}", self.prefix));
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed(prefix, "s3:ListBucket", &error))?;
            let keys = page.contents.into_iter().flatten().filter_map(|object| object.key);
            // What others keep there under names that are no keys, such as a console's folders, is not ours.
            found.extend(
                keys.filter_map(|key| Some(key.strip_prefix(&self.prefix)?.to_owned())).filter(|key| keys::check(key).is_ok()),
            );
        }
        found.sort_unstable();
        Ok(found)
    }
}

/// Bucket and prefix of `s3://bucket/prefix`; `None` where `url` is of another kind.
///
/// # Errors
/// [`StoreError::Other`] where the bucket or the prefix cannot be one.
pub(crate) fn bucket_and_prefix(url: &str) -> Result<Option<(&str, &str)>, StoreError> {
    let Some(path) = url.strip_prefix("s3://") else { return Ok(None) };
    let refused = |problem: &str| {
        let message = format!("{problem}: write s3://bucket or s3://bucket/prefix");
        Err(StoreError::Other { key: url.to_owned(), message })
    };
    let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
    let prefix = prefix.trim_end_matches('/');
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(is_name) {
        return refused(&format!("`{bucket}` is not the name of a bucket"));
    }
    if !prefix.is_empty() && keys::check(prefix).is_err() {
        return refused(&format!("`{prefix}` is not a prefix of keys"));
    }
    Ok(Some((bucket, prefix)))
}

#[cfg(test)]
mod tests;
