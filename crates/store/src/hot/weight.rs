//! How much memory rows take, by estimate.
//!
//! Owns the constants, which were measured once (resident memory after many observations, divided), and the lengths of
//! what a client may make long. What one event replaces of another is not taken off until the row goes, so the estimate
//! errs upwards.

use spanstone_model::{
    Details, Experiment, Observation, ObservationChange, Patch, Score, ScoreChange, SessionId, Summary, Text, Tools,
    Trace, TraceChange,
};

/// A trace with its places in tables and orders.
pub(super) const TRACE_BYTES: usize = 800;
/// An observation with its places in tables and orders.
pub(super) const OBSERVATION_BYTES: usize = 960;
/// A score with its places in tables and orders.
pub(super) const SCORE_BYTES: usize = 700;
/// What a further event of a known row adds: the stamps of its fields, a piece of metadata.
pub(super) const EVENT_BYTES: usize = 350;
/// One usage type or tag beside its text.
const ITEM_BYTES: usize = 40;
/// A piece of metadata: its stamp and its place.
const PIECE_BYTES: usize = 32;
/// A name in a list of names that are kept elsewhere.
const PLACE_BYTES: usize = 16;
/// The part of an experiment that an observation is, beside its texts.
const EXPERIMENT_BYTES: usize = 240;
/// An id in a set of ids, beside its text.
pub(super) const SET_ITEM_BYTES: usize = 64;
/// The sums of one environment.
const SUMS_BYTES: usize = 160;

/// The bytes that one row was counted with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight(u32);

impl Weight {
    /// Counts further bytes with the row, and in the total.
    pub(super) fn add(&mut self, bytes: usize, total: &mut usize) {
        self.0 = self.0.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        *total += bytes;
    }

    /// Takes bytes that were counted before off again.
    pub(super) fn take_off(&mut self, bytes: usize, total: &mut usize) {
        self.0 = self.0.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
        *total = total.saturating_sub(bytes);
    }

    /// Takes a row that is gone off the total.
    pub(super) fn remove_from(self, total: &mut usize) {
        *total = total.saturating_sub(self.0 as usize);
    }
}

/// What an event about a trace brings along.
pub(super) fn trace_change(change: &TraceChange) -> usize {
    let tags: usize = change.tags.iter().map(|tag| tag.len() + ITEM_BYTES).sum();
    let session = patched(&change.session_id, |id| id.as_str().len());
    let texts = [&change.name, &change.user_id, &change.release, &change.version];
    tags + session + texts.into_iter().map(patched_text).sum::<usize>()
}

/// What an event about an observation brings along.
pub(super) fn observation_change(change: &ObservationChange) -> usize {
    let optional = [&change.status_message, &change.version, &change.model_parameters];
    let (usage, cost) = (amounts(&change.usage), amounts(&change.cost));
    let hints: usize = change.price_hints.iter().map(|(key, value)| key.len() + value.len() + ITEM_BYTES).sum();
    let tools = change.tools.as_deref().map_or(0, tools);
    let experiment = change.experiment.as_deref().map_or(0, experiment);
    let ids = change.id.as_str().len() + change.parent_id.as_ref().map_or(0, |id| id.as_str().len());
    texts(optional)
        + usage
        + cost
        + hints
        + tools
        + experiment
        + ids
        + patched_text(&change.name)
        + patched_text(&change.model)
}

/// What an event about a score brings along.
pub(super) fn score_change(change: &ScoreChange) -> usize {
    let texts = [&change.dataset_run_id, &change.comment, &change.config_id, &change.queue_id];
    texts.into_iter().map(patched_text).sum::<usize>() + change.id.as_str().len() + change.name.len()
}

/// A trace that was taken over from an older layer.
pub(super) fn trace(row: &Trace) -> usize {
    let tags: usize = row.tags.iter().map(|tag| tag.len() + ITEM_BYTES).sum();
    let session = row.session_id.as_ref().map(SessionId::as_str).map_or(0, str::len);
    let optional = [&row.name, &row.user_id, &row.release, &row.version];
    EVENT_BYTES + tags + session + texts(optional) + row.metadata.len() * PIECE_BYTES
}

/// An observation that was taken over from an older layer.
pub(super) fn observation(row: &Observation) -> usize {
    let (usage, cost) = (amounts(&row.usage), amounts(&row.cost));
    let more = row.tools.as_deref().map_or(0, tools) + row.experiment.as_deref().map_or(0, experiment);
    let ids = row.id.as_str().len() + row.parent_id.as_ref().map_or(0, |id| id.as_str().len());
    let optional = [&row.name, &row.status_message, &row.version, &row.model, &row.model_parameters];
    OBSERVATION_BYTES + EVENT_BYTES + usage + cost + more + ids + texts(optional) + row.metadata.len() * PIECE_BYTES
}

/// The names of tools, of which each is kept once, but not the places that they have in a list.
fn tools(tools: &Tools) -> usize {
    let names = tools.offered.iter().chain(&tools.called);
    ITEM_BYTES + names.map(|name| name.len() / 4 + PLACE_BYTES).sum::<usize>()
}

fn experiment(it: &Experiment) -> usize {
    let Experiment { id, name, dataset_id, item_id, item_version, root_observation_id, details } = it;
    let root = root_observation_id.as_ref().map_or(0, |id| id.as_str().len());
    EXPERIMENT_BYTES + id.len() + root + texts([name, dataset_id, item_id, item_version, details])
}

/// Usage or cost.
pub(super) fn amounts<A: Copy>(details: &Details<A>) -> usize {
    details.iter().map(|(kind, _)| kind.len() + ITEM_BYTES).sum()
}

/// What an answer of the price table brought along; the entry that it names is shared by all rows.
pub(super) fn computed_cost(row: &Observation) -> usize {
    if row.cost_is_computed { amounts(&row.cost) } else { 0 }
}

/// A score that was taken over from an older layer.
pub(super) fn score(row: &Score) -> usize {
    let optional = [&row.dataset_run_id, &row.comment, &row.config_id, &row.queue_id, &row.execution_trace_id];
    let ids = row.id.as_str().len() + row.trace_id.as_ref().map_or(0, |id| id.as_str().len());
    SCORE_BYTES + EVENT_BYTES + ids + row.name.len() + texts(optional) + row.metadata.len() * PIECE_BYTES
}

/// What older observations come to.
pub(super) fn summary(summary: &Summary) -> usize {
    let environments: usize = summary.by_environment().iter().map(|(name, _)| name.len() + SUMS_BYTES).sum();
    let root =
        summary.root().map_or(0, |root| root.id.as_str().len() + texts([&root.name, &root.version]) + ITEM_BYTES);
    environments + root
}

fn texts<const N: usize>(texts: [&Option<Text>; N]) -> usize {
    texts.into_iter().flatten().map(|text| text.len()).sum()
}

fn patched_text(patch: &Patch<Text>) -> usize {
    patched(patch, |text| text.len())
}

fn patched<T>(patch: &Patch<T>, length: impl Fn(&T) -> usize) -> usize {
    match patch {
        Patch::Keep | Patch::Clear => 0,
        Patch::Set(value) => length(value),
    }
}
