//! The body of a journaled deletion.
//!
//! Owns a format of our own: no client sends it, the engine writes it when it has checked what is to be deleted. Refuses
//! to know whether what it names exists.

use serde::{Deserialize, Serialize};
use spanstone_model::{Change, Deletion, Event, ScoreId, Stamp, TraceId};

use crate::{Decoded, Refusal};

/// What is to be deleted, as it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    traces: Vec<TraceId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    scores: Vec<ScoreId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    project: bool,
}

/// The body that says these deletions.
#[must_use]
pub fn encode(deletions: &[Deletion]) -> Vec<u8> {
    let mut body = Body::default();
    for deletion in deletions {
        match deletion {
            Deletion::Trace(id) => body.traces.push(id.clone()),
            Deletion::Score(id) => body.scores.push(id.clone()),
            Deletion::Project => body.project = true,
        }
    }
    serde_json::to_vec(&body).expect("ids and a flag are always JSON")
}

/// The events of a body: the project last, since nothing is left after it.
pub(crate) fn decode(body: &[u8]) -> Result<Decoded, Refusal> {
    let Body { traces, scores, project } = serde_json::from_slice(body).map_err(|_| Refusal::InvalidJson)?;
    let deletions = traces.into_iter().map(Deletion::Trace).chain(scores.into_iter().map(Deletion::Score));
    let deletions = deletions.chain(project.then_some(Deletion::Project));
    let event = |deletion| Event { stamp: Stamp::FIRST, change: Change::Deletion(deletion) };
    Ok(Decoded { events: deletions.map(event).collect(), ..Decoded::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_down_is_read_back() {
        let deletions = [
            Deletion::Trace(TraceId::from_wire("a \"trace\"")),
            Deletion::Score(ScoreId::from_wire("score")),
            Deletion::Project,
        ];
        let decoded = decode(&encode(&deletions)).expect("it was encoded here");
        let read: Vec<_> = decoded.events.into_iter().map(|event| event.change).collect();
        assert_eq!(read, deletions.map(Change::Deletion));
    }

    #[test]
    fn anything_else_is_refused() {
        for body in ["", r#"{"everything":true}"#, r#"{"traces":[1]}"#] {
            assert_eq!(decode(body.as_bytes()), Err(Refusal::InvalidJson), "{body}");
        }
    }
}
