//! Connections that bring nothing, or nearly nothing, end; a stop lets those at work finish.

use super::gate::holding;
use caseveil::service::serve;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Every shape must be closed within this.
const LIMIT: Duration = Duration::from_secs(10);

/// Writes `start`, then a byte each half second where asked; how long until the server closed.
async fn until_closed(address: std::net::SocketAddr, start: &str, drip: Option<u8>) -> Duration {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(start.as_bytes()).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let started = Instant::now();
    let dripping = tokio::spawn(async move {
        while let Some(byte) = drip {
            tokio::time::sleep(Duration::from_millis(500)).await;
            if write.write_all(&[byte]).await.is_err() {
                break;
            }
        }
        // Without drops the half stays open until the test ends.
        std::future::pending::<()>().await;
    });
    let mut buffer = [0; 4096];
    while matches!(tokio::time::timeout(LIMIT * 3, read.read(&mut buffer)).await, Ok(Ok(n)) if n > 0)
    {
    }
    dripping.abort();
    started.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_closed_and_others_served() {
    let service = holding(None).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let server =
        tokio::spawn(serve(listener, service.router.clone(), stopped, Duration::from_secs(5)));
    let head = "POST /v1/cases HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: text/plain\r\n";
    let shapes = [
        ("nothing", String::new(), None),
        ("one byte", "P".to_owned(), None),
        ("half a header", head.to_owned(), None),
        ("a dripping header", head.to_owned(), Some(b'x')),
        ("no body", format!("{head}content-length: 100\r\n\r\n"), None),
        ("a dripping body", format!("{head}content-length: 1000\r\n\r\n"), Some(b'x')),
        (
            "a dripping chunked body",
            format!("{head}transfer-encoding: chunked\r\n\r\nffff\r\n"),
            Some(b'x'),
        ),
        ("kept alive and idle", "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(), None),
        ("http2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), None),
    ];
    let mut clients = Vec::new();
    for (name, start, drip) in shapes {
        for _ in 0..5 {
            let start = start.clone();
            clients.push((
                name,
                tokio::spawn(async move { until_closed(address, &start, drip).await }),
            ));
        }
    }
    // Meanwhile others are served.
    let started = Instant::now();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    for (name, client) in clients {
        let took = client.await.unwrap();
        assert!(took <= LIMIT, "{name}: {took:?}");
    }
    // A foreign page gets nothing, also from a socket.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /v1/holds HTTP/1.1\r\nhost: evil.test\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    stop.send_replace(true);
    assert_eq!(server.await.unwrap(), 0);
    assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
}

/// The control: a server without our time-outs leaves a silent client where it is, and the trial
/// above would notice.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_timeouts_would_be_caught() {
    let service = holding(None).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = service.router.clone();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let router = hyper_util::service::TowerToHyperService::new(router.clone());
            let stream = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(async move {
                let mut builder = hyper::server::conn::http1::Builder::new();
                builder.header_read_timeout(None);
                let _ended = builder.serve_connection(stream, router).await;
            });
        }
    });
    let open = tokio::time::timeout(LIMIT, until_closed(address, "P", None)).await;
    assert!(open.is_err(), "closed after {open:?}");
    server.abort();
}

/// More clients than there is room for wait, and are served when others have gone.
#[tokio::test(flavor = "multi_thread")]
async fn silent_clients_do_not_keep_others_out() {
    let service = holding(None).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(serve(listener, service.router.clone(), stopped, Duration::ZERO));
    let mut silent = Vec::new();
    for _ in 0..400 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost").await.unwrap();
        silent.push(stream);
    }
    for _ in 0..10 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let get = b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(get).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let started = Instant::now();
    for mut stream in silent {
        let mut rest = Vec::new();
        let left = LIMIT.saturating_sub(started.elapsed());
        let closed = tokio::time::timeout(left, stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "open after {:?}", started.elapsed());
    }
}
