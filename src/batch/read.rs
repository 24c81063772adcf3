//! Inputs to documents: one thread that opens, unpacks and cuts, within bounds.

use super::body::{Body, Peeked, SeekRead, digest_of, peek, read_whole};
use super::error::Refusal;
use super::event::{Chunk, Event, Holder, Leaf};
use super::id::InputId;
use super::intake::Expect;
use super::line;
use super::name::{MemberNames, OutputName, without_packing};
use super::outlet::{Outlet, Stop};
use super::pack::{self, Archive, Budget, Guard, Kind, Limits, Tap, Wrap, Zstd, refusal_of};
use super::source::{InputFormat, Source};
use crate::key::KeyRing;
use crate::pipeline::Deidentifier;
use flate2::bufread::MultiGzDecoder;
use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

/// What the reader is to do.
#[derive(Clone, Copy)]
pub(super) struct Job<'j> {
    pub(super) engine: &'j Deidentifier,
    pub(super) key: Option<&'j KeyRing>,
    pub(super) limits: Limits,
    pub(super) sources: &'j [Source],
    pub(super) names: &'j [Arc<OutputName>],
    /// Files that an earlier run completed.
    pub(super) skip: usize,
    pub(super) stop: &'j (dyn Fn() -> bool + Sync),
}

/// Reads all inputs that are not done yet, and sends what they hold.
pub(super) fn send(job: &Job<'_>, to: &SyncSender<Chunk<Event>>) {
    let mut reader =
        Reader { job, out: Outlet::new(to, job.stop), names: MemberNames::new(job.engine) };
    for i in job.skip..job.sources.len() {
        if reader.file(i).is_err() {
            return;
        }
    }
    // Nobody there to hear it: the run has stopped for a reason of its own.
    let _ = reader.out.flush();
}

struct Reader<'j> {
    job: &'j Job<'j>,
    out: Outlet<'j>,
    names: MemberNames<'j>,
}

/// An input on its way through what is packed around it.
struct Place {
    leaf: Leaf,
    budget: Budget,
    depth: usize,
    /// What it lies in, if it lies in something packed.
    packed: Option<&'static str>,
}

impl Reader<'_> {
    fn file(&mut self, i: usize) -> Result<(), Stop> {
        let source = &self.job.sources[i];
        let id = InputId::file(i + 1);
        let parent = source.path.parent().unwrap_or(Path::new(""));
        let folder = parent.to_string_lossy().into();
        let leaf = Leaf { id, name: Arc::clone(&self.job.names[i]), wraps: Vec::new(), folder };
        let opened = match &source.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => File::open(&source.path).map_err(|e| Refusal::Read(e.kind())),
        };
        let mut digest = None;
        match opened {
            Err(refusal) => self.out.push(Event::Refused { leaf, refusal }, 0)?,
            Ok(mut file) => {
                digest = self.job.key.and_then(|key| digest_of(&mut file, key).ok());
                let budget = Budget::new(self.job.limits);
                let again = leaf.clone();
                let place = Place { leaf, budget, depth: 0, packed: None };
                let told = self.out.told_events;
                let read = catch_unwind(AssertUnwindSafe(|| {
                    self.body(place, Body::File(file), &source.relative)
                }));
                match read {
                    Ok(read) => read?,
                    Err(_) => self.give_up(again, told)?,
                }
            }
        }
        self.out.push(Event::End { digest }, 0)
    }

    /// Reading went wrong in a way that nobody foresaw: the input stays here, the run goes on.
    fn give_up(&mut self, leaf: Leaf, told: usize) -> Result<(), Stop> {
        self.names = MemberNames::new(self.job.engine);
        if self.out.told_events == told {
            return self.refuse(leaf, Refusal::Internal);
        }
        while self.out.open > 0 {
            self.out.push(Event::Close { end: Err(Refusal::Internal) }, 0)?;
        }
        Ok(())
    }

    /// Tells what a body is, and reads it as that.
    fn body(&mut self, mut place: Place, body: Body<'_>, path: &Path) -> Result<(), Stop> {
        let (head, mut body) = match peek(body) {
            Ok(peeked) => peeked,
            Err(e) => return self.refuse(place.leaf, refusal_of(&e, place.packed)),
        };
        let kind = pack::kind(&head);
        if place.depth >= self.job.limits.depth && kind != Kind::Plain {
            let bound = self.job.limits.depth as u64;
            let refusal = Refusal::Bomb { what: "archives in one another", bound };
            return self.refuse(place.leaf, refusal);
        }
        match kind {
            Kind::Plain => self.plain(place, &mut body, path),
            Kind::Other(name) => self.refuse(place.leaf, Refusal::Packing(name)),
            Kind::Wrapped(wrap) => {
                place.leaf.wraps.push(wrap);
                place.depth += 1;
                let packed = Rc::new(Cell::new(0));
                let tapped = Tap::new(body.reader(&self.out.read), Rc::clone(&packed));
                let budget = place.budget.clone();
                let (mut unpacked, name): (Box<dyn Read + '_>, _) = match wrap {
                    Wrap::Gzip => (Box::new(MultiGzDecoder::new(BufReader::new(tapped))), "gzip"),
                    Wrap::Zstd => (Box::new(Zstd::new(tapped)), "zstd"),
                };
                place.packed = Some(name);
                let mut guarded = Guard::new(&mut unpacked, packed, &budget);
                self.body(place, Body::Stream(&mut guarded), path)
            }
            Kind::Archive(Archive::Tar) => self.tar(place, &mut body),
            Kind::Archive(Archive::Zip) => self.zip(place, body, path),
        }
    }

    fn zip(&mut self, place: Place, body: Peeked<'_>, path: &Path) -> Result<(), Stop> {
        let mut file;
        let mut memory;
        let mut reader: &mut dyn SeekRead = match body {
            Peeked::File(opened) => {
                self.out.read.set(self.out.read.get() + opened.metadata().map_or(0, |m| m.len()));
                file = BufReader::new(opened);
                &mut file
            }
            mut other @ Peeked::Stream(..) => {
                // The directory of a zip stands at its end: one inside of something else is read
                // whole.
                match read_whole(&mut other.reader(&self.out.read), place.packed) {
                    Ok(bytes) => memory = Cursor::new(bytes),
                    Err(refusal) => return self.refuse(place.leaf, refusal),
                }
                &mut memory
            }
        };
        if pack::is_office(&mut reader) {
            let whole = read_whole(&mut reader, Some("zip"));
            return self.document(place.leaf, whole, path);
        }
        let Place { leaf, budget, depth, .. } = place;
        let id = leaf.id.clone();
        self.out.push(Event::Open { leaf, holder: Holder::Archive(Archive::Zip) }, 0)?;
        self.names.enter();
        let mut n = 0;
        let mut over = None;
        let end = pack::each_zip_member(reader, |name, body| {
            n += 1;
            if over.is_some() {
                return Ok(());
            }
            if let Err(refusal) = budget.member() {
                over = Some(refusal);
                return Ok(());
            }
            match body {
                Err(refusal) => self.member(&id, n, name, Err(refusal), &budget, depth, "zip"),
                Ok((reader, packed)) => {
                    let mut guarded = Guard::new(reader, packed, &budget);
                    self.member(&id, n, name, Ok(&mut guarded), &budget, depth, "zip")
                }
            }
        })?;
        self.names.leave();
        self.out.push(Event::Close { end: over.map_or(end, Err) }, 0)
    }

    fn tar(&mut self, place: Place, body: &mut Peeked<'_>) -> Result<(), Stop> {
        let Place { leaf, budget, depth, packed } = place;
        let id = leaf.id.clone();
        self.out.push(Event::Open { leaf, holder: Holder::Archive(Archive::Tar) }, 0)?;
        self.names.enter();
        let mut n = 0;
        let mut over = None;
        let read = Rc::clone(&self.out.read);
        let mut reader = BufReader::with_capacity(1 << 16, body.reader(&read));
        let packed = packed.unwrap_or("tar");
        let end = pack::each_tar_member(&mut reader, packed, |name, body| {
            n += 1;
            if over.is_none() {
                over = budget.member().err();
            }
            if over.is_some() {
                return Ok(());
            }
            self.member(&id, n, name, body, &budget, depth, packed)
        })?;
        self.names.leave();
        self.out.push(Event::Close { end: over.map_or(end, Err) }, 0)
    }

    #[expect(clippy::too_many_arguments, reason = "what a member is, spelled out once")]
    fn member(
        &mut self,
        outer: &InputId,
        n: usize,
        name: &[u8],
        body: Result<&mut dyn Read, Refusal>,
        budget: &Budget,
        depth: usize,
        packed: &'static str,
    ) -> Result<(), Stop> {
        let path = pack::path_of(name);
        let output = self.names.name(path.as_deref(), n);
        let parent = path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let folder = format!("{outer}:{}", parent.to_string_lossy()).into();
        let name = Arc::new(output);
        let leaf = Leaf { id: outer.member(n), name, wraps: Vec::new(), folder };
        match (body, path) {
            (Err(refusal), _) => self.refuse(leaf, refusal),
            (Ok(_), None) => self.refuse(leaf, Refusal::Escapes),
            (Ok(reader), Some(path)) => {
                let place =
                    Place { leaf, budget: budget.clone(), depth: depth + 1, packed: Some(packed) };
                self.body(place, Body::Stream(reader), &path)
            }
        }
    }

    fn plain(&mut self, place: Place, body: &mut Peeked<'_>, path: &Path) -> Result<(), Stop> {
        let format = InputFormat::of_extension(&without_packing(path));
        let read = Rc::clone(&self.out.read);
        let mut reader = body.reader(&read);
        if format != Some(InputFormat::JsonLines) {
            let whole = read_whole(&mut reader, place.packed);
            return self.document(place.leaf, whole, path);
        }
        let of = Arc::new(place.leaf.clone());
        self.out.push(Event::Open { leaf: place.leaf, holder: Holder::Lines }, 0)?;
        let reader = BufReader::with_capacity(1 << 18, reader);
        let end = line::each(reader, |number, bytes| {
            let held = bytes.as_ref().map_or(0, Vec::len);
            self.out.push(Event::Line { leaf: Arc::clone(&of), number, bytes }, held)
        })?;
        let end = end.map_err(|e| refusal_of(&e, place.packed));
        self.out.push(Event::Close { end }, 0)
    }

    fn document(
        &mut self,
        leaf: Leaf,
        bytes: Result<Vec<u8>, Refusal>,
        path: &Path,
    ) -> Result<(), Stop> {
        match bytes {
            Err(refusal) => self.refuse(leaf, refusal),
            Ok(bytes) => {
                let held = bytes.len();
                let expect = expect(path);
                self.out.push(Event::Document { leaf, bytes, expect }, held)
            }
        }
    }

    fn refuse(&mut self, leaf: Leaf, refusal: Refusal) -> Result<(), Stop> {
        self.out.push(Event::Refused { leaf, refusal }, 0)
    }
}

/// What the name says of the bytes.
fn expect(path: &Path) -> Expect {
    let name = without_packing(path);
    Expect::Named(name.file_name().and_then(|n| n.to_str()).map(Into::into))
}
