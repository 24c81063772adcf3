//! `caseveil serve`: the HTTP gate.

use crate::config::Config;
use crate::forward::{self, Hub};
use crate::pipeline::Deidentifier;
use crate::policy::Policy;
use crate::rules::{RuleFiles, embedded};
use crate::service::{AppState, router};
use crate::store::Outbox;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// Arguments of `caseveil serve`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Address to listen on; loopback only while no API keys are configured.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder of the store.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Policy.
    #[arg(long, default_value = Policy::DEFAULT)]
    policy: String,
    /// A rule folder instead of the embedded one.
    #[arg(long)]
    rules: Option<PathBuf>,
    /// URL of the hub.
    #[arg(long)]
    hub: Option<String>,
    /// Folder that stands for the hub; `hub` in the data folder when neither is given.
    #[arg(long)]
    hub_dir: Option<PathBuf>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = Config::new(args.listen, args.data, args.hub, args.hub_dir)?;
    let files = match &args.rules {
        Some(dir) => RuleFiles::read(dir)?,
        None => embedded(),
    };
    let engine = Deidentifier::new(&files, &args.policy)?;
    tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO).with_writer(std::io::stderr).init();
    hush_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(config, engine))
}

async fn serve(config: Config, engine: Deidentifier) -> anyhow::Result<ExitCode> {
    let outbox = Outbox::open(&config.data).await?;
    let hub = Hub::new(&config.hub)?;
    let wake = Arc::new(Notify::new());
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn({
        let (outbox, wake) = (outbox.clone(), wake.clone());
        async move { forward::run(outbox, hub, &wake, stopped).await }
    });
    let app = router(AppState::new(engine, outbox.clone(), wake, config.body_limit));
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    super::print(&format!("caseveil listens on http://{}\n", listener.local_addr()?))?;
    axum::serve(listener, app).with_graceful_shutdown(interrupted()).await?;
    // What was accepted is in the store; the worker finishes the delivery it is at.
    stop.send_replace(true);
    worker.await?;
    outbox.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn interrupted() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// A panic message can hold text of a case: only its place is told.
fn hush_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        tracing::error!(place, "a part of the program failed");
    }));
}
