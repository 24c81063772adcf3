//! Events on their way from the reader to the workers: in chunks, as fast as these take them.

use super::event::{Chunk, Event};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc::SyncSender;

/// Documents that are masked and written together, at most.
const CHUNK_EVENTS: usize = 256;
/// Bytes of documents that are masked and written together, about.
const CHUNK_BYTES: usize = 4 << 20;

/// The run goes no further: nobody takes what is read, or somebody asked to stop.
pub(super) struct Stop;

/// Where the reader puts what it finds.
pub(super) struct Outlet<'j> {
    to: &'j SyncSender<Chunk<Event>>,
    stop: &'j (dyn Fn() -> bool + Sync),
    chunk: Chunk<Event>,
    held: usize,
    /// Events so far.
    pub(super) told_events: usize,
    /// How many archives and files of lines are open.
    pub(super) open: usize,
    /// Bytes of inputs read so far, and how many of them were told.
    pub(super) read: Rc<Cell<u64>>,
    told_bytes: u64,
}

impl<'j> Outlet<'j> {
    pub(super) fn new(
        to: &'j SyncSender<Chunk<Event>>,
        stop: &'j (dyn Fn() -> bool + Sync),
    ) -> Self {
        Self {
            to,
            stop,
            chunk: Chunk { events: Vec::new(), bytes: 0 },
            held: 0,
            told_events: 0,
            open: 0,
            read: Rc::default(),
            told_bytes: 0,
        }
    }

    pub(super) fn push(&mut self, event: Event, bytes: usize) -> Result<(), Stop> {
        match event {
            Event::Open { .. } => self.open += 1,
            Event::Close { .. } => self.open -= 1,
            _ => {}
        }
        self.held += bytes;
        self.told_events += 1;
        self.chunk.events.push(event);
        if self.chunk.events.len() >= CHUNK_EVENTS || self.held >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<(), Stop> {
        if (self.stop)() {
            return Err(Stop);
        }
        let events = std::mem::take(&mut self.chunk.events);
        let bytes = self.read.get() - self.told_bytes;
        self.told_bytes = self.read.get();
        self.held = 0;
        self.to.send(Chunk { events, bytes }).map_err(|_| Stop)
    }
}
