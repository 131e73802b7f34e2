//! Objects.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    BUCKET,
    http::{Reply, Request},
};

/// Keys of one page of a list: few, so that tests see several.
const PAGE: usize = 3;

/// The header of the metadata by which writes are told apart.
const WRITE_ID: &str = "x-amz-meta-headroom-write";

/// An object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) bytes: Vec<u8>,
    write_id: Option<String>,
    /// How often it was written.
    pub(crate) writes: usize,
}

impl Stored {
    /// Written once, by someone else.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), write_id: None, writes: 1 }
    }

    /// As in S3 it tells the content, so that equal bytes have equal ETags.
    fn e_tag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.bytes.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }
}

pub(crate) fn get(objects: &BTreeMap<String, Stored>, key: &str) -> Reply {
    let Some(stored) = objects.get(key) else { return error(404, "NoSuchKey", "The specified key does not exist.") };
    let reply = Reply::new(200, "application/octet-stream", stored.bytes.clone()).with("etag", stored.e_tag());
    match &stored.write_id {
        Some(id) => reply.with(WRITE_ID, id),
        None => reply,
    }
}

/// The answer, and whether anything was written.
pub(crate) fn put(objects: &mut BTreeMap<String, Stored>, key: &str, request: &Request) -> (Reply, bool) {
    let now = objects.get(key);
    let failed = || (error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"), false);
    if request.header("if-none-match").is_some() && now.is_some() {
        return failed();
    }
    if let Some(expected) = request.header("if-match") {
        match now {
            None => return (error(404, "NoSuchKey", "The specified key does not exist."), false),
            Some(now) if now.e_tag() != expected => return failed(),
            Some(_) => {}
        }
    }
    let stored = Stored {
        bytes: request.body.clone(),
        write_id: request.header(WRITE_ID).map(str::to_owned),
        writes: now.map_or(0, |now| now.writes) + 1,
    };
    let reply = Reply::new(200, "application/xml", "").with("etag", stored.e_tag());
    objects.insert(key.to_owned(), stored);
    (reply, true)
}

pub(crate) fn list(objects: &BTreeMap<String, Stored>, prefix: &str, request: &Request) -> Reply {
    let after = request.field("continuation-token");
    let found: Vec<&String> = objects.keys().filter(|key| key.starts_with(prefix) && key.as_str() > after).collect();
    let page = &found[..found.len().min(PAGE)];
    let contents: String =
        page.iter().map(|key| format!("<Contents><Key>{}</Key><Size>1</Size></Contents>", escaped(key))).collect();
    let more = found.len() > page.len();
    let next = page
        .last()
        .filter(|_| more)
        .map_or(String::new(), |last| format!("<NextContinuationToken>{}</NextContinuationToken>", escaped(last)));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult><Name>{BUCKET}</Name><Prefix>{}</Prefix>\
         <KeyCount>{}</KeyCount><MaxKeys>{PAGE}</MaxKeys><IsTruncated>{more}</IsTruncated>{contents}{next}</ListBucketResult>",
        escaped(prefix),
        page.len()
    );
    Reply::new(200, "application/xml", body)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::new(status, "application/xml", format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}
