//! The body of `trace-create`.

use spanstone_model::{Patch, SessionId, Text, TraceChange, TraceId};

use super::event::Envelope;
use super::fields::Fields;

const NAME_UNITS_MAX: usize = 1_000;

/// Reads what a body says about a trace; nothing when it does not say about which one.
pub(super) fn read(fields: &mut Fields<'_, '_>, envelope: &Envelope<'_>) -> Option<TraceChange> {
    let id = fields.id("id");
    let change = TraceChange {
        id: TraceId::from_wire(id.as_deref().unwrap_or_default()),
        timestamp: fields.time("timestamp").unwrap_or(envelope.timestamp),
        environment: fields.environment(),
        name: name(fields),
        user_id: nobody_for_empty(fields.patch("userId")),
        session_id: match nobody_for_empty(fields.patch("sessionId")) {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(id) => Patch::Set(SessionId::from_wire(&id)),
        },
        release: fields.patch("release"),
        version: fields.patch("version"),
        tags: fields.texts("tags"),
        public: fields.boolean("public"),
        input: fields.payload("input"),
        output: fields.payload("output"),
        metadata: fields.metadata(),
        explicit: true,
    };
    id.map(|_| change)
}

fn name(fields: &mut Fields<'_, '_>) -> Patch<Text> {
    let name = fields.patch("name");
    if let Patch::Set(name) = &name
        && name.len() > NAME_UNITS_MAX
        && name.encode_utf16().count() > NAME_UNITS_MAX
    {
        let message = format!("Too big: expected string to have <={NAME_UNITS_MAX} characters");
        fields.issue("too_big", "name", message);
    }
    name
}

/// An empty user or session is none: it would gather every trace that has neither.
fn nobody_for_empty(patch: Patch<Text>) -> Patch<Text> {
    match patch {
        Patch::Set(text) if text.is_empty() => Patch::Clear,
        patch => patch,
    }
}
