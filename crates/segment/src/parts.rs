//! The parts of an open segment: loaded when a read needs them, kept until they are forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use redb::StorageBackend;
use spanstone_guard::PAGE_BYTES;

use crate::Table;
use crate::v1::fault::Fault;
use crate::v1::keys::Keys;
use crate::v1::page0::HeaderPage;
use crate::v1::section::{Extent, Section, decode_index};
use crate::v1::source::Source;
use crate::v1::table::TableReader;
use crate::v1::words::{TextColumn, Words};

/// The first version of files that have indexes of words.
const WORDS_SINCE: u32 = 2;

/// The parts of a segment.
#[derive(Debug)]
pub(crate) struct Parts {
    device: Arc<dyn StorageBackend>,
    page: HeaderPage,
    loaded: Mutex<Loaded>,
    /// Whether a table was asked for since this was last looked at.
    was_read: AtomicBool,
}

#[derive(Debug, Default)]
struct Loaded {
    index: Option<Arc<Index>>,
    tables: Vec<(Table, Arc<TableReader>)>,
    keys: Vec<(Section, Arc<Keys>)>,
    words: Vec<(Section, Option<Arc<Words>>)>,
}

type Index = Vec<(Section, Arc<Extent>)>;

impl Parts {
    pub(crate) fn new(device: Arc<dyn StorageBackend>, page: HeaderPage) -> Self {
        Self { device, page, loaded: Mutex::default(), was_read: AtomicBool::default() }
    }

    /// What they hold in memory and would forget, in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        let loaded = self.loaded.lock();
        let words = loaded.words.iter().filter_map(|(_, words)| words.as_ref()).map(|words| words.memory_bytes());
        loaded.tables.iter().map(|(_, table)| table.memory_bytes()).sum::<usize>() + words.sum::<usize>()
    }

    /// Forgets what the tables and the index say of themselves; reads under way keep what they use until they end. Filters
    /// of ids stay: every look-up of an id asks all of them.
    pub(crate) fn forget(&self) {
        let mut loaded = self.loaded.lock();
        loaded.index = None;
        loaded.tables.clear();
        loaded.words.clear();
    }

    /// Whether a table was asked for since the last call of this.
    pub(crate) fn take_was_read(&self) -> bool {
        self.was_read.swap(false, Ordering::Relaxed)
    }

    /// The rows of a table.
    pub(crate) fn table(&self, table: Table) -> Result<Arc<TableReader>, Fault> {
        self.was_read.store(true, Ordering::Relaxed);
        let known = self.loaded.lock().tables.iter().find(|(known, _)| *known == table).map(|(_, it)| Arc::clone(it));
        if let Some(known) = known {
            return Ok(known);
        }
        let source = self.source(Section::Table(table))?;
        let reader = Arc::new(TableReader::load(table, source, self.page.facts.rows(table))?);
        self.loaded.lock().tables.push((table, Arc::clone(&reader)));
        Ok(reader)
    }

    /// Rows by id.
    pub(crate) fn keys(&self, section: Section) -> Result<Arc<Keys>, Fault> {
        let known = self.loaded.lock().keys.iter().find(|(known, _)| *known == section).map(|(_, it)| Arc::clone(it));
        if let Some(known) = known {
            return Ok(known);
        }
        let keys = Arc::new(Keys::load(&self.source(section)?)?);
        self.loaded.lock().keys.push((section, Arc::clone(&keys)));
        Ok(keys)
    }

    /// Whether the file is of a version that has indexes of words.
    pub(crate) fn knows_words(&self) -> bool {
        self.page.version >= WORDS_SINCE
    }

    /// The words of a column of texts; nothing when they have no index.
    pub(crate) fn words(&self, table: Table, column: TextColumn) -> Result<Option<Arc<Words>>, Fault> {
        let section = Section::Words(table, column);
        let known = self.loaded.lock().words.iter().find(|(known, _)| *known == section).map(|(_, it)| it.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let source = self.find(section)?;
        let words = source.map(|source| Words::load(&source, self.page.facts.rows(table))).transpose()?.map(Arc::new);
        self.loaded.lock().words.push((section, words.clone()));
        Ok(words)
    }

    /// A section.
    pub(crate) fn source(&self, section: Section) -> Result<Source, Fault> {
        self.find(section)?.ok_or_else(|| Fault::damaged("section index", format!("no {}", section.name())))
    }

    /// A section that need not be there.
    pub(crate) fn find(&self, section: Section) -> Result<Option<Source>, Fault> {
        let index = self.index()?;
        let found = index.iter().find(|(known, _)| *known == section);
        Ok(found.map(|(_, extent)| self.open(section, Arc::clone(extent))))
    }

    /// Every section, the index included.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, Fault> {
        let sections = self.index()?;
        let sections = sections.iter().map(|(section, extent)| self.open(*section, Arc::clone(extent)));
        Ok(sections.chain([self.index_source()]).collect())
    }

    fn index(&self) -> Result<Arc<Index>, Fault> {
        if let Some(index) = &self.loaded.lock().index {
            return Ok(Arc::clone(index));
        }
        let pages = self.device.len()? / PAGE_BYTES as u64;
        let source = self.index_source().checking();
        let bytes = source.read(0, self.page.index_bytes as usize)?;
        let sections = decode_index(&bytes, u32::try_from(pages).unwrap_or(u32::MAX))
            .map_err(|what| Fault::damaged("section index", what))?;
        let index = sections.into_iter().map(|(section, extent)| (section, Arc::new(extent))).collect();
        let index = Arc::new(index);
        self.loaded.lock().index = Some(Arc::clone(&index));
        Ok(index)
    }

    /// The index is written last, so its chunks follow each other.
    fn index_source(&self) -> Source {
        let extent = Extent::consecutive(self.page.index_page, self.page.index_bytes);
        self.open(Section::Index, Arc::new(extent))
    }

    fn open(&self, section: Section, extent: Arc<Extent>) -> Source {
        Source::new(Arc::clone(&self.device), self.page.header.id, section, extent)
    }
}
