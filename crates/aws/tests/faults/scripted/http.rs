//! HTTP/1.1 by hand: only so can an answer break off where a test wants it to.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A request.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Decoded.
    pub(crate) path: String,
    /// Of the query and, where it is a form, of the body.
    fields: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A field of the query or the form; empty where there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A whole answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// The length that the header tells, where it is not that of the body.
    pub(crate) length: Option<usize>,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        // Every answer of AWS has one of these.
        let headers = ["x-amz-request-id", "x-amzn-requestid"].map(|name| (name, "scripted".to_owned())).to_vec();
        Self { status, headers, body: body.into(), length: None }.with("content-type", content_type)
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// As the answer to a HEAD.
    pub(crate) fn without_body(self) -> Self {
        Self { length: Some(self.body.len()), body: Vec::new(), ..self }
    }

    pub(crate) fn head(&self) -> Vec<u8> {
        let length = self.length.unwrap_or(self.body.len());
        let mut head = format!("HTTP/1.1 {} Scripted\r\ncontent-length: {length}\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// The next request; none where the client has hung up.
pub(crate) async fn read(connection: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        more(connection, &mut bytes).await?;
    };
    let mut request = head(std::str::from_utf8(&bytes[..end]).expect("a head is text"));
    assert!(request.header("transfer-encoding").is_none(), "nothing is sent without its length");
    if request.header("expect").is_some() {
        connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
    }
    let length: usize = request.header("content-length").map_or(0, |length| length.parse().expect("a number"));
    while bytes.len() < end + length {
        more(connection, &mut bytes).await?;
    }
    request.body = bytes.split_off(end);
    if request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        let form = String::from_utf8(request.body.clone()).expect("a form is text");
        request.fields.extend(fields(&form));
    }
    Some(request)
}

async fn more(connection: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    match connection.read_buf(bytes).await {
        Ok(1..) => Some(()),
        _ => None,
    }
}

fn head(text: &str) -> Request {
    let mut lines = text.lines();
    let mut first = lines.next().expect("a request line").split(' ');
    let (method, target) = (first.next().expect("a method"), first.next().expect("a target"));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines.filter_map(|line| line.split_once(':'));
    Request {
        method: method.to_owned(),
        path: decoded(path),
        fields: fields(query).collect(),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect(),
        body: Vec::new(),
    }
}

fn fields(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').map(|field| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        (decoded(name), decoded(&value.replace('+', " ")))
    })
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned()
}
