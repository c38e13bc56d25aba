//! Rows of every shape. The tests in `src` use them, too.

use std::sync::Arc;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use spanstone_model::{
    Cost, CostDetails, Experiment, IngestionSource, Level, Observation, ObservationId, ObservationType, Origin,
    PayloadRef, PriceLink, PriceTier, ProjectId, PromptLink, Root, RootRank, Score, ScoreId, ScoreSource, ScoreValue,
    Sender, SessionId, Stamp, Summary, Text, Timestamp, Tools, Trace, TraceId, TraceStats, UsageDetails, Week,
};
use spanstone_segment::{Header, SealedObservation, SealedPayloads, SealedScore, SealedTrace, SegmentKind};

/// A trace with its observations in the segment.
pub(crate) type TraceRows = (SealedTrace, Vec<SealedObservation>);

/// The header of a segment of some project and week.
pub(crate) fn header(kind: SegmentKind) -> Header {
    let created_at = Timestamp::parse("2026-11-22T20:00:00Z").expect("a time");
    Header { id: 0xabc, project: ProjectId::from_wire("a project"), week: Week::of(created_at), kind, created_at }
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        3 => prop::sample::select(vec!["", "default", "chat", "gpt-4o", "ünïcode 🦀", "a\0b"]).prop_map(Text::from),
        1 => ".{0,20}".prop_map(Text::from),
    ]
}

fn some_text() -> impl Strategy<Value = Option<Text>> {
    option::of(text())
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        4 => (0..50_i64).prop_map(|micros| Timestamp::from_micros(1_795_000_000_000_000 + micros)),
        1 => Just(Timestamp::MIN),
        1 => Just(Timestamp::MAX),
        1 => (Timestamp::MIN.micros()..=Timestamp::MAX.micros()).prop_map(Timestamp::from_micros),
    ]
}

fn cost() -> impl Strategy<Value = Cost> {
    prop_oneof![Just(Cost::ZERO), any::<i64>().prop_map(Cost::from_picodollars)]
}

fn fold() -> impl Strategy<Value = Box<[u8]>> {
    vec(any::<u8>(), 0..12).prop_map(Vec::into_boxed_slice)
}

/// Pieces of metadata with their texts.
fn metadata() -> impl Strategy<Value = (Vec<(Stamp, PayloadRef)>, Vec<Text>)> {
    vec((any::<i64>(), text()), 0..3).prop_map(|pieces| {
        let refs = pieces.iter().zip(0..);
        let refs = refs.map(|((stamp, _), number)| (Stamp::from_number(*stamp), PayloadRef::Sealed(number))).collect();
        (refs, pieces.into_iter().map(|(_, text)| text).collect())
    })
}

fn sealed(text: Option<&Text>) -> Option<PayloadRef> {
    text.map(|_| PayloadRef::Sealed(0))
}

fn stats() -> impl Strategy<Value = TraceStats> {
    let counts = prop_oneof![Just(0_u64), 0..1_000_u64, any::<u64>()];
    // Sums of numbers of observations must not overflow: nobody has that many.
    let small = 0..1_000_u64;
    (
        option::of((time(), time())),
        [cost(), cost(), cost()],
        small.clone(),
        [counts.clone(), counts.clone(), counts],
        [small.clone(), small.clone(), small.clone(), small],
    )
        .prop_map(|(span, [total_cost, input_cost, output_cost], with_cost, tokens, level_counts)| TraceStats {
            span,
            total_cost,
            input_cost,
            output_cost,
            with_cost,
            input_tokens: tokens[0],
            output_tokens: tokens[1],
            total_tokens: tokens[2],
            level_counts,
        })
}

fn summary() -> impl Strategy<Value = Summary> {
    let root = (
        prop::sample::select(RootRank::ALL.to_vec()),
        time(),
        text(),
        [some_text(), some_text()],
        [any::<bool>(), any::<bool>(), any::<bool>()],
    );
    let root = root.prop_map(|(rank, start, id, [name, version], [has_input, has_output, has_metadata])| Root {
        rank,
        start,
        id: ObservationId::from_wire(&id),
        name,
        version,
        has_input,
        has_output,
        has_metadata,
    });
    (vec((text(), stats()), 0..4), option::of(root)).prop_map(|(parts, root)| Summary::new(parts, root))
}

fn trace(id: String) -> impl Strategy<Value = SealedTrace> {
    (
        (time(), text(), [some_text(), some_text(), some_text(), some_text(), some_text()]),
        (any::<bool>(), btree_set(text(), 0..4), [some_text(), some_text()], metadata(), time(), time()),
        (any::<bool>(), any::<bool>(), summary(), fold()),
    )
        .prop_map(move |(first, second, third)| {
            let (timestamp, environment, [name, user_id, session_id, release, version]) = first;
            let (public, tags, [input, output], (refs, pieces), created_at, updated_at) = second;
            let (explicit, known, summary, fold) = third;
            let trace = Trace {
                id: TraceId::from_wire(&id),
                timestamp,
                environment,
                name,
                user_id,
                session_id: session_id.map(|id| SessionId::from_wire(&id)),
                release,
                version,
                public,
                tags: tags.into_iter().collect(),
                input: sealed(input.as_ref()),
                output: sealed(output.as_ref()),
                metadata: refs,
                created_at,
                updated_at,
            };
            let payloads = SealedPayloads { input, output, metadata: pieces };
            SealedTrace { trace: Arc::new(trace), explicit, known, summary, fold, payloads }
        })
}

fn observation(id: String, trace: TraceId) -> impl Strategy<Value = SealedObservation> {
    (
        (
            some_text(),
            prop::sample::select(ObservationType::ALL.to_vec()),
            time(),
            [option::of(time()), option::of(time())],
            text(),
            prop::sample::select(Level::ALL.to_vec()),
            [some_text(), some_text(), some_text(), some_text(), some_text()],
        ),
        (
            btree_map(text(), any::<u64>(), 0..4),
            btree_map(text(), cost(), 0..4),
            option::of((text(), any::<u32>())),
            any::<bool>(),
            [any::<bool>(), any::<bool>()],
            option::of(price()),
            (option::of(tools()), option::of(experiment()), option::of(origin())),
        ),
        ([some_text(), some_text()], metadata(), time(), time(), fold()),
    )
        .prop_map(move |(first, second, third)| {
            let (parent_id, kind, start, [end, completion_start], environment, level, texts) = first;
            let [name, status_message, version, model, model_parameters] = texts;
            let (usage, cost, prompt, is_app_root, [usage_is_counted, cost_is_computed], price, more) = second;
            let (tools, experiment, origin) = more;
            let ([input, output], (refs, pieces), created_at, updated_at, fold) = third;
            let observation = Observation {
                id: ObservationId::from_wire(&id),
                trace_id: trace.clone(),
                parent_id: parent_id.map(|id| ObservationId::from_wire(&id)),
                kind,
                start,
                end,
                completion_start,
                environment,
                name,
                level,
                status_message,
                version,
                model,
                model_parameters,
                usage: UsageDetails::new(usage),
                usage_is_counted,
                cost: CostDetails::new(cost),
                cost_is_computed,
                price,
                tools: tools.filter(|tools| !tools.is_empty()).map(Box::new),
                experiment: experiment.map(Box::new),
                origin,
                prompt: prompt.map(|(name, version)| PromptLink { name, version }),
                is_app_root,
                input: sealed(input.as_ref()),
                output: sealed(output.as_ref()),
                metadata: refs,
                created_at,
                updated_at,
            };
            let payloads = SealedPayloads { input, output, metadata: pieces };
            SealedObservation { observation: Arc::new(observation), fold, payloads }
        })
}

fn tools() -> impl Strategy<Value = Tools> {
    (vec(text(), 0..3), vec(text(), 0..3)).prop_map(|(offered, called)| Tools { offered, called })
}

fn experiment() -> impl Strategy<Value = Experiment> {
    let more = [some_text(), some_text(), some_text(), some_text(), some_text(), some_text()];
    (text(), more).prop_map(|(id, [name, dataset_id, item_id, item_version, root, details])| Experiment {
        id,
        name,
        dataset_id,
        item_id,
        item_version,
        root_observation_id: root.map(|id| ObservationId::from_wire(&id)),
        details,
    })
}

fn origin() -> impl Strategy<Value = Arc<Origin>> {
    let source = prop::sample::select(IngestionSource::ALL.to_vec());
    (source, [some_text(), some_text(), some_text()]).prop_map(|(source, [key, name, version])| {
        Arc::new(Origin { source, sender: Sender::new(key.as_deref(), name.as_deref(), version.as_deref()) })
    })
}

fn price() -> impl Strategy<Value = Arc<PriceLink>> {
    let tier = option::of((text(), text()).prop_map(|(id, name)| PriceTier { id, name }));
    (text(), tier).prop_map(|(model_id, tier)| Arc::new(PriceLink { model_id, tier }))
}

fn score_value() -> impl Strategy<Value = ScoreValue> {
    let number = prop_oneof![Just(0.0), Just(-0.5), prop::num::f64::NORMAL];
    prop_oneof![
        number.clone().prop_map(ScoreValue::Numeric),
        any::<bool>().prop_map(ScoreValue::Boolean),
        (text(), number).prop_map(|(label, value)| ScoreValue::Categorical { label, value }),
        text().prop_map(ScoreValue::Text),
        text().prop_map(ScoreValue::Correction),
    ]
}

fn score(id: String) -> impl Strategy<Value = SealedScore> {
    (
        (time(), text(), [some_text(), some_text(), some_text(), some_text()], text(), score_value()),
        (
            prop::sample::select(ScoreSource::ALL.to_vec()),
            [some_text(), some_text(), some_text(), some_text()],
            metadata(),
            time(),
            time(),
            fold(),
        ),
    )
        .prop_map(move |(first, second)| {
            let (timestamp, environment, [trace_id, observation_id, session_id, dataset_run_id], name, value) = first;
            let (source, texts, (refs, pieces), created_at, updated_at, fold) = second;
            let [comment, config_id, queue_id, execution_trace_id] = texts;
            let score = Score {
                id: ScoreId::from_wire(&id),
                timestamp,
                environment,
                trace_id: trace_id.map(|id| TraceId::from_wire(&id)),
                observation_id: observation_id.map(|id| ObservationId::from_wire(&id)),
                session_id: session_id.map(|id| SessionId::from_wire(&id)),
                dataset_run_id,
                name,
                value,
                source,
                comment,
                config_id,
                queue_id,
                execution_trace_id,
                metadata: refs,
                created_at,
                updated_at,
            };
            SealedScore { score: Arc::new(score), fold, metadata: pieces }
        })
}

/// Ids of which no two are the same.
fn ids(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    btree_set(prop_oneof!["[0-9a-f]{16}", ".{1,12}"], count).prop_map(|ids| ids.into_iter().collect())
}

/// Traces with observations, in the order of a segment.
pub(crate) fn traces() -> impl Strategy<Value = Vec<TraceRows>> {
    let with_observations = |id: String| {
        let trace_id = TraceId::from_wire(&id);
        let prefix = id.clone();
        let observations = ids(0..5).prop_flat_map(move |ids| {
            let of = |id: &String| observation(format!("{prefix}/{id}"), trace_id.clone());
            ids.iter().map(of).collect::<Vec<_>>()
        });
        (trace(id), observations)
    };
    ids(0..8).prop_flat_map(move |ids| ids.into_iter().map(with_observations).collect::<Vec<_>>()).prop_map(
        |mut rows| {
            rows.sort_by(|(left, _), (right, _)| {
                (left.trace.timestamp, &left.trace.id).cmp(&(right.trace.timestamp, &right.trace.id))
            });
            for (_, observations) in &mut rows {
                observations.sort_by(|left, right| {
                    let key = |sealed: &SealedObservation| (sealed.observation.start, sealed.observation.id.clone());
                    key(left).cmp(&key(right))
                });
            }
            rows
        },
    )
}

/// Scores, in the order of a segment.
pub(crate) fn scores() -> impl Strategy<Value = Vec<SealedScore>> {
    ids(0..12).prop_flat_map(|ids| ids.into_iter().map(score).collect::<Vec<_>>()).prop_map(|mut scores| {
        scores.sort_by(|left, right| {
            (left.score.timestamp, &left.score.id).cmp(&(right.score.timestamp, &right.score.id))
        });
        scores
    })
}
