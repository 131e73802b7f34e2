//! Clients that are slow, silent or too many. The clock stands still while there is something to do, and goes on to the next deadline
//! where there is nothing.

use axum::{
    body::Bytes,
    routing::{get, post},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{tls::Files, *};

/// More than the buffers of a connection hold.
const LONG: usize = 64 << 20;

/// What has not come by then does not come.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// Somebody who listens with this patience.
fn listens(patience: Patience, certificate: Option<Certificate>) -> SocketAddr {
    let mut listening = Listening::at(([127, 0, 0, 1], 0).into(), certificate, "a free port").unwrap();
    listening.patience = patience;
    let address = listening.address;
    let router = Router::new()
        .route("/", get(async || "hello"))
        .route("/long", get(async || vec![b'x'; LONG]))
        .route("/take", post(async |body: Bytes| format!("{} bytes", body.len())));
    tokio::spawn(async move {
        let (_tell, interrupt) = Interrupt::by_hand();
        listening.answer(router, &interrupt).await;
    });
    address
}

/// A client that has said `words`.
async fn says(address: SocketAddr, words: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(words.as_bytes()).await.unwrap();
    client
}

/// What comes until the connection ends, however it does.
async fn hears(mut client: TcpStream) -> String {
    let mut heard = Vec::new();
    // One that is cut off in the middle has heard what came before.
    let _ = timeout(FOR_EVER, client.read_to_end(&mut heard)).await.expect("the connection ends");
    String::from_utf8(heard).unwrap()
}

async fn is_answered(address: SocketAddr) -> bool {
    let heard = hears(says(address, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await).await;
    heard.starts_with("HTTP/1.1 200 OK\r\n") && heard.ends_with("hello")
}

#[tokio::test(start_paused = true)]
async fn who_does_not_end_a_head_or_says_nothing_more_is_cut_off_and_others_are_answered() {
    let address = listens(PATIENCE, None);
    for (words, answered) in [("", false), ("GET / HTTP/1.1\r\nhost: ", false), ("GET / HTTP/1.1\r\nhost: x\r\n\r\n", true)] {
        let begun = Instant::now();
        let client = says(address, words).await;
        assert!(is_answered(address).await, "while `{words}` waits");
        assert_eq!(hears(client).await.ends_with("hello"), answered, "`{words}`");
        assert_eq!(begun.elapsed().as_secs(), 10, "`{words}`");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_has_to_come_in_time_however_little_of_it_comes_at_once() {
    let address = listens(PATIENCE, None);
    let begun = Instant::now();
    let head = "POST /take HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 100\r\n\r\n";
    let (mut from, mut to) = says(address, head).await.into_split();
    let drips = tokio::spawn(async move {
        while to.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(4)).await;
        }
    });
    assert!(is_answered(address).await);
    let mut heard = String::new();
    timeout(FOR_EVER, from.read_to_string(&mut heard)).await.expect("an answer").unwrap();
    assert!(heard.starts_with("HTTP/1.1 400") && heard.ends_with("it did not come within 30 seconds"), "{heard}");
    assert_eq!(begun.elapsed().as_secs(), 30);
    drips.abort();

    let whole = format!("{head}{}", "x".repeat(100));
    assert!(hears(says(address, &whole).await).await.ends_with("100 bytes"));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_an_answer_is_cut_off() {
    let address = listens(Patience { connections: 1, ..PATIENCE }, None);
    let client = says(address, "GET /long HTTP/1.1\r\nhost: x\r\n\r\n").await;
    sleep(PATIENCE.answer + Duration::from_secs(1)).await;
    assert!(is_answered(address).await, "its place is free again");
    let heard = hears(client).await;
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n") && heard.len() < LONG, "{} bytes came", heard.len());
}

#[tokio::test(start_paused = true)]
async fn more_connections_than_there_are_places_are_turned_away_until_one_ends() {
    let address = listens(Patience { connections: 2, ..PATIENCE }, None);
    let begun = Instant::now();
    let silent = [says(address, "GET").await, says(address, "GET").await];
    assert!(!is_answered(address).await);
    assert_eq!(begun.elapsed().as_secs(), 0, "at once");
    drop(silent);
    while !is_answered(address).await {
        assert!(begun.elapsed() < PATIENCE.head, "its place is free as soon as a client has gone");
        sleep(Duration::from_millis(1)).await;
    }
}

/// A certificate that is made here.
async fn certificate(folder: &tempfile::TempDir) -> Certificate {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = Files { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    Certificate::open(files).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn who_does_not_greet_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let address = listens(PATIENCE, Some(certificate(&folder).await));
    let begun = Instant::now();
    assert_eq!(hears(says(address, "").await).await, "");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn only_http_1_is_spoken() {
    let address = listens(PATIENCE, None);
    let begun = Instant::now();
    let heard = hears(says(address, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await).await;
    assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 4"), "{heard}");
    assert_eq!(begun.elapsed().as_secs(), 0, "at once");
}
