//! How much memory an event adds, by estimate.
//!
//! Owns the constants, which were measured once (resident memory after many observations, divided), and the lengths of
//! what a client may make long. What one event replaces of another is not taken off, so the estimate errs upwards.

use spanstone_model::{Change, ObservationChange, Patch, ScoreChange, Text, TraceChange};

/// A trace with its places in tables and orders.
const TRACE_BYTES: usize = 800;
/// An observation with its places in tables and orders.
const OBSERVATION_BYTES: usize = 900;
/// A score with its places in tables and orders.
const SCORE_BYTES: usize = 700;
/// What a further event of a known row adds: the stamps of its fields, a piece of metadata.
const EVENT_BYTES: usize = 350;
/// One usage type or tag beside its text.
const ITEM_BYTES: usize = 40;

/// The estimate for an event; `is_new` when it is the first of its row.
pub(super) fn of(change: &Change, is_new: bool) -> usize {
    let (row, texts) = match change {
        Change::Trace(change) => (TRACE_BYTES, trace(change)),
        Change::Observation(change) => (OBSERVATION_BYTES, observation(change)),
        Change::Score(change) => (SCORE_BYTES, score(change)),
        Change::Deletion(_) => (0, 0),
    };
    texts + if is_new { row } else { EVENT_BYTES }
}

fn trace(change: &TraceChange) -> usize {
    let tags: usize = change.tags.iter().map(|tag| tag.len() + ITEM_BYTES).sum();
    let session = patched(&change.session_id, |id| id.as_str().len());
    let texts = [&change.name, &change.user_id, &change.release, &change.version];
    tags + session + texts.into_iter().map(text).sum::<usize>() + change.id.as_str().len()
}

fn observation(change: &ObservationChange) -> usize {
    let optional = [&change.status_message, &change.version, &change.model_parameters];
    let optional: usize = optional.into_iter().flatten().map(|text| text.len()).sum();
    let usage: usize = change.usage.iter().map(|(kind, _)| kind.len() + ITEM_BYTES).sum();
    let cost: usize = change.cost.iter().map(|(kind, _)| kind.len() + ITEM_BYTES).sum();
    let ids = change.id.as_str().len() + change.parent_id.as_ref().map_or(0, |id| id.as_str().len());
    optional + usage + cost + ids + text(&change.name) + text(&change.model)
}

fn score(change: &ScoreChange) -> usize {
    let texts = [&change.dataset_run_id, &change.comment, &change.config_id, &change.queue_id];
    texts.into_iter().map(text).sum::<usize>() + change.id.as_str().len() + change.name.len()
}

fn text(patch: &Patch<Text>) -> usize {
    patched(patch, |text| text.len())
}

fn patched<T>(patch: &Patch<T>, length: impl Fn(&T) -> usize) -> usize {
    match patch {
        Patch::Keep | Patch::Clear => 0,
        Patch::Set(value) => length(value),
    }
}
