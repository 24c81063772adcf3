//! Released documents looked at again: what new rules find that the old ones let through.

use super::error::{BatchError, Status};
use super::event::{Chunk, Event};
use super::manifest::{ManifestLine, each_line};
use super::name::OutputName;
use super::read::{self, Job};
use super::run::document;
use super::source::Source;
use super::{Batch, InputId};
use crate::case::CaseId;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

/// Outputs that are looked at together.
const TOGETHER: usize = 512;

/// Something in a released document that the rules of its release let through. It quotes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The document's position in the run that released it; behind a colon, the line of its output.
    pub input: String,
    /// Its output, or that of its archive.
    pub output: String,
    /// As what it was found.
    pub entity: &'static str,
    /// By which rule.
    pub rule: String,
    /// How often.
    pub count: usize,
    /// The day of its release, where the manifest tells one.
    pub date: Option<String>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rescanned {
    /// Documents, and lines of files of lines.
    pub documents: usize,
    /// Outputs that the manifest tells of and that are not there or cannot be read.
    pub missing: usize,
}

/// A released file, with the lines of what it holds.
struct Unit {
    file: ManifestLine,
    /// Released members by what holds them, in the order of the output.
    members: HashMap<String, Vec<String>>,
}

impl Batch<'_> {
    /// Looks at the released documents below `released`, as its manifest lists them. Where the
    /// policy writes surrogates, what rules of the release found in a document does not count: they
    /// find the surrogates, too.
    ///
    /// # Errors
    /// As [`each_line`], and [`BatchError::Reader`].
    pub fn rescan(
        &self,
        released: &Path,
        manifest: &Path,
        told: &mut dyn FnMut(Finding),
    ) -> Result<Rescanned, BatchError> {
        let mut done = Rescanned::default();
        let (mut units, mut failed) = (Vec::new(), None);
        let mut members: HashMap<String, Vec<String>> = HashMap::new();
        each_line(manifest, |line, _| {
            if !line.is_file() {
                let holder = line.input.rsplit_once('/').map(|(holder, _)| holder.to_owned());
                if let (Some(holder), Status::Released, false) =
                    (holder, line.status, line.is_record())
                {
                    members.entry(holder).or_default().push(line.input);
                }
                return;
            }
            let members = std::mem::take(&mut members);
            if line.output.is_some() {
                units.push(Unit { file: line, members });
            }
            if units.len() == TOGETHER && failed.is_none() {
                failed = self.look(released, &units, told, &mut done).err();
                units.clear();
            }
        })?;
        match failed {
            Some(e) => Err(e),
            None => self.look(released, &units, told, &mut done).map(|()| done),
        }
    }

    fn look(
        &self,
        released: &Path,
        units: &[Unit],
        told: &mut dyn FnMut(Finding),
        done: &mut Rescanned,
    ) -> Result<(), BatchError> {
        let source = |unit: &Unit| {
            let relative = PathBuf::from(unit.file.output.as_deref().unwrap_or(""));
            Source { path: released.join(&relative), relative, bytes: 0, refusal: None }
        };
        let sources: Vec<Source> = units.iter().map(source).collect();
        let names: Vec<Arc<OutputName>> = units.iter().map(|_| Arc::default()).collect();
        let stop = || false;
        let job = Job {
            engine: self.engine,
            key: None,
            limits: self.limits,
            sources: &sources,
            names: &names,
            skip: 0,
            stop: &stop,
        };
        let (to, chunks) = sync_channel::<Chunk<Event>>(1);
        std::thread::scope(|scope| {
            let job = &job;
            let reader = scope.spawn(move || read::send(job, &to));
            for chunk in chunks {
                let found = self.workers.map(&chunk.events, |event| {
                    let (leaf, bytes, expect) = document(event)?;
                    let id = CaseId::new(leaf.id.to_string());
                    Some(self.workers.found(&id, bytes, &expect))
                });
                for (event, found) in chunk.events.iter().zip(found) {
                    done.missing += usize::from(matches!(event, Event::Refused { .. }));
                    let (Some((leaf, ..)), Some(found)) = (document(event), found) else {
                        continue;
                    };
                    done.documents += 1;
                    let number = match event {
                        Event::Line { number, .. } => format!(":{number}"),
                        _ => String::new(),
                    };
                    tell(&units[leaf.id.root() - 1], &leaf.id, &number, found, told);
                }
            }
            reader.join().map_err(|_| BatchError::Reader)
        })
    }
}

/// What was found in a document, by rule; a surrogate of the release is nothing new.
fn tell(
    unit: &Unit,
    id: &InputId,
    number: &str,
    found: Vec<(&'static str, String, bool)>,
    told: &mut dyn FnMut(Finding),
) {
    let mut counts: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    for (entity, rule, surrogate) in found {
        if !surrogate || !unit.file.by_rule.contains_key(&rule) {
            *counts.entry((entity, rule)).or_default() += 1;
        }
    }
    for ((entity, rule), count) in counts {
        told(Finding {
            input: format!("{}{number}", unit.input(id)),
            output: unit.file.output.clone().unwrap_or_default(),
            entity,
            rule,
            count,
            date: unit.file.date.clone(),
        });
    }
}

impl Unit {
    /// The position in the run of release of what stands at `id` in the output.
    fn input(&self, id: &InputId) -> String {
        let mut input = self.file.input.clone();
        for n in id.within() {
            let member = self.members.get(&input).and_then(|all| all.get(n - 1));
            input = member.cloned().unwrap_or_else(|| format!("{input}/?"));
        }
        input
    }
}
