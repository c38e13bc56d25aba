//! The traces that observations and scores belong to, wherever they are.
//!
//! Owns the look-up of many traces by id at once, and what was found so far. Memory is bounded: past a number of traces it
//! forgets and begins again.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{Text, Trace};
use spanstone_store::Sealed;
use spanstone_store::segment::With;

use super::with_segment;
use crate::filter::{Column, Condition, Value};
use crate::traces::effective;
use crate::{QueryError, Watch};

/// How many traces are looked up at once.
pub(crate) const CHUNK_IDS: usize = 8_192;
/// How many traces are remembered.
const KNOWN_MAX: usize = 4 * CHUNK_IDS;

/// Finds traces by id.
#[derive(Debug)]
pub(crate) struct Join<'a> {
    sealed: &'a Sealed,
    watch: &'a Watch,
    /// Those that were in memory when the query began.
    hot: &'a HashMap<Text, Arc<Trace>>,
    known: RefCell<HashMap<Text, Option<Arc<Trace>>>>,
    /// Those of which only is known where they are: in which segment, and in which row.
    present: RefCell<HashMap<Text, (u64, u32)>>,
}

impl<'a> Join<'a> {
    pub(crate) fn new(sealed: &'a Sealed, hot: &'a HashMap<Text, Arc<Trace>>, watch: &'a Watch) -> Self {
        Self { sealed, watch, hot, known: RefCell::default(), present: RefCell::default() }
    }

    /// Finds out which traces there are, so that [`Self::has`] knows: at most [`CHUNK_IDS`] at once. No row is read.
    pub(crate) fn notice<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Result<(), QueryError> {
        let mut present = self.present.borrow_mut();
        if present.len() > KNOWN_MAX {
            present.clear();
        }
        let mut missing: HashSet<&str> = ids.filter(|id| !self.hot.contains_key(*id)).collect();
        missing.retain(|id| !present.contains_key(*id));
        for live in self.sealed.segments().iter().rev() {
            if missing.is_empty() {
                break;
            }
            let found = with_segment(self.sealed, live, self.watch, |scanner| {
                let ids: Vec<&str> = missing.iter().copied().collect();
                let mut found = scanner.segment.find_traces(&ids)?;
                found.retain(|(_, place)| !live.hidden().traces.contains(place.row));
                Ok(found.into_iter().map(|(number, place)| (ids[number], place.row)).collect::<Vec<_>>())
            })?;
            for (id, row) in found.unwrap_or_default() {
                missing.remove(id);
                present.insert(Text::from(id), (live.id(), row));
            }
        }
        Ok(())
    }

    /// Whether there is a trace. It has been noticed.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.hot.contains_key(id) || self.place(id).is_some()
    }

    /// In which segment and row a sealed trace is. It has been noticed.
    pub(crate) fn place(&self, id: &str) -> Option<(u64, u32)> {
        self.present.borrow().get(id).copied()
    }

    /// Looks traces up, so that [`Self::get`] has them: at most [`CHUNK_IDS`] at once.
    pub(crate) fn resolve<'i>(&self, ids: impl Iterator<Item = &'i str>) -> Result<(), QueryError> {
        let mut known = self.known.borrow_mut();
        if known.len() > KNOWN_MAX {
            known.clear();
        }
        let mut missing: Vec<Text> = Vec::new();
        for id in ids {
            if !self.hot.contains_key(id) && !known.contains_key(id) {
                let id = Text::from(id);
                known.insert(id.clone(), None);
                missing.push(id);
            }
        }
        for live in self.sealed.segments().iter().rev() {
            if missing.is_empty() {
                break;
            }
            let found = with_segment(self.sealed, live, self.watch, |scanner| {
                let ids: Vec<&str> = missing.iter().map(|id| &**id).collect();
                let found = scanner.segment.find_traces(&ids)?;
                let rows = RoaringBitmap::from_iter(found.into_iter().map(|(_, place)| place.row));
                let rows = rows - &live.hidden().traces;
                if rows.is_empty() {
                    return Ok(Vec::new());
                }
                Ok(scanner.segment.traces(&rows, With::Named)?)
            })?;
            for (_, found) in found.unwrap_or_default() {
                let trace = effective(&found.trace, found.explicit, found.summary.root());
                known.insert(Text::from(trace.id.as_str()), Some(trace));
            }
            missing.retain(|id| known.get(id).is_none_or(Option::is_none));
        }
        Ok(())
    }

    /// A trace, if there is one. It has been looked up.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<Trace>> {
        self.hot.get(id).cloned().or_else(|| self.known.borrow().get(id)?.clone())
    }
}

/// Whether conditions on the trace of an observation or a score hold.
pub(crate) fn holds(conditions: &[&Condition], trace: Option<&Arc<Trace>>) -> bool {
    let trace = trace.map(AsRef::as_ref);
    conditions.iter().all(|condition| condition.test.holds(value(trace, condition.column)))
}

/// What the trace of an observation or a score says.
pub(crate) fn value(trace: Option<&Trace>, column: Column) -> Value<'_> {
    match column {
        Column::TraceId => Value::Text(trace.map(|trace| trace.id.as_str())),
        Column::Timestamp => Value::Time(trace.map(|trace| trace.timestamp)),
        Column::Tags => Value::List(trace.map_or(&[], |trace| &trace.tags)),
        Column::UserId => Value::Text(trace.and_then(|trace| trace.user_id.as_deref())),
        Column::SessionId => {
            Value::Text(trace.and_then(|trace| trace.session_id.as_ref()).map(spanstone_model::SessionId::as_str))
        }
        Column::TraceName => Value::Text(trace.and_then(|trace| trace.name.as_deref())),
        Column::ShownVersion => Value::Text(trace.and_then(|trace| trace.version.as_deref())),
        Column::TraceEnvironment => Value::Text(trace.map(|trace| &*trace.environment)),
        Column::Release => Value::Text(trace.and_then(|trace| trace.release.as_deref())),
        _ => Value::Text(None),
    }
}
