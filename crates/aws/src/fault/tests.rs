use aws_sdk_autoscaling::{
    Client, Config,
    config::{Credentials, Region, retry::RetryConfig},
    operation::set_desired_capacity::SetDesiredCapacityError,
};
use aws_sdk_s3::{config::http::HttpResponse, error::ErrorMetadata, error::SdkError};

use super::*;

fn answered(status: u16, code: &str, message: &str) -> Fault {
    let meta = ErrorMetadata::builder().code(code).message(message).build();
    let response = HttpResponse::new(status.try_into().unwrap(), "".into());
    Fault::of(&SdkError::service_error(SetDesiredCapacityError::generic(meta), response))
}

#[test]
fn codes_tell_what_to_do_next() {
    for (status, code, message, expected) in [
        (400, "Throttling", "Rate exceeded", Kind::Throttled),
        (400, "ThrottlingException", "", Kind::Throttled),
        (503, "SlowDown", "Please reduce your request rate.", Kind::Throttled),
        (429, "Anything", "", Kind::Throttled),
        (403, "AccessDenied", "User is not authorized", Kind::Denied),
        (400, "ExpiredToken", "The security token included in the request is expired", Kind::Denied),
        (403, "InvalidClientTokenId", "", Kind::Denied),
        (403, "SomethingNew", "", Kind::Denied),
        (400, "ScalingActivityInProgress", "", Kind::Conflict),
        (400, "ResourceContention", "You already have a pending update", Kind::Conflict),
        (412, "PreconditionFailed", "", Kind::Conflict),
        (409, "ConditionalRequestConflict", "", Kind::Conflict),
        (400, "ValidationError", "AutoScalingGroup name not found - null", Kind::NotFound),
        (400, "ValidationError", "New SetDesiredCapacity value 9 is above max value 5 for the AutoScalingGroup.", Kind::Conflict),
        (400, "ValidationError", "1 validation error detected", Kind::Other),
        (404, "NoSuchBucket", "The specified bucket does not exist", Kind::NotFound),
        (500, "InsufficientInstanceCapacity", "", Kind::InsufficientCapacity),
        (500, "InternalFailure", "", Kind::Other),
        (301, "PermanentRedirect", "", Kind::Other),
    ] {
        assert_eq!(answered(status, code, message).kind, expected, "{status} {code} {message}");
    }
}

#[test]
fn a_line_names_the_thing_and_the_cure() {
    let check = |fault: Fault, expected: &str| assert_eq!(fault.line("group `web`", "a:B"), expected);
    check(
        answered(403, "AccessDenied", "no a:B for you."),
        "group `web`: no a:B for you (AccessDenied): allow `a:B` to the role or user that runs this",
    );
    check(answered(400, "Throttling", ""), "group `web`: Throttling: the next tick tries again");
    check(
        answered(400, "ExpiredToken", "expired"),
        "group `web`: expired (ExpiredToken): renew the credentials, they have expired",
    );
    check(answered(301, "PermanentRedirect", ""), "group `web`: PermanentRedirect: set `AWS_REGION` to the region of the bucket");
    check(answered(500, "InternalFailure", "two\nlines."), "group `web`: two lines (InternalFailure): the next tick tries again");
    check(
        answered(502, "", ""),
        "group `web`: HTTP 502 that is no answer of AWS: check any proxy on the way, and `AWS_ENDPOINT_URL`",
    );
}

#[test]
fn the_region_of_a_bucket_is_named_where_s3_tells_it() {
    for code in ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"] {
        let meta = ErrorMetadata::builder().code(code).build();
        let mut response = HttpResponse::new(301.try_into().unwrap(), "".into());
        response.headers_mut().insert("x-amz-bucket-region", "eu-west-3");
        let fault = Fault::of(&SdkError::service_error(SetDesiredCapacityError::generic(meta), response));
        assert_eq!(
            (fault.kind, fault.line("t", "r")),
            (Kind::Other, format!("t: {code}: set `AWS_REGION` to `eu-west-3`, the region of the bucket"))
        );
    }
}

#[test]
fn every_kind_is_its_own_port_error() {
    let error = |code| answered(400, code, "").into_port_error("t", "r");
    assert!(matches!(error("Throttling"), PortError::Throttled(_)));
    assert!(matches!(error("AccessDenied"), PortError::Denied(_)));
    assert!(matches!(error("ResourceNotFound"), PortError::NotFound(_)));
    assert!(matches!(error("ResourceContention"), PortError::Conflict(_)));
    assert!(matches!(error("VcpuLimitExceeded"), PortError::InsufficientCapacity(_)));
    assert!(matches!(error("InternalFailure"), PortError::Other(_)));
}

/// A call by a client that lacks something.
async fn line(config: aws_sdk_autoscaling::config::Builder) -> (Kind, String) {
    let config = config.behavior_version_latest().retry_config(RetryConfig::disabled()).build();
    let error = Client::from_conf(config).describe_auto_scaling_groups().send().await.unwrap_err();
    let fault = Fault::of(&error);
    (fault.kind, fault.line("group `web`", "a:B"))
}

#[tokio::test]
async fn calls_that_never_left_tell_what_is_missing() {
    // A port that nobody listens on: it was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = || Config::builder().endpoint_url(format!("http://127.0.0.1:{port}"));
    let region = Region::new("eu-west-1");

    let (kind, nothing) = line(config().region(region.clone())).await;
    assert_eq!(kind, Kind::Denied, "{nothing}");
    assert!(nothing.ends_with("give AWS credentials: a role, `AWS_PROFILE`, or `aws configure`"), "{nothing}");

    let credentials = Credentials::new("testing", "testing", None, None, "test");
    let (kind, nowhere) = line(config().credentials_provider(credentials.clone())).await;
    assert_eq!(kind, Kind::Other, "{nowhere}");
    assert!(nowhere.ends_with("name the region: `region` in `fleet.toml`, or `AWS_REGION`"), "{nowhere}");

    let (kind, unreachable) = line(config().region(region).credentials_provider(credentials)).await;
    assert_eq!(kind, Kind::Other, "{unreachable}");
    assert!(unreachable.contains("onnection refused") && unreachable.ends_with("the next tick tries again"), "{unreachable}");
}
