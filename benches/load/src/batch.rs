//! The load as batches of the ingestion API, JSON.

use crate::body::{Body, Request, Width};
use crate::conversation::{self, Kind, OBSERVATIONS, Step};
use crate::target::Target;
use crate::words::Words;

/// A request with at least `observations`, in whole traces; `tag` makes its ids differ from other templates'.
pub(crate) fn request(words: &mut Words, target: &Target, tag: u32, start_ms: u64, observations: usize) -> Request {
    let traces = observations.div_ceil(OBSERVATIONS);
    let mut body = Body::new();
    body.push(r#"{"batch":["#);
    for trace in 0..traces {
        let steps = conversation::invent(words);
        let start_ms = start_ms + trace as u64 * 37;
        trace_event(&mut body, tag, trace, start_ms, &steps[0]);
        for (index, step) in steps.iter().enumerate() {
            observation_event(&mut body, tag, trace, index, start_ms, step);
        }
    }
    body.push(r#"],"metadata":{"sdk_name":"python","sdk_version":"2.60.10"}}"#);
    let headers = format!("{}Content-Type: application/json\r\n", target.authorization);
    Request::new("/api/public/ingestion", &headers, &body, Width::Hex, traces * OBSERVATIONS)
}

/// An id: what kind of thing, the template, the request's number, the place in the request.
fn id(body: &mut Body, kind: &str, tag: u32, trace: usize, index: usize) {
    body.push(format!("{kind}{tag:08x}-"));
    body.number(Width::Hex);
    body.push(format!("-{trace:03x}{index:03x}"));
}

fn trace_event(body: &mut Body, tag: u32, trace: usize, start_ms: u64, agent: &Step) {
    body.push(if trace == 0 { r#"{"id":""# } else { r#",{"id":""# });
    id(body, "e", tag, trace, 0xfff);
    let time = iso(start_ms);
    body.push(format!(r#"","type":"trace-create","timestamp":"{time}","body":{{"id":""#));
    id(body, "t", tag, trace, 0);
    body.push(format!(
        r#"","timestamp":"{time}","name":"agent-run","userId":"user-{}","sessionId":"session-{}","tags":["load","bench"],"input":{},"output":{}}}}}"#,
        trace % 50,
        tag % 200,
        agent.input,
        agent.output
    ));
}

fn observation_event(body: &mut Body, tag: u32, trace: usize, index: usize, start_ms: u64, step: &Step) {
    let kind = match step.kind {
        Kind::Agent => "agent-create",
        Kind::Generation => "generation-create",
        Kind::Tool => "tool-create",
    };
    let (from, to) = (iso(start_ms + step.from_ms), iso(start_ms + step.to_ms));
    body.push(r#",{"id":""#);
    id(body, "e", tag, trace, index);
    body.push(format!(r#"","type":"{kind}","timestamp":"{from}","body":{{"id":""#));
    id(body, "o", tag, trace, index);
    body.push(r#"","traceId":""#);
    id(body, "t", tag, trace, 0);
    if index > 0 {
        body.push(r#"","parentObservationId":""#);
        id(body, "o", tag, trace, 0);
    }
    body.push(format!(
        r#"","name":"{}","startTime":"{from}","endTime":"{to}","input":{},"output":{},"metadata":{{"step":{index},"host":"worker-3"}}"#,
        step.name, step.input, step.output
    ));
    if step.kind == Kind::Generation {
        body.push(format!(
            r#","model":"gpt-4o-mini","modelParameters":{{"temperature":0.7}},"usageDetails":{{"input":{},"output":{},"total":{}}}"#,
            step.input_tokens,
            step.output_tokens,
            step.input_tokens + step.output_tokens
        ));
    }
    body.push("}}");
}

/// ISO 8601 of milliseconds since 1970.
pub(crate) fn iso(millis: u64) -> String {
    let (seconds, millis) = (millis / 1_000, millis % 1_000);
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{millis:03}Z",
        of_day / 3_600,
        of_day / 60 % 60,
        of_day % 60
    )
}

/// Year, month and day, by counting: the load starts in this century.
fn date(mut days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (month, length) in (1..).zip(lengths) {
        if days < length {
            return (year, month, days + 1);
        }
        days -= length;
    }
    (year, 12, 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_a_batch_of_whole_traces() {
        let target = Target::new("localhost:1".to_owned(), "pk", "sk");
        for seed in 0..20 {
            let mut request = request(&mut Words::new(seed), &target, 1, 0, 50);
            let bytes = request.numbered(7).to_vec();
            let body = &bytes[bytes.len() - request.body_bytes..];
            let body: serde_json::Value = serde_json::from_slice(body).expect("it is JSON");
            let events = body["batch"].as_array().expect("a batch");
            assert_eq!((events.len(), request.observations), (60, 54));
            assert!(events.iter().all(|event| event["body"]["id"].as_str().is_some_and(|id| id.contains("00000007"))));
        }
    }

    #[test]
    fn a_time_is_written_as_javascript_does() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_709_251_199_999), "2024-02-29T23:59:59.999Z");
        assert_eq!(iso(1_795_305_600_000), "2026-11-22T00:00:00.000Z");
    }
}
