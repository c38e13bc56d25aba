//! A span as an observation.

use spanstone_model::{
    Assumed, CostDetails, IdError, ObservationChange, ObservationId, Patch, Payload, Text, Timestamp, TraceId,
    UsageDetails,
};

use super::payload::Sides;
use super::span::View;
use super::{dialect, experiment, fields, metadata, parameters, tools, usage};
use crate::Keep;

/// Why a span has no place among traces and observations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SpanError {
    #[error("traceId: {0}")]
    TraceId(IdError),
    #[error("spanId: {0}")]
    SpanId(IdError),
}

/// When a span began and ended. One stands in for the other, `received_at` for both; the end is never before the
/// start.
pub(super) fn times(view: &View<'_>, received_at: Timestamp) -> (Timestamp, Timestamp) {
    let start = view.span.start.map(Timestamp::from_nanos);
    let end = view.span.end.map(Timestamp::from_nanos);
    let start = start.or(end).unwrap_or(received_at);
    (start, end.unwrap_or(start).max(start))
}

/// Returns the observation that a span is.
///
/// # Errors
/// Fails when the span's ids break the rule for ids.
pub(super) fn observation(
    view: &View<'_>,
    (start, end): (Timestamp, Timestamp),
    keep: Keep,
) -> Result<ObservationChange, SpanError> {
    let mut sides = dialect::payloads(view);
    let offered = tools::offered(view.attributes());
    let tools = tools::names(view, &mut sides, &offered);
    let Sides { input, output } = sides;
    let input = tools::with_offered(input, offered);
    let kind = dialect::kind(view);
    let call = Call::of(view);
    Ok(ObservationChange {
        id: ObservationId::parse(&view.span.id).map_err(SpanError::SpanId)?,
        trace_id: TraceId::parse(&view.span.trace_id).map_err(SpanError::TraceId)?,
        trace_invented: false,
        start,
        environment: fields::environment(view),
        assumed: Assumed::default(),
        kind,
        parent_id: parent(view),
        end: Some(end),
        completion_start: fields::completion_start(view, start),
        name: Patch::set(fields::observation_name(view).map(Text::from)),
        level: Patch::Set(fields::level(view)),
        status_message: fields::status_message(view),
        version: fields::version(view),
        model: Patch::set(call.model),
        model_parameters: parameters::parameters(view),
        usage: call.usage,
        cost: call.cost,
        price_hints: Vec::new(),
        tools,
        experiment: experiment::experiment(view.attributes()),
        prompt: fields::prompt(view, kind),
        is_app_root: fields::is_app_root(view),
        input: input.and_then(|side| side.into_payload(keep)),
        output: output.and_then(|side| side.into_payload(keep)),
        metadata: Some(match keep {
            Keep::Skeleton => Payload::Elided,
            Keep::Payloads => Payload::Text(metadata::of_observation(view).into()),
        }),
    })
}

fn parent(view: &View<'_>) -> Option<ObservationId> {
    let id = &view.span.parent_id;
    (!id.is_empty()).then(|| ObservationId::from_wire(id))
}

/// What a span says about the model call that it is; nothing when it only surrounds calls.
#[derive(Default)]
struct Call {
    model: Option<Text>,
    usage: UsageDetails,
    cost: CostDetails,
}

impl Call {
    fn of(view: &View<'_>) -> Self {
        if dialect::is_around_calls(view) {
            return Self::default();
        }
        Self { model: fields::model(view), usage: usage::usage(view), cost: usage::cost(view) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample::sample;

    #[test]
    fn one_time_stands_in_for_the_other_and_the_end_is_never_first() {
        for (start, end, expected) in [
            (Some(1_000_500), Some(2_000_999), [1_000, 2_000]),
            (Some(2_000_000), Some(1_000_000), [2_000, 2_000]),
            (None, Some(2_000_000), [2_000, 2_000]),
            (Some(1_000_000), None, [1_000, 1_000]),
            (None, None, [9_000_000, 9_000_000]),
        ] {
            let mut sample = sample(&[]);
            (sample.span.start, sample.span.end) = (start, end);
            let observation = sample.observation();
            let micros = [Some(observation.start), observation.end].map(|time| time.map(Timestamp::micros));
            assert_eq!(micros, expected.map(Some), "{start:?} {end:?}");
        }
    }

    #[test]
    fn a_parent_need_not_exist_and_an_empty_one_is_none() {
        assert_eq!(sample(&[]).observation().parent_id, None);
        let zeros = "0000000000000000";
        assert_eq!(sample(&[]).parent(zeros).observation().parent_id, Some(ObservationId::from_wire(zeros)));
    }

    #[test]
    fn ids_that_are_none_are_told_apart() {
        let mut sample = sample(&[]);
        sample.span.id = "a\rb".into();
        let of = |sample: &crate::otlp::sample::Sample| {
            observation(&sample.view(), (Timestamp::MIN, Timestamp::MIN), Keep::Skeleton)
        };
        assert_eq!(of(&sample), Err(SpanError::SpanId(IdError::CarriageReturn)));
        sample.span.id = "id".into();
        sample.span.trace_id = "".into();
        assert_eq!(of(&sample), Err(SpanError::TraceId(IdError::Empty)));
    }
}
