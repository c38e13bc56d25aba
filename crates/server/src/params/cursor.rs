//! Cursors: where the next page begins, as text.
//!
//! Owns both layouts that Langfuse documents: base64 of JSON. Times carry six digits of a second, because rows are
//! ordered by microseconds; a cursor with three digits is read, too.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use spanstone_engine::query::{HitId, ObservationCursor, ScoreCursor, SearchCursor, TraceCursor};
use spanstone_model::{ObservationId, ScoreId, Text, Timestamp, TraceId};

use crate::error::Failure;
use crate::params::issue;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ObservationWire {
    last_start_time_to: String,
    last_trace_id: String,
    last_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScoreWire {
    v: u8,
    last_timestamp: String,
    last_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExperimentWire {
    v: u8,
    last_time: String,
    #[serde(default)]
    last_trace_id: String,
    #[serde(default)]
    last_id: String,
    #[serde(default)]
    last_experiment_id: String,
}

/// A place in a list of experiments, or of items of them, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ExperimentCursor {
    /// Of an experiment when it ended, of an item when it began.
    pub(crate) time: Timestamp,
    /// The trace of an item.
    pub(crate) trace_id: String,
    /// The item.
    pub(crate) id: String,
    /// The experiment.
    pub(crate) experiment_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TraceWire {
    last_timestamp: String,
    last_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SearchWire {
    last_time: String,
    #[serde(flatten)]
    last: SearchIdWire,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SearchIdWire {
    LastTraceId(String),
    LastObservationId(String),
}

/// The cursor of `GET /api/public/v2/observations`: standard base64.
pub(crate) fn write_observation(cursor: &ObservationCursor) -> String {
    STANDARD.encode(json(&ObservationWire {
        last_start_time_to: precise(cursor.start),
        last_trace_id: cursor.trace_id.to_string(),
        last_id: cursor.id.to_string(),
    }))
}

/// Reads the cursor of `GET /api/public/v2/observations`.
pub(crate) fn read_observation(text: &str) -> Result<ObservationCursor, Failure> {
    let wire: ObservationWire = read(text, &alphabet::STANDARD)?;
    Ok(ObservationCursor {
        start: time(&wire.last_start_time_to, "lastStartTimeTo")?,
        trace_id: TraceId::from_wire(&wire.last_trace_id),
        id: ObservationId::from_wire(&wire.last_id),
    })
}

/// The cursor of `GET /api/public/v3/scores`: unpadded base64url.
pub(crate) fn write_score(cursor: &ScoreCursor) -> String {
    URL_SAFE_NO_PAD.encode(json(&ScoreWire {
        v: 1,
        last_timestamp: precise(cursor.timestamp),
        last_id: cursor.id.to_string(),
    }))
}

/// Reads the cursor of `GET /api/public/v3/scores`.
pub(crate) fn read_score(text: &str) -> Result<ScoreCursor, Failure> {
    let wire: ScoreWire = read(text, &alphabet::URL_SAFE)?;
    if wire.v != 1 {
        return Err(Failure::issues(vec![issue::custom("v", "Invalid input: expected 1")]));
    }
    let timestamp = time(&wire.last_timestamp, "lastTimestamp")?;
    Ok(ScoreCursor { timestamp, id: ScoreId::from_wire(&wire.last_id) })
}

/// The cursor of the experiments endpoints: unpadded base64url.
pub(crate) fn write_experiment(cursor: &ExperimentCursor) -> String {
    let ExperimentCursor { time, trace_id, id, experiment_id } = cursor.clone();
    let last_time = precise(time);
    let wire =
        ExperimentWire { v: 1, last_time, last_trace_id: trace_id, last_id: id, last_experiment_id: experiment_id };
    URL_SAFE_NO_PAD.encode(json(&wire))
}

/// Reads the cursor of the experiments endpoints.
pub(crate) fn read_experiment(text: &str) -> Result<ExperimentCursor, Failure> {
    let ExperimentWire { v, last_time, last_trace_id, last_id, last_experiment_id } = read(text, &alphabet::URL_SAFE)?;
    if v != 1 {
        return Err(Failure::issues(vec![issue::custom("v", "Invalid input: expected 1")]));
    }
    let time = time(&last_time, "lastTime")?;
    Ok(ExperimentCursor { time, trace_id: last_trace_id, id: last_id, experiment_id: last_experiment_id })
}

/// The cursor of the viewer's list of traces: unpadded base64url.
pub(crate) fn write_trace(cursor: &TraceCursor) -> String {
    URL_SAFE_NO_PAD
        .encode(json(&TraceWire { last_timestamp: precise(cursor.timestamp), last_id: cursor.id.to_string() }))
}

/// Reads the cursor of the viewer's list of traces.
pub(crate) fn read_trace(text: &str) -> Result<TraceCursor, Failure> {
    let wire: TraceWire = read(text, &alphabet::URL_SAFE)?;
    let timestamp = time(&wire.last_timestamp, "lastTimestamp")?;
    Ok(TraceCursor { timestamp, id: TraceId::from_wire(&wire.last_id) })
}

/// The cursor of a search: unpadded base64url.
pub(crate) fn write_search(cursor: &SearchCursor) -> String {
    let last = match &cursor.id {
        HitId::Trace(id) => SearchIdWire::LastTraceId(id.to_string()),
        HitId::Observation(id) => SearchIdWire::LastObservationId(id.to_string()),
    };
    URL_SAFE_NO_PAD.encode(json(&SearchWire { last_time: precise(cursor.time), last }))
}

/// Reads the cursor of a search.
pub(crate) fn read_search(text: &str) -> Result<SearchCursor, Failure> {
    let wire: SearchWire = read(text, &alphabet::URL_SAFE)?;
    let id = match wire.last {
        SearchIdWire::LastTraceId(id) => HitId::Trace(Text::from(id)),
        SearchIdWire::LastObservationId(id) => HitId::Observation(Text::from(id)),
    };
    Ok(SearchCursor { time: time(&wire.last_time, "lastTime")?, id })
}

fn json(wire: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(wire).expect("strings and a number always have a JSON form")
}

fn read<T: DeserializeOwned>(text: &str, alphabet: &alphabet::Alphabet) -> Result<T, Failure> {
    let no_cursor = || Failure::invalid("Invalid cursor format");
    let bytes = GeneralPurpose::new(alphabet, LENIENT).decode(text).map_err(|_| no_cursor())?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| no_cursor())?;
    serde_json::from_value(value).map_err(|error| Failure::issues(vec![issue::custom("cursor", &error.to_string())]))
}

fn time(text: &str, key: &str) -> Result<Timestamp, Failure> {
    Timestamp::parse(text).map_err(|_| Failure::issues(vec![issue::not_a_time(key)]))
}

/// `2026-08-21T07:57:42.123456Z`.
fn precise(time: Timestamp) -> String {
    let mut text = time.to_string();
    text.pop();
    format!("{text}{:03}Z", time.micros().rem_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn langfuses_own_cursors_are_read() {
        let text = STANDARD.encode(r#"{"lastStartTimeTo":"2026-08-21T07:57:42.123Z","lastTraceId":"t","lastId":"o"}"#);
        let cursor = read_observation(&text).expect("a valid cursor");
        assert_eq!(
            (cursor.start.to_string(), cursor.trace_id.as_str(), cursor.id.as_str()),
            ("2026-08-21T07:57:42.123Z".to_owned(), "t", "o")
        );
        let text = URL_SAFE_NO_PAD.encode(r#"{"v":1,"lastTimestamp":"2026-08-21T07:57:42.123Z","lastId":"ü/1"}"#);
        let cursor = read_score(&text).expect("a valid cursor");
        assert_eq!((cursor.timestamp.millis(), cursor.id.as_str()), (1_787_299_062_123, "ü/1"));
    }

    #[test]
    fn what_is_no_cursor_is_refused_by_name() {
        let message = |result: Result<ScoreCursor, Failure>| format!("{:?}", result.expect_err("refused"));
        assert!(message(read_score("***")).contains("Invalid cursor format"));
        assert!(message(read_score(&URL_SAFE_NO_PAD.encode("nonsense"))).contains("Invalid cursor format"));
        assert!(message(read_score(&URL_SAFE_NO_PAD.encode("{}"))).contains("Invalid request data"));
        let other = r#"{"v":2,"lastTimestamp":"2026-08-21T07:57:42Z","lastId":"a"}"#;
        assert!(message(read_score(&URL_SAFE_NO_PAD.encode(other))).contains("Invalid request data"));
    }

    proptest! {
        #[test]
        fn a_cursor_leads_back_to_its_row(micros in -62_000_000_000_000_000_i64..250_000_000_000_000_000, id in ".{1,20}") {
            let start = Timestamp::from_micros(micros);
            let cursor = ObservationCursor {
                start,
                trace_id: TraceId::from_wire(&id),
                id: ObservationId::from_wire(&id),
            };
            let read = read_observation(&write_observation(&cursor)).expect("our own cursor");
            prop_assert_eq!((read.start, read.trace_id, read.id), (cursor.start, cursor.trace_id, cursor.id));
            for id in [HitId::Trace(Text::from(id.as_str())), HitId::Observation(Text::from(id.as_str()))] {
                let cursor = SearchCursor { time: start, id };
                prop_assert_eq!(read_search(&write_search(&cursor)).expect("our own cursor"), cursor);
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,60}") {
            let _ = (read_observation(&text), read_score(&text), read_trace(&text), read_search(&text));
        }
    }
}
