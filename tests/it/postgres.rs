//! `PostgreSQL` as the store: the same trials as with `SQLite`, on a server of the test's own.

use super::gate::{decide, holding, once};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A server in a folder of its own, on a port of its own; it stops with the value.
pub(crate) struct Postgres {
    bin: PathBuf,
    data: PathBuf,
    port: u16,
    /// The folder, when it is its own.
    dir: Option<TempDir>,
}

/// The account that the server runs under: it refuses to be root.
const ACCOUNT: &str = "postgres";

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn program(bin: &Path, name: &str) -> Command {
    let path = bin.join(name);
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", ACCOUNT, "--"]).arg(path);
        command
    } else {
        Command::new(path)
    };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
    command
}

/// The folder of the server's programs.
fn find() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.flatten().map(|v| v.path().join("bin")).collect();
    found.retain(|bin| bin.join("initdb").exists());
    found.sort();
    found.pop()
}

fn install() -> Option<PathBuf> {
    if !is_root() {
        return None;
    }
    for arguments in [&["update"][..], &["install", "-y", "--no-install-recommends", "postgresql"]]
    {
        Command::new("apt-get").args(arguments).stdout(Stdio::null()).status().ok()?;
    }
    find()
}

impl Postgres {
    /// A new server; none, loudly, where there is no `PostgreSQL` and none can be installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(bin) = find().or_else(install) else {
            eprintln!(
                "\n*** SKIPPED: no PostgreSQL here, and it cannot be installed; its trials did NOT run ***\n"
            );
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let mut server = Self::start_in(dir.path(), bin, &[]);
        server.dir = Some(dir);
        Some(server)
    }

    /// A new server whose data lie in `folder`, with settings of its own; none where there is none.
    pub(crate) fn start_at(folder: &Path, settings: &[&str]) -> Option<Self> {
        Some(Self::start_in(folder, find().or_else(install)?, settings))
    }

    fn start_in(folder: &Path, bin: PathBuf, settings: &[&str]) -> Self {
        let data = folder.join("pg");
        if is_root() {
            let status = Command::new("chown").arg(ACCOUNT).arg(folder).status().unwrap();
            assert!(status.success());
        }
        let made = program(&bin, "initdb")
            .args(["-A", "trust", "-U", "caseveil", "-E", "UTF8", "--no-sync", "-D"])
            .arg(&data)
            .status()
            .unwrap();
        assert!(made.success(), "initdb");
        Self::serving(bin, data, settings)
    }

    /// A server on the data that another one left behind, however it ended.
    pub(crate) fn on_data_of(folder: &Path) -> Self {
        let data = folder.join("pg");
        let _gone = std::fs::remove_file(data.join("postmaster.pid"));
        Self::serving(find().unwrap(), data, &[])
    }

    fn serving(bin: PathBuf, data: PathBuf, settings: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { bin, data, port, dir: None };
        server.control("start", settings);
        server
    }

    /// All its processes, by the name that they show.
    fn signal(&self, signal: &str) {
        let mut command = Command::new("pkill");
        // The whole number: another port may begin with this one.
        command.args([signal, "-f", &format!("{}([^0-9]|$)", self.cluster())]);
        assert!(command.status().unwrap().success(), "pkill {signal}");
    }

    fn cluster(&self) -> String {
        format!("caseveil_trial_{}", self.port)
    }

    /// Stops it in the middle of whatever it does.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(self) {
        self.signal("-KILL");
        std::mem::forget(self);
    }

    fn control(&self, what: &str, settings: &[&str]) {
        let own = settings.iter().map(|s| format!(" -c {s}")).collect::<String>();
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c cluster_name={}{own}",
            self.port,
            self.cluster()
        );
        let mut command = program(&self.bin, "pg_ctl");
        command.arg("-D").arg(&self.data).args(["-w", "-m", "immediate", "-o", &options, what]);
        assert!(command.status().unwrap().success(), "pg_ctl {what}");
    }

    /// Stops the server as a crash would, and starts it again.
    pub(crate) fn crash(&self) {
        self.control("restart", &[]);
    }

    /// The URL of a new database on it.
    pub(crate) async fn database(&self, name: &str) -> String {
        use sqlx::Connection as _;
        let mut connection = sqlx::PgConnection::connect(&self.url("postgres")).await.unwrap();
        let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        self.url(name)
    }

    /// The URL of a database on it.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("postgres://caseveil@127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut command = program(&self.bin, "pg_ctl");
        let _stopped = command.arg("-D").arg(&self.data).args(["-m", "immediate", "stop"]).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_trials_hold_with_postgresql() {
    let Some(server) = Postgres::start() else { return };
    once(&holding(Some(server.database("once").await)).await).await;
    decide(&holding(Some(server.database("decide").await)).await).await;
    // A server that crashed and came back: connections are made anew, the ledger goes on.
    let url = server.database("crash").await;
    let service = holding(Some(url.clone())).await;
    let post = || super::http::request("POST", "/v1/cases", super::http::TEXT, "pain 7/10");
    assert_eq!(service.ask(post()).await.0, 201);
    server.crash();
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let status = service.ask(post()).await.0.as_u16();
        statuses.push(status);
        if status == 201 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(statuses.last(), Some(&201), "{statuses:?}");
    assert!(statuses.iter().all(|s| [201, 503].contains(s)), "{statuses:?}");
    let rows = service.app.store().ledger().await.unwrap();
    let key = service.app.store().signer().public_key();
    let summary = caseveil::ledger::verify(&rows, &key, &[], &[]).unwrap();
    assert_eq!(summary.events["released"], 2);
}
