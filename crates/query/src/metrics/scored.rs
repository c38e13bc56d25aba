//! How many scores traces or observations have.
//!
//! Owns the count of all scores by what they are of: bounded, since nothing else can be asked before it is known.

use std::collections::HashMap;

use spanstone_model::{Score, Text, Timestamp};
use spanstone_store::Sealed;
use spanstone_store::segment::{Table, columns::scores as s};

use super::block::Said;
use super::catalogue::Subject;
use crate::sealed::{select, with_segment};
use crate::{QueryError, Watch};

/// How many traces or observations with scores are counted at once.
pub const SCORED_MAX: usize = 500_000;

/// How much earlier than what it judges a score may seem to be given, in microseconds: clocks differ.
const EARLIER_MICROS: i64 = 3_600 * 1_000_000;

/// The number of scores by the id of what they are of.
#[derive(Debug, Default)]
pub(super) struct Scored {
    counts: HashMap<Text, u64>,
}

/// From when on scores matter for what begins at `from` or later.
pub(super) fn earliest(from: Timestamp) -> Timestamp {
    Timestamp::from_micros(from.micros().saturating_sub(EARLIER_MICROS))
}

/// The id of what is scored.
pub(super) fn id_of(score: &Score, subject: Subject) -> Option<&str> {
    match subject {
        Subject::Traces | Subject::Scores => score.trace_id.as_ref().map(spanstone_model::TraceId::as_str),
        Subject::Observations => score.observation_id.as_ref().map(spanstone_model::ObservationId::as_str),
    }
}

impl Scored {
    pub(super) fn count(&self, said: Said<'_>) -> u64 {
        match said {
            Said::Text(id) => self.counts.get(id).copied().unwrap_or(0),
            Said::Nothing | Said::List(_) | Said::Whole(_) | Said::Real(_) | Said::Flag(_) => 0,
        }
    }

    pub(super) fn add(&mut self, id: &str, count: u64) -> Result<(), QueryError> {
        if let Some(known) = self.counts.get_mut(id) {
            *known += count;
            return Ok(());
        }
        if self.counts.len() >= SCORED_MAX {
            return Err(QueryError::TooMany { what: "traces or observations with scores", max: SCORED_MAX });
        }
        self.counts.insert(Text::from(id), count);
        Ok(())
    }

    /// Adds the sealed scores that were given at `from` or later.
    pub(super) fn add_sealed(
        &mut self,
        subject: Subject,
        from: Timestamp,
        sealed: &Sealed,
        watch: &Watch,
    ) -> Result<(), QueryError> {
        let column = if subject == Subject::Observations { s::OBSERVATION_ID } else { s::TRACE_ID };
        for live in sealed.score_segments() {
            let found = with_segment(sealed, live, watch, |scanner| {
                let rows = select::since(scanner, live, Table::Scores, from)?;
                let mut counts: HashMap<String, u64> = HashMap::new();
                scanner.each_row(Table::Scores, &[s::TIMESTAMP, column], &rows, |_, batch, place| {
                    if batch.integers(0)?.value(place) >= from.micros()
                        && let Some(id) = batch.texts(1)?.get(place)
                    {
                        match counts.get_mut(id) {
                            Some(count) => *count += 1,
                            None => drop(counts.insert(id.to_owned(), 1)),
                        }
                    }
                    Ok(())
                })?;
                Ok(counts)
            })?;
            for (id, count) in found.unwrap_or_default() {
                self.add(&id, count)?;
            }
        }
        Ok(())
    }
}
