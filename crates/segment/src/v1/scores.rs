//! Scores as rows of their table.

use std::sync::Arc;

use arrow_array::{Array, Float64Array, RecordBatch};
use spanstone_model::{DataType, ObservationId, Score, ScoreId, ScoreSource, ScoreValue, SessionId, Text, TraceId};

use super::build::BatchBuilder;
use super::cells::{encode_metadata, encode_stamps};
use super::columns::scores as column;
use super::payloads::PayloadColumns;
use super::read::{Columns, Ids, Integers, Texts};
use crate::SealedScore;

/// Appends a score.
pub(crate) fn push(batch: &mut BatchBuilder, sealed: &SealedScore) {
    let SealedScore { score, fold, metadata } = sealed;
    batch.text(column::ID, score.id.as_str());
    batch.integer(column::TIMESTAMP, score.timestamp.micros());
    batch.text(column::ENVIRONMENT, &*score.environment);
    batch.text(column::TRACE_ID, score.trace_id.as_ref().map(TraceId::as_str));
    batch.text(column::OBSERVATION_ID, score.observation_id.as_ref().map(ObservationId::as_str));
    batch.text(column::SESSION_ID, score.session_id.as_ref().map(SessionId::as_str));
    batch.text(column::DATASET_RUN_ID, score.dataset_run_id.as_deref());
    batch.text(column::NAME, &*score.name);
    batch.text(column::DATA_TYPE, score.value.data_type().as_str());
    batch.number(column::NUMBER, score.value.number());
    batch.text(column::TEXT, score.value.text());
    batch.text(column::SOURCE, score.source.as_str());
    batch.text(column::COMMENT, score.comment.as_deref());
    batch.text(column::CONFIG_ID, score.config_id.as_deref());
    batch.text(column::QUEUE_ID, score.queue_id.as_deref());
    batch.text(column::EXECUTION_TRACE_ID, score.execution_trace_id.as_deref());
    batch.integer(column::CREATED_AT, score.created_at.micros());
    batch.integer(column::UPDATED_AT, score.updated_at.micros());
    batch.bytes_of(column::FOLD, (!fold.is_empty()).then_some(&**fold));
    batch.bytes_of(column::METADATA_STAMPS, encode_stamps(&score.metadata, score.timestamp).as_deref());
    batch.bytes_of(column::METADATA, encode_metadata(metadata).as_deref());
}

/// The columns of a batch from which scores are read.
pub(crate) struct ScoreColumns<'a> {
    id: Ids<'a>,
    timestamp: Integers<'a>,
    environment: Texts<'a>,
    trace_id: Texts<'a>,
    observation_id: Texts<'a>,
    session_id: Texts<'a>,
    dataset_run_id: Texts<'a>,
    name: Texts<'a>,
    data_type: Texts<'a>,
    number: &'a Float64Array,
    text: Texts<'a>,
    source: Texts<'a>,
    comment: Texts<'a>,
    config_id: Texts<'a>,
    queue_id: Texts<'a>,
    execution_trace_id: Texts<'a>,
    created_at: Integers<'a>,
    updated_at: Integers<'a>,
    payloads: PayloadColumns<'a>,
}

impl<'a> ScoreColumns<'a> {
    pub(crate) fn new(batch: &'a RecordBatch) -> Result<Self, String> {
        let columns = Columns(batch);
        Ok(Self {
            id: columns.ids(column::ID)?,
            timestamp: columns.integers(column::TIMESTAMP)?,
            environment: columns.texts(column::ENVIRONMENT)?,
            trace_id: columns.texts(column::TRACE_ID)?,
            observation_id: columns.texts(column::OBSERVATION_ID)?,
            session_id: columns.texts(column::SESSION_ID)?,
            dataset_run_id: columns.texts(column::DATASET_RUN_ID)?,
            name: columns.texts(column::NAME)?,
            data_type: columns.texts(column::DATA_TYPE)?,
            number: columns.numbers(column::NUMBER)?,
            text: columns.texts(column::TEXT)?,
            source: columns.texts(column::SOURCE)?,
            comment: columns.texts(column::COMMENT)?,
            config_id: columns.texts(column::CONFIG_ID)?,
            queue_id: columns.texts(column::QUEUE_ID)?,
            execution_trace_id: columns.texts(column::EXECUTION_TRACE_ID)?,
            created_at: columns.integers(column::CREATED_AT)?,
            updated_at: columns.integers(column::UPDATED_AT)?,
            payloads: PayloadColumns::new(&columns)?,
        })
    }

    /// The score in a row of the batch.
    pub(crate) fn row(&self, row: usize) -> Result<SealedScore, String> {
        let timestamp = self.timestamp.must_time(row);
        let source = self.source.must_str(row)?;
        let score = Score {
            id: ScoreId::from_wire(self.id.must(row)?),
            timestamp,
            environment: self.environment.must(row)?,
            trace_id: self.trace_id.str(row).map(TraceId::from_wire),
            observation_id: self.observation_id.str(row).map(ObservationId::from_wire),
            session_id: self.session_id.str(row).map(SessionId::from_wire),
            dataset_run_id: self.dataset_run_id.get(row),
            name: self.name.must(row)?,
            value: self.value(row)?,
            source: ScoreSource::from_wire(source).ok_or_else(|| format!("there is no source `{source}`"))?,
            comment: self.comment.get(row),
            config_id: self.config_id.get(row),
            queue_id: self.queue_id.get(row),
            execution_trace_id: self.execution_trace_id.get(row),
            metadata: self.payloads.stamped(row, timestamp)?,
            created_at: self.created_at.must_time(row),
            updated_at: self.updated_at.must_time(row),
        };
        Ok(SealedScore {
            score: Arc::new(score),
            fold: self.payloads.fold(row),
            metadata: self.payloads.metadata(row)?,
        })
    }

    fn value(&self, row: usize) -> Result<ScoreValue, String> {
        let name = self.data_type.must_str(row)?;
        let data_type = DataType::from_wire(name).ok_or_else(|| format!("there is no data type `{name}`"))?;
        let number = || {
            let number = self.number.is_valid(row).then(|| self.number.value(row));
            number.ok_or_else(|| format!("a {name} score without a number"))
        };
        let text = || -> Result<Text, String> { self.text.get(row).ok_or(format!("a {name} score without a text")) };
        Ok(match data_type {
            DataType::Numeric => ScoreValue::Numeric(number()?),
            DataType::Boolean => ScoreValue::Boolean(number()? != 0.0),
            DataType::Categorical => ScoreValue::Categorical { label: text()?, value: number()? },
            DataType::Text => ScoreValue::Text(text()?),
            DataType::Correction => ScoreValue::Correction(text()?),
        })
    }
}
