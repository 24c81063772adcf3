//! Encrypted connections: who gets in, who does not, and a certificate exchanged at work.

use super::gate::holding;
use super::http::{TEXT, service_of};
use caseveil::config::{HubSetting, HubTls, TlsFiles};
use caseveil::forward::Hub;
use caseveil::service::{Custody, Limits, Source, Tls, router, serve_tls};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

fn files(clients: bool) -> TlsFiles {
    TlsFiles {
        certificate: file("server.pem"),
        key: file("server.key"),
        client_authority: clients.then(|| file("ca.pem")),
    }
}

/// A client that believes the trial's authority, with a certificate of its own or without.
fn client(certificate: Option<&str>) -> reqwest::Client {
    let _before = rustls::crypto::ring::default_provider().install_default();
    let roots = reqwest::Certificate::from_pem_bundle(&fs::read(file("ca.pem")).unwrap()).unwrap();
    let mut builder = reqwest::Client::builder().tls_certs_only(roots).no_proxy();
    builder = builder.timeout(Duration::from_secs(10)).pool_max_idle_per_host(0).tls_info(true);
    if let Some(name) = certificate {
        let pem = fs::read(file(name)).unwrap();
        builder = builder.identity(reqwest::Identity::from_pem(&pem).unwrap());
    }
    builder.build().unwrap()
}

async fn start(tls: Tls, router: axum::Router) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve_tls(listener, tls, router, stopped, Duration::from_secs(5)));
    (address, stop)
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_let_in_by_their_certificate() {
    let service = holding(None).await;
    let (address, _stop) = start(Tls::open(files(true)).unwrap(), service.router.clone()).await;
    let url = format!("https://{address}/v1/cases");
    for (certificate, expected) in [
        (Some("client.pem"), true),
        (None, false),
        (Some("client-expired.pem"), false),
        (Some("client-unknown.pem"), false),
        (Some("client-wrong-use.pem"), false),
    ] {
        let post = client(certificate).post(&url).header("content-type", TEXT).body("pain 7/10");
        let status = post.send().await.ok().map(|answer| answer.status().as_u16());
        assert_eq!(status, expected.then_some(201), "{certificate:?}");
    }
    // In clear nothing is answered, and a handshake that does not go on is ended.
    for start in [&b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n"[..], b"", b"\x16\x03\x01"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(start).await.unwrap();
        let (mut answer, began) = (Vec::new(), Instant::now());
        let _reset = stream.read_to_end(&mut answer).await;
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(!answer.starts_with(b"HTTP"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_exchanged_without_a_lost_request() {
    let dir = tempfile::tempdir().unwrap();
    let own = TlsFiles {
        certificate: dir.path().join("cert.pem"),
        key: dir.path().join("key.pem"),
        client_authority: None,
    };
    let put = |name: &str| {
        fs::copy(file(&format!("{name}.pem")), &own.certificate).unwrap();
        fs::copy(file(&format!("{name}.key")), &own.key).unwrap();
    };
    put("server");
    let tls = Tls::open(own.clone()).unwrap();
    let (mut source, _, _) = Source::open(None, "echo-case", None, None).unwrap();
    source.tls = Some(tls.clone());
    let service =
        service_of(Limits::with_body(2000), Custody::default(), None, |app| app.reading(source))
            .await;
    let (address, _stop) = start(tls, service.router.clone()).await;
    let url = format!("https://{address}/livez");
    let presented = || async {
        let answer = client(None).get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let info = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
        info.peer_certificate().unwrap().to_vec()
    };
    let first = presented().await;
    put("server-2");
    assert_eq!(presented().await, first, "nothing changes by itself");
    let admin = caseveil::service::admin_router(service.app.clone());
    let reload = || super::http::request("POST", "/v1/admin/reload", "", "");
    let ask = |request| tower::ServiceExt::oneshot(admin.clone(), request);
    assert_eq!(ask(reload()).await.unwrap().status(), 200);
    let second = presented().await;
    assert_ne!(second, first);
    // What cannot be used changes nothing.
    fs::copy(file("server.key"), &own.key).unwrap();
    assert_eq!(ask(reload()).await.unwrap().status(), 422);
    assert_eq!(presented().await, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_may_want_our_certificate() {
    // The hub is a gateway that wants certificates of its clients.
    let hub = holding(None).await;
    let (address, _stop) = start(Tls::open(files(true)).unwrap(), router(hub.app.clone())).await;
    let setting = HubSetting::Url(format!("https://{address}/v1/cases"));
    let service = holding(None).await;
    let post = super::http::request("POST", "/v1/cases", TEXT, "OHIP 9876-543-217 JK, pain 7/10");
    assert_eq!(service.ask(post).await.0, 201);
    let tls = |identity: Option<&str>, authority: &str| HubTls {
        authority: Some(file(authority)),
        identity: identity.map(file),
    };
    let later = jiff::Timestamp::now() + jiff::Span::new().hours(1);
    for (hours, (tls, delivered)) in [
        (tls(None, "ca.pem"), 0),
        (tls(Some("client.pem"), "server.pem"), 0),
        (tls(Some("client.pem"), "ca.pem"), 1),
    ]
    .into_iter()
    .enumerate()
    {
        let hub = Hub::with_tls(&setting, &tls).unwrap();
        let forwarder = caseveil::forward::Forwarder::new(service.app.store().clone(), hub);
        let round = forwarder.deliver_due(later + jiff::Span::new().hours(hours as i64)).await;
        assert_eq!(round.unwrap().delivered, delivered, "{hours}");
    }
    let missing = Hub::with_tls(&setting, &tls(Some("none.pem"), "ca.pem"));
    assert!(missing.is_err());
}
