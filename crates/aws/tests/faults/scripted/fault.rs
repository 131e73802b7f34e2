//! What goes wrong with an answer.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::http::{Reply, Request};

/// What one attempt gets.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// Whether what was asked for is done all the same.
    pub(crate) done: bool,
    pub(crate) answer: Answer,
}

/// An answer that is not the right one, or not whole.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// An error of AWS, in the form of the service: status, code, message.
    Refused(u16, &'static str, &'static str),
    /// The same from S3, with a header that names the bucket's region.
    OtherRegion(u16, &'static str, &'static str),
    /// A page for people, of whatever stands in between.
    Html(u16),
    /// 200 and not a byte.
    Empty,
    /// The connection stays open, and nothing comes.
    Silence,
    /// The connection is cut before the answer.
    CutBefore,
    /// It is cut in the middle of the head.
    CutInHead,
    /// It is cut in the middle of the body.
    CutInBody,
    /// The head and half of the body come, and no more.
    StallsInBody,
    /// Half of the body, as if it were all of it.
    Truncated,
    /// Bytes that mean nothing, in place of the body.
    Garbage,
    /// A head that promises so many bytes.
    Promises(usize),
}

impl Fault {
    /// The attempt is refused or lost before anything is done.
    pub(crate) fn undone(answer: Answer) -> Self {
        Self { done: false, answer }
    }

    /// Everything is done, and the answer does not get through.
    pub(crate) fn done(answer: Answer) -> Self {
        Self { done: true, answer }
    }
}

/// Sends `right`, or what `fault` makes of it. Returns whether the connection goes on.
pub(crate) async fn send(connection: &mut TcpStream, request: &Request, right: Reply, fault: Option<Answer>) -> bool {
    let half = right.body.len() / 2;
    let reply = match fault {
        None => right,
        Some(Answer::Refused(status, code, message)) => refused(request, status, code, message),
        Some(Answer::OtherRegion(status, code, message)) => {
            refused(request, status, code, message).with("x-amz-bucket-region", "eu-west-3")
        }
        Some(Answer::Html(status)) => {
            let page = "<html><head><title>Sorry</title></head><body><p>Something is wrong here.<br></body></html>";
            Reply { status, body: page.into(), ..Reply::default() }.with("content-type", "text/html")
        }
        Some(Answer::Empty) => Reply { status: 200, ..Reply::default() },
        Some(Answer::Truncated) => Reply { body: right.body[..half].to_vec(), ..right },
        Some(Answer::Garbage) => Reply { body: vec![0xff; right.body.len().max(8)], ..right },
        Some(Answer::Promises(length)) => Reply { length: Some(length), body: Vec::new(), ..right },
        Some(Answer::CutBefore) => return false,
        Some(Answer::Silence) => return wait(connection).await,
        Some(Answer::CutInHead) => {
            let head = right.head();
            write(connection, &head[..head.len() / 2]).await;
            return false;
        }
        Some(Answer::CutInBody) => {
            write(connection, &[right.head(), right.body[..half].to_vec()].concat()).await;
            return false;
        }
        Some(Answer::StallsInBody) => {
            write(connection, &[right.head(), right.body[..half].to_vec()].concat()).await;
            return wait(connection).await;
        }
    };
    let bytes = [reply.head(), reply.body.clone()].concat();
    let whole = reply.length.is_none() || request.method == "HEAD";
    if !write(connection, &bytes).await {
        return false;
    }
    if whole { true } else { wait(connection).await }
}

async fn write(connection: &mut TcpStream, bytes: &[u8]) -> bool {
    connection.write_all(bytes).await.is_ok() && connection.flush().await.is_ok()
}

/// Until the client hangs up.
async fn wait(connection: &mut TcpStream) -> bool {
    let mut ignored = [0; 64];
    while let Ok(1..) = connection.read(&mut ignored).await {}
    false
}

fn refused(request: &Request, status: u16, code: &str, message: &str) -> Reply {
    if request.path.starts_with("/service/") {
        return super::cloudwatch::refused(status, code, message);
    }
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    if !request.field("Action").is_empty() {
        return Reply::new(status, "text/xml", format!("<ErrorResponse>{error}<RequestId>scripted</RequestId></ErrorResponse>"));
    }
    let reply = Reply::new(status, "application/xml", error);
    if request.method == "HEAD" { reply.without_body() } else { reply }
}
