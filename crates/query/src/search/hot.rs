//! What is in memory, asked one by one: its texts are in the journal, which has no index.

use std::sync::Arc;

use spanstone_model::{Observation, Text, Trace};
use spanstone_store::hot::LayeredView;
use spanstone_store::segment::SealedPayloads;

use super::found::Found;
use super::{Field, Hit, HitId, Snippet, TextSearch};
use crate::contents::Contents;
use crate::traces::effective_of;
use crate::{QueryError, Watch};

/// The traces and observations in memory that may match, the newest first.
#[derive(Debug, Default)]
pub struct HotTexts {
    observations: Vec<Arc<Observation>>,
    traces: Vec<Arc<Trace>>,
}

impl TextSearch {
    /// Collects what is in memory and may match.
    #[must_use]
    pub fn look(&self, view: LayeredView<'_>) -> HotTexts {
        let in_trace = |id: &spanstone_model::TraceId| self.trace.as_ref().is_none_or(|trace| trace == id);
        let wanted = |observation: &&Arc<Observation>| {
            let id = HitId::Observation(Text::from(observation.id.as_str()));
            in_trace(&observation.trace_id)
                && self.is_wanted(observation.start)
                && self.is_after(observation.start, &id)
        };
        let observations = view.observations().rev().filter(wanted).cloned().collect();
        let traces = view.traces().rev().filter(|trace| {
            let row = trace.trace();
            let id = HitId::Trace(Text::from(row.id.as_str()));
            in_trace(&row.id) && self.is_wanted(row.timestamp) && self.is_after(row.timestamp, &id)
        });
        HotTexts { observations, traces: traces.map(effective_of).collect() }
    }

    /// Keeps what of it matches: at most as many as are wanted of each kind.
    pub(super) fn sift_hot(
        &self,
        hot: HotTexts,
        contents: &dyn Contents,
        watch: &Watch,
        found: &mut Found,
    ) -> Result<(), QueryError> {
        let mut count = 0;
        for observation in hot.observations {
            if count == self.rows_max {
                break;
            }
            watch.check()?;
            if let Some((field, snippet)) = self.of_observation(&observation, contents) {
                count += 1;
                found.add_hot(hit_of(&observation, field, snippet));
            }
        }
        count = 0;
        for trace in hot.traces {
            if count == self.rows_max {
                break;
            }
            watch.check()?;
            if let Some((field, snippet)) = self.of_trace(&trace, contents) {
                count += 1;
                found.add_hot(hit_of_trace(&trace, field, snippet));
            }
        }
        Ok(())
    }

    fn of_observation(&self, observation: &Observation, contents: &dyn Contents) -> Option<(Field, Snippet)> {
        let texts = || contents.own_of_observation(observation);
        self.found_of(observation.id.as_str(), observation.name.as_deref(), texts)
    }

    fn of_trace(&self, trace: &Trace, contents: &dyn Contents) -> Option<(Field, Snippet)> {
        self.found_of(trace.id.as_str(), trace.name.as_deref(), || contents.own_of_trace(trace))
    }

    fn found_of(
        &self,
        id: &str,
        name: Option<&str>,
        texts: impl FnOnce() -> SealedPayloads,
    ) -> Option<(Field, Snippet)> {
        let name = name.filter(|_| self.looks_in(Field::Name));
        let named = self.is_id(id).map(|snippet| (Field::Id, snippet));
        if let Some(found) = named.or_else(|| Some((Field::Name, self.found_in(name)?))) {
            return Some(found);
        }
        if !self.looks_in_texts() {
            return None;
        }
        let SealedPayloads { input, output, metadata } = texts();
        self.found_in_payloads(input.as_deref(), output.as_deref())
            .or_else(|| self.found_in_metadata(metadata.iter().map(|piece| &**piece)))
    }
}

pub(super) fn hit_of(observation: &Observation, field: Field, snippet: Snippet) -> Hit {
    Hit {
        trace_id: observation.trace_id.clone(),
        observation: Some((observation.id.clone(), observation.kind)),
        name: observation.name.clone(),
        time: observation.start,
        field,
        snippet,
    }
}

pub(super) fn hit_of_trace(trace: &Trace, field: Field, snippet: Snippet) -> Hit {
    Hit {
        trace_id: trace.id.clone(),
        observation: None,
        name: trace.name.clone(),
        time: trace.timestamp,
        field,
        snippet,
    }
}
