//! The pages of a table's row groups.
//!
//! Owns decompression, with one context for each thread. Parquet's own reader makes a compressor and a decompressor for
//! every column of every row group that it opens, which for a few rows costs more than what is decompressed with them. So it
//! is told that no column is compressed, and what it gives is decompressed here.

use std::cell::RefCell;
use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;
use zstd::bulk::Decompressor;
use zstd::zstd_safe::get_frame_content_size;

use super::source::Source;

/// The most that a page may hold, as Parquet's own numbers have it.
const PAGE_BYTES_MAX: u64 = i32::MAX as u64;

thread_local! {
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// What a table says of itself, as if nothing in it were compressed.
#[derive(Debug)]
pub(crate) struct Bare {
    metadata: ParquetMetaData,
    /// By row group and column, whether it is compressed.
    compressed: Vec<Box<[bool]>>,
}

impl Bare {
    pub(crate) fn new(metadata: ParquetMetaData) -> Result<Self, ParquetError> {
        let mut compressed = Vec::new();
        let mut bare = Vec::new();
        let mut builder = metadata.into_builder();
        for group in builder.take_row_groups() {
            compressed.push(
                group.columns().iter().map(|column| is_compressed(column.compression())).collect::<Result<_, _>>()?,
            );
            let mut group = group.into_builder();
            let columns = group.take_columns().into_iter();
            let columns =
                columns.map(|column| column.into_builder().set_compression(Compression::UNCOMPRESSED).build());
            let columns = columns.collect::<Result<_, _>>()?;
            bare.push(group.set_column_metadata(columns).build()?);
        }
        Ok(Self { metadata: builder.set_row_groups(bare).build(), compressed })
    }

    pub(crate) fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }

    /// One row group, to be read from the section that the table is in.
    pub(crate) fn group<'a>(&'a self, group: usize, source: &'a Arc<Source>) -> RowGroup<'a> {
        RowGroup { bare: self, group, source }
    }

    /// The pages of a column of a row group.
    pub(crate) fn pages(&self, group: usize, column: usize, source: &Arc<Source>) -> Result<Pages, ParquetError> {
        let row_group = self.metadata.row_group(group);
        let rows = usize::try_from(row_group.num_rows())?;
        let index = self.metadata.page_index_for_row_group(group);
        let locations = index.page_locations(column).cloned();
        let pages = SerializedPageReader::new(Arc::clone(source), row_group.column(column), rows, locations)?;
        Ok(Pages { pages, are_compressed: self.compressed[group][column] })
    }
}

fn is_compressed(compression: Compression) -> Result<bool, ParquetError> {
    match compression {
        Compression::UNCOMPRESSED => Ok(false),
        Compression::ZSTD(_) => Ok(true),
        other => Err(ParquetError::General(format!("a column is compressed with {other}"))),
    }
}

/// One row group of a table.
pub(crate) struct RowGroup<'a> {
    bare: &'a Bare,
    group: usize,
    source: &'a Arc<Source>,
}

impl RowGroups for RowGroup<'_> {
    fn num_rows(&self) -> usize {
        usize::try_from(self.bare.metadata.row_group(self.group).num_rows()).unwrap_or(0)
    }

    fn column_chunks(&self, column: usize) -> Result<Box<dyn PageIterator>, ParquetError> {
        Ok(Box::new(Chunk(Some(self.bare.pages(self.group, column, self.source)?))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.bare.metadata.row_group(self.group)))
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.bare.metadata
    }
}

/// The pages of a column, once.
struct Chunk(Option<Pages>);

impl Iterator for Chunk {
    type Item = Result<Box<dyn PageReader>, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(|pages| Ok(Box::new(pages) as Box<dyn PageReader>))
    }
}

impl PageIterator for Chunk {}

/// The pages of a column of a row group, decompressed.
pub(crate) struct Pages {
    pages: SerializedPageReader<Source>,
    are_compressed: bool,
}

impl Pages {
    fn opened(&self, page: Option<Page>) -> Result<Option<Page>, ParquetError> {
        if self.are_compressed { page.map(decompress).transpose() } else { Ok(page) }
    }
}

impl Iterator for Pages {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        let page = self.pages.get_next_page()?;
        self.opened(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        self.pages.skip_next_page()
    }

    fn supports_deferred_dictionary(&self) -> bool {
        self.pages.supports_deferred_dictionary()
    }

    fn take_deferred_dictionary(&mut self) -> Result<Option<Page>, ParquetError> {
        let page = self.pages.take_deferred_dictionary()?;
        self.opened(page)
    }

    fn at_record_boundary(&mut self) -> Result<bool, ParquetError> {
        self.pages.at_record_boundary()
    }
}

fn decompress(mut page: Page) -> Result<Page, ParquetError> {
    match &mut page {
        Page::DictionaryPage { buf, .. } | Page::DataPage { buf, .. } => *buf = decompress_behind(0, buf)?,
        Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, is_compressed, .. } => {
            let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
            if std::mem::take(is_compressed) {
                *buf = decompress_behind(usize::try_from(levels)?, buf)?;
            }
        }
    }
    Ok(page)
}

/// The first bytes as they are, and the rest, which is one zstd frame, decompressed.
fn decompress_behind(plain: usize, bytes: &Bytes) -> Result<Bytes, ParquetError> {
    let failed = |what: String| ParquetError::General(what);
    let Some((head, frame)) = bytes.split_at_checked(plain) else {
        return Err(failed(format!("a page of {} bytes begins with {plain} bytes of levels", bytes.len())));
    };
    // Nothing is written for a page of nulls alone.
    if frame.is_empty() {
        return Ok(bytes.clone());
    }
    let size = get_frame_content_size(frame).ok().flatten();
    let size = size.filter(|size| *size <= PAGE_BYTES_MAX).and_then(|size| usize::try_from(size).ok());
    let size = size.ok_or_else(|| failed("a compressed page does not say how much it holds".to_owned()))?;
    let mut opened = Vec::new();
    opened.try_reserve_exact(plain + size).map_err(|error| failed(format!("a page of {size} bytes: {error}")))?;
    opened.extend_from_slice(head);
    let mut behind = Cursor::new(opened);
    behind.set_position(plain as u64);
    let found = DECOMPRESSOR.with_borrow_mut(|decompressor| {
        let decompressor = match decompressor {
            Some(decompressor) => decompressor,
            None => decompressor.insert(Decompressor::new()?),
        };
        decompressor.decompress_to_buffer(frame, &mut behind)
    })?;
    if found != size {
        return Err(failed(format!("a page of {size} bytes says that it holds {found}")));
    }
    Ok(Bytes::from(behind.into_inner()))
}
