use aws_sdk_s3::{
    config::retry::RetryConfig,
    operation::{
        get_object::GetObjectOutput,
        head_object::HeadObjectOutput,
        list_objects_v2::{ListObjectsV2Input, ListObjectsV2Output},
        put_object::{PutObjectInput, PutObjectOutput},
    },
    types::Object as Listed,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use headroom_store::OBJECT_BYTES_MAX;

use super::*;

fn store(rules: &[&Rule]) -> S3Store {
    let client = mock_client!(aws_sdk_s3, RuleMode::Sequential, rules, |config| config.retry_config(RetryConfig::disabled()));
    S3Store::new(client, "bucket", "team/a/")
}

fn answer(status: u16, code: &'static str) -> HttpResponse {
    let body = format!("<Error><Code>{code}</Code><Message>{code} was said.</Message></Error>");
    HttpResponse::new(status.try_into().unwrap(), body.into())
}

fn version(text: &str) -> Version {
    Version(text.to_owned())
}

/// One write, with what S3 has to be asked.
async fn put_asks(expect: Expect, asked: fn(&PutObjectInput) -> bool) {
    let rule = mock!(Client::put_object).match_requests(asked).then_output(|| PutObjectOutput::builder().e_tag("\"2\"").build());
    assert_eq!(store(&[&rule]).put("k", b"1", expect).await.unwrap(), version("\"2\""));
    assert_eq!(rule.num_calls(), 1);
}

#[tokio::test]
async fn writes_carry_their_condition() {
    put_asks(Expect::Anything, |put| put.if_match().is_none() && put.if_none_match().is_none()).await;
    put_asks(Expect::Absent, |put| put.if_match().is_none() && put.if_none_match() == Some("*")).await;
    put_asks(Expect::Version(version("\"1\"")), |put| put.if_match() == Some("\"1\"") && put.if_none_match().is_none()).await;
    put_asks(Expect::Anything, |put| put.bucket() == Some("bucket") && put.key() == Some("team/a/k")).await;
}

async fn put_answered(expect: Expect, status: u16, code: &'static str) -> StoreError {
    let rule = mock!(Client::put_object).then_http_response(move || answer(status, code));
    let head = mock!(Client::head_object).then_output(|| HeadObjectOutput::builder().e_tag("\"1\"").build());
    store(&[&rule, &head]).put("k", b"1", expect).await.unwrap_err()
}

#[tokio::test]
async fn whoever_comes_second_has_a_conflict() {
    let swap = || Expect::Version(version("\"1\""));
    for (expect, status, code) in [
        (swap(), 412, "PreconditionFailed"),
        (swap(), 409, "ConditionalRequestConflict"),
        (swap(), 404, "NoSuchKey"),
        (Expect::Absent, 412, "PreconditionFailed"),
        (Expect::Absent, 409, "ConditionalRequestConflict"),
    ] {
        let error = put_answered(expect, status, code).await;
        assert!(matches!(&error, StoreError::Conflict { key } if key == "k"), "{code}: {error}");
    }
}

#[tokio::test]
async fn other_errors_name_the_bucket_and_the_cure() {
    let denied = put_answered(Expect::Absent, 403, "AccessDenied").await;
    assert!(matches!(denied, StoreError::Denied { .. }));
    assert_eq!(
        denied.to_string(),
        "`k`: access denied: bucket `bucket`: AccessDenied was said (AccessDenied): allow `s3:PutObject` to the role or user that runs this"
    );
    let missing = put_answered(Expect::Version(version("\"1\"")), 404, "NoSuchBucket").await;
    assert!(matches!(missing, StoreError::Other { .. }));
    assert_eq!(
        missing.to_string(),
        "`k`: bucket `bucket`: NoSuchBucket was said (NoSuchBucket): create the bucket, or correct the store URL"
    );
    let rule = mock!(Client::get_object).then_http_response(|| answer(403, "AccessDenied"));
    let error = store(&[&rule]).get("k").await.unwrap_err().to_string();
    assert!(error.contains("allow `s3:GetObject` and `s3:ListBucket` to"), "{error}");
}

#[tokio::test]
async fn a_get_tells_absent_from_failed() {
    let rule = mock!(Client::get_object).then_http_response(|| answer(404, "NoSuchKey"));
    assert_eq!(store(&[&rule]).get("k").await.unwrap(), None);
    let rule = mock!(Client::get_object).then_http_response(|| answer(404, "NoSuchBucket"));
    assert!(matches!(store(&[&rule]).get("k").await, Err(StoreError::Other { .. })));
    let rule = mock!(Client::get_object)
        .match_requests(|get| get.key() == Some("team/a/k"))
        .then_output(|| GetObjectOutput::builder().e_tag("\"1\"").body(ByteStream::from_static(b"1")).build());
    assert_eq!(store(&[&rule]).get("k").await.unwrap(), Some(Object { bytes: b"1".to_vec(), version: version("\"1\"") }));
}

#[tokio::test]
async fn an_answer_without_etag_is_an_error() {
    let rule = mock!(Client::put_object).then_output(|| PutObjectOutput::builder().build());
    let error = store(&[&rule]).put("k", b"1", Expect::Anything).await.unwrap_err().to_string();
    assert!(error.contains("has no ETag"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_busy_store_is_asked_again_and_a_refusal_is_not() {
    let rule = mock!(Client::put_object)
        .sequence()
        .http_response(|| answer(503, "SlowDown"))
        .times(2)
        .output(|| PutObjectOutput::builder().e_tag("\"1\"").build())
        .build();
    let patient = |rule: &Rule| S3Store::new(mock_client!(aws_sdk_s3, [rule]), "bucket", "");
    assert_eq!(patient(&rule).put("k", b"1", Expect::Absent).await.unwrap(), version("\"1\""));
    assert_eq!(rule.num_calls(), 3);

    let rule = mock!(Client::put_object).then_http_response(|| answer(400, "InvalidArgument"));
    assert!(matches!(patient(&rule).put("k", b"1", Expect::Absent).await, Err(StoreError::Other { .. })));
    assert_eq!(rule.num_calls(), 1);
}

fn page(after: Option<&'static str>, keys: &'static [&'static str], next: Option<&'static str>) -> Rule {
    let asked = move |list: &ListObjectsV2Input| {
        list.prefix() == Some("team/a/history/") && list.continuation_token() == after && list.bucket() == Some("bucket")
    };
    mock!(Client::list_objects_v2).match_requests(asked).then_output(move || {
        let listed = keys.iter().map(|key| Listed::builder().key(*key).build()).collect();
        let output =
            ListObjectsV2Output::builder().key_count(keys.len() as i32).set_contents(Some(listed)).is_truncated(next.is_some());
        output.set_next_continuation_token(next.map(str::to_owned)).build()
    })
}

#[tokio::test]
async fn a_list_reads_every_page_and_leaves_out_what_is_no_key() {
    let first = page(None, &["team/a/history/b", "team/a/history/", "team/a/history/.x"], Some("2"));
    let second = page(Some("2"), &[], Some("3"));
    let third = page(Some("3"), &["team/a/history/a"], None);
    let listed = store(&[&first, &second, &third]).list("history/").await.unwrap();
    assert_eq!(listed, ["history/a", "history/b"]);

    let broken = mock!(Client::list_objects_v2).then_http_response(|| answer(500, "InternalError"));
    let first = page(None, &["team/a/history/b"], Some("2"));
    assert!(store(&[&first, &broken]).list("history/").await.is_err(), "half a list is no list");
}

#[tokio::test]
async fn a_page_that_is_not_whole_is_no_page() {
    let check = async |count: Option<i32>, is_truncated: Option<bool>| {
        let rule = mock!(Client::list_objects_v2).then_output(move || {
            let listed = Listed::builder().key("team/a/history/b").build();
            let page = ListObjectsV2Output::builder().set_key_count(count).set_is_truncated(is_truncated);
            page.contents(listed).build()
        });
        store(&[&rule]).list("history/").await
    };
    assert_eq!(check(Some(1), Some(false)).await.unwrap(), ["history/b"]);
    for (count, is_truncated) in [(Some(2), Some(false)), (None, Some(false)), (Some(1), None), (Some(-1), Some(false))] {
        let error = check(count, is_truncated).await.unwrap_err().to_string();
        assert!(error.contains("a list came that is not whole: ") && error.contains("`AWS_ENDPOINT_URL`"), "{error}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_neither_read_nor_written() {
    let too_large = |error: StoreError| {
        let expected = "`k`: the object has more than 64 MB, which none of Headroom's has: move it elsewhere";
        assert_eq!(error.to_string(), expected);
    };
    // No rule for the write: it would panic.
    too_large(store(&[]).put("k", &vec![0; OBJECT_BYTES_MAX + 1], Expect::Anything).await.unwrap_err());
    let sized = |told: Option<i64>, bytes: usize| {
        mock!(Client::get_object).then_output(move || {
            let output = GetObjectOutput::builder().e_tag("\"1\"").set_content_length(told);
            output.body(ByteStream::from(vec![0; bytes])).build()
        })
    };
    let largest = i64::try_from(OBJECT_BYTES_MAX).unwrap();
    too_large(store(&[&sized(Some(largest + 1), 1)]).get("k").await.unwrap_err());
    too_large(store(&[&sized(None, OBJECT_BYTES_MAX + 1)]).get("k").await.unwrap_err());
    let whole = store(&[&sized(Some(largest), OBJECT_BYTES_MAX)]).get("k").await.unwrap().unwrap();
    assert_eq!(whole.bytes.len(), OBJECT_BYTES_MAX);
}

#[tokio::test]
async fn keys_are_checked_before_the_call() {
    let store = store(&[]);
    assert!(store.put("../x", b"", Expect::Anything).await.is_err());
    assert!(store.get("").await.is_err());
}

#[test]
fn urls_name_bucket_and_prefix() {
    for (url, expected) in [
        ("s3://bucket", Some(("bucket", ""))),
        ("s3://bucket/", Some(("bucket", ""))),
        ("s3://my.bucket-1/team/a/", Some(("my.bucket-1", "team/a"))),
        ("file:///var/lib/headroom", None),
    ] {
        assert_eq!(bucket_and_prefix(url).unwrap(), expected, "{url}");
    }
    for url in ["s3://", "s3:///a", "s3://Bucket", "s3://b", "s3://bucket//a", "s3://bucket/../a", "s3://user@bucket/a"] {
        let error = bucket_and_prefix(url).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("`{url}`: `")) && error.ends_with("write s3://bucket or s3://bucket/prefix"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn other_urls_are_those_of_the_store() {
    for url in ["gs://bucket", "store", ""] {
        let expected = headroom_store::url::open(url).err().unwrap().to_string();
        assert_eq!(crate::open_store(url).await.err().unwrap().to_string(), expected);
    }
}

#[tokio::test]
async fn the_right_to_write_is_found_out_by_a_swap_that_cannot_be() {
    let asked = async |status: u16, code: &'static str| {
        let rule = mock!(Client::put_object)
            .match_requests(|put| put.key() == Some("team/a/state/x") && put.if_match().is_some())
            .then_http_response(move || answer(status, code));
        let head = mock!(Client::head_object).then_output(|| HeadObjectOutput::builder().e_tag("\"1\"").build());
        store(&[&rule, &head]).may_write("state/x").await
    };
    asked(412, "PreconditionFailed").await.unwrap();
    asked(404, "NoSuchKey").await.unwrap();
    assert!(matches!(asked(403, "AccessDenied").await, Err(StoreError::Denied { .. })));
    assert!(matches!(asked(404, "NoSuchBucket").await, Err(StoreError::Other { .. })));
}
