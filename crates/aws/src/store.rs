//! S3 as the store: one bucket, or one prefix of it.
//!
//! A write that expects something is a conditional request, so that S3 itself compares and swaps: `If-None-Match: *`
//! for an object that is not there yet, `If-Match` with the ETag for a version. S3 answers 412 where the condition does
//! not hold, and 409 where two conditional writes meet.
//!
//! A write whose answer is lost is sent again by the SDK, and then refused because of itself. So every conditional write
//! carries an id in the object's metadata, and one that is refused looks whose write is there.

use std::{error::Error, time::Duration};

use async_trait::async_trait;
use aws_sdk_s3::{
    Client,
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::{head_object::HeadObjectError, list_objects_v2::ListObjectsV2Output},
    primitives::ByteStream,
};
use backon::{BackoffBuilder, ExponentialBuilder};
use headroom_store::{Expect, Object, Store, StoreError, Version, check_size, keys};

use crate::fault::{CHECK_THE_WAY, Fault, Kind, chain};

/// Without the right to list, S3 answers `AccessDenied` for an object that is not there, and absent looks like denied.
const READ: &str = "s3:GetObject` and `s3:ListBucket";

/// The metadata that names a conditional write.
const WRITE_ID: &str = "headroom-write";

/// An answer whose bytes break off is asked for again so often; the SDK itself retries up to the first byte only.
const BREAKS_MAX: usize = 2;

/// First delay before that; jitter adds up to as much again.
const BREAK_DELAY: Duration = Duration::from_millis(100);

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

    fn other(&self, key: &str, problem: &str) -> StoreError {
        StoreError::Other { key: key.to_owned(), message: format!("bucket `{}`: {problem}", self.bucket) }
    }

    /// The object as one answer tells it.
    async fn read(&self, key: &str) -> Result<Option<Object>, ReadError> {
        let request = self.client.get_object().bucket(&self.bucket).key(self.object_key(key)?);
        let mut answer = match request.send().await {
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            answer => answer.map_err(|error| self.failed(key, READ, &error))?,
        };
        let version = self.version(key, answer.e_tag)?;
        let told = answer.content_length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        check_size(key, told)?;
        let mut bytes = Vec::with_capacity(told);
        while let Some(part) = answer.body.next().await {
            bytes.extend_from_slice(&part.map_err(|error| ReadError::BrokeOff(chain(&error)))?);
            check_size(key, bytes.len())?;
        }
        Ok(Some(Object { bytes, version }))
    }

    /// The version of the object if it is there by the write `id`.
    async fn written_by(&self, key: &str, id: &str) -> Result<Option<Version>, StoreError> {
        let request = self.client.head_object().bucket(&self.bucket).key(self.object_key(key)?);
        let found = match request.send().await {
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => return Ok(None),
            found => found.map_err(|error| self.failed(key, READ, &error))?,
        };
        let ours = found.metadata.as_ref().and_then(|metadata| metadata.get(WRITE_ID)).is_some_and(|found| found == id);
        if ours { self.version(key, found.e_tag).map(Some) } else { Ok(None) }
    }

    /// S3 tells how many keys a page has and whether there is another one. An answer that is cut short reads as a shorter
    /// list, and half a list is no list.
    fn check_page(&self, prefix: &str, page: &ListObjectsV2Output) -> Result<(), StoreError> {
        let found = page.contents().len() + page.common_prefixes().len();
        let told = page.key_count.and_then(|count| usize::try_from(count).ok());
        if told == Some(found) && page.is_truncated.is_some() {
            return Ok(());
        }
        Err(self.other(prefix, &format!("a list came that is not whole: {CHECK_THE_WAY}")))
    }

    /// S3 tells the ETag of every object; the version is nothing else.
    fn version(&self, key: &str, e_tag: Option<String>) -> Result<Version, StoreError> {
        e_tag
            .map(Version)
            .ok_or_else(|| self.other(key, &format!("the answer has no ETag, so it is not one of S3: {CHECK_THE_WAY}")))
    }
}

#[async_trait]
impl Store for S3Store {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        let delays = ExponentialBuilder::new().with_min_delay(BREAK_DELAY).with_max_times(BREAKS_MAX).with_jitter();
        let mut delays = delays.build();
        loop {
            match (self.read(key).await, delays.next()) {
                (Ok(object), _) => return Ok(object),
                (Err(ReadError::Failed(error)), _) => return Err(error),
                (Err(ReadError::BrokeOff(_)), Some(delay)) => tokio::time::sleep(delay).await,
                (Err(ReadError::BrokeOff(what)), None) => {
                    return Err(self.other(key, &format!("the answer broke off: {what}: the next tick tries again")));
                }
            }
        }
    }

    async fn put(&self, key: &str, bytes: &[u8], expect: Expect) -> Result<Version, StoreError> {
        check_size(key, bytes.len())?;
        let body = ByteStream::from(bytes.to_vec());
        let request = self.client.put_object().bucket(&self.bucket).key(self.object_key(key)?).body(body);
        let is_swap = matches!(expect, Expect::Version(_));
        let id = format!("{:032x}", fastrand::u128(..));
        let request = match expect {
            Expect::Anything => request,
            Expect::Absent => request.if_none_match("*").metadata(WRITE_ID, &id),
            Expect::Version(version) => request.if_match(version.0).metadata(WRITE_ID, &id),
        };
        match request.send().await {
            Ok(answer) => self.version(key, answer.e_tag),
            // The object to replace is gone: S3 answers 404 to `If-Match`.
            Err(error) if is_swap && error.code() == Some("NoSuchKey") => Err(StoreError::Conflict { key: key.to_owned() }),
            Err(error) => match self.failed(key, "s3:PutObject", &error) {
                // Refused because of another writer, or because of an earlier attempt of this one.
                conflict @ StoreError::Conflict { .. } => self.written_by(key, &id).await?.ok_or(conflict),
                error => Err(error),
            },
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(format!("{}{prefix}", self.prefix));
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed(prefix, "s3:ListBucket", &error))?;
            self.check_page(prefix, &page)?;
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

/// Why an object was not read.
enum ReadError {
    /// Its bytes did not all come.
    BrokeOff(String),
    /// Anything else.
    Failed(StoreError),
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
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
