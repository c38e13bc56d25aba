//! What scores are joined with: their traces and their observations, wherever these are.
//!
//! Owns the look-up of many at once. A score whose counterpart is not there does not count where the counterpart is asked.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::{Observation, Text, Trace};
use spanstone_store::Sealed;
use spanstone_store::segment::With;

use super::block::Said;
use super::catalogue::Dimension;
use super::facts::{observation_fact, trace_said};
use super::hot::{HotMetrics, keep};
use super::rows::Joins;
use crate::sealed::join::{self, Join};
use crate::sealed::with_segment;
use crate::{QueryError, Watch};

/// Finds counterparts.
#[derive(Debug)]
pub(super) struct Counterparts<'a> {
    pub(super) traces: Join<'a>,
    observations: &'a HashMap<Text, Arc<Observation>>,
    sealed: &'a Sealed,
    watch: &'a Watch,
}

/// The counterparts of some scores, one for each; none of a kind that was not asked for.
#[derive(Debug, Default)]
pub(super) struct Joined {
    traces: Vec<Option<Arc<Trace>>>,
    observations: Vec<Option<Arc<Observation>>>,
}

impl<'a> Counterparts<'a> {
    pub(super) fn new(hot: &'a HotMetrics, sealed: &'a Sealed, watch: &'a Watch) -> Self {
        let traces = Join::new(sealed, &hot.known_traces, watch);
        Self { traces, observations: &hot.known_observations, sealed, watch }
    }

    /// The counterparts of scores with these traces and observations.
    pub(super) fn of(
        &self,
        wanted: Joins,
        traces: &[Option<&str>],
        observations: &[Option<&str>],
    ) -> Result<Joined, QueryError> {
        let mut joined = Joined::default();
        if wanted.traces {
            for chunk in traces.chunks(join::CHUNK_IDS) {
                self.traces.resolve(chunk.iter().copied().flatten())?;
                joined.traces.extend(chunk.iter().map(|id| self.traces.get((*id)?)));
            }
        }
        if wanted.observations {
            for chunk in observations.chunks(join::CHUNK_IDS) {
                let found = self.find(chunk)?;
                joined.observations.extend(chunk.iter().map(|id| found.get((*id)?).cloned()));
            }
        }
        Ok(joined)
    }

    fn find(&self, ids: &[Option<&str>]) -> Result<HashMap<Text, Arc<Observation>>, QueryError> {
        let mut found: HashMap<Text, Arc<Observation>> = HashMap::new();
        let mut missing: HashSet<&str> = HashSet::new();
        for id in ids.iter().copied().flatten() {
            match self.observations.get(id) {
                Some(known) => drop(found.insert(Text::from(id), known.clone())),
                None => drop(missing.insert(id)),
            }
        }
        for live in self.sealed.segments().iter().rev() {
            if missing.is_empty() {
                break;
            }
            let rows = with_segment(self.sealed, live, self.watch, |scanner| {
                let ids: Vec<&str> = missing.iter().copied().collect();
                let rows: RoaringBitmap = scanner.segment.find_observations(&ids)?.into_iter().collect();
                Ok(scanner.segment.observations(&(rows - &live.hidden().observations), With::Named)?)
            })?;
            for (_, sealed) in rows.unwrap_or_default() {
                missing.remove(sealed.observation.id.as_str());
                found.insert(Text::from(sealed.observation.id.as_str()), sealed.observation);
            }
        }
        Ok(found)
    }
}

impl Joined {
    pub(super) fn keep(&mut self, wanted: &[bool]) {
        keep(&mut self.traces, wanted);
        keep(&mut self.observations, wanted);
    }

    /// Which of `len` scores have every counterpart that is wanted.
    pub(super) fn is_whole(&self, wanted: Joins, len: usize) -> Vec<bool> {
        let has = |row: usize| {
            let is_there = |found: Option<bool>| found.unwrap_or(false);
            (!wanted.traces || is_there(self.traces.get(row).map(Option::is_some)))
                && (!wanted.observations || is_there(self.observations.get(row).map(Option::is_some)))
        };
        (0..len).map(has).collect()
    }

    /// What the counterparts say, as numbers.
    pub(super) fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Vec<u64> {
        match dimension {
            Dimension::Own(_) => Vec::new(),
            Dimension::Trace(fact) => {
                let said = self.traces.iter().map(|trace| match trace {
                    Some(trace) => trace_said(trace, fact, number),
                    None => number(Said::Nothing),
                });
                said.collect()
            }
            Dimension::Observation(fact) => {
                let said = self.observations.iter().map(|observation| {
                    number(observation.as_ref().map_or(Said::Nothing, |it| observation_fact(it, fact)))
                });
                said.collect()
            }
        }
    }
}
