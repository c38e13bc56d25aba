//! Who wrote each field of an entity last, so that events can arrive in any order.
//!
//! Owns the comparison of stamps: folding the events of an entity one by one, in whatever order they arrive, gives
//! what Langfuse's fold over the sorted events gives. Refuses to hold the values: those are in the row.

use spanstone_model::{Patch, Stamp};

/// How many fields there may be.
pub(super) const FIELDS_MAX: usize = 24;

/// The stamps of the last writers of up to [`FIELDS_MAX`] fields.
///
/// Most entities are written by one event, so one stamp and a bit per field are kept until a second stamp writes.
#[derive(Debug, Clone)]
pub(super) struct Writers {
    /// The stamp of the event that decides the fields in which the first writer wins.
    pub(super) first: Option<Stamp>,
    /// The stamp of the fields in `touched`, while `each` is not there.
    pub(super) base: Stamp,
    pub(super) touched: u32,
    pub(super) each: Option<Box<[Stamp; FIELDS_MAX]>>,
}

impl Writers {
    pub(super) fn new() -> Self {
        Self { first: None, base: Stamp::FIRST, touched: 0, each: None }
    }

    /// Whether an event with this stamp decides the fields in which the first writer wins; from now on it does if so.
    /// Of two equal stamps the one that arrived first stays.
    pub(super) fn claim_first(&mut self, stamp: Stamp) -> bool {
        let wins = self.would_be_first(stamp);
        if wins {
            self.first = Some(stamp);
        }
        wins
    }

    /// Whether an event with this stamp would decide the fields in which the first writer wins.
    pub(super) fn would_be_first(&self, stamp: Stamp) -> bool {
        self.first.is_none_or(|first| stamp < first)
    }

    /// Whether an event with this stamp decides a field in which the first writer wins, given whether its client stated the
    /// value: what somebody stated beats what was assumed, whenever it was. `field` is where the first who stated it is
    /// remembered. To be asked before [`Writers::claim_first`].
    pub(super) fn would_state(&self, field: usize, stamp: Stamp, is_stated: bool) -> bool {
        match self.stated(field) {
            Some(first) => is_stated && stamp < first,
            None => is_stated || self.would_be_first(stamp),
        }
    }

    /// The same; from now on it does decide if so.
    pub(super) fn state(&mut self, field: usize, stamp: Stamp, is_stated: bool) -> bool {
        let wins = self.would_state(field, stamp, is_stated);
        if wins && is_stated {
            self.record(field, stamp);
        }
        wins
    }

    /// The stamp of the first who stated a value.
    fn stated(&self, field: usize) -> Option<Stamp> {
        let stamp = self.last(field);
        (stamp != Stamp::FIRST).then_some(stamp)
    }

    /// Says that the first event stated the values of these fields.
    pub(super) fn take_as_stated(&mut self, fields: impl IntoIterator<Item = usize>) {
        if let Some(first) = self.first {
            fields.into_iter().for_each(|field| self.record(field, first));
        }
    }

    /// Whether an event with this stamp may write `field`; from now on it is its last writer if so.
    /// Of two equal stamps the one that arrived last wins.
    pub(super) fn claim(&mut self, field: usize, stamp: Stamp) -> bool {
        if stamp < self.last(field) {
            return false;
        }
        self.record(field, stamp);
        true
    }

    /// Writes what `patch` says into `target`, unless a later event has spoken. Whether it wrote.
    pub(super) fn patch<T>(&mut self, field: usize, stamp: Stamp, patch: Patch<T>, target: &mut Option<T>) -> bool {
        let value = match patch {
            Patch::Keep => return false,
            Patch::Clear => None,
            Patch::Set(value) => Some(value),
        };
        let writes = self.claim(field, stamp);
        if writes {
            *target = value;
        }
        writes
    }

    /// Writes `value` into `target` if there is one, unless a later event has spoken. Whether it wrote.
    pub(super) fn set<T>(&mut self, field: usize, stamp: Stamp, value: Option<T>, target: &mut Option<T>) -> bool {
        self.patch(field, stamp, Patch::set(value), target)
    }

    /// The stamp of the last writer of `field`.
    pub(super) fn last(&self, field: usize) -> Stamp {
        match &self.each {
            Some(each) => each[field],
            None if self.touched & (1 << field) != 0 => self.base,
            None => Stamp::FIRST,
        }
    }

    fn record(&mut self, field: usize, stamp: Stamp) {
        if self.touched == 0 {
            self.base = stamp;
        }
        if self.each.is_none() && stamp == self.base {
            self.touched |= 1 << field;
            return;
        }
        if self.each.is_none() {
            self.each = Some(Box::new(std::array::from_fn(|field| self.last(field))));
        }
        if let Some(each) = &mut self.each {
            each[field] = stamp;
        }
    }
}

/// Inserts a piece of metadata at its place: by stamp, after those with the same stamp.
pub(super) fn insert_piece<T>(pieces: &mut Vec<(Stamp, T)>, stamp: Stamp, piece: T) {
    let place = pieces.partition_point(|(other, _)| *other <= stamp);
    pieces.insert(place, (stamp, piece));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use spanstone_model::{StampKind, Timestamp};

    use super::*;

    fn stamp(millis: i64) -> Stamp {
        Stamp::new(Timestamp::from_millis(millis), StampKind::Create)
    }

    fn patches() -> impl Strategy<Value = Vec<(i64, usize, Option<u32>)>> {
        prop::collection::vec((0..6_i64, 0..3_usize, prop::option::of(0..100_u32)), 0..20)
    }

    proptest! {
        /// The oracle sorts the writes by stamp (stably, so by arrival among equals) and lets each overwrite.
        #[test]
        fn writes_in_any_order_end_like_writes_in_the_order_of_their_stamps(writes in patches()) {
            let mut writers = Writers::new();
            let mut fields = [None; 3];
            for (time, field, value) in &writes {
                let patch = value.map_or(Patch::Clear, Patch::Set);
                writers.patch(*field, stamp(*time), patch, &mut fields[*field]);
            }
            let mut sorted = writes;
            sorted.sort_by_key(|(time, ..)| *time);
            let mut expected = [None; 3];
            for (_, field, value) in sorted {
                expected[field] = value;
            }
            prop_assert_eq!(fields, expected);
        }

        #[test]
        fn the_earliest_stamp_decides_and_among_equals_the_first_to_arrive(times in prop::collection::vec(0..6_i64, 1..20)) {
            let mut writers = Writers::new();
            let mut winner = None;
            for (index, time) in times.iter().enumerate() {
                if writers.claim_first(stamp(*time)) {
                    winner = Some(index);
                }
            }
            let expected = times.iter().enumerate().min_by_key(|(index, time)| (**time, *index)).map(|(index, _)| index);
            prop_assert_eq!(winner, expected);
        }
    }
}
