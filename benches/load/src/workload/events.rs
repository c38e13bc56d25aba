//! A batch of the ingestion API under construction.

use std::fmt::Write as _;

use super::text;
use crate::batch::iso;
use crate::target::Target;

/// Events, and what is in them.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// The events with commas between them.
    json: String,
    /// How many new observations there are.
    pub(crate) observations: u64,
    /// How many new traces.
    pub(crate) traces: u64,
    /// How many new scores.
    pub(crate) scores: u64,
    /// How much there is that concerns earlier traces.
    pub(crate) late: u64,
    events: u64,
}

impl Events {
    /// Appends an event; `fill` gets its body, in which the id stands already.
    pub(super) fn push(&mut self, kind: &str, id: &str, at_ms: u64, fill: impl FnOnce(&mut String)) {
        if self.events > 0 {
            self.json.push(',');
        }
        // An id of an event is of no consequence, but it is there and differs from all others'.
        let number = self.events;
        self.events += 1;
        write!(
            self.json,
            r#"{{"id":"{id}-{kind}-{number}","type":"{kind}","timestamp":"{}","body":{{"id":"{id}""#,
            iso(at_ms)
        )
        .expect("a string takes all writes");
        fill(&mut self.json);
        self.json.push_str("}}");
    }

    /// Appends a score of a trace.
    pub(super) fn score(&mut self, id: &str, trace: &str, at_ms: u64, permille: u64) {
        self.scores += 1;
        self.push("score-create", id, at_ms, |json| {
            text(json, "traceId", trace);
            let name = if permille.is_multiple_of(3) { "user-feedback" } else { "helpfulness" };
            text(json, "name", name);
            write!(json, r#","value":0.{permille:03},"dataType":"NUMERIC""#).expect("a string takes all writes");
        });
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.events == 0
    }

    /// The body of the request.
    pub(crate) fn body(&self) -> String {
        format!(r#"{{"batch":[{}],"metadata":{{"sdk_name":"python","sdk_version":"2.60.10"}}}}"#, self.json)
    }

    /// The whole request.
    pub(crate) fn to_request(&self, target: &Target) -> Vec<u8> {
        let body = self.body();
        let head = format!(
            "POST /api/public/ingestion HTTP/1.1\r\nHost: localhost\r\n{}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            target.authorization,
            body.len()
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }
}
