//! The rows of a page of traces, read at once.
//!
//! Owns what must be gathered from several places: the sealed row, the observations and the root of traces in any
//! segment, scores from memory and from segments. Each segment is read once per page, not once per row.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use spanstone_model::Score;
use spanstone_store::Sealed;
use spanstone_store::segment::{SealedPayloads, SealedTrace, With};

use super::list::{HotRow, Orphans};
use super::{Texts, TraceParts, TraceRow, effective, lender};
use crate::sealed::members::{Member, members};
use crate::sealed::with_segment;
use crate::top::{Candidate, Place};
use crate::{QueryError, Watch};

/// What the rows of a page are put together from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assembly<'a> {
    pub(super) sealed: &'a Sealed,
    pub(super) environments: Option<&'a [String]>,
    pub(super) parts: TraceParts,
    pub(super) orphans: &'a Orphans,
    pub(super) watch: &'a Watch,
}

/// A row, and whether sealed observations are still to be added to it.
struct Draft {
    row: TraceRow,
    has_sealed: bool,
}

impl Assembly<'_> {
    /// The rows of some candidates, in their order. One whose segment cannot be read is left out.
    pub(super) fn rows(&self, candidates: &[Candidate], hot: Vec<HotRow>) -> Result<Vec<TraceRow>, QueryError> {
        let mut hot: Vec<_> = hot.into_iter().map(Some).collect();
        let mut read = self.read(candidates)?;
        let mut drafts = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let draft = match candidate.place {
                Place::Hot(index) => hot
                    .get_mut(index)
                    .and_then(Option::take)
                    .map(|HotRow { row, has_sealed }| Draft { row, has_sealed }),
                Place::Sealed { segment, row } => {
                    read.remove(&(segment, row)).map(|sealed| Draft { row: self.row_of(sealed), has_sealed: true })
                }
            };
            drafts.extend(draft);
        }
        self.add_observations(&mut drafts)?;
        if self.parts.scores {
            self.add_scores(&mut drafts)?;
        }
        Ok(drafts.into_iter().map(|draft| draft.row).collect())
    }

    fn read(&self, candidates: &[Candidate]) -> Result<HashMap<(usize, u32), SealedTrace>, QueryError> {
        let with = match self.parts {
            TraceParts { texts: true, .. } => With::Texts,
            TraceParts { sums: false, .. } if self.environments.is_none() => With::Named,
            _ => With::Shown,
        };
        let mut found = HashMap::new();
        for (segment, rows) in by_segment(candidates.iter().map(|candidate| candidate.place)) {
            let live = &self.sealed.segments()[segment];
            let traces =
                with_segment(self.sealed, live, self.watch, |scanner| Ok(scanner.segment.traces(&rows, with)?))?;
            found.extend(traces.unwrap_or_default().into_iter().map(|(row, trace)| ((segment, row), trace)));
        }
        Ok(found)
    }

    fn row_of(&self, sealed: SealedTrace) -> TraceRow {
        let SealedTrace { trace, explicit, summary, payloads, .. } = sealed;
        let root = summary.root();
        TraceRow {
            stats: summary.stats(self.environments),
            observation_ids: Vec::new(),
            scores: self.listed(self.orphans.get(trace.id.as_str()).into_iter().flatten()),
            texts: if self.parts.texts { Texts::Read(payloads) } else { Texts::Referred },
            lender: lender(&trace, explicit, root).filter(|_| self.parts.texts),
            trace: effective(&trace, explicit, root),
        }
    }

    /// Adds the ids of sealed observations, and the texts of sealed roots.
    fn add_observations(&self, drafts: &mut [Draft]) -> Result<(), QueryError> {
        let is_lacking = |draft: &Draft| draft.row.lender.as_ref().is_some_and(|lender| lender.observation.is_none());
        let wanted = |draft: &Draft| draft.has_sealed && (self.parts.observation_ids || is_lacking(draft));
        let (indices, ids): (Vec<_>, Vec<_>) = drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| wanted(draft))
            .map(|(index, draft)| (index, draft.row.trace.id.clone()))
            .unzip();
        if indices.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = ids.iter().map(spanstone_model::TraceId::as_str).collect();
        let mut roots = Vec::new();
        for member in members(self.sealed, &ids, self.environments.is_some(), self.watch)? {
            let index = indices[member.trace];
            let row = &mut drafts[index].row;
            if row.lender.as_ref().is_some_and(|lender| lender.id == member.id && lender.observation.is_none()) {
                roots.push((index, member.clone()));
            }
            if self.parts.observation_ids && self.is_counted(&member) {
                row.observation_ids.push(member.id);
            }
        }
        self.add_root_texts(drafts, &roots)
    }

    fn is_counted(&self, member: &Member) -> bool {
        let Some(wanted) = self.environments else { return true };
        member.environment.as_deref().is_some_and(|name| wanted.iter().any(|wanted| wanted == name))
    }

    fn add_root_texts(&self, drafts: &mut [Draft], roots: &[(usize, Member)]) -> Result<(), QueryError> {
        let places = roots.iter().map(|(_, it)| Place::Sealed { segment: it.segment, row: it.row });
        for (segment, rows) in by_segment(places) {
            let live = &self.sealed.segments()[segment];
            let read = with_segment(self.sealed, live, self.watch, |scanner| {
                Ok(scanner.segment.observations(&rows, With::Texts)?)
            })?;
            let mut texts: HashMap<u32, SealedPayloads> =
                read.unwrap_or_default().into_iter().map(|(row, found)| (row, found.payloads)).collect();
            for (index, member) in roots.iter().filter(|(_, member)| member.segment == segment) {
                if let Some(lender) = &mut drafts[*index].row.lender
                    && let Some(found) = texts.remove(&member.row)
                {
                    lender.texts = Texts::Read(found);
                }
            }
        }
        Ok(())
    }

    /// Adds the scores that are sealed.
    fn add_scores(&self, drafts: &mut [Draft]) -> Result<(), QueryError> {
        let by_id: HashMap<_, _> =
            drafts.iter().enumerate().map(|(index, draft)| (draft.row.trace.id.clone(), index)).collect();
        for live in self.sealed.score_segments() {
            let found = with_segment(self.sealed, live, self.watch, |scanner| {
                let ids: Vec<_> = by_id.keys().map(spanstone_model::TraceId::as_str).collect();
                let rows = RoaringBitmap::from_iter(scanner.segment.scores_of_traces(&ids)?) - &live.hidden().scores;
                if rows.is_empty() {
                    return Ok(Vec::new());
                }
                Ok(scanner.segment.scores(&rows, With::Shown)?)
            })?;
            for (_, found) in found.unwrap_or_default() {
                let index = found.score.trace_id.as_ref().and_then(|id| by_id.get(id));
                if let Some(index) = index {
                    drafts[*index].row.scores.extend(self.listed([&found.score].into_iter()));
                }
            }
        }
        for draft in drafts {
            draft.row.scores.sort_by(|left, right| (left.timestamp, &left.id).cmp(&(right.timestamp, &right.id)));
        }
        Ok(())
    }

    fn listed<'s>(&self, scores: impl Iterator<Item = &'s Arc<Score>>) -> Vec<Arc<Score>> {
        let counted = |name: &str| self.environments.is_none_or(|wanted| wanted.iter().any(|wanted| wanted == name));
        scores.filter(|score| counted(&score.environment) && score.is_listed()).cloned().collect()
    }
}

/// The sealed ones of some places, by segment.
pub(crate) fn by_segment(places: impl Iterator<Item = Place>) -> HashMap<usize, RoaringBitmap> {
    let mut segments: HashMap<usize, RoaringBitmap> = HashMap::new();
    for place in places {
        if let Place::Sealed { segment, row } = place {
            segments.entry(segment).or_default().insert(row);
        }
    }
    segments
}
