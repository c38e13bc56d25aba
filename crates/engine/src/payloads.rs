//! The texts of rows, wherever they are: read with the row, in the journal, or in a segment.
//!
//! Owns what stands in for a text that cannot be read: a text that says so. One damaged place must not cost a whole answer.

use std::cell::{Cell, OnceCell};

use spanstone_model::{Observation, PayloadRef, Payloads, Score, Stamp, Text, Trace};
use spanstone_query::traces::Texts;
use spanstone_query::{Contents, ObservationRow, ScoreRow, TraceRow};
use spanstone_store::segment::SealedPayloads;
use spanstone_store::{Sealed, Store};

use crate::metadata;

/// Stands in for a text in a segment that cannot be read.
const UNREADABLE: &str = "[spanstone: this payload cannot be read: its segment is damaged or gone]";

/// Reads the texts of rows. While it lives, so does everything that the rows refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PayloadReader<'a> {
    pub(crate) store: &'a Store,
    pub(crate) sealed: &'a Sealed,
}

/// What the row of a trace, an observation or a score refers to.
#[derive(Debug, Clone, Copy)]
struct Refs<'a> {
    input: Option<PayloadRef>,
    output: Option<PayloadRef>,
    metadata: &'a [(Stamp, PayloadRef)],
}

impl Contents for PayloadReader<'_> {
    fn of_trace(&self, row: &TraceRow) -> Payloads {
        PayloadReader::of_trace(*self, row)
    }

    fn of_observation(&self, row: &ObservationRow) -> Payloads {
        PayloadReader::of_observation(*self, row)
    }

    fn own_of_observation(&self, observation: &Observation) -> SealedPayloads {
        PayloadReader::own_of_observation(*self, &Texts::Referred, observation)
    }

    fn own_of_trace(&self, trace: &Trace) -> SealedPayloads {
        PayloadReader::own_of_trace(*self, &Texts::Referred, trace)
    }

    fn of_score(&self, row: &ScoreRow) -> Vec<(Text, Text)> {
        PayloadReader::of_score(*self, row)
    }

    fn merged(&self, pieces: &[&str]) -> Vec<(Text, Text)> {
        metadata::merge(pieces.iter().copied())
    }
}

impl PayloadReader<'_> {
    /// The texts of a trace; those of its root where it has none.
    pub(crate) fn of_trace(self, row: &TraceRow) -> Payloads {
        let trace = &row.trace;
        let mut texts = self.own_of_trace(&row.texts, trace);
        if let Some(lender) = &row.lender {
            let refs = lender.observation.as_ref().map(|root| Refs {
                input: root.input,
                output: root.output,
                metadata: &root.metadata,
            });
            let in_archive = || self.sealed.observation_payloads(trace.id.as_str(), lender.id.as_str());
            let lent = match refs {
                Some(refs) => self.texts(&lender.texts, refs, in_archive),
                None => match &lender.texts {
                    Texts::Read(texts) => texts.clone(),
                    Texts::Referred => in_archive().unwrap_or_default(),
                },
            };
            texts.input = texts.input.or(lent.input.filter(|_| lender.input));
            texts.output = texts.output.or(lent.output.filter(|_| lender.output));
            if lender.metadata {
                texts.metadata = lent.metadata;
            }
        }
        merged(texts)
    }

    /// The texts of an observation.
    pub(crate) fn of_observation(self, row: &ObservationRow) -> Payloads {
        merged(self.own_of_observation(&row.texts, &row.observation))
    }

    fn own_of_trace(self, texts: &Texts, trace: &Trace) -> SealedPayloads {
        let refs = Refs { input: trace.input, output: trace.output, metadata: &trace.metadata };
        self.texts(texts, refs, || self.sealed.trace_payloads(trace.id.as_str()))
    }

    fn own_of_observation(self, texts: &Texts, observation: &Observation) -> SealedPayloads {
        let refs = Refs { input: observation.input, output: observation.output, metadata: &observation.metadata };
        let (trace, id) = (observation.trace_id.as_str(), observation.id.as_str());
        self.texts(texts, refs, || self.sealed.observation_payloads(trace, id))
    }

    /// The metadata of a score.
    pub(crate) fn of_score(self, row: &ScoreRow) -> Vec<(Text, Text)> {
        let score: &Score = &row.score;
        let texts = match &row.metadata {
            Some(pieces) => SealedPayloads { metadata: pieces.clone(), ..SealedPayloads::default() },
            None => {
                let refs = Refs { input: None, output: None, metadata: &score.metadata };
                self.texts(&Texts::Referred, refs, || {
                    let metadata = self.sealed.score_metadata(score.id.as_str())?;
                    Some(SealedPayloads { metadata, ..SealedPayloads::default() })
                })
            }
        };
        merged(texts).metadata
    }

    /// The texts of a row; `in_archive` looks its sealed ones up by its id.
    fn texts(
        self,
        texts: &Texts,
        refs: Refs<'_>,
        in_archive: impl FnOnce() -> Option<SealedPayloads>,
    ) -> SealedPayloads {
        if let Texts::Read(texts) = texts {
            return texts.clone();
        }
        // One look-up serves all of a row's texts, and rows without sealed ones need none.
        let found = OnceCell::new();
        let in_archive = Cell::new(Some(in_archive));
        let archived = |pick: &dyn Fn(&SealedPayloads) -> Option<Text>| {
            let found = found.get_or_init(|| in_archive.take().and_then(|look_up| look_up()));
            found.as_ref().map_or_else(|| Some(Text::from(UNREADABLE)), pick)
        };
        let input = refs.input.and_then(|place| match place {
            PayloadRef::Journal(place) => self.store.journaled(self.sealed, place, |event| event.input.as_ref()),
            PayloadRef::Sealed(_) => archived(&|texts| texts.input.clone()),
        });
        let output = refs.output.and_then(|place| match place {
            PayloadRef::Journal(place) => self.store.journaled(self.sealed, place, |event| event.output.as_ref()),
            PayloadRef::Sealed(_) => archived(&|texts| texts.output.clone()),
        });
        let piece = |place| match place {
            PayloadRef::Journal(place) => self.store.journaled(self.sealed, place, |event| event.metadata.as_ref()),
            PayloadRef::Sealed(number) => archived(&|texts| texts.metadata.get(number as usize).cloned()),
        };
        let metadata = refs.metadata.iter().filter_map(|(_, place)| piece(*place)).collect();
        SealedPayloads { input, output, metadata }
    }
}

/// The texts with the pieces of metadata put together.
fn merged(texts: SealedPayloads) -> Payloads {
    let SealedPayloads { input, output, metadata } = texts;
    Payloads { input, output, metadata: metadata::merge(metadata.iter().map(|piece| &**piece)) }
}
