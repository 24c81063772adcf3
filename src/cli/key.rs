//! `caseveil policy-key`: make a key file; open a sealed value, with its reason in the ledger.

use super::disclosure;
use crate::entity::EntityType;
use crate::operator::unseal;
use anyhow::{Context as _, bail};
use clap::Subcommand;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `caseveil key`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a new key file that only you can read.
    New {
        /// The id that sealed values and hashes carry: 1 to 16 of a-z, 0-9 and -.
        id: String,
        /// Where to; it must not exist.
        #[arg(long)]
        out: PathBuf,
    },
    /// Open a sealed value from standard input. The reason goes into the ledger first.
    Unseal {
        /// The policy that it was sealed under.
        #[arg(long)]
        policy: String,
        /// The id of its case.
        #[arg(long)]
        case: String,
        /// Its entity type, such as `HEALTH_NUMBER`.
        #[arg(long = "type")]
        entity: String,
        /// Why it is opened.
        #[arg(long)]
        reason: String,
        /// Data folder of the gate, stopped: the reason becomes a signed row of its ledger.
        #[cfg(feature = "service")]
        #[arg(long, value_name = "DIR", required_unless_present = "ledger")]
        data: Option<PathBuf>,
        /// A file that reversals are appended to, for archives without a gate.
        #[cfg_attr(feature = "service", arg(long, conflicts_with = "data"))]
        #[cfg_attr(not(feature = "service"), arg(long, required = true))]
        ledger: Option<PathBuf>,
        /// The key file; otherwise `CASEVEIL_KEY_FILE` or `CASEVEIL_KEY`.
        #[arg(long)]
        key_file: Option<PathBuf>,
    },
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::New { id, out } => new(id, out)?,
        Command::Unseal { policy, case, entity, reason, ledger, key_file, .. } => {
            let kind = EntityType::from_name(entity).context("unknown entity type")?;
            if reason.trim().is_empty() {
                bail!("say why it is opened with --reason");
            }
            let keys = super::engine::keys(key_file.as_deref())?;
            let keys = keys.context("no key: give --key-file or set CASEVEIL_KEY_FILE")?;
            let mut value = String::new();
            std::io::stdin().take(1 << 20).read_to_string(&mut value)?;
            let text = unseal(&keys, policy, case, kind, value.trim())?;
            if let Some(ledger) = ledger {
                record(ledger, policy, case, kind, reason)?;
            }
            #[cfg(feature = "service")]
            if let Command::Unseal { data: Some(data), .. } = &args.command {
                record_row(data, policy, case, kind, reason)?;
            }
            super::print(&format!("{text}\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn new(id: &str, out: &Path) -> anyhow::Result<()> {
    let mut secret = [0u8; 32];
    File::open("/dev/urandom")
        .and_then(|mut f| f.read_exact(&mut secret))
        .context("no randomness")?;
    let mut hex = String::new();
    for byte in secret {
        write!(hex, "{byte:02x}")?;
    }
    let text = format!(
        "# Keep it apart from the cases. Rotation: move it into [[retired]].\nid     = \"{id}\"\nsecret = \"{hex}\"\n"
    );
    crate::key::KeyRing::parse(&text)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(out)
        .and_then(|mut f| f.write_all(text.as_bytes()))
        .context("the key file cannot be written")
}

/// A signed row in the ledger of a gate. It is on disk before the value is shown.
#[cfg(feature = "service")]
fn record_row(
    data: &Path,
    policy: &str,
    case: &str,
    kind: EntityType,
    reason: &str,
) -> anyhow::Result<()> {
    use crate::ledger::{Event, EventKind};
    use crate::policy::Policy;
    use crate::store::{Place, Store};
    let id = uuid::Uuid::parse_str(case).context("the gate's case ids are UUIDs")?;
    let policy = Policy::load(&crate::rules::embedded(), policy)?;
    let event = Event {
        policy: Some((policy.id, policy.version, policy.digest)),
        entities: [(kind.name().to_owned(), 1)].into(),
        because: Some(reason.trim().to_owned()),
        ..Event::of_case(EventKind::Unsealed, id)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(&Place::folder(data)).await.context("stop the gate first")?;
        let done = store.write(Some(event), Vec::new(), jiff::Timestamp::now()).await;
        store.close().await;
        done.map(|_| ()).context("the ledger cannot be written")
    })
}

/// Appends who was opened and why; never the value. The line is on disk before the value is shown.
fn record(
    ledger: &Path,
    policy: &str,
    case: &str,
    kind: EntityType,
    reason: &str,
) -> anyhow::Result<()> {
    let opened = [("policy", policy), ("case", case), ("type", kind.name()), ("reason", reason)];
    disclosure::record(ledger, [("action", "unseal")].into_iter().chain(opened))
}
