//! From rows, wherever they are, to blocks of numbers.
//!
//! Owns the order of the work: conditions first, cheap ones before those that need another table, then only of the rows that
//! are left what they are told apart by and what is measured of them. The same for rows in memory and sealed ones.

use std::cell::RefCell;
use std::collections::HashMap;

use spanstone_model::Timestamp;
use spanstone_store::Sealed;
use spanstone_store::segment::columns::{observations as o, traces as t};

use super::block::{Axis, Block, Many, Marker, Said, Values};
use super::bucket::Granularity;
use super::catalogue::{Dimension, Generation, Measure, Own, Subject, TraceFact};
use super::groups::Numbers;
use super::plan::{Input, Metrics};
use super::scored::Scored;
use crate::Watch;
use crate::contents::{ContentConditions, Contents};
use crate::error::Fault;
use crate::filter::{Filter, Test, Value, float};

/// Some rows of a view.
pub(super) trait Rows {
    /// How many there are.
    fn len(&self) -> usize;

    /// Lets go of the rows that are not wanted.
    fn keep(&mut self, wanted: &[bool]);

    /// Finds what rows are joined with, and lets go of those without a counterpart.
    fn join(&mut self, wanted: Joins) -> Result<(), Fault>;

    /// Lets go of the rows whose texts do not pass.
    fn keep_texts(&mut self, texts: &Texts<'_>) -> Result<(), Fault>;

    /// The time of each row, in microseconds.
    fn times(&self) -> Result<Vec<i64>, Fault>;

    /// What each row says, as numbers: `number` is asked about each value at least once. Months, days and the types of
    /// amounts are asked for otherwise.
    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault>;

    /// The values of each row of which it may have several; those to which `number` gives none are left out.
    fn items(&self, own: Own, number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault>;

    /// Columns of whole numbers.
    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault>;

    /// The number of each score.
    fn reals(&self) -> Result<Vec<Option<f64>>, Fault>;
}

/// What rows are joined with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Joins {
    pub(super) traces: bool,
    pub(super) observations: bool,
}

/// What is asked of the texts of rows, and who reads them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts<'q> {
    pub(super) filter: &'q Filter,
    pub(super) contents: &'q (dyn Contents + Sync),
    pub(super) sealed: &'q Sealed,
    pub(super) watch: &'q Watch,
}

impl<'q> Texts<'q> {
    pub(super) fn conditions(&self) -> ContentConditions<'q> {
        ContentConditions::new(&self.filter.of_texts())
    }
}

/// What is the same for all rows of a question.
#[derive(Debug)]
pub(super) struct Work<'q> {
    pub(super) metrics: &'q Metrics,
    pub(super) joins: Joins,
    /// The scores of traces or observations, when they are counted.
    scored: Option<&'q Scored>,
    pub(super) texts: Texts<'q>,
    /// The numbers of the values of each dimension.
    pub(super) numbers: RefCell<Vec<Numbers>>,
    marker: Marker,
}

impl<'q> Work<'q> {
    pub(super) fn new(metrics: &'q Metrics, scored: Option<&'q Scored>, texts: Texts<'q>, marker: Marker) -> Self {
        let axes = metrics.axes.len() + usize::from(metrics.bucket.is_some());
        let numbers = RefCell::new((0..axes).map(|_| Numbers::default()).collect());
        Self { metrics, joins: metrics.joins(), scored, texts, numbers, marker }
    }

    /// What some rows come to.
    pub(super) fn block(&self, rows: &mut dyn Rows) -> Result<Block, Fault> {
        self.sift(rows)?;
        let mut block = Block { len: rows.len(), ..Block::default() };
        if block.len == 0 {
            return Ok(block);
        }
        for (place, axis) in self.metrics.axes.iter().enumerate() {
            block.axes.push(self.axis(rows, place, axis.dimension)?);
        }
        if let Some(granularity) = self.metrics.bucket {
            let numbers = &mut self.numbers.borrow_mut()[self.metrics.axes.len()];
            // Rows that follow each other are mostly of one bucket.
            let mut last: Option<(i64, u32)> = None;
            let mut of_time = |time: i64| {
                let bucket = granularity.number(Timestamp::from_micros(time));
                let known = last.filter(|(known, _)| *known == bucket);
                let found = known.unwrap_or_else(|| (bucket, numbers.of(Said::Whole(bucket))));
                last = Some(found);
                found.1
            };
            block.axes.push(Axis::One(rows.times()?.into_iter().map(&mut of_time).collect()));
        }
        for input in &self.metrics.inputs {
            block.inputs.push(self.values(rows, *input)?);
        }
        Ok(block)
    }

    /// Leaves the rows that count.
    fn sift(&self, rows: &mut dyn Rows) -> Result<(), Fault> {
        let (own, joined): (Vec<_>, Vec<_>) =
            self.metrics.conditions.iter().partition(|(dimension, _)| matches!(dimension, Dimension::Own(_)));
        for (dimension, test) in own {
            self.ask(rows, *dimension, test)?;
        }
        rows.join(self.joins)?;
        for (dimension, test) in joined {
            self.ask(rows, *dimension, test)?;
        }
        if !self.texts.filter.is_empty() && rows.len() > 0 {
            rows.keep_texts(&self.texts)?;
        }
        if self.metrics.view.subject() == Subject::Traces && self.metrics.inputs.iter().any(Input::is_of_observations) {
            let counts = whole(rows, Subject::Traces, Measure::ObservationsCount)?;
            rows.keep(&counts.iter().map(|count| *count != Some(0)).collect::<Vec<_>>());
        }
        if let Some(scored) = self.scored {
            let counts = rows.said(Dimension::Own(Own::Id), &mut |said| scored.count(said))?;
            rows.keep(&counts.iter().map(|count| *count > 0).collect::<Vec<_>>());
        }
        Ok(())
    }

    fn ask(&self, rows: &mut dyn Rows, dimension: Dimension, test: &Test) -> Result<(), Fault> {
        if rows.len() == 0 {
            return Ok(());
        }
        let generation = self.metrics.generation;
        let wanted: Vec<bool> = match dimension {
            Dimension::Own(own @ (Own::CostType | Own::UsageType)) => {
                let holds = |text: &str| holds(test, Said::Text(text), generation);
                let types = rows.items(own, &mut |text| holds(text).then_some(0))?;
                (0..rows.len()).map(|row| !types.of(row).is_empty()).collect()
            }
            _ => {
                let mut verdict = |said: Said<'_>| u64::from(holds(test, said, generation));
                let verdicts = said(rows, dimension, &mut verdict)?;
                verdicts.into_iter().map(|verdict| verdict == 1).collect()
            }
        };
        rows.keep(&wanted);
        Ok(())
    }

    fn axis(&self, rows: &dyn Rows, place: usize, dimension: Dimension) -> Result<Axis, Fault> {
        let numbers = &mut self.numbers.borrow_mut()[place];
        if let Dimension::Own(own @ (Own::CostType | Own::UsageType)) = dimension {
            let tests = self.metrics.conditions.iter().filter(|(it, _)| *it == dimension).map(|(_, test)| test);
            let counts = |text: &str| tests.clone().all(|test| holds(test, Said::Text(text), self.metrics.generation));
            let types = rows.items(own, &mut |text| counts(text).then(|| numbers.of(Said::Text(text))))?;
            return Ok(Axis::Split(types));
        }
        if let Dimension::Own(own @ (Own::ToolNames | Own::CalledToolNames)) = dimension {
            let tools = rows.items(own, &mut |name| Some(numbers.of(Said::Text(name))))?;
            return Ok(Axis::Each(tools.once()));
        }
        let found = said(rows, dimension, &mut |said| numbers.of(self.grouped(said)).into())?;
        Ok(Axis::One(found.into_iter().map(|number| u32::try_from(number).unwrap_or(u32::MAX)).collect()))
    }

    /// What a value is to groups: the second generation knows no empty texts.
    fn grouped<'a>(&self, said: Said<'a>) -> Said<'a> {
        if said == Said::Text("") && self.metrics.generation == Generation::V2 { Said::Nothing } else { said }
    }

    fn values(&self, rows: &dyn Rows, input: Input) -> Result<Values, Fault> {
        Ok(match input {
            Input::One => Values::Ones,
            Input::Amount => Values::Amounts,
            Input::Text(fact) => {
                let mut mark = |said: Said<'_>| self.marker.of(self.grouped(said)).unwrap_or(u64::MAX);
                let marks = rows.said(Dimension::Trace(fact), &mut mark)?;
                Values::Marks(marks.into_iter().map(|mark| (mark != u64::MAX).then_some(mark)).collect())
            }
            Input::Number(Measure::Value) => Values::Real(rows.reals()?),
            Input::Number(Measure::ScoresCount | Measure::CountScores) => {
                let mut count = |said: Said<'_>| self.scored.map_or(0, |scored| scored.count(said));
                let counts = rows.said(Dimension::Own(Own::Id), &mut count)?;
                Values::Whole(counts.into_iter().map(|count| i64::try_from(count).ok()).collect())
            }
            Input::Number(Measure::ToolDefinitions) => Values::Whole(counts(rows, Own::ToolNames)?),
            Input::Number(Measure::ToolCalls) => Values::Whole(counts(rows, Own::CalledToolNames)?),
            Input::Number(Measure::UserIds) => Values::Whole(ones(rows, TraceFact::UserId)?),
            Input::Number(Measure::SessionIds) => Values::Whole(ones(rows, TraceFact::SessionId)?),
            Input::Number(Measure::OutputTokensPerSecond) => {
                Values::Real(rates(rows, [o::OUTPUT_TOKENS, o::COMPLETION_START, o::END])?)
            }
            Input::Number(Measure::TokensPerSecond) => Values::Real(rates(rows, [o::TOTAL_TOKENS, o::START, o::END])?),
            Input::Number(measure) => Values::Whole(whole(rows, self.metrics.view.subject(), measure)?),
        })
    }
}

impl Metrics {
    /// What rows must be joined with.
    pub(super) fn joins(&self) -> Joins {
        let axes = self.axes.iter().map(|axis| axis.dimension);
        let conditions = self.conditions.iter().map(|(dimension, _)| *dimension);
        let texts = self.inputs.iter().filter_map(|input| match input {
            Input::Text(fact) => Some(Dimension::Trace(*fact)),
            Input::One | Input::Amount | Input::Number(_) => None,
        });
        let mut joins = Joins::default();
        for dimension in axes.chain(conditions).chain(texts) {
            match dimension {
                Dimension::Own(_) => {}
                Dimension::Trace(_) => joins.traces = true,
                Dimension::Observation(_) => joins.observations = true,
            }
        }
        joins
    }

    /// Whether scores are counted.
    pub(super) fn counts_scores(&self) -> bool {
        let counted = [Measure::ScoresCount, Measure::CountScores].map(Input::Number);
        self.inputs.iter().any(|input| counted.contains(input))
    }
}

impl Input {
    /// Whether it is, of a trace, something of its observations.
    fn is_of_observations(&self) -> bool {
        let measures = [Measure::ObservationsCount, Measure::Latency, Measure::TotalTokens, Measure::TotalCost];
        measures.map(Self::Number).contains(self)
    }
}

/// What each row says; months and days by their numbers, so that each is written once.
fn said(rows: &dyn Rows, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
    let (granularity, length) = match dimension {
        Dimension::Own(Own::Month) => (Granularity::Month, "2026-08".len()),
        Dimension::Own(Own::Day) => (Granularity::Day, "2026-08-21".len()),
        _ => return rows.said(dimension, number),
    };
    let mut known: HashMap<i64, u64> = HashMap::new();
    let mut of_time = |time: i64| {
        let bucket = granularity.number(Timestamp::from_micros(time));
        *known.entry(bucket).or_insert_with(|| {
            let mut text = granularity.text(bucket);
            text.truncate(length);
            number(Said::Text(&text))
        })
    };
    Ok(rows.times()?.into_iter().map(&mut of_time).collect())
}

/// Whether a condition holds. To the second generation no text and an empty one are the same.
fn holds(test: &Test, said: Said<'_>, generation: Generation) -> bool {
    match said {
        Said::Nothing | Said::Text("") if generation == Generation::V2 => match test {
            Test::IsNull => true,
            Test::IsNotNull => false,
            _ => test.holds(Value::Text(Some(""))),
        },
        Said::Nothing => test.holds(Value::Text(None)),
        Said::Text(text) => test.holds(Value::Text(Some(text))),
        Said::List(list) => {
            let options = test.options();
            test.holds_list(list.is_empty(), |option| list.contains(&options[option].as_str()))
        }
        // The version of a prompt is a text to the language of conditions.
        Said::Whole(whole) => test.holds(Value::Text(Some(&whole.to_string()))),
        Said::Real(real) => test.holds(Value::Number(Some(real))),
        Said::Flag(flag) => test.holds(Value::Flag(flag)),
    }
}

/// One for each trace with such a text, 0 for the others.
fn ones(rows: &dyn Rows, fact: TraceFact) -> Result<Vec<Option<i64>>, Fault> {
    let found = rows.said(Dimension::Trace(fact), &mut |said| u64::from(said != Said::Nothing))?;
    Ok(found.into_iter().map(|number| i64::try_from(number).ok()).collect())
}

/// How many values each row has; nothing for none.
fn counts(rows: &dyn Rows, own: Own) -> Result<Vec<Option<i64>>, Fault> {
    let items = rows.items(own, &mut |_| Some(0))?;
    let count = |row| i64::try_from(items.of(row).len()).ok().filter(|count| *count > 0);
    Ok((0..rows.len()).map(count).collect())
}

/// A measure that is a whole number.
fn whole(rows: &dyn Rows, subject: Subject, measure: Measure) -> Result<Vec<Option<i64>>, Fault> {
    let columns: &[&'static str] = match (subject, measure) {
        (Subject::Traces, Measure::Latency) => &[t::FIRST_START, t::LAST_END],
        (Subject::Traces, Measure::TotalTokens) => &[t::TOTAL_TOKENS],
        (Subject::Traces, Measure::TotalCost) => &[t::TOTAL_COST],
        (Subject::Traces, _) => &[t::COUNT_DEBUG, t::COUNT_DEFAULT, t::COUNT_WARNING, t::COUNT_ERROR],
        (_, Measure::Latency) => &[o::START, o::END],
        (_, Measure::StreamingLatency) => &[o::COMPLETION_START, o::END],
        (_, Measure::TimeToFirstToken) => &[o::START, o::COMPLETION_START],
        (_, Measure::InputTokens) => &[o::INPUT_TOKENS],
        (_, Measure::OutputTokens) => &[o::OUTPUT_TOKENS],
        (_, Measure::InputCost) => &[o::INPUT_COST],
        (_, Measure::OutputCost) => &[o::OUTPUT_COST],
        (_, Measure::TotalCost) => &[o::TOTAL_COST],
        (_, _) => &[o::TOTAL_TOKENS],
    };
    let mut found = rows.numbers(columns)?;
    Ok(match found.as_mut_slice() {
        [one] => std::mem::take(one),
        [from, to] => from.iter().zip(to.iter()).map(|(from, to)| millis(*from, *to)).collect(),
        counts => {
            let sum = |row: usize| counts.iter().filter_map(|count| count[row]).fold(0, i64::saturating_add);
            (0..rows.len()).map(|row| Some(sum(row))).collect()
        }
    })
}

/// Milliseconds between two times in microseconds, where both are known.
fn millis(from: Option<i64>, to: Option<i64>) -> Option<i64> {
    Some(Timestamp::from_micros(to?).millis_since(Timestamp::from_micros(from?)))
}

/// Tokens for each second between two times.
fn rates(rows: &dyn Rows, columns: [&'static str; 3]) -> Result<Vec<Option<f64>>, Fault> {
    let found = rows.numbers(&columns)?;
    let [tokens, from, to] = found.as_slice() else { return Ok(vec![None; rows.len()]) };
    let rate = |row: usize| {
        let span = to[row]?.saturating_sub(from[row]?);
        // Nothing in a time that runs backwards is nothing: the sum has no sign.
        (span != 0).then_some(float(tokens[row]?) / (float(span) / 1e6) + 0.0)
    };
    Ok((0..rows.len()).map(rate).collect())
}
