//! `caseveil serve`: the HTTP gate, until it is told to stop.

use crate::config::{Given, Settings};
use crate::forward::{Forwarder, Hub};
use crate::ledger::{Event, EventKind};
use crate::pipeline::Deidentifier;
use crate::rules::embedded;
use crate::service::{self, Access, App, Custody, Limits};
use crate::store::{Place, Store};
use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use std::net::SocketAddr;
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
    /// PostgreSQL database for several replicas; SQLite in the data folder if not given [env: CASEVEIL_DATABASE_URL].
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// File of the key that seals held cases, 64 hexadecimal digits; without it nothing is held, but refused [env: CASEVEIL_SEAL_KEY_FILE, or the key itself in CASEVEIL_SEAL_KEY].
    #[arg(long, value_name = "FILE")]
    seal_key: Option<PathBuf>,
    /// Loopback address and port of /metrics; not served if not given [env: CASEVEIL_METRICS].
    #[arg(long, value_name = "ADDR")]
    metrics: Option<String>,
    /// File of the keys that may use the service, see `caseveil keys`; without it everybody on this machine may [env: CASEVEIL_ACCESS_FILE].
    #[arg(long, value_name = "FILE")]
    access: Option<PathBuf>,
    /// The policy; `echo-case` if not given [env: CASEVEIL_POLICY].
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// File of the policy key: for keyed policies, and for pseudonyms of patients who are presented again [env: CASEVEIL_KEY_FILE, or the key itself in CASEVEIL_KEY].
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// A held case is released by two persons; needs --access [env: CASEVEIL_SECOND_PERSON=1].
    #[arg(long)]
    second_person: bool,
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
        database: args.database.clone(),
        seal_key: args.seal_key.clone(),
        metrics: args.metrics.clone(),
        access: args.access.clone(),
        second_person: args.second_person,
        policy: args.policy.clone(),
    })?;
    if settings.second_person && settings.access.is_none() {
        return Err(anyhow!("two persons cannot be told apart without --access FILE"));
    }
    no_core_dumps();
    // The client's own debugging lines name the hub's host, the database's its statements.
    let directives = format!("{},hyper_util=warn,hyper=warn,sqlx=off", settings.log);
    let filter = EnvFilter::try_new(directives)
        .map_err(|_| anyhow!("CASEVEIL_LOG is not a list of log directives"))?;
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    service::quiet_panics();
    let keys = super::engine::keys(args.key_file.as_deref())?;
    let engine = Deidentifier::with_keys(&embedded(), &settings.policy, keys)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(settings, engine))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(settings: Settings, engine: Deidentifier) -> anyhow::Result<()> {
    let hub = Hub::new(&settings.hub)?.signing(settings.hub_secret.clone());
    let store = Store::open(&Place {
        data: settings.data.clone(),
        url: settings.database.clone().map(|secret| secret.0),
        low_water: settings.low_water,
    })
    .await?;
    let forwarder = Forwarder::new(store.clone(), hub);
    let listener = bind(settings.listen).await?;
    let address = listener.local_addr()?;
    let (rules, policy) = (engine.rules().digest.as_str().to_owned(), engine.policy().clone());
    let started = Event {
        rules: Some(rules),
        policy: Some((policy.id, policy.version, policy.digest)),
        ..Event::of(EventKind::Started)
    };
    store.write(Some(started), Vec::new(), Timestamp::now()).await?;
    let access = settings.access.as_deref().map(Access::read).transpose()?.unwrap_or_default();
    let custody = Custody {
        seal_key: settings.seal_key.clone(),
        second_person: settings.second_person,
        hours: settings.hold_hours,
    };
    let app = App::new(engine, forwarder.clone(), Limits::with_body(settings.body_limit))
        .holding(custody)
        .admitting(access);
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(forwarder.run(stopped.clone()));
    let keeper = tokio::spawn(keep(app.clone(), stopped.clone()));
    if let Some(metrics) = settings.metrics {
        let listener = bind(metrics).await?;
        super::print(&format!("metrics on http://{}/metrics\n", listener.local_addr()?))?;
        let router = service::metrics_router(app.clone());
        // Metrics end with the process.
        tokio::spawn(service::serve(listener, router, stopped.clone(), Duration::ZERO));
    }
    let router = service::router(app);
    let mut server = tokio::spawn(service::serve(listener, router, stopped, GRACE));
    super::print(&format!("caseveil listens on http://{address}\n"))?;
    tracing::info!(%address, "listening");
    tokio::select! {
        () = told_to_stop() => {}
        ended = &mut server => return Err(anyhow!("the server ended: {}", ended.is_ok())),
    }
    tracing::info!("stopping");
    stop.send_replace(true);
    // Whoever holds a connection open for longer is cut off; a case without an answer was not promised.
    let cut_off = server.await.context("the server failed")?;
    worker.await?;
    keeper.await?;
    store.write(Some(Event::of(EventKind::Stopped)), Vec::new(), Timestamp::now()).await?;
    store.close().await;
    tracing::info!(cut_off, "stopped");
    Ok(())
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|e| anyhow!("cannot listen on {address}: {}", e.kind()))
}

/// How often expired holds and keys are looked for.
const KEEP: Duration = Duration::from_secs(5);

/// Does what has to be done now and then, until the service stops.
async fn keep(app: App, mut stopped: watch::Receiver<bool>) {
    loop {
        let now = Timestamp::now();
        if let Err(error) = app.store().maintain(now).await {
            tracing::error!(%error, "the store cannot be kept");
        }
        // Errors of the store are logged where they become answers.
        let _again = service::expire(&app, now).await;
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            () = tokio::time::sleep(KEEP) => {}
        }
    }
}

/// A core dump would hold whatever case is at work.
fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if setrlimit(Resource::Core, none).is_err() {
        tracing::warn!("core dumps cannot be forbidden");
    }
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
