//! Agents of thirty turns: in each a model is given the whole history and wants a tool, whose answer joins it.

use super::mixed::Scene;
use super::{Cast, Events, Facts, Part, Workload};

const TURNS: u64 = 30;
/// A root, and a model call and a tool for each turn.
pub(super) const OBSERVATIONS: u64 = 1 + 2 * TURNS;
pub(super) const TRACES_PER_REQUEST: u64 = 2;

/// Appends the events of a trace.
pub(super) fn write(workload: &Workload, cast: &Cast, facts: &Facts, part: Part, events: &mut Events) {
    let mut scene = Scene::open(workload, cast, facts, part, events);
    for _ in 0..TURNS {
        scene.model_call();
        scene.tool();
    }
    scene.close();
}
