//! The texts of rows, and conditions on them.
//!
//! Owns what a condition on an input, an output or metadata says of texts that have been read. Refuses to read them from the
//! journal, and to merge pieces of metadata: whoever asks knows how.

use spanstone_model::{Observation, Payloads, Text, Trace};
use spanstone_store::segment::SealedPayloads;

use crate::filter::{Column, Condition, Test, Value};
use crate::{ObservationRow, ScoreRow, TraceRow};

/// Reads the texts of rows, wherever they are.
pub trait Contents: std::fmt::Debug {
    /// The texts of a trace; those of its root where it has none.
    fn of_trace(&self, row: &TraceRow) -> Payloads;
    /// The texts of an observation.
    fn of_observation(&self, row: &ObservationRow) -> Payloads;
    /// The texts of an observation in memory, its metadata in pieces.
    fn own_of_observation(&self, observation: &Observation) -> SealedPayloads;
    /// The texts of a trace in memory, without what its root would lend it; its metadata in pieces.
    fn own_of_trace(&self, trace: &Trace) -> SealedPayloads;
    /// The metadata of a score.
    fn of_score(&self, row: &ScoreRow) -> Vec<(Text, Text)>;
    /// Pieces of metadata put together, the earliest first: names, and values as stored text.
    fn merged(&self, pieces: &[&str]) -> Vec<(Text, Text)>;
}

/// Conditions on texts, all of which must hold.
#[derive(Debug)]
pub(crate) struct ContentConditions<'f> {
    pub(crate) input: Vec<&'f Test>,
    pub(crate) output: Vec<&'f Test>,
    pub(crate) metadata: Vec<&'f Test>,
}

impl<'f> ContentConditions<'f> {
    pub(crate) fn new(conditions: &[&'f Condition]) -> Self {
        let of = |column| conditions.iter().filter(|it| it.column == column).map(|it| &it.test).collect();
        Self { input: of(Column::Input), output: of(Column::Output), metadata: of(Column::Metadata) }
    }

    /// Whether every row passes.
    pub(crate) fn is_empty(&self) -> bool {
        !self.ask_payloads() && !self.ask_metadata()
    }

    /// Whether inputs or outputs matter.
    pub(crate) fn ask_payloads(&self) -> bool {
        !self.input.is_empty() || !self.output.is_empty()
    }

    /// Whether metadata matters.
    pub(crate) fn ask_metadata(&self) -> bool {
        !self.metadata.is_empty()
    }

    pub(crate) fn hold(&self, payloads: &Payloads) -> bool {
        let Payloads { input, output, metadata } = payloads;
        self.hold_for_payloads(input.as_deref(), output.as_deref()) && self.hold_for_metadata(metadata)
    }

    pub(crate) fn hold_for_payloads(&self, input: Option<&str>, output: Option<&str>) -> bool {
        let holds = |tests: &[&Test], text| tests.iter().all(|test| test.holds(Value::Text(text)));
        holds(&self.input, input) && holds(&self.output, output)
    }

    pub(crate) fn hold_for_metadata(&self, members: &[(Text, Text)]) -> bool {
        self.metadata.iter().all(|test| test.holds(Value::Members(members)))
    }

    /// The same before pieces of metadata are merged, where that can be told: none of them has a name that is asked for.
    pub(crate) fn hold_for_pieces(&self, pieces: &[&str], contents: &dyn Contents) -> bool {
        let is_absent = |test: &&Test| match test {
            // A name may be written with escapes.
            Test::At(name, _) => !pieces.iter().any(|piece| piece.contains(name.as_str()) || piece.contains('\\')),
            _ => false,
        };
        let (absent, others): (Vec<_>, Vec<_>) = self.metadata.iter().copied().partition(is_absent);
        if !absent.iter().all(|test| test.holds(Value::Members(&[]))) {
            return false;
        }
        if others.is_empty() {
            return true;
        }
        let members = contents.merged(pieces);
        others.iter().all(|test| test.holds(Value::Members(&members)))
    }
}
