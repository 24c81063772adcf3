//! `caseveil serve`: the HTTP gate, until it is told to stop.

use crate::config::{Given, Settings};
use crate::forward::{Forwarder, Hub};
use crate::pipeline::Deidentifier;
use crate::policy::Policy;
use crate::service::{self, App, Limits};
use crate::store::Outbox;
use anyhow::{Context as _, anyhow};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// Arguments of `caseveil serve`. Each can also be set by an environment variable.
#[derive(clap::Args)]
#[expect(clippy::doc_markdown, reason = "these lines are printed as they are")]
pub(super) struct Args {
    /// Address and port, 127.0.0.1:8080 if not given; a loopback address [env: CASEVEIL_LISTEN].
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Folder for cases on their way, made if there is none [env: CASEVEIL_DATA].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where masked cases are posted [env: CASEVEIL_HUB_URL].
    #[arg(long, value_name = "URL", conflicts_with = "hub_dir")]
    hub: Option<String>,
    /// Folder that masked cases are written to; hub/ in the data folder if not given [env: CASEVEIL_HUB_DIR].
    #[arg(long, value_name = "DIR")]
    hub_dir: Option<PathBuf>,
    /// Largest body of a request in bytes [env: CASEVEIL_BODY_LIMIT].
    #[arg(long, value_name = "BYTES")]
    body_limit: Option<usize>,
}

/// How long requests at work may take to end once the service is told to stop.
const GRACE: Duration = Duration::from_secs(10);

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(Given {
        listen: args.listen.clone(),
        data: args.data.clone(),
        hub_url: args.hub.clone(),
        hub_dir: args.hub_dir.clone(),
        body_limit: args.body_limit,
    })?;
    // The client's own debugging lines name the hub's host.
    let directives = format!("{},hyper_util=warn", settings.log);
    let filter = EnvFilter::try_new(directives)
        .map_err(|_| anyhow!("CASEVEIL_LOG is not a list of log directives"))?;
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    service::quiet_panics();
    let engine = Deidentifier::embedded(Policy::DEFAULT)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(settings, engine))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(settings: Settings, engine: Deidentifier) -> anyhow::Result<()> {
    let hub = Hub::new(&settings.hub)?;
    let outbox = Outbox::open(&settings.data).await?;
    let forwarder = Forwarder::new(outbox.clone(), hub);
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|e| anyhow!("cannot listen on {}: {}", settings.listen, e.kind()))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(forwarder.clone().run(stopped.clone()));
    let app = App::new(engine, forwarder, Limits::with_body(settings.body_limit));
    let server =
        axum::serve(listener, service::router(app)).with_graceful_shutdown(wait(stopped.clone()));
    let mut server = tokio::spawn(server.into_future());
    super::print(&format!("caseveil listens on http://{address}\n"))?;
    tracing::info!(%address, "listening");
    tokio::select! {
        () = told_to_stop() => {}
        ended = &mut server => return ended?.context("the server ended"),
    }
    tracing::info!("stopping");
    stop.send_replace(true);
    // Whoever holds a connection open for longer is cut off; a case without an answer was not promised.
    if tokio::time::timeout(GRACE, &mut server).await.is_err() {
        server.abort();
    }
    worker.await?;
    outbox.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn wait(mut stopped: watch::Receiver<bool>) {
    // A sender that has gone away means stop, too.
    let _sender_gone = stopped.wait_for(|stopped| *stopped).await;
}

/// Returns when the process is asked to end.
async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _cannot_listen = tokio::signal::ctrl_c().await;
}
