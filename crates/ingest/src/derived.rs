//! The body of a journaled entry of what was worked out of earlier ones.
//!
//! Owns a format of our own: no client sends it, the engine writes it. Refuses to know whether the observations that it
//! names exist.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use spanstone_model::{Change, Derived, Event, ObservationId, Stamp, Text, TraceId, UsageDetails};

use crate::{Decoded, Refusal};

/// What was worked out, as it is written down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    counted: Vec<Counted>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reprice: Vec<Reprice>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    trace: TraceId,
    observation: ObservationId,
    usage: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reprice {
    trace: TraceId,
    observations: Vec<ObservationId>,
}

/// The body that says this.
#[must_use]
pub fn encode(derived: &[Derived]) -> Vec<u8> {
    let mut body = Body::default();
    for one in derived {
        match one {
            Derived::Counted { trace_id, observation_id, usage } => body.counted.push(Counted {
                trace: trace_id.clone(),
                observation: observation_id.clone(),
                usage: usage.iter().map(|(kind, amount)| (kind.as_ref().to_owned(), amount)).collect(),
            }),
            Derived::Reprice { trace_id, observations } => {
                body.reprice.push(Reprice { trace: trace_id.clone(), observations: observations.clone() });
            }
        }
    }
    serde_json::to_vec(&body).expect("ids and numbers are always JSON")
}

/// The events of a body: what was counted first, so that its price is asked for with it.
pub(crate) fn decode(body: &[u8]) -> Result<Decoded, Refusal> {
    let Body { counted, reprice } = serde_json::from_slice(body).map_err(|_| Refusal::InvalidJson)?;
    let counted = counted.into_iter().map(|Counted { trace, observation, usage }| {
        let amounts = usage.into_iter().map(|(kind, amount)| (Text::from(kind), amount));
        Derived::Counted { trace_id: trace, observation_id: observation, usage: UsageDetails::new(amounts) }
    });
    let reprice =
        reprice.into_iter().map(|Reprice { trace, observations }| Derived::Reprice { trace_id: trace, observations });
    Ok(Decoded { events: events(counted.chain(reprice)).collect(), ..Decoded::default() })
}

/// The events that say this, as they are decoded again.
pub fn events(derived: impl IntoIterator<Item = Derived>) -> impl Iterator<Item = Event> {
    derived.into_iter().map(|derived| Event { stamp: Stamp::FIRST, change: Change::Derived(derived) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_down_is_read_back() {
        let id = ObservationId::from_wire;
        let derived = [
            Derived::Counted {
                trace_id: TraceId::from_wire("a \"trace\""),
                observation_id: id("o"),
                usage: UsageDetails::new([("output".into(), 3), ("input".into(), u64::MAX)]),
            },
            Derived::Reprice { trace_id: TraceId::from_wire("t"), observations: vec![id("o"), id("p")] },
        ];
        let decoded = decode(&encode(&derived)).expect("it was encoded here");
        assert_eq!(decoded.events, events(derived).collect::<Vec<_>>());
    }

    #[test]
    fn anything_else_is_refused() {
        for body in ["", r#"{"everything":true}"#, r#"{"counted":[1]}"#, r#"{"reprice":[{"trace":"t"}]}"#] {
            assert_eq!(decode(body.as_bytes()), Err(Refusal::InvalidJson), "{body}");
        }
    }
}
