//! Whole workloads of realistic traces, for stores of any size.
//!
//! What trace number `n` is depends on the seed and `n` alone: traces are made when they are sent, in constant memory,
//! and a question about a random trace needs nothing remembered. Refuses to know how it is sent.

mod agent;
mod cast;
mod events;
mod late;
mod mixed;
mod planted;
mod small;

use std::fmt::Write as _;

pub(crate) use cast::Cast;
pub(crate) use events::Events;
pub(crate) use planted::{FREQUENT, rare};

use crate::random::Random;

/// Kinds of things whose randomness is their own.
const TRACE: u64 = 1;
const PARTY: u64 = 2;
const OBSERVATION: u64 = 3;
const CONTENT: u64 = 4;
const LATE: u64 = 5;
const DETAIL: u64 = 6;
const PLANTED: u64 = 7;

/// About how many traces pass between two of one session.
const TRACES_APART: u64 = 40;
const TRACES_PER_SESSION: u64 = 4;
/// How far a trace may arrive out of order: a queue, a clock, a long run.
const JITTER_MS: u64 = 15 * 60 * 1_000;

/// Every so many traces one takes long: its second half comes so many requests after the first.
const LONG_EVERY: u64 = 10;
const LONG_REQUESTS: u64 = 200;

/// Which part of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// The first half of its steps.
    First,
    /// The other half, the root and the trace itself, which end last.
    Second,
}

/// What the traces look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nine observations on average: chats, retrieval, tools, pipelines.
    Mixed,
    /// Agents of thirty turns, each of which repeats the whole history.
    Agent,
    /// Traces of a single small observation.
    Tiny,
    /// One trace that has all observations.
    Giant,
}

impl std::str::FromStr for Shape {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "mixed" => Ok(Self::Mixed),
            "agent" => Ok(Self::Agent),
            "tiny" => Ok(Self::Tiny),
            "giant" => Ok(Self::Giant),
            _ => Err("it is `mixed`, `agent`, `tiny` or `giant`"),
        }
    }
}

/// Traces in the order of their time.
#[derive(Debug, Clone)]
pub(crate) struct Workload {
    pub(crate) seed: u64,
    pub(crate) shape: Shape,
    /// How many requests bring new traces.
    requests: u64,
    /// The time that the traces cover, in milliseconds since 1970.
    pub(crate) from_ms: u64,
    pub(crate) to_ms: u64,
    /// Of a thousand traces, how many bring news of an earlier one with them.
    pub(crate) late_permille: u64,
}

/// What a trace is before anything happens in it.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) index: u64,
    pub(crate) id: String,
    pub(crate) start_ms: u64,
    /// The application: it says the name, the prompts and the tools.
    app: usize,
    pub(crate) user: String,
    pub(crate) session: Option<String>,
    pub(crate) tags: Vec<&'static str>,
    environment: &'static str,
    /// How many observations it will have, the root among them.
    pub(crate) observations: u64,
}

impl Facts {
    /// The name of the trace.
    pub(crate) fn name(&self) -> &'static str {
        Cast::app_name(self.app)
    }
}

impl Workload {
    /// A workload of at least `observations`.
    pub(crate) fn new(seed: u64, shape: Shape, observations: u64, (from_ms, to_ms): (u64, u64)) -> Self {
        let per_request = match shape {
            Shape::Mixed => mixed::MEAN * mixed::TRACES_PER_REQUEST,
            Shape::Agent => agent::OBSERVATIONS * agent::TRACES_PER_REQUEST,
            Shape::Tiny | Shape::Giant => small::OBSERVATIONS_PER_REQUEST,
        };
        let requests = observations.div_ceil(per_request);
        Self { seed, shape, requests, from_ms, to_ms, late_permille: 0 }
    }

    /// How many requests it takes to send all.
    pub(crate) fn requests(&self) -> u64 {
        self.requests + self.lag()
    }

    /// How many traces, the first ones, are there as a whole when so many requests were sent.
    pub(crate) fn whole_traces(&self, requests: u64) -> u64 {
        self.traces(requests.saturating_sub(self.lag()).min(self.requests))
    }

    /// How many traces are there at least in part when so many requests were sent.
    pub(crate) fn begun_traces(&self, requests: u64) -> u64 {
        self.traces(requests.min(self.requests))
    }

    fn lag(&self) -> u64 {
        match self.shape {
            Shape::Mixed | Shape::Agent => LONG_REQUESTS,
            Shape::Tiny | Shape::Giant => 0,
        }
    }

    /// How many traces `requests` bring, the first ones.
    fn traces(&self, requests: u64) -> u64 {
        match self.shape {
            Shape::Mixed => requests * mixed::TRACES_PER_REQUEST,
            Shape::Agent => requests * agent::TRACES_PER_REQUEST,
            Shape::Tiny => requests * small::OBSERVATIONS_PER_REQUEST,
            Shape::Giant => requests.min(1),
        }
    }

    /// What request `number` sends; it may be nothing.
    pub(crate) fn request(&self, cast: &Cast, number: u64) -> Events {
        let mut events = Events::default();
        if self.shape == Shape::Giant {
            small::giant(self, cast, number, &mut events);
            return events;
        }
        let is_long = |index: &u64| self.lag() > 0 && index % LONG_EVERY == LONG_EVERY - 1;
        if number < self.requests {
            for index in self.traces(number)..self.traces(number + 1) {
                let facts = self.facts(cast, index);
                let part = if is_long(&index) { Part::First } else { Part::Whole };
                self.write(cast, &facts, part, &mut events);
                late::write(self, cast, &facts, &mut events);
            }
        }
        if let Some(earlier) = number.checked_sub(self.lag()) {
            for index in (self.traces(earlier)..self.traces(earlier + 1)).filter(is_long) {
                self.write(cast, &self.facts(cast, index), Part::Second, &mut events);
            }
        }
        events
    }

    fn write(&self, cast: &Cast, facts: &Facts, part: Part, events: &mut Events) {
        match self.shape {
            Shape::Mixed => mixed::write(self, cast, facts, part, events),
            Shape::Agent => agent::write(self, cast, facts, part, events),
            Shape::Tiny | Shape::Giant => small::tiny(self, cast, facts, events),
        }
    }

    /// What trace `index` is.
    pub(crate) fn facts(&self, cast: &Cast, index: u64) -> Facts {
        let mut random = Random::of(self.seed, TRACE, index);
        let id = format!("{:016x}{:016x}", random.next(), random.next());
        let party = (index + random.below(TRACES_APART)) / TRACES_PER_SESSION;
        let mut who = Random::of(self.seed, PARTY, party);
        let app = cast.app(&mut who);
        let user = cast.user(&mut who);
        let session = who.chance(700).then(|| format!("session-{:012x}", who.below(1 << 48)));
        let observations = match self.shape {
            Shape::Mixed => random.choose(&mixed::OBSERVATIONS),
            Shape::Agent => agent::OBSERVATIONS,
            Shape::Tiny => 1,
            Shape::Giant => self.requests * small::OBSERVATIONS_PER_REQUEST,
        };
        Facts {
            index,
            id,
            start_ms: self.start_ms(index, &mut random),
            app,
            user,
            session,
            tags: cast.tags(&mut random),
            environment: cast::environment(&mut who),
            observations,
        }
    }

    fn start_ms(&self, index: u64, random: &mut Random) -> u64 {
        let traces = self.traces(self.requests).max(1);
        let after = u128::from(self.to_ms - self.from_ms) * u128::from(index) / u128::from(traces);
        let due = self.from_ms + u64::try_from(after).unwrap_or(0);
        let jittered = (due + random.below(2 * JITTER_MS)).saturating_sub(JITTER_MS);
        jittered.clamp(self.from_ms, self.to_ms)
    }

    /// The id of an observation: `step` 0 is the root.
    pub(crate) fn observation_id(&self, trace: u64, step: u64) -> String {
        format!("{:016x}", Random::of(self.seed ^ step.rotate_left(48), OBSERVATION, trace).next())
    }
}

/// Appends `,"name":"text"`; the text needs no escaping.
fn text(json: &mut String, name: &str, text: &str) {
    write!(json, r#","{name}":"{text}""#).expect("a string takes all writes");
}

/// Appends `,"name":json`.
fn raw(json: &mut String, name: &str, value: &str) {
    write!(json, r#","{name}":{value}"#).expect("a string takes all writes");
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use serde_json::Value;

    use super::*;

    const WEEKS: (u64, u64) = (1_790_467_200_000, 1_795_305_600_000);

    fn bodies(workload: &Workload, cast: &Cast, requests: u64) -> Vec<(Value, Events)> {
        let made = (0..requests).map(|number| workload.request(cast, number));
        made.map(|events| (serde_json::from_str(&events.body()).expect("it is JSON"), events)).collect()
    }

    #[test]
    fn mixed_traces_have_about_nine_observations_of_three_point_three_five_kilobytes() {
        let cast = Cast::new();
        let workload = Workload::new(1, Shape::Mixed, 40_000, WEEKS);
        let (mut bytes, mut observations) = (0, 0);
        for number in 0..workload.requests() {
            let events = workload.request(&cast, number);
            bytes += events.body().len() as u64;
            observations += events.observations;
        }
        let traces = workload.traces(workload.requests);
        assert!((870..930).contains(&(observations * 100 / traces)), "{observations} in {traces}");
        assert!((3_250..3_450).contains(&(bytes / observations)), "{} bytes each", bytes / observations);
    }

    #[test]
    fn what_is_counted_is_what_is_sent_and_every_id_is_used_once() {
        let cast = Cast::new();
        for shape in [Shape::Mixed, Shape::Agent, Shape::Tiny, Shape::Giant] {
            let workload = Workload::new(5, shape, 2_000, WEEKS);
            let mut ids = HashSet::new();
            for (body, events) in bodies(&workload, &cast, workload.requests()) {
                let batch = body["batch"].as_array().expect("a batch").clone();
                let is_observation = |event: &&Value| event["body"]["startTime"].is_string();
                assert_eq!(batch.iter().filter(is_observation).count() as u64, events.observations, "{shape:?}");
                for event in batch.iter().filter(is_observation) {
                    assert!(ids.insert(event["body"]["id"].as_str().expect("an id").to_owned()), "{shape:?} {event}");
                }
            }
        }
    }

    #[test]
    fn a_trace_says_the_same_whenever_it_is_asked() {
        let cast = Cast::new();
        let workload = Workload { late_permille: 500, ..Workload::new(9, Shape::Mixed, 9_000, WEEKS) };
        let body = |number| workload.request(&cast, number).body();
        assert_eq!(body(30), body(30));
        assert_ne!(body(30), body(31));
        let facts = workload.facts(&cast, 33 * mixed::TRACES_PER_REQUEST + 2);
        assert!(body(33).contains(&format!(r#""id":"{}","timestamp""#, facts.id)), "{facts:?}");
    }

    #[test]
    fn sessions_have_several_traces_and_times_go_up_within_the_jitter() {
        let cast = Cast::new();
        let workload = Workload::new(2, Shape::Mixed, 90_000, WEEKS);
        let mut sessions: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut latest = 0;
        for index in 0..10_000 {
            let facts = workload.facts(&cast, index);
            assert!(facts.start_ms + 2 * JITTER_MS >= latest && facts.start_ms <= WEEKS.1, "{facts:?}");
            latest = latest.max(facts.start_ms);
            if let Some(session) = facts.session {
                sessions.entry(session).or_default().push(facts.user);
            }
        }
        assert!(latest > WEEKS.1 - 2 * JITTER_MS);
        let several = sessions.values().filter(|users| users.len() > 1).count();
        assert!(several * 10 > sessions.len() * 8, "{several} of {}", sessions.len());
        assert!(sessions.values().all(|users| users.iter().all(|user| *user == users[0])));
    }

    #[test]
    fn a_long_trace_comes_in_two_halves_that_are_the_whole() {
        let cast = Cast::new();
        let workload = Workload::new(7, Shape::Agent, 61 * 30, WEEKS);
        let (long, lag) = (workload.facts(&cast, LONG_EVERY - 1), LONG_REQUESTS);
        let (mut steps, mut inputs) = (Vec::new(), Vec::new());
        for number in [4, 4 + lag] {
            let body: Value = serde_json::from_str(&workload.request(&cast, number).body()).expect("it is JSON");
            let batch = body["batch"].as_array().expect("a batch").clone();
            steps.push(batch.iter().filter(|event| event["body"]["traceId"] == long.id.as_str()).count() as u64);
            let last = |event: &&Value| event["body"]["traceId"] == long.id.as_str() && event["body"]["name"] == "plan";
            inputs.extend(batch.iter().rfind(last).map(|event| event["body"]["input"].to_string()));
            let ends = batch.iter().any(|event| event["body"]["id"] == long.id.as_str());
            assert_eq!(ends, number > lag, "the trace itself comes last");
        }
        let shared = inputs[0].trim_end_matches(']');
        assert!(inputs[1].starts_with(shared), "the history goes on");
        assert!(steps[0] == 30 && steps[1] >= 31, "{steps:?}");
        assert_eq!(workload.whole_traces(workload.requests()), 30);
        assert_eq!((workload.whole_traces(lag + 1), workload.begun_traces(lag + 1)), (2, 30));
    }

    #[test]
    fn late_news_is_of_earlier_traces() {
        let cast = Cast::new();
        let workload = Workload { late_permille: 1_000, ..Workload::new(3, Shape::Mixed, 9_000, WEEKS) };
        let news = |number| workload.request(&cast, number).late;
        assert_eq!((0..workload.requests()).map(news).sum::<u64>(), workload.traces(workload.requests) - 1);
    }
}
