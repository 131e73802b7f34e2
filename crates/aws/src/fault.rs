//! What went wrong in a call, by what the caller does next, told in one line.

use std::{borrow::Cow, error::Error};

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use headroom_core::ports::PortError;

/// What the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    NotFound,
    Throttled,
    Denied,
    Conflict,
    InsufficientCapacity,
    Other,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What the caller does next.
    pub(crate) kind: Kind,
    /// What was said, and the service's name for it.
    what: String,
    /// A cure that has nothing to do with what was called.
    cure: Option<Cow<'static, str>>,
}

impl Fault {
    /// Reads the error of any call of any service.
    pub(crate) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let SdkError::ServiceError(service) = error else { return Self::without_answer(error) };
        let response = service.raw();
        let status = response.status().as_u16();
        let meta = service.err().meta();
        let code = meta.code().filter(|code| !code.is_empty());
        let header = |name| response.headers().get(name);
        // AWS names its errors, and every answer of it has an id.
        if response.status().is_success() || code.is_none() && !has_request_id(response) {
            let what = format!("HTTP {status} that is no answer of AWS");
            return Self { kind: kind("", status, ""), what, cure: Some(Cow::Borrowed(CHECK_THE_WAY)) };
        }
        let code = code.map_or_else(|| format!("HTTP {status}"), str::to_owned);
        // A message may end with a stop, or with the line of its cure: one line, no stop.
        let message = meta.message().unwrap_or_default().lines().collect::<Vec<_>>().join(" ");
        let message = message.trim_end_matches('.');
        let what = if message.is_empty() { code.clone() } else { format!("{message} ({code})") };
        let cure = match (cure_of_code(&code), header("x-amz-bucket-region")) {
            (Some(BUCKET_REGION), Some(region)) => {
                Some(Cow::Owned(format!("set `AWS_REGION` to `{region}`, the region of the bucket")))
            }
            (cure, _) => cure.map(Cow::Borrowed),
        };
        Self { kind: kind(&code, status, message), cure, what }
    }

    fn without_answer(error: &(dyn Error + 'static)) -> Self {
        let what = chain(error);
        let lower = what.to_lowercase();
        let (kind, cure) = if lower.contains("credential") || lower.contains("identity") {
            (Kind::Denied, Some("give AWS credentials: a role, `AWS_PROFILE`, or `aws configure`"))
        } else if lower.contains("region") {
            (Kind::Other, Some("name the region: `region` in `fleet.toml`, or `AWS_REGION`"))
        } else {
            (Kind::Other, None)
        };
        Self { kind, what, cure: cure.map(Cow::Borrowed) }
    }

    /// The same with a better cure for faults of that kind, where it has none of its own.
    pub(crate) fn with_cure(mut self, kind: Kind, cure: &'static str) -> Self {
        if self.kind == kind {
            self.cure = self.cure.or(Some(Cow::Borrowed(cure)));
        }
        self
    }

    /// The line for people: what it is about, what was said, what to do. `right` is the permission that the call takes.
    pub(crate) fn line(&self, thing: &str, right: &str) -> String {
        let cure = match (self.cure.as_deref(), self.kind) {
            (Some(cure), _) => cure.to_owned(),
            (None, Kind::Denied) => format!("allow `{right}` to the role or user that runs this"),
            (None, Kind::NotFound) => "correct the name or the region in the configuration".to_owned(),
            (None, Kind::Conflict) => "read it again and decide again".to_owned(),
            (None, Kind::InsufficientCapacity) => "keep what came; the next tick asks again".to_owned(),
            (None, Kind::Throttled | Kind::Other) => "the next tick tries again".to_owned(),
        };
        format!("{thing}: {}: {cure}", self.what)
    }

    /// The same as an error of a port.
    pub(crate) fn into_port_error(self, thing: &str, right: &str) -> PortError {
        let line = self.line(thing, right);
        match self.kind {
            Kind::NotFound => PortError::NotFound(line),
            Kind::Throttled => PortError::Throttled(line),
            Kind::Denied => PortError::Denied(line),
            Kind::Conflict => PortError::Conflict(line),
            Kind::InsufficientCapacity => PortError::InsufficientCapacity(line),
            Kind::Other => PortError::Other(line),
        }
    }
}

/// Codes of the common errors of all services (the reference of each service lists them), then of the three used here.
fn kind(code: &str, status: u16, message: &str) -> Kind {
    match code {
        "RequestLimitExceeded" | "SlowDown" | "TooManyRequestsException" | "BandwidthLimitExceeded" => Kind::Throttled,
        _ if code.contains("Throttl") || status == 429 => Kind::Throttled,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized" => Kind::Denied,
        _ if cure_of_code(code).is_some_and(|cure| cure != BUCKET_REGION) => Kind::Denied,
        "ScalingActivityInProgress" | "ResourceContention" | "PreconditionFailed" | "ConditionalRequestConflict" => {
            Kind::Conflict
        }
        "OperationAborted" => Kind::Conflict,
        "NoSuchBucket" | "NoSuchKey" | "ResourceNotFound" | "ResourceNotFoundException" => Kind::NotFound,
        "InstanceLimitExceeded" | "VcpuLimitExceeded" | "MaxSpotInstanceCountExceeded" => Kind::InsufficientCapacity,
        _ if code.starts_with("Insufficient") => Kind::InsufficientCapacity,
        // Auto Scaling has one code for all that is wrong with a request, and tells them apart in its words only.
        "ValidationError" if message.contains("not found") => Kind::NotFound,
        "ValidationError" if message.contains("above max value") || message.contains("below min value") => Kind::Conflict,
        _ if status == 401 || status == 403 => Kind::Denied,
        _ => Kind::Other,
    }
}

const BUCKET_REGION: &str = "set `AWS_REGION` to the region of the bucket";

/// The cure where something else than AWS has answered: a proxy, a captive portal, a wrong endpoint.
pub(crate) const CHECK_THE_WAY: &str = "check any proxy on the way, and `AWS_ENDPOINT_URL`";

const CREDENTIALS: &str = "give valid AWS credentials: a role, `AWS_PROFILE`, or `aws configure`";

/// Errors of the account or the machine, not of what was asked.
fn cure_of_code(code: &str) -> Option<&'static str> {
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Some("renew the credentials, they have expired"),
        "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" | "InvalidToken" => Some(CREDENTIALS),
        "SignatureDoesNotMatch" | "AuthFailure" | "MissingAuthenticationToken" => Some(CREDENTIALS),
        "RequestTimeTooSkewed" | "RequestExpired" => Some("set the clock of this machine"),
        "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => {
            Some(BUCKET_REGION)
        }
        _ => None,
    }
}

fn has_request_id(response: &HttpResponse) -> bool {
    ["x-amz-request-id", "x-amzn-requestid"].iter().any(|name| response.headers().contains_key(*name))
}

/// The error and its causes, in one line; a cause that only repeats is left out.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
