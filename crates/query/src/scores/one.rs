//! One score with its trace.

use std::collections::HashMap;
use std::sync::Arc;

use spanstone_model::{Score, ScoreId, Text, Trace};
use spanstone_store::Sealed;
use spanstone_store::hot::LayeredView;
use spanstone_store::segment::With;

use super::ScoreRow;
use crate::sealed::join::Join;
use crate::traces::effective_of;
use crate::{QueryError, Watch};

/// What memory has of one score.
#[derive(Debug)]
pub struct HotScore {
    id: ScoreId,
    score: Option<Arc<Score>>,
    traces: HashMap<Text, Arc<Trace>>,
}

impl HotScore {
    /// Collects what memory has of a score.
    #[must_use]
    pub fn look(view: LayeredView<'_>, id: &ScoreId) -> Self {
        let with_id = |trace: Arc<Trace>| (Text::from(trace.id.as_str()), trace);
        let Some(score) = view.score(id.as_str()) else {
            // Which trace it names is not known yet.
            let traces = view.traces().map(|trace| with_id(effective_of(trace))).collect();
            return Self { id: id.clone(), score: None, traces };
        };
        let trace = score.trace_id.as_ref().and_then(|trace| view.trace(trace.as_str()));
        let traces = trace.map(|trace| with_id(effective_of(trace))).into_iter().collect();
        Self { id: id.clone(), score: Some(score.clone()), traces }
    }

    /// Looks into the archive for what memory does not have.
    ///
    /// # Errors
    /// Fails when it takes too long, or nobody waits any more.
    pub fn finish(self, sealed: &Sealed, watch: &Watch) -> Result<Option<ScoreRow>, QueryError> {
        let (score, metadata) = match self.score {
            Some(score) => (score, None),
            None => match sealed.score(self.id.as_str(), With::Texts) {
                Some(found) => (found.score, Some(found.metadata)),
                None => return Ok(None),
            },
        };
        let join = Join::new(sealed, &self.traces, watch);
        join.resolve(score.trace_id.as_ref().map(spanstone_model::TraceId::as_str).into_iter())?;
        let trace = score.trace_id.as_ref().and_then(|id| join.get(id.as_str()));
        Ok(Some(ScoreRow { score, trace, metadata }))
    }
}
