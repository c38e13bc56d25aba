//! Rows found by id or by place.
//!
//! Owns the table from id to place. A place is a `u32` and stays valid until its row is removed; then another row may
//! get it.

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
    rows: Vec<Option<T>>,
    /// Places of removed rows.
    free: Vec<Slot>,
    places: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), free: Vec::new(), places: HashTable::new(), hasher: DefaultHashBuilder::default() }
    }
}

impl<T: Identified> Slots<T> {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<Slot> {
        let hash = self.hasher.hash_one(id);
        self.places.find(hash, |slot| self[*slot].id() == id).copied()
    }

    /// The row with this id.
    pub(super) fn get(&self, id: &str) -> Option<&T> {
        self.find(id).map(|slot| &self[slot])
    }

    /// Adds a row whose id is not there yet.
    pub(super) fn insert(&mut self, row: T) -> Slot {
        let hash = self.hasher.hash_one(row.id());
        let slot = match self.free.pop() {
            Some(slot) => {
                self.rows[slot as usize] = Some(row);
                slot
            }
            None => {
                self.rows.push(Some(row));
                Slot::try_from(self.rows.len() - 1)
                    .expect("the bound on the hot set's bytes comes long before 2^32 rows")
            }
        };
        let (rows, hasher) = (&self.rows, &self.hasher);
        let rehash = |slot: &Slot| rows[*slot as usize].as_ref().map_or(0, |row| hasher.hash_one(row.id()));
        self.places.insert_unique(hash, slot, rehash);
        slot
    }

    /// Removes the row at a place that has one.
    pub(super) fn remove(&mut self, slot: Slot) -> T {
        let hash = self.hasher.hash_one(self[slot].id());
        if let Ok(entry) = self.places.find_entry(hash, |other| *other == slot) {
            entry.remove();
        }
        self.free.push(slot);
        self.rows[slot as usize].take().expect("the id of the row was just read")
    }

    /// Every row, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().flatten()
    }

    /// Every row, to be changed in place, in no order. Ids must stay.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.rows.iter_mut().flatten()
    }
}

impl<T> std::ops::Index<Slot> for Slots<T> {
    type Output = T;

    fn index(&self, slot: Slot) -> &T {
        self.rows[slot as usize].as_ref().expect("no place of a removed row is kept anywhere")
    }
}

impl<T> std::ops::IndexMut<Slot> for Slots<T> {
    fn index_mut(&mut self, slot: Slot) -> &mut T {
        self.rows[slot as usize].as_mut().expect("no place of a removed row is kept anywhere")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    impl Identified for String {
        fn id(&self) -> &str {
            self
        }
    }

    proptest! {
        #[test]
        fn a_row_is_found_until_it_is_removed(steps in prop::collection::vec((any::<bool>(), 0..20_u8), 0..200)) {
            let mut slots = Slots::default();
            let mut expected = BTreeMap::new();
            for (add, id) in steps {
                let id = id.to_string();
                match (add, expected.get(&id).copied()) {
                    (true, None) => {
                        expected.insert(id.clone(), slots.insert(id));
                    }
                    (false, Some(slot)) => {
                        expected.remove(&id);
                        prop_assert_eq!(slots.remove(slot), id);
                    }
                    (true, Some(_)) | (false, None) => {}
                }
                prop_assert_eq!(slots.len(), expected.len());
                for id in 0..20_u8 {
                    let id = id.to_string();
                    prop_assert_eq!(slots.find(&id), expected.get(&id).copied());
                    prop_assert_eq!(slots.get(&id), expected.contains_key(&id).then_some(&id));
                }
            }
        }
    }
}
