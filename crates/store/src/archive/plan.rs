//! In which order the rows of a compaction are moved.
//!
//! Owns the merge of the inputs' traces by time and id, and the cut into steps of bounded size. Refuses to read anything
//! but ids and times.

use std::collections::HashMap;
use std::ops::Range;

use spanstone_model::{Text, Timestamp};
use spanstone_segment::Table;
use spanstone_segment::columns::{observations, scores, traces};

use super::compact::Input;
use super::ids::{ids, rows, times};
use super::state::LiveSegment;
use crate::StoreError;

/// A row of an input.
pub(super) type Place = (usize, u32);

/// What a step does for one trace, or for a part of one that is too large for a step.
#[derive(Debug, Clone)]
pub(super) struct PlannedTrace {
    /// Which row the trace keeps.
    pub(super) current: Place,
    /// Whether that row is dead already, and only stays because observations refer to it.
    pub(super) is_stub: bool,
    /// Whether the trace's row is to be moved now: not again for the later parts of a large trace.
    pub(super) begins: bool,
    /// Rows of its observations, by input.
    pub(super) observations: Vec<(usize, Range<u32>)>,
}

/// Everything that is left to move, the next at the end.
#[derive(Debug, Default)]
pub(super) struct Plan {
    traces: Vec<PlannedTrace>,
    scores: Vec<Place>,
}

/// One trace while its parts are gathered.
struct Gathered {
    timestamp: Timestamp,
    is_current: bool,
    place: Place,
    observations: Vec<(usize, Range<u32>)>,
}

impl Plan {
    pub(super) fn of_traces(inputs: &[Input]) -> Result<Self, StoreError> {
        let mut gathered: HashMap<Text, Gathered> = HashMap::new();
        for (index, input) in inputs.iter().enumerate() {
            gather(&mut gathered, index, input)?;
        }
        let mut sorted: Vec<_> = gathered.into_iter().collect();
        // The next one is taken from the end.
        sorted
            .sort_by(|(left_id, left), (right_id, right)| (right.timestamp, right_id).cmp(&(left.timestamp, left_id)));
        // A dead row without a live observation has nobody left who needs it.
        let stays = |(_, trace): &(Text, Gathered)| trace.is_current || !trace.observations.is_empty();
        let planned = |(_, trace): (Text, Gathered)| PlannedTrace {
            current: trace.place,
            is_stub: !trace.is_current,
            begins: true,
            observations: trace.observations,
        };
        Ok(Self { traces: sorted.into_iter().filter(stays).map(planned).collect(), scores: Vec::new() })
    }

    pub(super) fn of_scores(inputs: &[Input]) -> Result<Self, StoreError> {
        let mut rows = Vec::new();
        for (index, input) in inputs.iter().enumerate() {
            let columns = [scores::ID, scores::TIMESTAMP];
            for batch in input.segment.scan(Table::Scores, &columns, 0..input.live.facts().scores)? {
                let batch = batch?;
                let times = times(&batch.columns, scores::TIMESTAMP)?;
                for (offset, (id, time)) in ids(&batch.columns, scores::ID)?.into_iter().zip(times).enumerate() {
                    let row = batch.first_row + u32::try_from(offset).unwrap_or(u32::MAX);
                    if !input.live.buried.scores.contains(row) {
                        rows.push((time, id, (index, row)));
                    }
                }
            }
        }
        rows.sort_by(|left, right| (right.0, &right.1).cmp(&(left.0, &left.1)));
        Ok(Self { traces: Vec::new(), scores: rows.into_iter().map(|(.., place)| place).collect() })
    }

    /// The next traces, with at most `rows_max` observations unless that is less than one; nothing when all are moved.
    pub(super) fn next_traces(
        &mut self,
        inputs: &[Input],
        rows_max: u64,
    ) -> Result<Option<Vec<PlannedTrace>>, StoreError> {
        let mut step = Vec::new();
        let mut room = rows_max;
        while let Some(next) = self.traces.pop() {
            let observations: u64 = next.observations.iter().map(|(_, range)| range.len() as u64).sum();
            let rows = observations + u64::from(next.begins);
            if rows <= room {
                room -= rows;
                step.push(next);
                continue;
            }
            if step.is_empty() {
                let (now, later) = split(&next, inputs, rows_max)?;
                self.traces.extend(later);
                step.push(now);
            } else {
                self.traces.push(next);
            }
            break;
        }
        Ok((!step.is_empty()).then_some(step))
    }

    pub(super) fn next_scores(&mut self, rows_max: u64) -> Option<Vec<Place>> {
        let rows_max = usize::try_from(rows_max).unwrap_or(usize::MAX);
        let at = self.scores.len().saturating_sub(rows_max);
        let mut step = self.scores.split_off(at);
        step.reverse();
        (!step.is_empty()).then_some(step)
    }
}

fn gather(gathered: &mut HashMap<Text, Gathered>, index: usize, input: &Input) -> Result<(), StoreError> {
    let wanted = [traces::ID, traces::TIMESTAMP, traces::FIRST_OBSERVATION, traces::OBSERVATIONS_HERE];
    for batch in input.segment.scan(Table::Traces, &wanted, 0..input.live.facts().traces)? {
        let batch = batch?;
        let times = times(&batch.columns, traces::TIMESTAMP)?;
        let firsts = rows(&batch.columns, traces::FIRST_OBSERVATION)?;
        let counts = rows(&batch.columns, traces::OBSERVATIONS_HERE)?;
        for (offset, id) in ids(&batch.columns, traces::ID)?.into_iter().enumerate() {
            let row = batch.first_row + u32::try_from(offset).unwrap_or(u32::MAX);
            let range = firsts[offset]..firsts[offset].saturating_add(counts[offset]);
            let buried = &input.live.buried;
            let dead = buried.observations.range_cardinality(range.clone());
            let is_current = !buried.traces.contains(row);
            let trace = gathered.entry(id).or_insert_with(|| Gathered {
                timestamp: times[offset],
                is_current,
                place: (index, row),
                observations: Vec::new(),
            });
            // The current row says when the trace began; of dead rows the youngest segment's is as good as any.
            if is_current || !trace.is_current {
                (trace.timestamp, trace.is_current, trace.place) = (times[offset], is_current, (index, row));
            }
            if dead < range.len() as u64 {
                trace.observations.push((index, range));
            }
        }
    }
    Ok(())
}

/// How many of a segment's dead rows of traces have to stay, because observations that live refer to them.
pub(super) fn stubs(live: &LiveSegment) -> Result<u64, StoreError> {
    let (buried, mut stubs) = (&live.buried, 0);
    if buried.traces.is_empty() {
        return Ok(0);
    }
    let wanted = [traces::FIRST_OBSERVATION, traces::OBSERVATIONS_HERE];
    for batch in live.open()?.scan(Table::Traces, &wanted, 0..live.facts().traces)? {
        let batch = batch?;
        let firsts = rows(&batch.columns, traces::FIRST_OBSERVATION)?;
        let counts = rows(&batch.columns, traces::OBSERVATIONS_HERE)?;
        for (row, (first, count)) in (batch.first_row..).zip(firsts.into_iter().zip(counts)) {
            let range = first..first.saturating_add(count);
            let has_live = buried.observations.range_cardinality(range.clone()) < range.len() as u64;
            stubs += u64::from(buried.traces.contains(row) && has_live);
        }
    }
    Ok(stubs)
}

/// Cuts a trace that is too large for one step, in the order of its observations, which may alternate between segments.
fn split(
    trace: &PlannedTrace,
    inputs: &[Input],
    rows_max: u64,
) -> Result<(PlannedTrace, Vec<PlannedTrace>), StoreError> {
    let mut order = Vec::new();
    for (index, range) in &trace.observations {
        let wanted = [observations::ID, observations::START];
        for batch in inputs[*index].segment.scan(Table::Observations, &wanted, range.clone())? {
            let batch = batch?;
            let starts = times(&batch.columns, observations::START)?;
            let ids = ids(&batch.columns, observations::ID)?;
            let keys = starts.into_iter().zip(ids).zip(batch.first_row..);
            order.extend(keys.map(|((start, id), row)| (start, id, *index, row)));
        }
    }
    order.sort_unstable();
    let width = usize::try_from(rows_max.max(1)).unwrap_or(usize::MAX);
    let mut parts: Vec<PlannedTrace> = Vec::new();
    for piece in order.chunks(width) {
        let mut runs: Vec<(usize, Range<u32>)> = Vec::new();
        for (.., index, row) in piece {
            match runs.last_mut() {
                Some((last, run)) if last == index && run.end == *row => run.end += 1,
                _ => runs.push((*index, *row..*row + 1)),
            }
        }
        parts.push(PlannedTrace { begins: trace.begins && parts.is_empty(), observations: runs, ..trace.clone() });
    }
    // The next one is taken from the end.
    parts.reverse();
    let now = parts.pop().unwrap_or_else(|| trace.clone());
    Ok((now, parts))
}
