//! Columns of texts as Parquet stores them: each text of a row group once, and for each row the numbers of its texts.
//!
//! Owns the decoding of levels and numbers. A filter asks each text once and then compares numbers, which takes a small part of
//! the time that arrays of texts take. A row group that has given its dictionary up is not read here.

use std::ops::Range;

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;

use super::bytes::Reader;
use super::pages::Pages;
use crate::Texts;

/// A column of texts or of lists of texts in one row group.
pub(crate) struct CodedColumn {
    /// The texts one after the other, each behind its length in four bytes.
    dictionary: Bytes,
    texts: u32,
    pages: Pages,
    /// Whether a row may have any number of texts. Otherwise it has one, or none if it may be null.
    is_list: bool,
    may_be_null: bool,
}

/// Whether every page of a column has numbers instead of texts.
fn is_coded(column: &ColumnChunkMetaData) -> bool {
    // The dictionary itself is plain, levels are run lengths.
    let is_known = |encoding| matches!(encoding, Encoding::PLAIN | Encoding::RLE | Encoding::RLE_DICTIONARY);
    column.encodings().all(is_known) && column.encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY)
}

impl CodedColumn {
    /// Opens a column; nothing when its texts are not all in a dictionary.
    pub(crate) fn open(column: &ColumnChunkMetaData, mut pages: Pages) -> Result<Option<Self>, String> {
        if !is_coded(column) {
            return Ok(None);
        }
        let Some(Page::DictionaryPage { buf, num_values, .. }) = pages.get_next_page().map_err(said)? else {
            return Err("its first page is no dictionary".to_owned());
        };
        let leaf = column.column_descr();
        let (is_list, may_be_null) = (leaf.max_rep_level() > 0, leaf.max_def_level() > 0);
        Ok(Some(Self { dictionary: buf, texts: num_values, pages, is_list, may_be_null }))
    }

    /// The texts, in the order of their numbers.
    pub(crate) fn texts(&self) -> Result<Texts, String> {
        let mut reader = Reader::new(&self.dictionary);
        let mut texts = Texts::default();
        for number in 0..self.texts {
            let text = reader.u32().and_then(|length| reader.take(length as usize));
            let text = text.map_err(|what| format!("text {number} of {}: {what}", self.texts))?;
            let text = std::str::from_utf8(text).map_err(|error| format!("text {number} is not UTF-8: {error}"))?;
            texts.push(text);
        }
        Ok(texts)
    }

    /// Gives each row its numbers, page by page. `is_wanted` is asked about a page's rows, counted in the row group; other pages
    /// are not read.
    pub(crate) fn each_row(
        mut self,
        is_wanted: impl Fn(Range<u32>) -> bool,
        mut each: impl FnMut(u32, &[u32]),
    ) -> Result<(), String> {
        let mut rows = CodedPage::default();
        let mut first = 0_u32;
        while let Some(page) = self.pages.peek_next_page().map_err(said)? {
            let count = page.num_rows.and_then(|count| u32::try_from(count).ok());
            let end = count.and_then(|count| first.checked_add(count)).ok_or("a page that does not say its rows")?;
            if is_wanted(first..end) {
                let page = self.pages.get_next_page().map_err(said)?.ok_or("a page is missing")?;
                self.decode(&page, &mut rows)?;
                let found = if self.is_list {
                    rows.each_list(first..end, &mut each)
                } else {
                    rows.each_text(first..end, &mut each)
                };
                if found != Some(end) {
                    return Err(format!("a page of {} rows has others", end - first));
                }
            } else {
                self.pages.skip_next_page().map_err(said)?;
            }
            first = end;
        }
        Ok(())
    }

    fn decode(&self, page: &Page, rows: &mut CodedPage) -> Result<(), String> {
        let Page::DataPageV2 { buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, .. } = page else {
            return Err("a data page of version 1".to_owned());
        };
        if *encoding != Encoding::RLE_DICTIONARY {
            return Err(format!("a page in {encoding} behind a dictionary"));
        }
        let count = *num_values as usize;
        let mut reader = Reader::new(buf);
        let continues = reader.take(*rep_levels_byte_len as usize)?;
        let present = reader.take(*def_levels_byte_len as usize)?;
        rows.clear();
        if self.is_list {
            hybrid(continues, 1, count, &mut rows.continues)?;
        }
        if self.may_be_null {
            hybrid(present, 1, count, &mut rows.present)?;
        } else {
            rows.present.resize(count, 1);
        }
        let codes = rows.present.iter().filter(|level| **level == 1).count();
        if codes > 0 {
            let (width, numbers) = reader.rest().split_first().ok_or("a page without numbers")?;
            hybrid(numbers, *width, codes, &mut rows.codes)?;
        }
        match rows.codes.iter().max() {
            Some(code) if *code >= self.texts => Err(format!("text {code} of {}", self.texts)),
            _ => Ok(()),
        }
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The rows of a page.
#[derive(Debug, Default)]
struct CodedPage {
    /// For each value, 1 if there is a text.
    present: Vec<u32>,
    /// For each value, 1 if it is of the row of the value before; only of lists.
    continues: Vec<u32>,
    /// The numbers of the texts that there are.
    codes: Vec<u32>,
}

impl CodedPage {
    fn clear(&mut self) {
        self.present.clear();
        self.continues.clear();
        self.codes.clear();
    }

    /// Gives each row its text, and says behind which row it ends.
    fn each_text(&self, rows: Range<u32>, each: &mut impl FnMut(u32, &[u32])) -> Option<u32> {
        let mut codes = self.codes.chunks_exact(1);
        let mut next = rows.start;
        for (row, present) in rows.zip(&self.present) {
            each(row, if *present == 1 { codes.next()? } else { &[] });
            next = row + 1;
        }
        Some(next).filter(|_| codes.next().is_none())
    }

    /// The same for rows of lists.
    fn each_list(&self, rows: Range<u32>, each: &mut impl FnMut(u32, &[u32])) -> Option<u32> {
        let (mut value, mut from) = (0, 0);
        let mut next = rows.start;
        for row in rows {
            if value == self.present.len() {
                break;
            }
            let mut to = from;
            loop {
                to += usize::from(self.present[value] == 1);
                value += 1;
                if self.continues.get(value) != Some(&1) {
                    break;
                }
            }
            each(row, &self.codes[from..to]);
            from = to;
            next = row + 1;
        }
        Some(next).filter(|_| value == self.present.len())
    }
}

/// Decodes `count` numbers of `width` bits: runs of the same number, and packed groups of eight.
fn hybrid(bytes: &[u8], width: u8, count: usize, out: &mut Vec<u32>) -> Result<(), String> {
    if width > 32 {
        return Err(format!("numbers of {width} bits"));
    }
    let mut reader = Reader::new(bytes);
    while out.len() < count {
        let left = count - out.len();
        let header = reader.varint()?;
        let length = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        if length == 0 {
            return Err("a run of nothing".to_owned());
        }
        if header & 1 == 0 {
            let mut number = [0; 4];
            let size = usize::from(width).div_ceil(8);
            number[..size].copy_from_slice(reader.take(size)?);
            out.extend(std::iter::repeat_n(u32::from_le_bytes(number), length.min(left)));
        } else {
            let packed = length.checked_mul(usize::from(width)).ok_or("a run without end")?;
            unpack(reader.take(packed)?, width, length.saturating_mul(8).min(left), out);
        }
    }
    Ok(())
}

/// Appends `count` numbers of `width` bits, the lowest bits first; there are enough bytes for them.
fn unpack(packed: &[u8], width: u8, count: usize, out: &mut Vec<u32>) {
    let wanted = out.len() + count;
    if width == 1 {
        let bits = |byte: &u8| -> [u32; 8] { std::array::from_fn(|bit| u32::from(byte >> bit & 1)) };
        out.extend(packed.iter().flat_map(bits));
        out.truncate(wanted);
        return;
    }
    let (width, mask) = (usize::from(width), (1_u64 << width) - 1);
    let number = |window: u64, bit: usize| u32::try_from(window >> (bit % 8) & mask).unwrap_or(u32::MAX);
    let window = |bytes: &[u8], bit: usize| bytes.get(bit / 8..).and_then(<[u8]>::first_chunk::<8>).copied();
    // All but the last few are at least eight bytes from the end.
    let far = count.min((packed.len() * 8).saturating_sub(64) / width.max(1));
    out.extend((0..far).map(|place| {
        let bytes = window(packed, place * width).unwrap_or_default();
        number(u64::from_le_bytes(bytes), place * width)
    }));
    let begin = far * width / 8;
    let mut end = [0; 80];
    let rest = &packed[begin..];
    let rest = &rest[..rest.len().min(end.len() - 8)];
    end[..rest.len()].copy_from_slice(rest);
    for place in far..count {
        let bit = place * width - begin * 8;
        out.push(number(u64::from_le_bytes(window(&end, bit).unwrap_or_default()), bit));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packed_numbers_are_unpacked(width in 0..=32_u8, numbers in prop::collection::vec(any::<u32>(), 0..100)) {
            let mask = u32::try_from((1_u64 << width) - 1).expect("at most 32 bits");
            let numbers: Vec<u32> = numbers.into_iter().map(|number| number & mask).collect();
            let mut packed = vec![0_u8; numbers.len().div_ceil(8) * usize::from(width)];
            for (place, number) in numbers.iter().enumerate() {
                for bit in (0..usize::from(width)).filter(|bit| number >> bit & 1 == 1) {
                    let at = place * usize::from(width) + bit;
                    packed[at / 8] |= 1 << (at % 8);
                }
            }
            let mut unpacked = vec![7];
            unpack(&packed, width, numbers.len(), &mut unpacked);
            prop_assert_eq!(&unpacked[1..], numbers);
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>, width: u8, count in 0..1_000_usize) {
            let mut out = Vec::new();
            if hybrid(&bytes, width, count, &mut out).is_ok() {
                prop_assert_eq!(out.len(), count);
            }
        }
    }
}
