//! The open segments, and what they keep in memory between reads.
//!
//! Owns the bound on what their tables say of themselves (Parquet footers and page indexes): what was not read for the
//! longest is forgotten, and read again when it is needed. Filters of ids are not bounded here; they grow with the rows.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use spanstone_guard::{Access, Folder};
use spanstone_segment::Segment;

use crate::StoreError;

/// How much of the tables of all segments is kept: enough for some hundred million observations, or for a thousand small
/// segments.
const TABLES_BYTES_MAX: usize = 24 * 1024 * 1024;

/// After how many uses of segments the bound is looked at. A look-up of an id uses every segment of the project.
const USES_BETWEEN_LOOKS: u32 = 1_024;

/// Opens segments, and remembers which are open.
#[derive(Debug)]
pub(crate) struct Shelf {
    folder: Arc<dyn Folder>,
    opened: Mutex<Vec<Weak<Segment>>>,
    uses: AtomicU32,
}

impl Shelf {
    pub(crate) fn new(folder: Arc<dyn Folder>) -> Self {
        Self { folder, opened: Mutex::default(), uses: AtomicU32::new(0) }
    }

    pub(crate) fn folder(&self) -> &dyn Folder {
        &*self.folder
    }

    /// Opens the segment in a file.
    pub(crate) fn open(&self, name: &str) -> Result<Arc<Segment>, StoreError> {
        let failed = |source| StoreError::Directory { path: name.into(), source };
        // Opened for writing where that is possible, so that a flipped bit is put right in the file; never created.
        let read_only = self.folder.open(name, Access::ReadOnly).map_err(failed)?;
        let segment = match self.folder.open(name, Access::ReadWrite) {
            Ok(disk) => Segment::open(disk, name)?,
            Err(_) => Segment::open_read_only(read_only, name)?,
        };
        let segment = Arc::new(segment);
        self.opened.lock().push(Arc::downgrade(&segment));
        Ok(segment)
    }

    /// Takes account of a segment's being used, and now and then sees to the bound.
    pub(crate) fn count_use(&self) {
        if self.uses.fetch_add(1, Ordering::Relaxed).is_multiple_of(USES_BETWEEN_LOOKS) {
            self.keep_within(TABLES_BYTES_MAX);
        }
    }

    /// Has segments forget until they keep `bytes_max` at the most: in turn, but not those that were read since they had
    /// their last turn.
    fn keep_within(&self, bytes_max: usize) {
        let mut opened = self.opened.lock();
        opened.retain(|segment| segment.strong_count() > 0);
        let segments: Vec<_> = opened.iter().filter_map(Weak::upgrade).collect();
        let mut bytes: usize = segments.iter().map(|segment| segment.memory_bytes()).sum();
        let mut turns = 0;
        // In two rounds each has had a turn at which it had not been read since.
        for segment in segments.iter().chain(&segments) {
            if bytes <= bytes_max {
                break;
            }
            turns += 1;
            if !segment.take_was_read() {
                bytes -= segment.memory_bytes().min(bytes);
                segment.forget();
            }
        }
        let count = opened.len();
        if count > 0 {
            opened.rotate_left(turns % count);
        }
    }
}

#[cfg(test)]
mod tests {
    use roaring::RoaringBitmap;
    use spanstone_segment::With;
    use spanstone_testkit::SimulatedFolder;

    use super::super::fixtures::write_scores;
    use super::*;

    fn shelf_with(names: &[&str]) -> Shelf {
        let folder = SimulatedFolder::new();
        for (id, name) in (1..).zip(names) {
            write_scores(&folder, name, id, &["s"]);
        }
        Shelf::new(Arc::new(folder))
    }

    #[test]
    fn what_was_not_read_for_the_longest_is_forgotten_first() {
        let shelf = shelf_with(&["a", "b", "c"]);
        let segments = ["a", "b", "c"].map(|name| shelf.open(name).expect("a segment"));
        let read = |segment: &Segment| segment.scores(&RoaringBitmap::from_iter([0]), With::Row).expect("a row");
        segments.iter().for_each(|segment| drop(read(segment)));
        let each = segments[0].memory_bytes();
        shelf.keep_within(3 * each);
        assert!(segments.iter().all(|segment| segment.memory_bytes() == each));
        // All have been read, so the first one goes.
        shelf.keep_within(2 * each);
        assert_eq!(segments.each_ref().map(|segment| segment.memory_bytes()), [0, each, each]);
        drop((read(&segments[0]), read(&segments[1])));
        shelf.keep_within(2 * each);
        assert_eq!(segments.each_ref().map(|segment| segment.memory_bytes()), [each, each, 0]);
        shelf.keep_within(0);
        assert!(segments.iter().all(|segment| segment.memory_bytes() == 0));
        assert_eq!(read(&segments[2]).len(), 1);
    }

    #[test]
    fn a_segment_that_nobody_holds_is_not_kept() {
        let shelf = shelf_with(&["a"]);
        drop(shelf.open("a").expect("a segment"));
        shelf.count_use();
        assert!(shelf.opened.lock().is_empty());
    }
}
