//! Sums by day and model.
//!
//! Owns the counting of traces: a trace counts once for each day and model of its observations, which is counted by noticing
//! when the next trace begins. So a trace's observations must come one after another.

use std::collections::HashMap;

use arrow_array::Array;
use spanstone_model::{Cost, Observation, Text, Timestamp};
use spanstone_store::segment::SegmentError;
use spanstone_store::segment::columns::observations as o;

use super::ModelUsage;
use crate::sealed::columns::Columns;

const MICROS_PER_DAY: i64 = 86_400 * 1_000_000;

/// The columns that [`Tally::add_batch`] reads.
pub(super) const COLUMNS: [&str; 7] =
    [o::TRACE_ROW, o::START, o::MODEL, o::INPUT_TOKENS, o::OUTPUT_TOKENS, o::TOTAL_TOKENS, o::TOTAL_COST];

/// What is added up together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub(super) day: i64,
    pub(super) model: Option<Text>,
}

/// Sums by day and model.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// Traces by the day on which they began.
    traces: HashMap<i64, u64>,
    groups: HashMap<Group, Sums>,
}

/// What a group comes to. The amounts are wide enough for every sum that fits on a disk.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    observations: u64,
    traces: u64,
    /// The first and the last trace that was counted.
    span: Option<(u32, u32)>,
    input: u128,
    output: u128,
    total: u128,
    picodollars: i128,
}

/// The day of a time, in days since 1970.
pub(super) fn day_of(time: Timestamp) -> i64 {
    time.micros().div_euclid(MICROS_PER_DAY)
}

/// The first instant of a day.
pub(super) fn start_of(day: i64) -> Timestamp {
    Timestamp::from_micros(day.saturating_mul(MICROS_PER_DAY))
}

impl Tally {
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    pub(super) fn add_traces(&mut self, day: i64, count: u64) {
        *self.traces.entry(day).or_default() += count;
    }

    /// Adds an observation of the trace with this number.
    pub(super) fn add_observation(&mut self, trace: u32, observation: &Observation) {
        let group = Group { day: day_of(observation.start), model: observation.model.clone() };
        let usage = &observation.usage;
        let mut sums = Sums {
            observations: 1,
            input: usage.sum_containing("input").into(),
            output: usage.sum_containing("output").into(),
            total: usage.get("total").unwrap_or(0).into(),
            picodollars: observation.cost.total().unwrap_or(Cost::ZERO).picodollars().into(),
            ..Sums::default()
        };
        sums.count_trace(trace);
        self.groups.entry(group).or_default().append(&sums);
    }

    /// Adds the rows of a batch that are `wanted`; batches come in the order of their rows.
    pub(super) fn add_batch(
        &mut self,
        batch: Columns<'_>,
        wanted: impl Iterator<Item = usize>,
    ) -> Result<(), SegmentError> {
        let (traces, starts, models) = (batch.rows(0)?, batch.integers(1)?, batch.texts(2)?);
        let (inputs, outputs, totals) = (batch.counts(3)?, batch.counts(4)?, batch.counts(5)?);
        let costs = batch.integers(6)?;
        // By day, and within a day by the place of the model in the dictionary; the last place is for none.
        let none = models.values.len();
        let mut days: Vec<(i64, Vec<Sums>)> = Vec::new();
        let mut current = 0;
        for row in wanted {
            let day = starts.value(row).div_euclid(MICROS_PER_DAY);
            if days.get(current).is_none_or(|(known, _)| *known != day) {
                current = days.iter().position(|(known, _)| *known == day).unwrap_or_else(|| {
                    days.push((day, vec![Sums::default(); none + 1]));
                    days.len() - 1
                });
            }
            let sums = &mut days[current].1[models.key(row).unwrap_or(none)];
            sums.observations += 1;
            sums.count_trace(traces.value(row));
            sums.input += u128::from(inputs.value(row));
            sums.output += u128::from(outputs.value(row));
            sums.total += u128::from(totals.value(row));
            if costs.is_valid(row) {
                sums.picodollars += i128::from(costs.value(row));
            }
        }
        for (day, by_model) in days {
            for (key, sums) in by_model.iter().enumerate().filter(|(_, sums)| sums.observations > 0) {
                let model = (key < none).then(|| Text::from(models.values.value(key)));
                self.groups.entry(Group { day, model }).or_default().append(sums);
            }
        }
        Ok(())
    }

    /// Adds what other traces come to.
    pub(super) fn add(&mut self, other: &Self) {
        for (day, count) in &other.traces {
            self.add_traces(*day, *count);
        }
        for (group, sums) in &other.groups {
            let own = self.groups.entry(group.clone()).or_default();
            own.span = None;
            own.append(&Sums { span: None, ..*sums });
        }
    }

    /// Takes off what some of the traces come to.
    pub(super) fn take_off(&mut self, other: &Self) {
        for (day, count) in &other.traces {
            let own = self.traces.entry(*day).or_default();
            *own = own.saturating_sub(*count);
        }
        for (group, sums) in &other.groups {
            self.groups.entry(group.clone()).or_default().take_off(sums);
        }
        self.traces.retain(|_, count| *count > 0);
        self.groups.retain(|_, sums| sums.observations > 0);
    }

    /// Counts a trace once less in a group.
    pub(super) fn count_once_less(&mut self, group: &Group) {
        if let Some(sums) = self.groups.get_mut(group) {
            sums.traces = sums.traces.saturating_sub(1);
        }
    }

    /// Traces by day, and usage by day and model.
    pub(super) fn into_parts(self) -> (HashMap<i64, u64>, impl Iterator<Item = (i64, ModelUsage)>) {
        let Self { traces, groups } = self;
        (traces, groups.into_iter().map(|(group, sums)| (group.day, sums.into_usage(group.model))))
    }
}

impl Sums {
    fn count_trace(&mut self, trace: u32) {
        match &mut self.span {
            Some((_, last)) if *last == trace => return,
            Some((_, last)) => *last = trace,
            None => self.span = Some((trace, trace)),
        }
        self.traces += 1;
    }

    /// Adds what comes after in the order of traces.
    fn append(&mut self, other: &Self) {
        self.observations += other.observations;
        self.traces += other.traces;
        self.span = match (self.span, other.span) {
            (Some((first, last)), Some((other_first, other_last))) => {
                // The trace in which one batch ends and the next begins.
                self.traces -= u64::from(last == other_first);
                Some((first, other_last))
            }
            (own, other) => own.or(other),
        };
        self.input += other.input;
        self.output += other.output;
        self.total += other.total;
        self.picodollars += other.picodollars;
    }

    fn take_off(&mut self, other: &Self) {
        self.observations = self.observations.saturating_sub(other.observations);
        self.traces = self.traces.saturating_sub(other.traces);
        self.input = self.input.saturating_sub(other.input);
        self.output = self.output.saturating_sub(other.output);
        self.total = self.total.saturating_sub(other.total);
        self.picodollars -= other.picodollars;
    }

    fn into_usage(self, model: Option<Text>) -> ModelUsage {
        let count = |sum: u128| u64::try_from(sum).unwrap_or(u64::MAX);
        let bounded = self.picodollars.clamp(i64::MIN.into(), i64::MAX.into());
        ModelUsage {
            model,
            observations: self.observations,
            traces: self.traces,
            input_tokens: count(self.input),
            output_tokens: count(self.output),
            total_tokens: count(self.total),
            cost: Cost::from_picodollars(i64::try_from(bounded).unwrap_or(i64::MAX)),
        }
    }
}
