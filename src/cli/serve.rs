//! `caseveil serve`: the HTTP gate, until it is told to stop.

use super::audit_verify;
use crate::both::both;
use crate::clock;
use crate::config::{Given, Settings};
use crate::forward::{Forwarder, Hub};
use crate::gate;
use crate::ledger::{Event, EventKind};
use crate::pipeline::Deidentifier;
use crate::policy::Policy;
use crate::service::{self, Access, App, Custody, Limits, Source, Tls};
use crate::store::{Place, Store};
use anyhow::{Context as _, anyhow};
use axum::Router;
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
    /// File of settings, TOML: each variable below without CASEVEIL_, in lower case; secrets stay in the environment [env: CASEVEIL_CONFIG].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port of the operators' routes: replay, reload, suggestions; not served if not given [env: CASEVEIL_ADMIN].
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,
    /// Rule folder instead of the embedded one; read again on SIGHUP [env: CASEVEIL_RULES].
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Certificate of this service with its chain, PEM; with it connections are encrypted [env: CASEVEIL_TLS_CERT].
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Key of the certificate, PEM [env: CASEVEIL_TLS_KEY].
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Clients must show a certificate of this authority, PEM [env: CASEVEIL_TLS_CLIENT_CA].
    #[arg(long, value_name = "FILE")]
    tls_client_ca: Option<PathBuf>,
    /// Serve Presidio's routes (/analyze, /anonymize, ...) too [env: CASEVEIL_PRESIDIO=1].
    #[arg(long)]
    presidio: bool,
    /// Serve only if this signed audit fits rules, policy and program and has passed its gates, see `caseveil audit --gate --sign-key`.
    #[arg(long, value_name = "R.json", requires = "audit_key")]
    audit: Option<PathBuf>,
    /// The public key of who signs audits, PEM.
    #[arg(long, value_name = "PUBLIC.pem", requires = "audit")]
    audit_key: Option<PathBuf>,
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
        config: args.config.clone(),
        admin: args.admin.clone(),
        rules: args.rules.clone(),
        policy: args.policy.clone(),
        tls_cert: args.tls_cert.clone(),
        tls_key: args.tls_key.clone(),
        tls_client_ca: args.tls_client_ca.clone(),
        presidio: args.presidio,
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
    let policy = settings.policy.clone().unwrap_or_else(|| Policy::DEFAULT.to_owned());
    let keys = super::engine::keys(args.key_file.as_deref())?;
    // The first submission does not wait for the machines that every text needs.
    let ((), opened) = both(gate::prepare, || {
        Source::open(settings.rules.clone(), &policy, keys, settings.access.clone())
    });
    let (mut source, engine, access) = opened?;
    source.tls = settings.tls.clone().map(Tls::open).transpose()?;
    if engine.policy().gate.second_person && settings.access.is_none() {
        return Err(anyhow!("two persons cannot be told apart without --access FILE"));
    }
    let audit = args.audit.as_deref().zip(args.audit_key.as_deref());
    let audit = audit.map(|(audit, key)| audit_verify::serving(audit, key, &engine)).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(settings, source, (engine, audit), access))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(
    settings: Settings,
    source: Source,
    (engine, audit): (Deidentifier, Option<String>),
    access: Access,
) -> anyhow::Result<()> {
    let hub = Hub::with_tls(&settings.hub, &settings.hub_tls)?.signing(settings.hub_secret.clone());
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
    store.write(Some(started), Vec::new(), clock::now()?).await?;
    store.checkpoint(clock::now()?).await?;
    let tls = source.tls.clone();
    let custody = Custody {
        seal_key: settings.seal_key.clone(),
        second_person: settings.second_person,
        hours: settings.hold_hours,
    };
    let app = App::new(engine, forwarder.clone(), Limits::with_body(settings.body_limit))
        .holding(custody)
        .admitting(access)
        .reading(source);
    let app = if settings.presidio { app.speaking_presidio() } else { app };
    let app = audit.iter().fold(app, |app, digest| app.audited(digest));
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
    let scheme = if tls.is_some() { "https" } else { "http" };
    if let Some(admin) = settings.admin {
        let listener = bind(admin).await?;
        super::print(&format!("operators on {scheme}://{}\n", listener.local_addr()?))?;
        let router = service::admin_router(app.clone());
        tokio::spawn(listen(listener, tls.clone(), router, stopped.clone(), Duration::ZERO));
    }
    let hangups = tokio::spawn(reload_on_hangup(app.clone()));
    let router = service::router(app);
    let mut server = tokio::spawn(listen(listener, tls, router, stopped, GRACE));
    super::print(&format!("caseveil listens on {scheme}://{address}\n"))?;
    tracing::info!(%address, scheme, "listening");
    tokio::select! {
        () = told_to_stop() => {}
        ended = &mut server => return Err(anyhow!("the server ended: {}", ended.is_ok())),
    }
    tracing::info!("stopping");
    stop.send_replace(true);
    // Whoever holds a connection open for longer is cut off; a case without an answer was not promised.
    let cut_off = server.await.context("the server failed")?;
    hangups.abort();
    worker.await?;
    keeper.await?;
    store.write(Some(Event::of(EventKind::Stopped)), Vec::new(), clock::now()?).await?;
    store.close().await;
    tracing::info!(cut_off, "stopped");
    Ok(())
}

async fn listen(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    stopped: watch::Receiver<bool>,
    grace: Duration,
) -> usize {
    match tls {
        Some(tls) => service::serve_tls(listener, tls, router, stopped, grace).await,
        None => service::serve(listener, router, stopped, grace).await,
    }
}

/// Reads rules, policy, keys and certificates again at each SIGHUP.
async fn reload_on_hangup(app: App) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
        while hangup.recv().await.is_some() {
            service::reload_by_signal(&app).await;
        }
    }
    #[cfg(not(unix))]
    drop(app);
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|e| anyhow!("cannot listen on {address}: {}", e.kind()))
}

/// How often expired holds and keys are looked for.
const KEEP: Duration = Duration::from_secs(5);

/// How often the chains of the other replicas are checked and vouched for.
const CHECKPOINT: Duration = Duration::from_hours(1);

/// Does what has to be done now and then, until the service stops.
async fn keep(app: App, mut stopped: watch::Receiver<bool>) {
    let mut checked = std::time::Instant::now();
    loop {
        // With a broken clock nothing expires.
        if let Ok(now) = clock::now() {
            if let Err(error) = app.store().maintain(now).await {
                tracing::error!(%error, "the store cannot be kept");
            }
            // Errors of the store are logged where they become answers.
            let _again = service::expire(&app, now).await;
            if checked.elapsed() > CHECKPOINT {
                checked = std::time::Instant::now();
                if let Err(error) = app.store().checkpoint(now).await {
                    tracing::error!(%error, "no checkpoint of the other chains");
                }
            }
        }
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
    // Nor may another process of this user read our memory.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
            tracing::warn!("memory cannot be closed to other processes");
        }
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
