//! Random events: many for a few entities, late ones for old traces, deletions now and then.

use spanstone_model::ProjectId;
use spanstone_testkit::Seed;

use crate::fixtures::NOON;
use crate::oracle::Oracle;
use crate::wire::{Spec, What, observation_id, trace_id};

pub(crate) const WEEK: i64 = 7 * 86_400_000_000;

/// How many numbers of observations belong to each trace.
pub(crate) const OBSERVATIONS_PER_TRACE: u64 = 8;

/// Where the traffic is: it moves on from trace to trace, and sometimes goes back.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    /// The number of the youngest trace.
    pub(crate) youngest: u64,
    /// How many weeks the traces are spread over.
    pub(crate) weeks: i64,
    /// After so many traces they begin a week later.
    pub(crate) traces_per_week: u64,
    /// How long payloads are at the most.
    pub(crate) text_bytes: u32,
    /// Among how many traces next to each other the events of one score are spread.
    pub(crate) score_spread: u64,
    /// One event in so many deletes something.
    pub(crate) deletions_one_in: u64,
}

impl Default for Traffic {
    fn default() -> Self {
        Self { youngest: 4, weeks: 3, traces_per_week: u64::MAX, text_bytes: 60, score_spread: 3, deletions_one_in: 40 }
    }
}

impl Traffic {
    /// The events of one request.
    pub(crate) fn request(&mut self, project: &ProjectId, oracle: &Oracle, seed: &mut Seed) -> Vec<Spec> {
        let count = 1 + seed.below(6);
        (0..count).map(|_| self.event(project, oracle, seed)).collect()
    }

    /// When a trace begins.
    pub(crate) fn time_of(&self, trace: u64) -> i64 {
        let begun = i64::try_from(trace / self.traces_per_week).expect("small");
        let trace = i64::try_from(trace).expect("small");
        NOON + (begun - trace % self.weeks) * WEEK + trace * 60_000_000
    }

    fn event(&mut self, project: &ProjectId, oracle: &Oracle, seed: &mut Seed) -> Spec {
        self.youngest += u64::from(seed.one_in(8));
        let back = if seed.one_in(4) { seed.below(self.youngest + 1) } else { seed.below(4) };
        let trace = self.youngest - back.min(self.youngest);
        let id = trace * OBSERVATIONS_PER_TRACE + seed.below(OBSERVATIONS_PER_TRACE);
        let what = self.what(seed);
        let (what, id) = match what {
            What::Observation | What::Stray | What::Counted | What::Reprice => {
                (tamed(what, project, oracle, trace, id), id)
            }
            // Some scores come before their traces.
            What::Score | What::DeleteScore => (what, trace + seed.below(self.score_spread)),
            What::Trace | What::DeleteTrace | What::DeleteProject => (what, trace),
        };
        let time = self.time_of(trace) + i64::try_from(seed.below(5)).expect("small") * 1_000_000;
        Spec {
            what,
            id: u32::try_from(id).expect("small"),
            trace: u32::try_from(trace).expect("small"),
            time,
            // Few different stamps, so that many are equal and many come too late.
            stamp: time / 1_000 + i64::try_from(seed.below(12)).expect("small"),
            text_bytes: self.text_bytes,
            gene: seed.next_u64(),
        }
    }

    fn what(&self, seed: &mut Seed) -> What {
        if seed.one_in(self.deletions_one_in) {
            return match seed.below(40) {
                0 => What::DeleteProject,
                1..25 => What::DeleteTrace,
                _ => What::DeleteScore,
            };
        }
        match seed.below(20) {
            0..5 => What::Trace,
            5..12 => What::Observation,
            12 => What::Counted,
            13 => What::Reprice,
            14..16 => What::Stray,
            _ => What::Score,
        }
    }
}

/// An event of an observation that is sealed finds it by the trace that the event names, or anywhere if it names none. So
/// an event that names no trace comes only for an observation that is known, and once it has gone to the trace that was
/// made up for it, no event names another one.
fn tamed(what: What, project: &ProjectId, oracle: &Oracle, trace: u64, id: u64) -> What {
    let number = |number| u32::try_from(number).expect("small");
    match oracle.place_of(project, &observation_id(number(id))) {
        None => What::Observation,
        Some(place) if *place != trace_id(number(trace)) => What::Stray,
        Some(_) => what,
    }
}
