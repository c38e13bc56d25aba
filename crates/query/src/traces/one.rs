//! One trace with all that belongs to it.

use std::sync::Arc;

use spanstone_model::{Observation, Score, TraceId};
use spanstone_store::Sealed;
use spanstone_store::hot::LayeredView;
use spanstone_store::segment::With;

use super::hot::Asked;
use super::list::{HotRow, Orphans};
use super::rows::Assembly;
use super::{Texts, TraceContents, TraceParts, TraceRow, is_root};
use crate::observations::ObservationRow;
use crate::scores::ScoreRow;
use crate::top::{Candidate, Place};
use crate::{QueryError, Watch};

/// What memory has of one trace.
#[derive(Debug)]
pub struct HotTrace {
    id: TraceId,
    row: Option<HotRow>,
    observations: Vec<Arc<Observation>>,
    scores: Vec<Arc<Score>>,
}

/// Its texts, and what its observations come to.
pub(super) const PARTS: TraceParts = TraceParts { texts: true, observation_ids: false, scores: false, sums: true };

impl HotTrace {
    /// Collects what memory has of a trace.
    #[must_use]
    pub fn look(view: LayeredView<'_>, id: &TraceId) -> Self {
        let mut hot = Self { id: id.clone(), row: None, observations: Vec::new(), scores: Vec::new() };
        if let Some(trace) = view.trace(id.as_str()) {
            let row = Asked::new(trace).row(None, PARTS);
            hot.row = Some(HotRow { row, has_sealed: trace.has_sealed() });
            hot.observations = trace.observations().cloned().collect();
            hot.scores = trace.scores().cloned().collect();
        } else {
            hot.scores = view.scores().filter(|score| score.trace_id.as_ref() == Some(id)).cloned().collect();
        }
        hot
    }

    /// Adds what is sealed; nothing when there is no such trace. The texts of its observations come along when there are at
    /// most `texts_max` of them.
    ///
    /// # Errors
    /// Fails when it takes too long, or nobody waits any more.
    pub fn finish(self, sealed: &Sealed, texts_max: usize, watch: &Watch) -> Result<Option<TraceContents>, QueryError> {
        let Self { id, row, observations, scores } = self;
        let has_sealed = row.as_ref().is_none_or(|row| row.has_sealed);
        let Some(mut row) = whole_row(sealed, &id, row, watch)? else { return Ok(None) };
        let with_texts = row.stats.observation_count() <= texts_max as u64;
        let mut found: Vec<(Arc<Observation>, Texts)> =
            observations.into_iter().map(|observation| (observation, Texts::Referred)).collect();
        if has_sealed {
            watch.check()?;
            let with = if with_texts { With::Texts } else { With::Shown };
            let texts = |payloads| if with_texts { Texts::Read(payloads) } else { Texts::Referred };
            let rows = sealed.observations_of(id.as_str(), with);
            found.extend(rows.into_iter().map(|it| (it.observation, texts(it.payloads))));
        }
        found.sort_by(|(left, _), (right, _)| (left.start, &left.id).cmp(&(right.start, &right.id)));
        let trace = row.trace.clone();
        let observation_row = |(observation, texts): (Arc<Observation>, _)| ObservationRow {
            is_root: is_root(&observation),
            observation,
            trace: trace.clone(),
            texts,
        };
        let observations = found.into_iter().map(observation_row).collect();
        watch.check()?;
        let sealed_scores = sealed.scores_of(id.as_str(), With::Texts);
        let score_row = |score, metadata| ScoreRow { score, trace: Some(trace.clone()), metadata };
        let mut scores: Vec<_> = scores.into_iter().map(|score| score_row(score, None)).collect();
        scores.extend(sealed_scores.into_iter().map(|it| score_row(it.score, Some(it.metadata))));
        let order = |it: &ScoreRow| (it.score.timestamp, it.score.id.clone());
        scores.sort_by_key(order);
        row.scores = scores.iter().map(|it| &it.score).filter(|score| score.is_listed()).cloned().collect();
        Ok(Some(TraceContents { row, observations, scores }))
    }
}

/// The trace's own row with its texts, from memory or from the segment that has it.
fn whole_row(
    sealed: &Sealed,
    id: &TraceId,
    hot: Option<HotRow>,
    watch: &Watch,
) -> Result<Option<TraceRow>, QueryError> {
    let assembly = Assembly { sealed, environments: None, parts: PARTS, orphans: &Orphans::new(), watch };
    if let Some(hot) = hot {
        let candidate = Candidate::alone(id.as_str(), Place::Hot(0));
        return Ok(assembly.rows(&[candidate], vec![hot])?.pop());
    }
    for (segment, live) in sealed.segments().iter().enumerate().rev() {
        let found =
            crate::sealed::with_segment(sealed, live, watch, |scanner| Ok(scanner.segment.find_trace(id.as_str())?))?;
        let place = found.flatten().filter(|place| !live.hidden().traces.contains(place.row));
        if let Some(place) = place {
            let candidate = Candidate::alone(id.as_str(), Place::Sealed { segment, row: place.row });
            return Ok(assembly.rows(&[candidate], Vec::new())?.pop());
        }
    }
    Ok(None)
}
