//! The file of one segment: opened when it is first read, removed when nobody needs it any more.
//!
//! Owns the name of the file and the moment of its removal. Refuses to know what the rows mean.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use spanstone_model::Week;
use spanstone_segment::Segment;

use super::shelf::Shelf;
use crate::StoreError;

/// The directory of all segments, in the data directory.
pub(crate) const ARCHIVE_FOLDER: &str = "archive";

/// How many times reading segments has met trouble, over all segments.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    unreadable: AtomicU64,
    /// The segments that have been reported: each is once, however often it is asked for.
    reported: Mutex<HashSet<String>>,
}

impl Trouble {
    pub(crate) fn count(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    /// Counts and reports a segment that cannot be read: what asked for it goes on without its rows.
    pub(crate) fn report(&self, name: &str, error: &dyn fmt::Display) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
        if self.reported.lock().insert(name.to_owned()) {
            tracing::error!(segment = name, %error, "a segment cannot be read; answers are without its rows");
        }
    }
}

/// The directory of a week's segments.
pub(crate) fn week_folder(week: Week) -> String {
    format!("{ARCHIVE_FOLDER}/{week}")
}

/// The name of a segment's file in the data directory.
pub(crate) fn file_name(week: Week, id: u64) -> String {
    format!("{ARCHIVE_FOLDER}/{week}/{id:016x}.segment")
}

/// The file of one segment.
#[derive(Debug)]
pub(crate) struct SegmentFile {
    shelf: Arc<Shelf>,
    name: String,
    opened: Mutex<Option<Arc<Segment>>>,
    /// Whether the file goes when this does.
    obsolete: AtomicBool,
}

impl SegmentFile {
    /// The file of a segment that the manifest names.
    pub(crate) fn named(shelf: Arc<Shelf>, week: Week, id: u64) -> Self {
        let name = file_name(week, id);
        Self { shelf, name, opened: Mutex::default(), obsolete: AtomicBool::default() }
    }

    /// The file of a segment that is being written: it goes when this does, unless it is kept.
    pub(crate) fn unnamed(shelf: Arc<Shelf>, week: Week, id: u64) -> Self {
        let file = Self::named(shelf, week, id);
        file.make_obsolete();
        file
    }

    /// Another one for the same file, which stays when this one goes.
    pub(crate) fn namesake(&self) -> Self {
        let (shelf, name) = (self.shelf.clone(), self.name.clone());
        Self { shelf, name, opened: Mutex::default(), obsolete: AtomicBool::default() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The open segment. A file that could not be opened is tried again by the next read: it may have come back.
    pub(crate) fn open(&self) -> Result<Arc<Segment>, StoreError> {
        self.shelf.count_use();
        let mut opened = self.opened.lock();
        if let Some(segment) = &*opened {
            return Ok(segment.clone());
        }
        let segment = self.shelf.open(&self.name)?;
        *opened = Some(segment.clone());
        Ok(segment)
    }

    /// Says that the manifest names the file, or may name it.
    pub(crate) fn keep(&self) {
        self.obsolete.store(false, Ordering::Release);
    }

    /// Has the file removed as soon as no reader holds it.
    pub(crate) fn make_obsolete(&self) {
        self.obsolete.store(true, Ordering::Release);
    }
}

impl Drop for SegmentFile {
    fn drop(&mut self) {
        if !self.obsolete.load(Ordering::Acquire) {
            return;
        }
        *self.opened.get_mut() = None;
        // Should it fail, the file is a left-over that the next start removes.
        if let Err(error) = self.shelf.folder().remove(&self.name) {
            tracing::warn!(segment = self.name, %error, "the file of a segment that is no longer needed could not be removed");
        }
    }
}
