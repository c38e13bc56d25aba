//! Metrics: traces, observations or scores, told apart by what they say, and what each group comes to.
//!
//! Owns Langfuse's query language for metrics. It is answered over columns: of each stretch of sealed rows the conditions are
//! asked of dictionaries, values become numbers, rows become groups of numbers, and sums are made of the columns that are
//! asked for; rows in memory go the same way. Memory is bounded by limits with names: [`GROUPS_MAX`], [`VALUES_MAX`],
//! [`DISTINCT_MAX`], [`SCORED_MAX`].

mod answer;
mod block;
mod bucket;
mod catalogue;
mod groups;
mod hot;
mod joined;
mod request;
mod rows;
mod scored;
mod sealed;
mod spread;
mod stretch;
mod totals;

use spanstone_store::Sealed;
use spanstone_store::hot::LayeredView;

use crate::error::Fault;
use crate::{QueryError, Watch};

pub use answer::{Cell, MetricsAnswer};
pub use bucket::Granularity;
pub use catalogue::{Generation, View};
pub use groups::GROUPS_MAX;
pub use hot::HotMetrics;
pub use request::{Aggregation, Metrics, MetricsCondition, MetricsError, MetricsRequest, TimeDimension};
pub use scored::SCORED_MAX;
pub use spread::VALUES_MAX;
pub use totals::DISTINCT_MAX;

use groups::Groups;
use joined::Counterparts;
use rows::Work;

impl Metrics {
    /// Takes along what is in memory.
    #[must_use]
    pub fn look(&self, view: LayeredView<'_>) -> HotMetrics {
        HotMetrics::look(self, view)
    }

    /// Brings together what is in memory and what is sealed.
    ///
    /// # Errors
    /// Fails when there are too many groups or values, when it takes too long, or nobody waits any more.
    pub fn finish(&self, hot: &HotMetrics, sealed: &Sealed, watch: &Watch) -> Result<MetricsAnswer, QueryError> {
        let subject = self.view.subject();
        let scored = if self.counts_scores() {
            let mut scored = hot.scored(subject)?;
            scored.add_sealed(subject, scored::earliest(self.times.0), sealed, watch)?;
            Some(scored)
        } else {
            None
        };
        let counterparts = Counterparts::new(hot, sealed, watch);
        let work = Work::new(self, scored);
        let mut groups = Groups::new(self);
        match work.block(&mut *hot.rows(self.view, &counterparts)) {
            Ok(block) if block.len > 0 => groups.add(self, &block)?,
            // Rows in memory are in no segment that could be at fault.
            Ok(_) | Err(Fault::Segment(_)) => {}
            Err(Fault::Query(error)) => return Err(error),
        }
        sealed::add(&work, &mut groups, &counterparts, sealed, watch)?;
        self.answer(&work.numbers.into_inner(), groups)
    }
}
