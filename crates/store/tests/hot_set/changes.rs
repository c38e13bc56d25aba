//! Events that say nothing but what a test adds, and the project they are of.

use spanstone_model::{
    Assumed, BodyKind, Change, CostDetails, EntryHeader, Event, ObservationChange, ObservationId, ObservationType,
    Patch, ProjectId, ScoreChange, ScoreId, ScoreSource, ScoreValue, Sender, Stamp, StampKind, Timestamp, TraceChange,
    TraceId, UsageDetails,
};

pub(crate) fn project() -> ProjectId {
    ProjectId::from_wire("p")
}

/// What is known of a request that arrived then.
pub(crate) fn header(received_at: Timestamp) -> EntryHeader {
    let sender = Sender::new(Some("pk"), Some("python"), None);
    EntryHeader { sender, ..EntryHeader::new(project(), BodyKind::LangfuseBatch, received_at) }
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn create(millis: i64) -> Stamp {
    Stamp::new(at(millis), StampKind::Create)
}

pub(crate) fn trace_change(id: &str, timestamp: i64) -> TraceChange {
    TraceChange {
        id: TraceId::from_wire(id),
        timestamp: at(timestamp),
        environment: "default".into(),
        name: Patch::Keep,
        user_id: Patch::Keep,
        session_id: Patch::Keep,
        release: Patch::Keep,
        version: Patch::Keep,
        tags: vec![],
        public: None,
        input: None,
        output: None,
        metadata: None,
        explicit: true,
    }
}

pub(crate) fn observation_change(id: &str, trace: &str, start: i64) -> ObservationChange {
    ObservationChange {
        id: ObservationId::from_wire(id),
        trace_id: TraceId::from_wire(trace),
        trace_invented: false,
        start: at(start),
        environment: "default".into(),
        assumed: Assumed::default(),
        kind: ObservationType::Span,
        parent_id: None,
        end: None,
        completion_start: None,
        name: Patch::Keep,
        level: Patch::Keep,
        status_message: None,
        version: None,
        model: Patch::Keep,
        model_parameters: None,
        usage: UsageDetails::default(),
        cost: CostDetails::default(),
        price_hints: Vec::new(),
        tools: None,
        experiment: None,
        prompt: None,
        is_app_root: None,
        input: None,
        output: None,
        metadata: None,
    }
}

pub(crate) fn score_change(id: &str, trace: &str) -> ScoreChange {
    ScoreChange {
        id: ScoreId::from_wire(id),
        timestamp: at(0),
        environment: "default".into(),
        trace_id: Some(TraceId::from_wire(trace)),
        observation_id: Patch::Keep,
        session_id: Patch::Keep,
        dataset_run_id: Patch::Keep,
        name: "accuracy".into(),
        value: ScoreValue::Numeric(1.0),
        source: ScoreSource::Api,
        comment: Patch::Keep,
        config_id: Patch::Keep,
        queue_id: Patch::Keep,
        execution_trace_id: Patch::Keep,
        metadata: None,
    }
}

pub(crate) fn event(stamp: Stamp, change: Change) -> Event {
    Event { stamp, change }
}
