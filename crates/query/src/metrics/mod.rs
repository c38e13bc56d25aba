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
mod facts;
mod groups;
mod hot;
mod joined;
mod names;
mod plan;
mod request;
mod rows;
mod scored;
mod sealed;
mod spread;
mod stretch;
mod totals;

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

use spanstone_store::Sealed;
use spanstone_store::hot::LayeredView;

use crate::contents::Contents;
use crate::error::Fault;
use crate::{QueryError, Watch};

pub use answer::{Cell, MetricsAnswer};
pub use bucket::Granularity;
pub use catalogue::{Generation, View};
pub use groups::GROUPS_MAX;
pub use hot::HotMetrics;
pub use plan::Metrics;
pub use request::{Aggregation, MetricsCondition, MetricsError, MetricsRequest, TimeDimension};
pub use scored::SCORED_MAX;
pub use spread::VALUES_MAX;
pub use totals::DISTINCT_MAX;

use block::Marker;
use groups::{Groups, Numbers};
use joined::Counterparts;
use rows::{Texts, Work};
use scored::Scored;

/// On how many threads segments are worked on at the most, and how many segments are worth a thread.
const LANES_MAX: usize = 4;
const LANE_SEGMENTS_MIN: usize = 4;

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
    pub fn finish(
        &self,
        hot: &HotMetrics,
        sealed: &Sealed,
        contents: &(dyn Contents + Sync),
        watch: &Watch,
    ) -> Result<MetricsAnswer, QueryError> {
        let subject = self.view.subject();
        let scored = if self.counts_scores() {
            let mut scored = hot.scored(subject)?;
            scored.add_sealed(subject, scored::earliest(self.span.0), sealed, watch)?;
            Some(scored)
        } else {
            None
        };
        let marker = Marker::default();
        let texts = Texts { filter: &self.metadata, contents, sealed, watch };
        let (mut numbers, mut groups) = self.lanes(hot, texts, scored.as_ref(), &marker)?;
        let work = Work::new(self, scored.as_ref(), texts, marker);
        let counterparts = Counterparts::new(hot, sealed, watch);
        match work.block(&mut *hot.rows(self.view, &counterparts)) {
            Ok(block) if block.len > 0 => {
                let mut in_memory = Groups::new(self);
                in_memory.add(self, &block)?;
                groups.absorb(&mut numbers, in_memory, &work.numbers.into_inner())?;
            }
            // Rows in memory are in no segment that could be at fault.
            Ok(_) | Err(Fault::Segment(_)) => {}
            Err(Fault::Query(error)) => return Err(error),
        }
        self.answer(&numbers, groups)
    }

    /// What is sealed, worked out on several threads where there are enough segments and processors.
    fn lanes(
        &self,
        hot: &HotMetrics,
        texts: Texts<'_>,
        scored: Option<&Scored>,
        marker: &Marker,
    ) -> Result<(Vec<Numbers>, Groups), QueryError> {
        let Texts { sealed, watch, .. } = texts;
        let segments = &sealed::segments(self, sealed);
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let lanes = processors.min(LANES_MAX).min(segments.len() / LANE_SEGMENTS_MIN).max(1);
        let lane = |number: usize| {
            let work = Work::new(self, scored, texts, marker.clone());
            let mut groups = Groups::new(self);
            let counterparts = Counterparts::new(hot, sealed, watch);
            let own = segments.iter().copied().skip(number).step_by(lanes);
            sealed::add(&work, &mut groups, &counterparts, own)?;
            Ok((work.numbers.into_inner(), groups))
        };
        std::thread::scope(|scope| {
            let lane = &lane;
            let others: Vec<_> = (1..lanes).map(|number| scope.spawn(move || lane(number))).collect();
            let first = lane(0);
            // All are waited for before any failure is told.
            let others: Vec<_> = others.into_iter().map(outcome).collect();
            let (mut numbers, mut groups) = first?;
            for other in others {
                let (other_numbers, other) = other?;
                groups.absorb(&mut numbers, other, &other_numbers)?;
            }
            Ok((numbers, groups))
        })
    }
}

fn outcome<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}
