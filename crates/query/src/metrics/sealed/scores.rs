//! Sealed scores.

use spanstone_model::{DataType, Text};
use spanstone_store::segment::Table;
use spanstone_store::segment::columns::scores as s;

use super::times_of;
use crate::error::Fault;
use crate::metrics::block::{Many, Said};
use crate::metrics::catalogue::{Dimension, Own, View};
use crate::metrics::joined::{Counterparts, Joined};
use crate::metrics::rows::{Joins, Rows, Texts};
use crate::metrics::stretch::Stretch;

/// Scores of a stretch, with what they are joined with.
pub(super) struct SealedScores<'a> {
    stretch: Stretch<'a>,
    joined: Joined,
    counterparts: &'a Counterparts<'a>,
}

impl<'a> SealedScores<'a> {
    pub(super) fn new(stretch: Stretch<'a>, counterparts: &'a Counterparts<'a>) -> Self {
        Self { stretch, joined: Joined::default(), counterparts }
    }
}

impl SealedScores<'_> {
    /// Leaves the scores of the kinds that a view is over.
    pub(super) fn keep_kinds(&mut self, view: View) -> Result<(), Fault> {
        let mut is_wanted = |said: Said<'_>| match said {
            Said::Text(name) => u64::from(DataType::from_wire(name).is_some_and(|kind| view.has(kind))),
            _ => 0,
        };
        let found = self.stretch.texts(s::DATA_TYPE, &mut is_wanted)?;
        self.stretch.keep(&found.iter().map(|found| *found == 1).collect::<Vec<_>>());
        Ok(())
    }

    fn each_text(&self, column: &'static str) -> Result<Vec<Option<Text>>, Fault> {
        let mut texts: Vec<Option<Text>> = Vec::new();
        let places = self.stretch.texts(column, &mut |said| {
            texts.push(if let Said::Text(text) = said { Some(text.into()) } else { None });
            texts.len() as u64 - 1
        })?;
        let text = |place: u64| usize::try_from(place).ok().and_then(|place| texts.get(place)?.clone());
        Ok(places.into_iter().map(text).collect())
    }
}

impl Rows for SealedScores<'_> {
    fn len(&self) -> usize {
        self.stretch.rows().len()
    }

    fn keep(&mut self, wanted: &[bool]) {
        self.stretch.keep(wanted);
        self.joined.keep(wanted);
    }

    fn join(&mut self, wanted: Joins) -> Result<(), Fault> {
        if wanted == Joins::default() {
            return Ok(());
        }
        let (traces, observations) = (self.each_text(s::TRACE_ID)?, self.each_text(s::OBSERVATION_ID)?);
        let traces: Vec<_> = traces.iter().map(Option::as_deref).collect();
        let observations: Vec<_> = observations.iter().map(Option::as_deref).collect();
        self.joined = self.counterparts.of(wanted, &traces, &observations)?;
        let is_whole = self.joined.is_whole(wanted, self.len());
        self.keep(&is_whole);
        Ok(())
    }

    fn keep_texts(&mut self, texts: &Texts<'_>) -> Result<(), Fault> {
        let rows = self.stretch.set().clone();
        let passing = texts.conditions().sift(self.stretch.scanner(), Table::Scores, rows, texts.contents)?;
        self.keep(&self.stretch.are_in(&passing));
        Ok(())
    }

    fn times(&self) -> Result<Vec<i64>, Fault> {
        times_of(&self.stretch, Table::Scores)
    }

    fn said(&self, dimension: Dimension, number: &mut dyn FnMut(Said<'_>) -> u64) -> Result<Vec<u64>, Fault> {
        let own = match dimension {
            Dimension::Own(own) => own,
            Dimension::Trace(_) | Dimension::Observation(_) => return Ok(self.joined.said(dimension, number)),
        };
        let column = match own {
            Own::Id => return self.stretch.ids(s::ID, number),
            Own::Number => {
                let numbers = self.reals()?.into_iter();
                return Ok(numbers.map(|it| number(it.map_or(Said::Nothing, Said::Real))).collect());
            }
            Own::Truth => {
                let numbers = self.reals()?.into_iter();
                return Ok(numbers.map(|it| number(Said::Flag(it == Some(1.0)))).collect());
            }
            Own::Environment => s::ENVIRONMENT,
            Own::Name => s::NAME,
            Own::Source => s::SOURCE,
            Own::DataType => s::DATA_TYPE,
            Own::TraceId => s::TRACE_ID,
            Own::ObservationId => s::OBSERVATION_ID,
            Own::SessionId => s::SESSION_ID,
            Own::ConfigId => s::CONFIG_ID,
            Own::DatasetRunId => s::DATASET_RUN_ID,
            Own::Label => s::TEXT,
            _ => return Ok(vec![number(Said::Nothing); self.len()]),
        };
        self.stretch.texts(column, number)
    }

    fn items(&self, _own: Own, _number: &mut dyn FnMut(&str) -> Option<u32>) -> Result<Many, Fault> {
        Ok(Many::nothing(self.len()))
    }

    fn numbers(&self, columns: &[&'static str]) -> Result<Vec<Vec<Option<i64>>>, Fault> {
        self.stretch.numbers(columns)
    }

    fn reals(&self) -> Result<Vec<Option<f64>>, Fault> {
        self.stretch.reals(s::NUMBER)
    }
}
