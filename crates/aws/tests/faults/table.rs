//! Every call with every fault, as a table to be read: how often it is tried, what comes of it, what was written, and the exact
//! words.

use std::fmt::Write as _;

use futures_util::future::join_all;

use crate::{
    calls::{Call, filled},
    scripted::{Answer, Fault},
};

/// What goes wrong, by name.
fn faults(call: Call) -> Vec<(&'static str, Fault)> {
    let refused = |status, code, message| Fault::undone(Answer::Refused(status, code, message));
    let mut faults = if call.is_of_s3() {
        vec![
            ("throttled", refused(503, "SlowDown", "Please reduce your request rate.")),
            ("500", refused(500, "InternalError", "We encountered an internal error. Please try again.")),
            ("expired credentials", refused(400, "ExpiredToken", "The provided token has expired.")),
            ("bucket in another region", {
                let what = "The bucket you are attempting to access must be addressed using the specified endpoint.";
                Fault::undone(Answer::OtherRegion(301, "PermanentRedirect", what))
            }),
            ("signed for another region", {
                let what = "The authorization header is malformed; the region 'eu-central-1' is wrong; expecting 'eu-west-3'";
                refused(400, "AuthorizationHeaderMalformed", what)
            }),
            ("no such bucket", refused(404, "NoSuchBucket", "The specified bucket does not exist")),
        ]
    } else {
        vec![
            ("throttled", refused(400, "Throttling", "Rate exceeded")),
            ("500", refused(500, "InternalFailure", "")),
            ("expired credentials", refused(403, "ExpiredToken", "The security token included in the request is expired")),
            (
                "invalid credentials",
                refused(403, "InvalidClientTokenId", "The security token included in the request is invalid."),
            ),
        ]
    };
    faults.extend([
        ("503", refused(503, "ServiceUnavailable", "Service is unable to handle request.")),
        ("429", refused(429, "TooManyRequestsException", "")),
        ("access denied", refused(403, "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to do this.")),
        (
            "wrong clock",
            refused(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
        ),
        ("no answer in time", Fault::undone(Answer::Silence)),
        ("cut before the answer", Fault::undone(Answer::CutBefore)),
        ("cut in the head", Fault::done(Answer::CutInHead)),
        ("page of a proxy, 200", Fault::undone(Answer::Html(200))),
        ("page of a proxy, 403", Fault::undone(Answer::Html(403))),
        ("page of a proxy, 404", Fault::undone(Answer::Html(404))),
        ("page of a proxy, 502", Fault::undone(Answer::Html(502))),
        ("empty answer", Fault::undone(Answer::Empty)),
    ]);
    if !matches!(call, Call::PutNew | Call::PutOver) {
        faults.extend([("cut in the body", Fault::done(Answer::CutInBody)), ("body stalls", Fault::done(Answer::StallsInBody))]);
        if call != Call::Get {
            faults.extend([("truncated", Fault::done(Answer::Truncated)), ("garbage", Fault::done(Answer::Garbage))]);
        }
    }
    if call == Call::Get {
        faults.push(("too large", Fault::done(Answer::Promises((64 << 20) + 1))));
    }
    if call.writes() && call.is_of_s3() {
        faults.extend([
            ("412", refused(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")),
            ("409", refused(409, "ConditionalRequestConflict", "The conditional request cannot succeed now.")),
        ]);
    } else if call.writes() {
        faults.extend([
            ("another activity", refused(400, "ScalingActivityInProgress", "An activity is in progress.")),
            ("another change", refused(400, "ResourceContention", "You already have a pending update to this resource.")),
        ]);
    }
    if call.writes() {
        faults.extend([
            ("done, and cut", Fault::done(Answer::CutBefore)),
            ("done, and no answer in time", Fault::done(Answer::Silence)),
            ("done, and 500", Fault::done(Answer::Refused(500, "InternalError", "Try again."))),
        ]);
    }
    faults
}

/// What comes of `call` where its first attempt, or every one, has the fault.
async fn line(call: Call, fault: &Fault, always: bool) -> String {
    let aws = filled().await;
    if always {
        aws.always(call.operation(), fault.clone());
    } else {
        aws.next(call.operation(), fault.clone());
    }
    let is_slow = always && matches!(fault.answer, Answer::Silence | Answer::StallsInBody);
    let config = if is_slow { aws.impatient_config() } else { aws.config() };
    let result = call.make(config).await;

    let attempts = aws.attempts();
    let tried = attempts.iter().filter(|attempt| attempt.operation == call.operation()).count();
    let wrote = attempts.iter().filter(|attempt| attempt.wrote).count();
    let mut line = format!("tried {tried}x");
    if call.writes() {
        write!(line, ", done {wrote}x").unwrap();
    }
    match result {
        Ok(result) => write!(line, ": {result}").unwrap(),
        Err((kind, message)) => write!(line, ": {kind}\n    {message}").unwrap(),
    }
    line
}

/// Whoever has to wait for a fault has seen enough once.
fn is_made_once(fault: &Fault) -> bool {
    matches!(fault.answer, Answer::Silence | Answer::StallsInBody | Answer::Promises(_))
}

/// The line of one fault; two lines where it is not the same once and always.
async fn lines(call: Call, name: &str, fault: &Fault) -> String {
    if is_made_once(fault) {
        return format!("{name}: {}", line(call, fault, true).await);
    }
    let (once, always) = (line(call, fault, false).await, line(call, fault, true).await);
    if once == always { format!("{name}: {once}") } else { format!("{name}, once: {once}\n{name}, always: {always}") }
}

async fn table(call: Call) -> String {
    let faults = faults(call);
    let lines = join_all(faults.iter().map(|(name, fault)| lines(call, name, fault))).await;
    format!("\n{}\n", lines.join("\n"))
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "how many there were is for whoever runs it")]
async fn every_call_with_every_fault() {
    let all = Call::ALL.map(faults);
    let made: usize = all.iter().flatten().map(|(_, fault)| if is_made_once(fault) { 1 } else { 2 }).sum();
    println!("faults injected: {made}, into {} calls", all.len());
    let tables = join_all(Call::ALL.map(table)).await;
    for (call, table) in Call::ALL.iter().zip(tables) {
        insta::assert_snapshot!(format!("{call:?}"), table);
    }
}
