//! Shapes that are hard on a store for their numbers: many traces of one observation, one trace of many.

use std::fmt::Write as _;

use super::mixed::trace_event;
use super::{CONTENT, Cast, Events, Facts, Workload, text};
use crate::batch::iso;
use crate::random::Random;

pub(super) const OBSERVATIONS_PER_REQUEST: u64 = 500;

/// Appends the events of a trace of one observation.
pub(super) fn tiny(workload: &Workload, cast: &Cast, facts: &Facts, events: &mut Events) {
    let mut random = Random::of(workload.seed, CONTENT, facts.index);
    trace_event(facts, events, None, &mut random);
    observation(workload, cast, facts, 0, random, events);
}

/// Appends what request `number` brings of the one trace; the first brings the trace, too.
pub(super) fn giant(workload: &Workload, cast: &Cast, number: u64, events: &mut Events) {
    let facts = workload.facts(cast, 0);
    if number == 0 {
        trace_event(&facts, events, None, &mut Random::of(workload.seed, CONTENT, 0));
    }
    let begin = number * OBSERVATIONS_PER_REQUEST;
    for step in begin..begin + OBSERVATIONS_PER_REQUEST {
        observation(workload, cast, &facts, step, Random::of(workload.seed, CONTENT, step), events);
    }
}

fn observation(workload: &Workload, cast: &Cast, facts: &Facts, step: u64, random: Random, events: &mut Events) {
    let id = workload.observation_id(facts.index, step);
    let start_ms = facts.start_ms + step * 20;
    let mut words = cast.words(random);
    events.observations += 1;
    events.push("span-create", &id, start_ms, |json| {
        text(json, "traceId", &facts.id);
        // A tree: every eighth is a parent of the eight that follow it.
        if let Some(parent) = (step > 0).then(|| workload.observation_id(facts.index, (step - 1) / 8)) {
            text(json, "parentObservationId", &parent);
        }
        text(json, "name", "step");
        text(json, "startTime", &iso(start_ms));
        text(json, "endTime", &iso(start_ms + 15));
        json.push_str(r#","input":""#);
        words.write_json(json, 120);
        write!(json, r#"","output":{{"step":{step},"ok":true}}"#).expect("a string takes all writes");
    });
}
