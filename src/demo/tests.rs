//! What the demo promises: the same bytes for the same time, sound references, and something of everything.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T12:00:00.000Z").expect("a time")
}

/// The events of every batch, as (type, body).
fn events() -> Vec<(String, Value)> {
    let batches = requests(now()).into_iter().filter(|request| request.path == "/api/public/ingestion");
    batches
        .flat_map(|request| request.body["batch"].as_array().expect("a batch").clone())
        .map(|event| (event["type"].as_str().expect("a type").to_owned(), event["body"].clone()))
        .collect()
}

#[test]
fn the_same_time_gives_the_same_requests_and_another_time_other_ids() {
    assert_eq!(requests(now()), requests(now()));
    let later = Timestamp::from_millis(now().millis() + 1);
    let ids = |now| -> BTreeSet<String> {
        requests(now).into_iter().flat_map(|request| request.traces).map(|link| link.trace_id).collect()
    };
    assert!(ids(now()).is_disjoint(&ids(later)));
    assert_eq!(ids(now()).len(), 7);
}

#[test]
fn every_reference_names_something_that_was_sent() {
    let events = events();
    let ids: BTreeSet<&str> = events.iter().filter_map(|(_, body)| body["id"].as_str()).collect();
    assert_eq!(ids.len(), events.len(), "no id is used twice");
    for (kind, body) in &events {
        for reference in ["traceId", "parentObservationId", "observationId"] {
            let target = body[reference].as_str();
            assert!(target.is_none_or(|id| ids.contains(id)), "{kind} {body}");
        }
    }
}

#[test]
fn everything_happens_within_the_last_hour_and_in_order() {
    for (kind, body) in events() {
        let time = |field: &str| body[field].as_str().map(|text| Timestamp::parse(text).expect("a time"));
        let Some(start) = time("startTime").or(time("timestamp")) else {
            assert_eq!(kind, "score-create");
            continue;
        };
        assert!(start < now() && now().micros_since(start) < 3_600_000_000, "{body}");
        let end = time("endTime");
        assert!(end.is_none_or(|end| start <= end && end <= now()), "{body}");
        assert!(time("completionStartTime").is_none_or(|first| start <= first), "{body}");
    }
}

#[test]
fn children_stay_within_their_parents() {
    let events = events();
    let spans: BTreeMap<&str, (&str, &str)> = events
        .iter()
        .filter_map(|(_, body)| Some((body["id"].as_str()?, (body["startTime"].as_str()?, body["endTime"].as_str()?))))
        .collect();
    for (_, body) in &events {
        let (Some(parent), Some(child)) = (
            body["parentObservationId"].as_str().and_then(|id| spans.get(id)),
            body["id"].as_str().and_then(|id| spans.get(id)),
        ) else {
            continue;
        };
        assert!(parent.0 <= child.0 && child.1 <= parent.1, "{} in {parent:?}: {child:?}", body["name"]);
    }
}

#[test]
fn there_is_something_of_everything() {
    let events = events();
    let kinds: BTreeSet<&str> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    let expected = [
        "agent-create",
        "chain-create",
        "embedding-create",
        "evaluator-create",
        "event-create",
        "generation-create",
        "guardrail-create",
        "retriever-create",
        "score-create",
        "span-create",
        "tool-create",
        "trace-create",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
    let levels: BTreeSet<&str> = events.iter().filter_map(|(_, body)| body["level"].as_str()).collect();
    assert_eq!(levels.into_iter().collect::<Vec<_>>(), ["DEBUG", "ERROR", "WARNING"]);
    let sessions = events.iter().filter(|(kind, body)| kind == "trace-create" && body["sessionId"].is_string());
    assert_eq!(sessions.count(), 4);
}

#[test]
fn the_coding_agent_is_a_long_trace() {
    let coding = requests(now())
        .into_iter()
        .find(|request| request.traces.iter().any(|link| link.about.starts_with("a coding agent")));
    let events = coding.expect("it is there").body["batch"].as_array().expect("a batch").clone();
    let observations = events.iter().filter(|event| event["body"]["startTime"].is_string()).count();
    assert!((55..=70).contains(&observations), "{observations}");
}
