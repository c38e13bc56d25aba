//! Rows that are live twice.
//!
//! Owns the rule over all segments of a project: a trace has at most one live row, and so have an observation of a trace and
//! a score. Compares hashes, so many at once that memory stays bounded whatever the archive holds, in as many passes
//! over the columns of ids as that takes; what looks the same is made sure of before it is reported.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_guard::{Access, Folder};
use spanstone_model::{ProjectId, Text};
use spanstone_segment::columns::{any, observations};
use spanstone_segment::{Segment, Table};

use super::file::file_name;
use super::ids::{ids, rows};
use crate::StoreError;
use crate::ledger::{Manifest, SegmentRecord};

/// How many hashes are compared at once: 32 MiB of them.
pub(super) const HASHES_MAX: u64 = 4 * 1024 * 1024;

/// How many of the same hashes of one pass are looked into: more would tell nobody more.
const SAME_MAX: usize = 100;

/// What makes a row the row of one entity: its id, and the id of its trace where it is an observation.
type Key = (Option<Text>, Text);

/// The rows of one table of one project.
struct Group<'a> {
    folder: &'a Arc<dyn Folder>,
    manifest: &'a Manifest,
    project: &'a ProjectId,
    table: Table,
    segments: Vec<&'a SegmentRecord>,
    hasher: RandomState,
}

/// Names what is live more than once in these segments, and the segments that cannot be read to the end.
pub(super) fn live_twice<'a>(
    folder: &Arc<dyn Folder>,
    manifest: &Manifest,
    segments: impl IntoIterator<Item = &'a SegmentRecord>,
    hashes_max: u64,
) -> Vec<String> {
    let mut groups: BTreeMap<(&ProjectId, Table), Vec<&SegmentRecord>> = BTreeMap::new();
    for record in segments {
        for table in record.header.kind.tables() {
            groups.entry((&record.header.project, *table)).or_default().push(record);
        }
    }
    let hasher = RandomState::new();
    let findings = groups.into_iter().flat_map(|((project, table), segments)| {
        Group { folder, manifest, project, table, segments, hasher: hasher.clone() }.findings(hashes_max)
    });
    findings.collect()
}

impl Group<'_> {
    fn findings(mut self, hashes_max: u64) -> Vec<String> {
        let rows: u64 = self.segments.iter().map(|record| u64::from(record.facts.rows(self.table))).sum();
        let passes = rows.div_ceil(hashes_max).max(1);
        let mut findings = Vec::new();
        for pass in 0..passes {
            let mut hashes = Vec::new();
            self.each_live(&mut findings, |hash, _| {
                if hash % passes == pass {
                    hashes.push(hash);
                }
            });
            let same = same(hashes);
            if !same.is_empty() {
                findings.extend(self.made_sure(&same));
            }
        }
        findings
    }

    /// The entities with one of these hashes that do have more than one live row.
    fn made_sure(&mut self, same: &HashSet<u64>) -> Vec<String> {
        let mut found: HashMap<Key, u64> = HashMap::new();
        // Which segments cannot be read was said in the pass before.
        self.each_live(&mut Vec::new(), |hash, key| {
            if same.contains(&hash) {
                *found.entry(key.clone()).or_default() += 1;
            }
        });
        let mut names: Vec<Key> = found.into_iter().filter(|(_, rows)| *rows > 1).map(|(key, _)| key).collect();
        names.sort_unstable();
        let (project, table) = (self.project, self.table);
        let finding = |(trace, id): Key| {
            let of = trace.map_or(String::new(), |trace| format!(" of trace `{trace}`"));
            format!("`{id}`{of} of project `{project}` has more than one live row in {table}")
        };
        names.into_iter().map(finding).collect()
    }

    /// Looks at every live row. A segment that cannot be read to the end is named, and left out from then on.
    fn each_live(&mut self, findings: &mut Vec<String>, mut look: impl FnMut(u64, &Key)) {
        let mut segments = std::mem::take(&mut self.segments);
        segments.retain(|record| {
            let outcome = self.each_live_of(record, &mut look);
            let name = || file_name(record.header.week, record.header.id);
            outcome.inspect_err(|error| findings.push(format!("{}: {error}", name()))).is_ok()
        });
        self.segments = segments;
    }

    fn each_live_of(&self, record: &SegmentRecord, look: &mut impl FnMut(u64, &Key)) -> Result<(), StoreError> {
        let name = file_name(record.header.week, record.header.id);
        let failed = |source| StoreError::Directory { path: name.clone().into(), source };
        let disk = self.folder.open(&name, Access::ReadOnly).map_err(failed)?;
        let segment = Segment::open_read_only(disk, &name)?;
        let traces = match self.table {
            Table::Observations => trace_ids(&segment, record)?,
            Table::Traces | Table::Scores => Vec::new(),
        };
        let wanted: &[&str] = match self.table {
            Table::Observations => &[any::ID, observations::TRACE_ROW],
            Table::Traces | Table::Scores => &[any::ID],
        };
        let none = RoaringBitmap::new();
        let dead = self.manifest.dead.get(&(record.header.id, self.table)).unwrap_or(&none);
        for batch in segment.scan(self.table, wanted, 0..record.facts.rows(self.table))? {
            let batch = batch?;
            let ids = ids(&batch.columns, any::ID)?;
            let of_traces = match self.table {
                Table::Observations => rows(&batch.columns, observations::TRACE_ROW)?,
                Table::Traces | Table::Scores => Vec::new(),
            };
            for (offset, (row, id)) in (batch.first_row..).zip(ids).enumerate() {
                if dead.contains(row) {
                    continue;
                }
                let trace = of_traces.get(offset).and_then(|trace| traces.get(*trace as usize)).cloned();
                let key = (trace, id);
                look(self.hasher.hash_one(&key), &key);
            }
        }
        Ok(())
    }
}

/// The ids of a segment's traces, by row.
fn trace_ids(segment: &Segment, record: &SegmentRecord) -> Result<Vec<Text>, StoreError> {
    let mut all = Vec::new();
    for batch in segment.scan(Table::Traces, &[any::ID], 0..record.facts.traces)? {
        all.extend(ids(&batch?.columns, any::ID)?);
    }
    Ok(all)
}

/// The hashes that are there more than once.
fn same(mut hashes: Vec<u64>) -> HashSet<u64> {
    hashes.sort_unstable();
    let same = hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    let mut distinct = HashSet::new();
    for hash in same {
        if distinct.len() == SAME_MAX {
            break;
        }
        distinct.insert(hash);
    }
    distinct
}

#[cfg(test)]
mod tests {
    use spanstone_testkit::SimulatedFolder;

    use super::super::fixtures::write_scores;
    use super::*;

    #[test]
    fn what_is_live_twice_is_named_once_in_as_many_passes_as_it_takes() {
        let simulated = SimulatedFolder::new();
        let week = spanstone_model::Week::of(spanstone_model::Timestamp::from_micros(0));
        let write = |id, ids: &[&str]| write_scores(&simulated, &file_name(week, id), id, ids);
        let segments = vec![write(1, &["a", "b", "c"]), write(2, &["b", "d"]), write(3, &["a", "b", "e"])];
        let folder: Arc<dyn Folder> = Arc::new(simulated.clone());
        let row = |row| RoaringBitmap::from_iter([row]);
        let mut manifest = Manifest { segments, ..Manifest::default() };
        let found = |manifest: &Manifest, hashes_max| {
            let mut found = live_twice(&folder, manifest, &manifest.segments, hashes_max);
            found.sort_unstable();
            found
        };
        let finding = |id: &str| format!("`{id}` of project `p` has more than one live row in scores");
        for hashes_max in [1, 2, 3, 8, 1_000] {
            assert_eq!(found(&manifest, hashes_max), [finding("a"), finding("b")]);
        }
        manifest.dead.insert((3, Table::Scores), row(0));
        assert_eq!(found(&manifest, 3), [finding("b")]);
        manifest.dead.insert((2, Table::Scores), row(0));
        manifest.dead.insert((3, Table::Scores), RoaringBitmap::from_iter([0, 1]));
        assert_eq!(found(&manifest, 3), [""; 0]);
        simulated.remove(&file_name(week, 1)).expect("memory");
        let found = found(&manifest, 3);
        assert!(found.len() == 1 && found[0].starts_with(&file_name(week, 1)), "{found:?}");
    }
}
