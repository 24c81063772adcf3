//! How a run goes on after it was ended: what it was begun with, and what of it is complete.
//!
//! While a run is not complete, a file of its own keeps a mark of each input: an HMAC of path,
//! size and time under a secret that is drawn for the run. Both are gone when the run is complete.

use super::body::digest_of;
use super::error::BatchError;
use super::manifest::{MANIFEST, each_line};
use super::output::SCRATCH;
use super::source::{Source, Sources};
use super::summary::Summary;
use crate::key::KeyRing;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// What outputs depend on besides the inputs. Runs with different settings do not mix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) rules: String,
    pub(super) policy: String,
    pub(super) key: Option<String>,
    pub(super) grouping: Option<String>,
    pub(super) limits: String,
}

/// What a run that is not complete was begun with.
#[derive(Serialize, Deserialize)]
struct State {
    settings: Settings,
    secret: String,
    marks: Vec<String>,
}

/// Where a run begins.
#[derive(Default)]
pub(super) struct Begun {
    /// Bytes of the manifest that tell of the files that are complete.
    pub(super) keep: u64,
    /// How many files those are.
    pub(super) files: usize,
    /// What became of them.
    pub(super) summary: Summary,
}

const STATE: &str = "run.json";

/// Begins a run in an empty folder, or goes on with the one that is there.
pub(super) fn begin(
    out: &Path,
    sources: &Sources,
    settings: &Settings,
    key: Option<&KeyRing>,
    resume: bool,
) -> Result<Begun, BatchError> {
    let fail = |e: io::Error| BatchError::Folder(e.kind());
    if !resume {
        if fs::read_dir(out).map_err(fail)?.next().is_some() {
            return Err(BatchError::NotEmpty);
        }
        write_state(out, sources, settings).map_err(fail)?;
        return Ok(Begun::default());
    }
    let state = match fs::read(out.join(SCRATCH).join(STATE)) {
        Ok(bytes) => serde_json::from_slice::<State>(&bytes).ok(),
        Err(_) => None,
    };
    let Some(state) = state else { return finished(out, sources, settings, key) };
    if let Some(what) = state.settings.differs(settings) {
        return Err(BatchError::OtherSettings { what });
    }
    let same = |(i, source): (usize, &Source)| {
        state.marks.get(i).is_some_and(|m| *m == mark(&state.secret, source))
    };
    let unchanged = sources.files.iter().enumerate().take_while(|&each| same(each)).count();
    let begun = keep(out, unchanged)?;
    if unchanged < sources.len() || state.marks.len() != sources.len() {
        write_state(out, sources, settings).map_err(fail)?;
    }
    Ok(begun)
}

/// A finished run: nothing is missing unless inputs have changed, which only digests under a key
/// can tell.
fn finished(
    out: &Path,
    sources: &Sources,
    settings: &Settings,
    key: Option<&KeyRing>,
) -> Result<Begun, BatchError> {
    if fs::metadata(out.join(MANIFEST)).is_err() {
        return Err(BatchError::NothingToResume);
    }
    let mut files: Vec<Option<String>> = Vec::new();
    let mut differs = None;
    each_line(&out.join(MANIFEST), |line, _| {
        if line.digests.rules != settings.rules {
            differs = Some("rule folder");
        } else if line.digests.policy_digest != settings.policy {
            differs = Some("policy");
        }
        if line.is_file() {
            files.push(line.input_hmac_sha256);
        }
    })?;
    if let Some(what) = differs {
        return Err(BatchError::OtherSettings { what });
    }
    let unchanged = match key {
        Some(key) => files
            .iter()
            .zip(&sources.files)
            .take_while(|(told, source)| {
                let digest = File::open(&source.path).and_then(|mut f| digest_of(&mut f, key));
                **told == digest.ok().map(|d| super::output::hex(&d))
            })
            .count(),
        None if files.len() == sources.len() => files.len(),
        None => {
            let (before, now) = (files.len(), sources.len());
            return Err(BatchError::OtherInputs { before, now });
        }
    };
    let begun = keep(out, unchanged)?;
    if begun.files < sources.len() {
        write_state(out, sources, settings).map_err(|e| BatchError::Folder(e.kind()))?;
    }
    Ok(begun)
}

/// Keeps the lines of the first inputs, as far as their outputs are there; takes the outputs of
/// all others away.
fn keep(out: &Path, unchanged: usize) -> Result<Begun, BatchError> {
    let path = out.join(MANIFEST);
    let mut begun = Begun::default();
    if fs::metadata(&path).is_err() {
        return Ok(begun);
    }
    // Lines of the file that is being looked at.
    let mut waiting = Vec::new();
    let mut over = false;
    each_line(&path, |line, end| {
        let (is_file, output) = (line.is_file(), line.output.clone());
        waiting.push(line);
        if !is_file {
            return;
        }
        over |= begun.files == unchanged
            || output.as_ref().is_some_and(|name| !out.join(name).is_file());
        if !over {
            begun.files += 1;
            begun.keep = end;
            for line in &waiting {
                begun.summary.add(line);
            }
        } else if let Some(name) = output {
            // Written again, perhaps under another name.
            let _ = fs::remove_file(out.join(name));
        }
        waiting.clear();
    })?;
    Ok(begun)
}

/// The run is complete: what it kept for going on is taken away, and of its manifest what stands
/// behind the last line that counts.
pub(super) fn end(out: &Path, keep: u64) -> io::Result<()> {
    let manifest = File::options().write(true).open(out.join(MANIFEST))?;
    if manifest.metadata()?.len() > keep {
        manifest.set_len(keep)?;
    }
    fs::remove_dir_all(out.join(SCRATCH))
}

fn write_state(out: &Path, sources: &Sources, settings: &Settings) -> io::Result<()> {
    let scratch = out.join(SCRATCH);
    fs::create_dir_all(&scratch)?;
    let secret = secret()?;
    let marks = sources.files.iter().map(|s| mark(&secret, s)).collect();
    let state = State { settings: settings.clone(), secret, marks };
    let temporary = scratch.join("run.part");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(&serde_json::to_vec(&state).map_err(io::Error::other)?)?;
    file.sync_all()?;
    fs::rename(temporary, scratch.join(STATE))
}

/// Random bytes: the standard library seeds its hash maps with some.
fn secret() -> io::Result<String> {
    #[cfg(unix)]
    {
        let mut bytes = [0; 32];
        io::Read::read_exact(&mut File::open("/dev/urandom")?, &mut bytes)?;
        Ok(super::output::hex(&bytes))
    }
    #[cfg(not(unix))]
    {
        use std::hash::{BuildHasher as _, RandomState};
        let parts = (0..4u64).map(|n| RandomState::new().hash_one(n));
        Ok(parts.map(|p| format!("{p:016x}")).collect())
    }
}

/// What tells an input from another one, and from itself when it has changed.
fn mark(secret: &str, source: &Source) -> String {
    let changed = fs::metadata(&source.path).ok().and_then(|m| m.modified().ok());
    let since = changed.and_then(|t| t.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(source.path.as_os_str().as_encoded_bytes());
    mac.update(&source.bytes.to_be_bytes());
    mac.update(&since.as_nanos().to_be_bytes());
    super::output::hex(&mac.finalize().into_bytes()[..16])
}

impl Settings {
    /// What differs from others, in words.
    fn differs(&self, other: &Self) -> Option<&'static str> {
        [
            (self.rules != other.rules, "rule folder"),
            (self.policy != other.policy, "policy"),
            (self.key != other.key, "key"),
            (self.grouping != other.grouping, "grouping"),
            (self.limits != other.limits, "set of limits"),
        ]
        .into_iter()
        .find_map(|(differs, what)| differs.then_some(what))
    }
}
