//! What retention may have dropped, for a model that cannot know when the archivist looked.
//!
//! The traces of a test, with their observations and scores, are *families* that have one number and one week. Owns which
//! of them are in doubt: their week was too old for some rule at some time, so that they may be there, or not, or in part
//! when events came after they were dropped. Everything else has to be right to the last text.

use std::collections::BTreeMap;

use spanstone_model::{ProjectId, Timestamp, Week};
use spanstone_store::Retention;

use crate::events::OBSERVATIONS_PER_TRACE;
use crate::oracle::{Oracle, Seen};
use crate::wire::{Spec, What};

const DAY: i64 = 86_400_000_000;

/// What may have been dropped.
#[derive(Debug, Default)]
pub(crate) struct Aging {
    /// The week of every family that was ever written.
    weeks: BTreeMap<(ProjectId, u32), Week>,
    /// The families in doubt, each with what [`Self::epoch`] was when it came to be.
    doubtful: BTreeMap<(ProjectId, u32), u64>,
    /// Goes up whenever something may have been dropped.
    epoch: u64,
}

/// The number of the family that an id belongs to.
fn family(id: &str) -> u32 {
    let (kind, number) = id.rsplit_once('-').expect("the tests' ids end in a number");
    let number: u32 = number.parse().expect("the tests' ids end in a number");
    match kind {
        "observation" | "invented" => number / u32::try_from(OBSERVATIONS_PER_TRACE).expect("small"),
        _ => number,
    }
}

/// Whether a week is over for longer than a rule says.
pub(crate) fn is_too_old(rule: &Retention, now: Timestamp, project: &ProjectId, week: Week) -> bool {
    let own = rule.projects.get(project).and_then(|own| own.days);
    own.or(rule.days).is_some_and(|days| week.last().micros() + i64::from(days) * DAY <= now.micros())
}

impl Aging {
    /// Takes note of events. Each one is of a family of one week.
    pub(crate) fn note(&mut self, project: &ProjectId, specs: &[Spec]) {
        for spec in specs.iter().filter(|spec| spec.what != What::DeleteProject) {
            let week = Week::of(Timestamp::from_micros(spec.time));
            let before = self.weeks.insert((project.clone(), spec.trace), week);
            assert!(before.is_none_or(|before| before == week), "a family is of one week");
        }
    }

    /// Puts in doubt what is too old for a rule.
    pub(crate) fn doubt_by_age(&mut self, rule: &Retention, now: Timestamp) {
        self.doubt(|project, week| is_too_old(rule, now, project, week));
    }

    /// Puts in doubt what is of these weeks.
    pub(crate) fn doubt(&mut self, may_go: impl Fn(&ProjectId, Week) -> bool) {
        let going = self.weeks.iter().filter(|((project, _), week)| may_go(project, **week));
        for (family, _) in going {
            self.doubtful.entry(family.clone()).or_insert(self.epoch);
        }
    }

    /// Says that something may have been dropped.
    pub(crate) fn next_epoch(&mut self) {
        self.epoch += 1;
    }

    /// What of `seen` is not in doubt.
    pub(crate) fn firm(&self, project: &ProjectId, seen: Seen) -> Seen {
        seen.of(|id| !self.doubtful.contains_key(&(project.clone(), family(id))))
    }

    /// Takes account of what is seen of a project when the archivist is at rest, and has dropped what was too old: what is
    /// gone is forgotten, and what nothing was dropped of is no longer in doubt.
    pub(crate) fn resolve(&mut self, project: &ProjectId, seen: &Seen, oracle: &mut Oracle) {
        let own = |(other, family): (&(ProjectId, u32), &u64)| (&other.0 == project).then_some((other.1, *family));
        let doubtful: Vec<(u32, u64)> = self.doubtful.iter().filter_map(own).collect();
        for (number, epoch) in doubtful {
            let is_meant = |id: &str| family(id) == number;
            if seen.clone().of(is_meant) == Seen::default() {
                oracle.forget(project, is_meant);
            } else if epoch < self.epoch {
                continue;
            }
            self.doubtful.remove(&(project.clone(), number));
        }
    }

    /// How many families are in doubt, and how many there are.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.doubtful.len(), self.weeks.len())
    }
}
