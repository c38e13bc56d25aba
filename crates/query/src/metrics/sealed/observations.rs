//! Sealed observations.
//!
//! Owns that what their traces say is asked once for each trace, and of a trace that has changed since, where it is now.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{Text, Trace};
use spanstone_store::LiveSegment;
use spanstone_store::segment::Table;
use spanstone_store::segment::columns::{observations as o, traces as t};

use super::{one, times_of, trace_column};
use crate::error::Fault;
use crate::metrics::block::{Many, Said};
use crate::metrics::catalogue::{Dimension, Own, TraceFact};
use crate::metrics::facts::trace_said;
use crate::metrics::rows::{Joins, Rows, Texts};
use crate::metrics::stretch::Stretch;
use crate::sealed::join::{self, Join};

/// Observations of a stretch.
pub(super) struct SealedObservations<'a> {
    stretch: Stretch<'a>,
    live: &'a LiveSegment,
    join: &'a Join<'a>,
    /// The traces that have changed since they were sealed here, by their rows here.
    moved: HashMap<u32, Arc<Trace>>,
    /// The rows of the traces, once they were read.
    trace_rows: RefCell<Option<Rc<[u32]>>>,
}

impl<'a> SealedObservations<'a> {
    pub(super) fn new(stretch: Stretch<'a>, live: &'a LiveSegment, join: &'a Join<'a>) -> Self {
        Self { stretch, live, join, moved: HashMap::new(), trace_rows: RefCell::default() }
    }
}

impl SealedObservations<'_> {
    /// The rows of the traces, in this segment.
    fn trace_rows(&self) -> Result<Rc<[u32]>, Fault> {
        if let Some(known) = self.trace_rows.borrow().as_ref() {
            return Ok(Rc::clone(known));
        }
        let found = one(self.stretch.numbers(&[o::TRACE_ROW])?);
        let row = |row: Option<i64>| row.and_then(|row| u32::try_from(row).ok()).unwrap_or(u32::MAX);
        let found: Rc<[u32]> = found.into_iter().map(row).collect();
        *self.trace_rows.borrow_mut() = Some(Rc::clone(&found));
        Ok(found)
    }

    /// What the traces of the observations say, each asked once.
    fn of_traces(&self, fact: TraceFact, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let rows = self.trace_rows()?;
        let wanted = set_of(&rows);
        let (Some(first), Some(last)) = (wanted.min(), wanted.max()) else { return Ok(Vec::new()) };
        let mut found = vec![0; (last - first) as usize + 1];
        for stretch in Stretch::all(self.stretch.scanner(), Table::Traces, &wanted)? {
            let said = trace_column(&stretch, fact, number)?;
            for (row, said) in stretch.rows().iter().zip(said) {
                found[(row - first) as usize] = said;
            }
        }
        for (row, trace) in self.moved.iter().filter(|(row, _)| wanted.contains(**row)) {
            found[(row - first) as usize] = trace_said(trace, fact, number);
        }
        Ok(rows.iter().map(|row| found[(row - first) as usize]).collect())
    }

    /// Finds the traces with hidden rows where they are now.
    fn find_moved(&self, hidden: &RoaringBitmap) -> Result<HashMap<u32, Arc<Trace>>, Fault> {
        let mut ids: Vec<(u32, Text)> = Vec::new();
        self.stretch.scanner().each_row(Table::Traces, &[t::ID], hidden, |row, batch, place| {
            ids.push((row, Text::from(batch.ids(0)?.value(place))));
            Ok(())
        })?;
        let mut moved = HashMap::new();
        for chunk in ids.chunks(join::CHUNK_IDS) {
            self.join.resolve(chunk.iter().map(|(_, id)| &**id))?;
            moved.extend(chunk.iter().filter_map(|(row, id)| Some((*row, self.join.get(id)?))));
        }
        Ok(moved)
    }
}

impl Rows for SealedObservations<'_> {
    fn len(&self) -> usize {
        self.stretch.rows().len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        self.stretch.keep(wanted);
        self.trace_rows.replace(None);
    }

    fn join(&mut self, wanted: Joins) -> Result<(), Fault> {
        let hidden = &self.live.hidden().traces;
        if !wanted.traces || hidden.is_empty() {
            return Ok(());
        }
        let rows = self.trace_rows()?;
        let hidden = set_of(&rows) & hidden;
        self.moved = self.find_moved(&hidden)?;
        let has_trace = |row: &u32| !hidden.contains(*row) || self.moved.contains_key(row);
        let has_trace: Vec<bool> = rows.iter().map(has_trace).collect();
        self.keep(&has_trace);
        Ok(())
    }

    fn keep_texts(&mut self, texts: &Texts<'_>) -> Result<(), Fault> {
        let rows = self.stretch.set().clone();
        let passing = texts.conditions().sift(self.stretch.scanner(), Table::Observations, rows, texts.contents)?;
        self.keep(&self.stretch.are_in(&passing));
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        times_of(&self.stretch, Table::Observations)
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let own = match dimension {
            Dimension::Own(own) => own,
            Dimension::Trace(fact) => return self.of_traces(fact, number),
            Dimension::Observation(_) => return Ok(vec![number(Said::Nothing); self.len()]),
        };
        match own {
            Own::Id => self.stretch.ids(o::ID, number),
            Own::Environment => self.stretch.texts(o::ENVIRONMENT, number),
            Own::Name => self.stretch.texts(o::NAME, number),
            Own::Version => self.stretch.texts(o::VERSION, number),
            Own::ParentObservationId => self.stretch.texts(o::PARENT_ID, number),
            Own::Type => self.stretch.texts(o::TYPE, number),
            Own::Level => self.stretch.texts(o::LEVEL, number),
            Own::Model => self.stretch.texts(o::MODEL, number),
            Own::PromptName => self.stretch.texts(o::PROMPT_NAME, number),
            Own::ToolNames => self.stretch.lists(o::TOOL_NAMES, number),
            Own::CalledToolNames => self.stretch.lists(o::CALLED_TOOL_NAMES, number),
            Own::ExperimentId => self.stretch.texts(o::EXPERIMENT_ID, number),
            Own::ExperimentName => self.stretch.texts(o::EXPERIMENT_NAME, number),
            Own::ExperimentDatasetId => self.stretch.texts(o::EXPERIMENT_DATASET_ID, number),
            Own::PromptVersion => {
                let versions = one(self.stretch.numbers(&[o::PROMPT_VERSION])?);
                Ok(versions.into_iter().map(|it| number(it.map_or(Said::Nothing, Said::Whole))).collect())
            }
            Own::IsRootObservation => {
                let has_no_parent = self.stretch.texts(o::PARENT_ID, &mut |said| u64::from(said == Said::Nothing))?;
                let marks = one(self.stretch.numbers(&[o::IS_APP_ROOT])?);
                let is_root = has_no_parent.iter().zip(marks).map(|(none, mark)| *none == 1 || mark == Some(1));
                let (no, yes) = (number(Said::Flag(false)), number(Said::Flag(true)));
                Ok(is_root.map(|is_root| if is_root { yes } else { no }).collect())
            }
            _ => Ok(vec![number(Said::Nothing); self.len()]),
        }
    }

    fn items(&self, own: Own, number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault> {
        match own {
            Own::CostType => self.stretch.split(o::COST_TYPES, o::COST_AMOUNTS, number),
            Own::ToolNames => self.stretch.items(o::TOOL_NAMES, number),
            Own::CalledToolNames => self.stretch.items(o::CALLED_TOOL_NAMES, number),
            _ => self.stretch.split(o::USAGE_TYPES, o::USAGE_AMOUNTS, number),
        }
    }

    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        self.stretch.numbers(columns)
    }

    fn reals(&self) -> Result<Vec<Option<f64>>, Fault> {
        Ok(vec![None; self.len()])
    }
}

/// Rows of traces as a set; they come in order, those of a trace one after another.
fn set_of(rows: &[u32]) -> RoaringBitmap {
    let mut distinct = rows.to_vec();
    distinct.dedup();
    RoaringBitmap::from_sorted_iter(distinct.iter().copied()).unwrap_or_else(|_| distinct.iter().copied().collect())
}
