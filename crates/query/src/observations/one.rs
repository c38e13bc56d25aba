//! One observation with its trace.

use std::collections::HashMap;
use std::sync::Arc;

use spanstone_model::{ObservationId, Text, Trace};
use spanstone_store::Sealed;
use spanstone_store::hot::LayeredView;
use spanstone_store::segment::With;

use super::ObservationRow;
use super::list::{row, with_sealed};
use crate::sealed::join::Join;
use crate::traces::{Texts, effective_of};
use crate::{QueryError, Watch};

/// What memory has of one observation.
#[derive(Debug)]
pub struct HotObservation {
    id: ObservationId,
    row: Option<ObservationRow>,
    traces: HashMap<Text, Arc<Trace>>,
}

impl HotObservation {
    /// Collects what memory has of an observation.
    #[must_use]
    pub fn look(view: LayeredView<'_>, id: &ObservationId) -> Self {
        let mut hot = Self { id: id.clone(), row: None, traces: HashMap::new() };
        match view.observation(id.as_str()) {
            Some(observation) => {
                let trace = view.trace(observation.trace_id.as_str()).map(effective_of);
                hot.row = trace.map(|trace| row(observation.clone(), trace, Texts::Referred));
            }
            None => hot.traces = with_sealed(view),
        }
        hot
    }

    /// Looks into the archive for what memory does not have.
    ///
    /// # Errors
    /// Fails when it takes too long, or nobody waits any more.
    pub fn finish(self, sealed: &Sealed, watch: &Watch) -> Result<Option<ObservationRow>, QueryError> {
        if self.row.is_some() {
            return Ok(self.row);
        }
        let Some(found) = sealed.observation(self.id.as_str(), With::Texts) else { return Ok(None) };
        let join = Join::new(sealed, &self.traces, watch);
        join.resolve([found.observation.trace_id.as_str()].into_iter())?;
        let trace = join.get(found.observation.trace_id.as_str());
        Ok(trace.map(|trace| row(found.observation, trace, Texts::Read(found.payloads))))
    }
}
