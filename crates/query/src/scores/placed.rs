//! Which sealed scores name a trace that is there.
//!
//! Owns what is remembered of it: a segment never changes, so the trace of a score is looked for until it is found, and then
//! only whether its row still counts is asked. Bounded, and gone with the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use roaring::RoaringBitmap;
use spanstone_store::Sealed;

/// How many scores are remembered with their traces: some eight bytes each.
const PLACED_MAX: usize = 1_000_000;

/// Where the traces are that sealed scores name.
#[derive(Debug, Default)]
pub struct Placements {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    of_segments: HashMap<u64, Arc<Placed>>,
    scores: usize,
}

/// What is known of the scores of one segment.
#[derive(Debug, Clone, Default)]
pub(super) struct Placed {
    /// Those that name no trace.
    free: RoaringBitmap,
    /// Those whose traces are in a segment, by its number.
    by_segment: HashMap<u64, Pairs>,
}

/// Scores, and the rows of their traces in the same order.
#[derive(Debug, Clone, Default)]
struct Pairs {
    scores: RoaringBitmap,
    traces: Vec<u32>,
}

impl Placements {
    pub(super) fn get(&self, segment: u64) -> Arc<Placed> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.of_segments.get(&segment).cloned().unwrap_or_default()
    }

    /// Remembers what is known of a segment of scores now.
    pub(super) fn put(&self, segment: u64, placed: Placed) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.of_segments.remove(&segment).map_or(0, |before| before.len());
        known.scores = known.scores.saturating_sub(before);
        if known.scores + placed.len() > PLACED_MAX {
            *known = Known::default();
        }
        if placed.len() <= PLACED_MAX {
            known.scores += placed.len();
            known.of_segments.insert(segment, Arc::new(placed));
        }
    }
}

impl Placed {
    /// How many scores it is about.
    fn len(&self) -> usize {
        self.by_segment.values().map(|pairs| pairs.traces.len()).sum()
    }

    /// The scores that name no trace, or one whose row counts.
    pub(super) fn sure(&self, sealed: &Sealed) -> RoaringBitmap {
        let mut sure = self.free.clone();
        for live in sealed.segments() {
            let Some(pairs) = self.by_segment.get(&live.id()) else { continue };
            let hidden = &live.hidden().traces;
            if hidden.is_empty() {
                sure |= &pairs.scores;
                continue;
            }
            let rows = pairs.scores.iter().zip(&pairs.traces);
            sure.extend(rows.filter(|(_, trace)| !hidden.contains(**trace)).map(|(score, _)| score));
        }
        sure
    }

    /// Adds scores, in order: without a trace, or with the segment and the row where it is. Segments that are gone are
    /// forgotten.
    pub(super) fn add(&mut self, found: Vec<(u32, Option<(u64, u32)>)>, sealed: &Sealed) {
        self.by_segment.retain(|id, _| sealed.segments().iter().any(|live| live.id() == *id));
        let mut added: HashMap<u64, Vec<(u32, u32)>> = HashMap::new();
        for (score, place) in found {
            match place {
                None => drop(self.free.insert(score)),
                Some((segment, trace)) => added.entry(segment).or_default().push((score, trace)),
            }
        }
        for (segment, mut rows) in added {
            let pairs = self.by_segment.remove(&segment).unwrap_or_default();
            rows.extend(pairs.scores.into_iter().zip(pairs.traces));
            rows.sort_unstable();
            rows.dedup_by_key(|(score, _)| *score);
            let (scores, traces): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let scores = RoaringBitmap::from_sorted_iter(scores).unwrap_or_default();
            self.by_segment.insert(segment, Pairs { scores, traces });
        }
    }
}
