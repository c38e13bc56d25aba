//! What has been found so far: the newest of it, and what is shown of a match.
//!
//! Owns that texts are read once: what is shown of a match is kept when it is found.

use std::collections::HashMap;

use spanstone_model::Text;
use spanstone_store::Sealed;
use spanstone_store::segment::{Table, With};

use super::hot::{hit_of, hit_of_trace};
use super::{Field, Hit, HitId, Snippet};
use crate::page::Direction;
use crate::sealed::with_segment;
use crate::top::{Candidate, Key, Place, Top};
use crate::traces::by_segment;
use crate::{QueryError, Watch};

/// Where words were found in a row, and among which others.
#[derive(Debug, Clone)]
pub(super) struct Match {
    pub(super) field: Field,
    pub(super) snippet: Snippet,
}

/// The newest matches of both kinds.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) traces: Top,
    pub(super) observations: Top,
    hot: Vec<Hit>,
    /// By segment and row.
    matches: [HashMap<(usize, u32), Match>; 2],
}

fn kind_of(table: Table) -> usize {
    usize::from(table == Table::Observations)
}

impl Found {
    pub(super) fn new(rows_max: usize) -> Self {
        let top = || Top::new(rows_max, Direction::Descending);
        Self { traces: top(), observations: top(), hot: Vec::new(), matches: Default::default() }
    }

    pub(super) fn top(&mut self, table: Table) -> &mut Top {
        if table == Table::Observations { &mut self.observations } else { &mut self.traces }
    }

    pub(super) fn add_hot(&mut self, hit: Hit) {
        let (key, place) = (Key::Time(hit.time), Place::Hot(self.hot.len()));
        match &hit.observation {
            Some((id, _)) => self.observations.push(key, id.as_str(), place),
            None => self.traces.push(key, hit.trace_id.as_str(), place),
        }
        self.hot.push(hit);
    }

    /// Adds what was found in a segment.
    pub(super) fn add(&mut self, table: Table, segment: usize, matches: HashMap<u32, Match>, top: Top) {
        self.matches[kind_of(table)].extend(matches.into_iter().map(|(row, found)| ((segment, row), found)));
        self.top(table).append(top);
    }

    /// The newest of both kinds, at most `rows_max` of them. One whose segment cannot be read is left out.
    pub(super) fn into_hits(self, rows_max: usize, sealed: &Sealed, watch: &Watch) -> Result<Vec<Hit>, QueryError> {
        let Self { traces, observations, hot, mut matches } = self;
        let id = |table, candidate: &Candidate| match table {
            Table::Observations => HitId::Observation(candidate.id.clone()),
            Table::Traces | Table::Scores => HitId::Trace(candidate.id.clone()),
        };
        let traces = traces.into_rows().into_iter().map(|it| (id(Table::Traces, &it), Table::Traces, it));
        let observations = observations.into_rows().into_iter();
        let observations = observations.map(|it| (id(Table::Observations, &it), Table::Observations, it));
        let mut rows: Vec<_> = traces.chain(observations).collect();
        rows.sort_by(|(left, _, one), (right, _, other)| (&other.key, right).cmp(&(&one.key, left)));
        rows.truncate(rows_max);
        let mut read: HashMap<(usize, usize, u32), Hit> = HashMap::new();
        for table in [Table::Traces, Table::Observations] {
            let places = rows.iter().filter(|(_, of, _)| *of == table).map(|(.., candidate)| candidate.place);
            for (segment, wanted) in by_segment(places) {
                let found = with_segment(sealed, &sealed.segments()[segment], watch, |scanner| {
                    let (field, snippet) = (Field::Id, Snippet::default());
                    Ok(if table == Table::Traces {
                        let rows = scanner.segment.traces(&wanted, With::Named)?.into_iter();
                        rows.map(|(row, it)| (row, hit_of_trace(&it.trace, field, snippet.clone()))).collect::<Vec<_>>()
                    } else {
                        let rows = scanner.segment.observations(&wanted, With::Named)?.into_iter();
                        rows.map(|(row, it)| (row, hit_of(&it.observation, field, snippet.clone()))).collect()
                    })
                })?;
                let found = found.unwrap_or_default().into_iter();
                read.extend(found.map(|(row, hit)| ((kind_of(table), segment, row), hit)));
            }
        }
        let hits = rows.into_iter().filter_map(|(_, table, candidate)| match candidate.place {
            Place::Hot(index) => hot.get(index).cloned(),
            Place::Sealed { segment, row } => {
                let hit = read.remove(&(kind_of(table), segment, row))?;
                let Match { field, snippet } = matches[kind_of(table)].remove(&(segment, row))?;
                Some(Hit { field, snippet, ..hit })
            }
        });
        Ok(hits.collect())
    }
}

impl Hit {
    /// Which it is.
    #[must_use]
    pub fn id(&self) -> HitId {
        match &self.observation {
            Some((id, _)) => HitId::Observation(Text::from(id.as_str())),
            None => HitId::Trace(Text::from(self.trace_id.as_str())),
        }
    }
}
