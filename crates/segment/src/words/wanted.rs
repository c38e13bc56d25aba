//! Words that a text must have, to be looked up.

use super::{hash_of, reading, words};

/// Words, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    hashes: Vec<u64>,
}

impl Wanted {
    /// Adds the words of a part of a text as it reads, where no word of it goes on before or after that part.
    pub fn add(&mut self, part: &str) {
        for hash in words(part).map(hash_of) {
            if !self.hashes.contains(&hash) {
                self.hashes.push(hash);
            }
        }
    }

    /// Adds those words that a text has both as it is and as it reads: of a text inside of another one it may not be known
    /// how often its escapes are resolved.
    pub fn add_certain(&mut self, part: &str) {
        let reads = reading(part);
        let known: Vec<u64> = words(&reads).map(hash_of).collect();
        for hash in words(part).map(hash_of) {
            if known.contains(&hash) && !self.hashes.contains(&hash) {
                self.hashes.push(hash);
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes
    }
}
