//! Connections: how many, how long, and how they end.
//!
//! `axum::serve` waits for a silent client for ever. Here a header must arrive within seconds,
//! also the next one of a connection that is kept open, bodies are timed by their handlers, and
//! there is room for a number of connections only.

use super::tls::Tls;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// How long a header may take.
const HEADER_TIME: Duration = Duration::from_secs(5);

/// Largest header.
const HEADER_BYTES: usize = 32 << 10;

/// Connections at a time; the next waits in the system's queue.
const CONNECTIONS: usize = 2048;

/// How long a connection may go on, whatever it does: a client that does not read its answer ends
/// here.
const LIFE: Duration = Duration::from_mins(5);

/// How long a client may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Serves connections until `stop` turns true, then lets those at work end, but no longer than
/// `grace`. How many were cut off.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: watch::Receiver<bool>,
    grace: Duration,
) -> usize {
    accept_all(listener, None, router, stop, grace).await
}

/// As [`serve`], encrypted.
pub async fn serve_tls(
    listener: TcpListener,
    tls: Tls,
    router: Router,
    stop: watch::Receiver<bool>,
    grace: Duration,
) -> usize {
    accept_all(listener, Some(tls), router, stop, grace).await
}

async fn accept_all(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    mut stop: watch::Receiver<bool>,
    grace: Duration,
) -> usize {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            // A sender that has gone away means stop, too.
            _ = stop.wait_for(|stopped| *stopped) => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else {
            // No file handles: some will be free in a moment.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (router, stop) = (router.clone(), stop.clone());
        let acceptor = tls.as_ref().map(Tls::acceptor);
        connections.spawn(async move {
            let _place = place;
            let Some(acceptor) = acceptor else { return connection(stream, router, stop).await };
            // How a handshake failed is the client's affair.
            let agreed = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
            if let Ok(Ok(stream)) = agreed {
                connection(stream, router, stop).await;
            }
        });
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let in_time = tokio::time::timeout(grace, ended).await.is_ok();
    if in_time { 0 } else { connections.len() }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    let (stream, _) = listener.accept().await.ok()?;
    let _slower = stream.set_nodelay(true);
    Some((stream, place))
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(HEADER_BYTES);
    let service = TowerToHyperService::new(router);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let end = tokio::time::sleep(LIFE);
    tokio::select! {
        // How a connection ended is the client's affair, and its error may quote the header.
        _ended = connection.as_mut() => return,
        () = end => return,
        _ = stop.wait_for(|stopped| *stopped) => connection.as_mut().graceful_shutdown(),
    }
    let _ended = connection.await;
}
