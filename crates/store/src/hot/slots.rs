//! Rows in the order of their arrival, found by id.
//!
//! Owns the table from id to place. A place is a `u32` and stays valid for good: rows are not removed.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// A row that has an id.
pub(super) trait Identified {
    /// Its id.
    fn id(&self) -> &str;
}

/// The place of a row.
pub(super) type Slot = u32;

/// Rows, found by id or by place.
#[derive(Debug)]
pub(super) struct Slots<T> {
    rows: Vec<T>,
    places: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), places: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }
}

impl<T: Identified> Slots<T> {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<Slot> {
        let hash = self.hasher.hash_one(id);
        self.places.find(hash, |slot| self[*slot].id() == id).copied()
    }

    /// The place of the row with this id, which `make` makes if there is none yet.
    pub(super) fn find_or_insert(&mut self, id: &str, make: impl FnOnce() -> T) -> Slot {
        if let Some(slot) = self.find(id) {
            return slot;
        }
        let slot =
            Slot::try_from(self.rows.len()).expect("the bound on the hot set's bytes comes long before 2^32 rows");
        self.rows.push(make());
        let (rows, hasher) = (&self.rows, &self.hasher);
        let rehash = |slot: &Slot| hasher.hash_one(rows[*slot as usize].id());
        self.places.insert_unique(hasher.hash_one(id), slot, rehash);
        slot
    }
}

impl<T> std::ops::Index<Slot> for Slots<T> {
    type Output = T;

    fn index(&self, slot: Slot) -> &T {
        &self.rows[slot as usize]
    }
}

impl<T> std::ops::IndexMut<Slot> for Slots<T> {
    fn index_mut(&mut self, slot: Slot) -> &mut T {
        &mut self.rows[slot as usize]
    }
}
