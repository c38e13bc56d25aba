//! The bytes of a file in memory: sparse, and cheap to copy.

use std::sync::Arc;

const PAGE_BYTES: usize = 4096;

/// The bytes of a file. Copies share their pages until one of them changes; holes take no memory.
#[derive(Clone, Debug, Default)]
pub struct Image {
    pages: Vec<Option<Arc<[u8; PAGE_BYTES]>>>,
    len: usize,
}

/// Images are equal when their bytes are; a hole equals zeros.
impl PartialEq for Image {
    fn eq(&self, other: &Self) -> bool {
        let same = |(left, right): (&Option<Arc<_>>, &Option<Arc<_>>)| match (left, right) {
            (Some(left), Some(right)) => Arc::ptr_eq(left, right) || left == right,
            (Some(page), None) | (None, Some(page)) => **page == [0; PAGE_BYTES],
            (None, None) => true,
        };
        self.len == other.len && self.pages.iter().zip(&other.pages).all(same)
    }
}

impl Eq for Image {}

impl Image {
    /// Returns an image of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut image = Self::default();
        image.write(0, bytes);
        image
    }

    /// Returns all bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.len];
        self.read(0, &mut bytes);
        bytes
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there is no byte at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns whether the page that holds an offset was ever written.
    pub fn is_hole(&self, offset: usize) -> bool {
        self.pages.get(offset / PAGE_BYTES).is_none_or(Option::is_none)
    }

    /// Copies bytes from `offset` on; what is beyond the end reads as zeros.
    pub fn read(&self, offset: usize, out: &mut [u8]) {
        for (page, start, buffer) in parts(offset, out.len()) {
            let out = &mut out[buffer];
            match self.pages.get(page) {
                Some(Some(bytes)) => out.copy_from_slice(&bytes[start..start + out.len()]),
                _ => out.fill(0),
            }
        }
    }

    /// Writes bytes, extending the image where needed.
    pub fn write(&mut self, offset: usize, data: &[u8]) {
        self.set_len(self.len.max(offset + data.len()));
        for (page, start, buffer) in parts(offset, data.len()) {
            let data = &data[buffer];
            let bytes = self.pages[page].get_or_insert_with(|| Arc::new([0; PAGE_BYTES]));
            Arc::make_mut(bytes)[start..start + data.len()].copy_from_slice(data);
        }
    }

    /// Cuts or extends the image; new bytes are zero.
    pub fn set_len(&mut self, len: usize) {
        self.pages.resize(len.div_ceil(PAGE_BYTES), None);
        if len < self.len
            && let Some(Some(last)) = self.pages.get_mut(len / PAGE_BYTES)
        {
            Arc::make_mut(last)[len % PAGE_BYTES..].fill(0);
        }
        self.len = len;
    }

    /// Flips one bit; `bit` counts from the least significant of the first byte.
    ///
    /// # Panics
    /// If the image has no such bit.
    pub fn flip(&mut self, bit: usize) {
        assert!(bit / 8 < self.len, "the image has no bit {bit}");
        let mut byte = [0];
        self.read(bit / 8, &mut byte);
        self.write(bit / 8, &[byte[0] ^ (1 << (bit % 8))]);
    }
}

fn parts(offset: usize, len: usize) -> impl Iterator<Item = (usize, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done;
        let size = (len - done).min(PAGE_BYTES - at % PAGE_BYTES);
        let buffer = done..done + size;
        done += size;
        (size > 0).then_some((at / PAGE_BYTES, at % PAGE_BYTES, buffer))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_reads_back_what_was_written_and_zeros_where_it_was_cut() {
        let mut image = Image::of(&[1; 5000]);
        let before = image.clone();
        image.set_len(4100);
        image.set_len(9000);
        let mut expected = vec![1; 4100];
        expected.resize(9000, 0);
        assert_eq!(image.bytes(), expected);
        assert_eq!(before.bytes(), vec![1; 5000]);
        image.flip(8 * 8999 + 3);
        expected[8999] = 8;
        assert_eq!(image.bytes(), expected);
    }
}
