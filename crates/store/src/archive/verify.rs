//! Verification of the archive: every page and row of every live segment, and the rule that ties them together.
//!
//! Owns the report. Reads only, one segment at a time.

use std::sync::Arc;

use spanstone_guard::{Access, Folder, PageReport};
use spanstone_segment::Segment;

use super::file::{ARCHIVE_FOLDER, file_name};
use super::leftovers::leftovers;
use super::twice::{HASHES_MAX, live_twice};
use crate::StoreError;
use crate::ledger::{Manifest, SegmentRecord};

/// How many findings are listed of one segment, and of the rule over all.
const FINDINGS_LISTED_MAX: usize = 100;

/// What was found in the archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveReport {
    /// The live segments, in order of their numbers.
    pub segments: Vec<SegmentReport>,
    /// What is wrong with the archive as a whole: the manifest cannot be read, rows are live twice.
    pub findings: Vec<String>,
    /// Files that nothing refers to: a crash left them, and the next start removes them. Not damage.
    pub leftovers: Vec<String>,
}

/// What was found in one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentReport {
    /// The name of its file in the data directory.
    pub name: String,
    /// What was found in its pages; nothing when the file cannot be walked through.
    pub pages: Option<PageReport>,
    /// How many rows its tables have.
    pub rows: u64,
    /// What is wrong with it.
    pub findings: Vec<String>,
}

impl SegmentReport {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let pages = |pages: &PageReport| pages.spots.is_empty() && pages.spots_omitted == 0;
        self.findings.is_empty() && self.pages.as_ref().is_some_and(pages)
    }
}

impl ArchiveReport {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.segments.iter().all(SegmentReport::is_clean)
    }
}

/// Verifies every segment that the manifest names.
pub(crate) fn verify(folder: &Arc<dyn Folder>, manifest: &Manifest) -> ArchiveReport {
    let mut report = ArchiveReport::default();
    let mut open = Vec::new();
    for record in &manifest.segments {
        let mut segment = SegmentReport {
            name: file_name(record.header.week, record.header.id),
            pages: None,
            rows: record.header.kind.tables().iter().map(|table| u64::from(record.facts.rows(*table))).sum(),
            findings: Vec::new(),
        };
        match check(folder, record, &mut segment) {
            Ok(()) => open.push(record),
            Err(error) => segment.findings.push(error.to_string()),
        }
        segment.findings.truncate(FINDINGS_LISTED_MAX);
        report.segments.push(segment);
    }
    report.findings = live_twice(folder, manifest, open, HASHES_MAX);
    report.findings.truncate(FINDINGS_LISTED_MAX);
    match leftovers(&**folder, manifest) {
        Ok(leftovers) => report.leftovers = leftovers,
        Err(error) => report.findings.push(format!("`{ARCHIVE_FOLDER}` cannot be walked through: {error}")),
    }
    report
}

fn check(folder: &Arc<dyn Folder>, record: &SegmentRecord, report: &mut SegmentReport) -> Result<(), StoreError> {
    let failed = |source| StoreError::Directory { path: report.name.clone().into(), source };
    let disk = folder.open(&report.name, Access::ReadOnly).map_err(failed)?;
    report.pages = spanstone_guard::verify(&disk, &report.name).ok();
    let segment = Segment::open_read_only(disk, &report.name)?;
    if (segment.header(), segment.facts()) != (&record.header, record.facts) {
        report.findings.push("the file is not the segment that the manifest says it is".to_owned());
    }
    report.findings.extend(segment.verify().iter().map(ToString::to_string));
    Ok(())
}
