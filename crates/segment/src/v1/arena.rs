//! Where the finished pages of a row group wait until the row group is written.
//!
//! Owns blocks of memory that are used again for every row group. Pages of their own on the heap, freed all at once between
//! the large buffers that compressing needs, leave holes there: the process then takes three times what is in use.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use parquet::arrow::arrow_writer::{PageKey, PageStore, PageStoreArgs, PageStoreFactory};
use parquet::errors::{ParquetError, Result};

const BLOCK_BYTES: usize = 256 * 1024;

/// The pages of all columns of one row group at a time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arena(Arc<Mutex<Blocks>>);

#[derive(Debug, Default)]
struct Blocks {
    blocks: Vec<Box<[u8]>>,
    /// Bytes in use, from the first block on.
    used: usize,
    /// Stores that may still hold pages here.
    stores: usize,
}

impl PageStoreFactory for Arena {
    fn create(&self, _: &PageStoreArgs<'_>) -> Result<Box<dyn PageStore>> {
        self.0.lock().stores += 1;
        Ok(Box::new(Store { arena: self.clone(), pages: Vec::new() }))
    }
}

/// The pages of one column.
struct Store {
    arena: Arena,
    /// Where each page is: its first byte, and its length.
    pages: Vec<(usize, usize)>,
}

impl PageStore for Store {
    fn put(&mut self, page: Bytes) -> Result<PageKey> {
        let start = self.arena.0.lock().put(&page);
        self.pages.push((start, page.len()));
        Ok(PageKey::new(self.pages.len() as u64 - 1))
    }

    fn take(&mut self, key: PageKey) -> Result<Bytes> {
        let page = usize::try_from(key.get()).ok().and_then(|key| self.pages.get(key));
        let (start, length) = page.ok_or_else(|| ParquetError::General(format!("there is no page {}", key.get())))?;
        Ok(self.arena.0.lock().get(*start, *length).into())
    }

    fn memory_size(&self) -> usize {
        self.pages.iter().map(|(_, length)| length).sum()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let mut blocks = self.arena.0.lock();
        blocks.stores -= 1;
        if blocks.stores == 0 {
            blocks.used = 0;
        }
    }
}

impl Blocks {
    /// Appends bytes and says where they begin.
    fn put(&mut self, mut bytes: &[u8]) -> usize {
        let start = self.used;
        while !bytes.is_empty() {
            let (block, within) = (self.used / BLOCK_BYTES, self.used % BLOCK_BYTES);
            if block == self.blocks.len() {
                self.blocks.push(vec![0; BLOCK_BYTES].into_boxed_slice());
            }
            let (now, rest) = bytes.split_at(bytes.len().min(BLOCK_BYTES - within));
            self.blocks[block][within..within + now.len()].copy_from_slice(now);
            self.used += now.len();
            bytes = rest;
        }
        start
    }

    /// A copy of bytes that were put.
    fn get(&self, start: usize, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length);
        while bytes.len() < length {
            let at = start + bytes.len();
            let (block, within) = (at / BLOCK_BYTES, at % BLOCK_BYTES);
            let count = (length - bytes.len()).min(BLOCK_BYTES - within);
            bytes.extend_from_slice(&self.blocks[block][within..within + count]);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn store(arena: &Arena) -> Store {
        arena.0.lock().stores += 1;
        Store { arena: arena.clone(), pages: Vec::new() }
    }

    proptest! {
        #[test]
        fn pages_of_several_columns_come_back(pages in prop::collection::vec((0..3_usize, 0..700_000_usize), 0..12)) {
            let arena = Arena::default();
            for _ in 0..2 {
                let mut stores = [store(&arena), store(&arena), store(&arena)];
                let fill = |number: usize| u8::try_from(number).expect("a few pages");
                let put: Vec<_> = (0..)
                    .zip(&pages)
                    .map(|(number, (column, length))| {
                        stores[*column].put(vec![fill(number); *length].into()).expect("memory")
                    })
                    .collect();
                for ((number, (column, length)), key) in (0..).zip(&pages).zip(put) {
                    prop_assert_eq!(stores[*column].take(key).expect("a page"), vec![fill(number); *length]);
                }
                prop_assert!(stores[0].take(PageKey::new(99)).is_err());
            }
            // The second row group was in the memory of the first.
            let all: usize = pages.iter().map(|(_, length)| length).sum();
            prop_assert_eq!(arena.0.lock().blocks.len(), all.div_ceil(BLOCK_BYTES));
        }
    }
}
