//! A run as it goes: a bar on a terminal, a line now and then anywhere else, events for machines;
//! and the wish to stop.

use crate::batch::{ManifestLine, Observer, Summary};
use indicatif::{HumanBytes, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(10);
/// Time between two events of progress.
const EVENT_PAUSE: Duration = Duration::from_secs(1);

/// Who watches a run for the command line.
pub(super) struct Watch {
    inputs: usize,
    bytes: u64,
    out: PathBuf,
    json: bool,
    bar: ProgressBar,
    started: Instant,
    told: Mutex<Instant>,
    done: AtomicUsize,
    read: AtomicU64,
    /// Bytes that an earlier run worked off.
    skipped: AtomicU64,
    stop: Arc<AtomicBool>,
}

impl Watch {
    /// From now on Ctrl-C stops the run cleanly; once more, and at once.
    pub(super) fn begin(inputs: usize, bytes: u64, out: &Path, json: bool) -> anyhow::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        ctrlc::set_handler(move || {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(super::scrub::STOPPED));
            }
        })?;
        let watch = Self {
            inputs,
            bytes,
            out: out.to_owned(),
            json,
            bar: if json { ProgressBar::hidden() } else { progress_bar(bytes) },
            started: Instant::now(),
            told: Mutex::new(Instant::now()),
            done: AtomicUsize::new(0),
            read: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            stop,
        };
        watch.event(&json!({ "event": "started", "inputs": inputs, "bytes": bytes }));
        Ok(watch)
    }

    /// Bytes of input that this run worked off so far, and the seconds that took.
    pub(super) fn speed(&self) -> (u64, f64) {
        (self.read.load(Ordering::Relaxed), self.started.elapsed().as_secs_f64())
    }

    /// The run is over.
    pub(super) fn end(&self, summary: Option<&Summary>) {
        self.bar.finish_and_clear();
        let Some(summary) = summary else { return };
        self.event(&json!({
            "event": "finished",
            "documents": summary.documents(),
            "counts": summary.counts,
            "renamed": summary.renamed,
            "by_type": summary.masked,
            "seconds": self.started.elapsed().as_secs_f64(),
        }));
    }

    fn event(&self, event: &serde_json::Value) {
        if self.json {
            // Who no longer listens does not stop the run.
            let _ = writeln!(std::io::stdout(), "{event}");
        }
    }

    /// Tells how far the run is, when it is time.
    fn tell(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = if self.json { EVENT_PAUSE } else { PAUSE };
        if told.elapsed() < pause || !self.json && !self.bar.is_hidden() {
            return;
        }
        *told = Instant::now();
        let (read, done) = (self.read.load(Ordering::Relaxed), self.done.load(Ordering::Relaxed));
        let rate = read as f64 / self.started.elapsed().as_secs_f64().max(1e-3);
        let read = read + self.skipped.load(Ordering::Relaxed);
        let left = self.bytes.saturating_sub(read) as f64 / rate.max(1.0);
        if self.json {
            self.event(&json!({
                "event": "progress", "inputs": done, "read": read, "bytes_per_second": rate.round(),
                "seconds_left": left.round(),
            }));
        } else {
            eprintln!(
                "{done} of {} inputs, {} of {}, {}/s, {} left",
                self.inputs,
                HumanBytes(read),
                HumanBytes(self.bytes),
                HumanBytes(rate as u64),
                HumanDuration(Duration::from_secs_f64(left))
            );
        }
    }
}

impl Observer for Watch {
    fn read(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.read.fetch_add(bytes, Ordering::Relaxed);
        self.tell();
    }

    fn skipped(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.skipped.fetch_add(bytes, Ordering::Relaxed);
    }

    fn line(&self, line: &ManifestLine) {
        if line.is_file() {
            self.done.fetch_add(1, Ordering::Relaxed);
        }
        if self.json {
            let (input, status, reason) = (&line.input, line.status, &line.reason);
            self.event(
                &json!({ "event": "input", "input": input, "status": status, "reason": reason }),
            );
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn free_space(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.out).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

/// A bar on a terminal, nothing anywhere else.
fn progress_bar(bytes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr_with_hz(5));
    let style =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
