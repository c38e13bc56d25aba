//! A wire format of the tests' own: a request is a list of short specifications, and everything that an event says follows
//! from its specification.

use spanstone_model::{
    Assumed, Change, Cost, CostDetails, Deletion, Derived, EntryHeader, Event, EventPayloads, Experiment, Level,
    ObservationChange, ObservationId, ObservationType, Patch, Payload, PromptLink, ScoreChange, ScoreId, ScoreSource,
    ScoreValue, SessionId, Stamp, StampKind, Text, Timestamp, Tools, TraceChange, TraceId, UsageDetails,
};
use spanstone_store::Decode;
use spanstone_testkit::Seed;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Trace,
    Observation,
    /// An observation whose event names no trace.
    Stray,
    Score,
    DeleteTrace,
    DeleteScore,
    DeleteProject,
    /// What a tokenizer counted for an observation.
    Counted,
    /// That the price of an observation is to be asked for again.
    Reprice,
}

const WHATS: [What; 9] = [
    What::Trace,
    What::Observation,
    What::Stray,
    What::Score,
    What::DeleteTrace,
    What::DeleteScore,
    What::DeleteProject,
    What::Counted,
    What::Reprice,
];

/// One event, short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) what: What,
    /// The number of the entity.
    pub(crate) id: u32,
    /// The number of the trace of an observation or a score.
    pub(crate) trace: u32,
    /// When the entity began, in microseconds.
    pub(crate) time: i64,
    /// The time of the event's envelope, in milliseconds.
    pub(crate) stamp: i64,
    /// How long its payloads are, about.
    pub(crate) text_bytes: u32,
    /// What the rest of the event follows from.
    pub(crate) gene: u64,
}

const SPEC_BYTES: usize = 37;

/// A long text is a block of so many letters, again and again.
const BLOCK_BYTES: usize = 1024;

/// An event of which nothing matters but what it is about, and when that began.
pub(crate) fn spec(what: What, id: u32, trace: u32, time: i64) -> Spec {
    Spec { what, id, trace, time, stamp: time / 1_000, text_bytes: 0, gene: u64::from(id) }
}

impl Spec {
    fn encode(&self, body: &mut Vec<u8>) {
        let Self { what, id, trace, time, stamp, text_bytes, gene } = self;
        body.push(u8::try_from(WHATS.iter().position(|known| known == what).expect("small")).expect("small"));
        body.extend(id.to_le_bytes());
        body.extend(trace.to_le_bytes());
        body.extend(time.to_le_bytes());
        body.extend(stamp.to_le_bytes());
        body.extend(text_bytes.to_le_bytes());
        body.extend(gene.to_le_bytes());
    }

    fn decode(bytes: &[u8; SPEC_BYTES]) -> Self {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("a slice of that length"));
        let long = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("a slice of that length"));
        Self {
            what: WHATS[usize::from(bytes[0])],
            id: word(1),
            trace: word(5),
            time: long(9).cast_signed(),
            stamp: long(17).cast_signed(),
            text_bytes: word(25),
            gene: long(29),
        }
    }
}

/// The body of a request.
pub(crate) fn encode(specs: &[Spec]) -> Vec<u8> {
    let mut body = Vec::with_capacity(specs.len() * SPEC_BYTES);
    specs.iter().for_each(|spec| spec.encode(&mut body));
    body
}

/// The decoder that the store is given.
#[derive(Debug)]
pub(crate) struct Decoder;

impl Decode for Decoder {
    fn decode(&self, _: &EntryHeader, body: &[u8]) -> Vec<Event> {
        events(&specs(body)).into_iter().map(|(event, _)| event).collect()
    }

    fn payloads(&self, _: &EntryHeader, body: &[u8]) -> Result<Vec<EventPayloads>, String> {
        Ok(events(&specs(body)).into_iter().map(|(_, payloads)| payloads).collect())
    }
}

fn specs(body: &[u8]) -> Vec<Spec> {
    body.as_chunks().0.iter().map(Spec::decode).collect()
}

/// What the events of a request say, each with its payloads.
pub(crate) fn events(specs: &[Spec]) -> Vec<(Event, EventPayloads)> {
    specs.iter().map(|spec| Expansion { spec, seed: Seed::new(spec.gene) }.event()).collect()
}

pub(crate) fn trace_id(number: u32) -> TraceId {
    TraceId::from_wire(&format!("trace-{number}"))
}

pub(crate) fn observation_id(number: u32) -> ObservationId {
    ObservationId::from_wire(&format!("observation-{number}"))
}

pub(crate) fn score_id(number: u32) -> ScoreId {
    ScoreId::from_wire(&format!("score-{number}"))
}

struct Expansion<'a> {
    spec: &'a Spec,
    seed: Seed,
}

impl Expansion<'_> {
    fn event(mut self) -> (Event, EventPayloads) {
        let kind = if self.seed.one_in(2) { StampKind::Create } else { StampKind::Update };
        let stamp = Stamp::new(Timestamp::from_millis(self.spec.stamp), kind);
        let deletion = |deletion| (Change::Deletion(deletion), EventPayloads::default());
        let (change, payloads) = match self.spec.what {
            What::Trace => self.trace(),
            What::Observation | What::Stray => self.observation(),
            What::Score => self.score(),
            What::DeleteTrace => deletion(Deletion::Trace(trace_id(self.spec.id))),
            What::DeleteScore => deletion(Deletion::Score(score_id(self.spec.id))),
            What::DeleteProject => deletion(Deletion::Project),
            What::Counted | What::Reprice => (Change::Derived(self.derived()), EventPayloads::default()),
        };
        (Event { stamp, change }, payloads)
    }

    fn trace(&mut self) -> (Change, EventPayloads) {
        let payloads = self.payloads(true);
        let change = TraceChange {
            id: trace_id(self.spec.id),
            timestamp: self.time(),
            environment: self.environment(),
            name: self.patch("name"),
            user_id: self.patch("user"),
            session_id: match self.patch("session") {
                Patch::Keep => Patch::Keep,
                Patch::Clear => Patch::Clear,
                Patch::Set(id) => Patch::Set(SessionId::from_wire(&id)),
            },
            release: self.patch("release"),
            version: self.patch("version"),
            tags: (0..self.seed.below(3)).map(|_| self.text("tag")).collect(),
            public: self.some(|seed| seed.one_in(2)),
            input: elided(payloads.input.as_ref()),
            output: elided(payloads.output.as_ref()),
            metadata: elided(payloads.metadata.as_ref()),
            explicit: self.seed.one_in(2),
        };
        (Change::Trace(Box::new(change)), payloads)
    }

    fn derived(&mut self) -> Derived {
        let (trace_id, observation_id) = (trace_id(self.spec.trace), observation_id(self.spec.id));
        if self.spec.what == What::Reprice {
            return Derived::Reprice { trace_id, observations: vec![observation_id] };
        }
        let usage = UsageDetails::new([("input".into(), self.seed.below(1_000)), ("output".into(), 7)]);
        Derived::Counted { trace_id, observation_id, usage }
    }

    fn observation(&mut self) -> (Change, EventPayloads) {
        let payloads = self.payloads(true);
        let is_stray = self.spec.what == What::Stray;
        let start = self.time();
        let change =
            ObservationChange {
                id: observation_id(self.spec.id),
                trace_id: if is_stray {
                    TraceId::from_wire(&format!("invented-{}", self.spec.id))
                } else {
                    trace_id(self.spec.trace)
                },
                trace_invented: is_stray,
                start,
                environment: self.environment(),
                assumed: Assumed { start: self.seed.one_in(4), environment: self.seed.one_in(4) },
                kind: ObservationType::ALL[self.index(10)],
                parent_id: self.some(|seed| observation_id(u32::try_from(seed.below(50)).expect("small"))),
                end: self.some(|seed| {
                    let micros = start.micros() + i64::try_from(seed.below(3_000_000)).expect("small") - 1_000_000;
                    Timestamp::from_micros(micros)
                }),
                completion_start: self.some(|seed| {
                    Timestamp::from_micros(start.micros() + i64::try_from(seed.below(1_000_000)).expect("small"))
                }),
                name: self.patch("step"),
                level: match self.seed.below(4) {
                    0 => Patch::Clear,
                    1 => Patch::Set(Level::ALL[self.index(4)]),
                    _ => Patch::Keep,
                },
                status_message: self.some_text("status"),
                version: self.some_text("version"),
                model: self.patch("model"),
                model_parameters: self.some(|seed| Text::from(format!(r#"{{"temperature":{}}}"#, seed.below(9)))),
                usage: UsageDetails::new(self.amounts().into_iter().map(|(kind, amount)| (kind.into(), amount))),
                cost: CostDetails::new(self.amounts().into_iter().map(|(kind, amount)| {
                    (kind.into(), Cost::from_picodollars(i64::try_from(amount).expect("small")))
                })),
                price_hints: Vec::new(),
                tools: self.tools(),
                experiment: self.experiment(),
                prompt: self.some(|seed| PromptLink {
                    name: format!("prompt-{}", seed.below(5)).into(),
                    version: u32::try_from(seed.below(9)).expect("small"),
                }),
                is_app_root: self.some(|seed| seed.one_in(2)),
                input: elided(payloads.input.as_ref()),
                output: elided(payloads.output.as_ref()),
                metadata: elided(payloads.metadata.as_ref()),
            };
        (Change::Observation(Box::new(change)), payloads)
    }

    fn tools(&mut self) -> Option<Box<Tools>> {
        let names = |seed: &mut Seed| (0..seed.below(3)).map(|_| format!("tool-{}", seed.below(5)).into()).collect();
        let tools = Tools { offered: names(&mut self.seed), called: names(&mut self.seed) };
        (!tools.is_empty()).then(|| Box::new(tools))
    }

    fn experiment(&mut self) -> Option<Box<Experiment>> {
        if !self.seed.one_in(3) {
            return None;
        }
        Some(Box::new(Experiment {
            id: self.text("experiment"),
            name: self.some_text("name"),
            dataset_id: self.some_text("dataset"),
            item_id: self.some_text("item"),
            item_version: self.some_text("version"),
            root_observation_id: self.some(|seed| observation_id(u32::try_from(seed.below(50)).expect("small"))),
            details: self.some_text("details"),
        }))
    }

    fn score(&mut self) -> (Change, EventPayloads) {
        let payloads = self.payloads(false);
        let change = ScoreChange {
            id: score_id(self.spec.id),
            timestamp: self.time(),
            environment: self.environment(),
            trace_id: (!self.seed.one_in(6)).then(|| trace_id(self.spec.trace)),
            observation_id: match self.seed.below(3) {
                0 => Patch::Set(observation_id(self.spec.trace)),
                1 => Patch::Clear,
                _ => Patch::Keep,
            },
            session_id: match self.seed.below(8) {
                0 => Patch::Set(SessionId::from_wire("session-1")),
                1 => Patch::Clear,
                _ => Patch::Keep,
            },
            dataset_run_id: self.patch("run"),
            name: self.text("score"),
            value: self.score_value(),
            source: ScoreSource::ALL[self.index(3)],
            comment: self.patch("comment"),
            config_id: self.patch("config"),
            queue_id: self.patch("queue"),
            execution_trace_id: self.patch("execution"),
            metadata: elided(payloads.metadata.as_ref()),
        };
        (Change::Score(Box::new(change)), payloads)
    }

    fn score_value(&mut self) -> ScoreValue {
        let label = self.text("label");
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let number = self.seed.below(1_000) as f64 / 8.0 - 60.0;
        match self.seed.below(5) {
            0 => ScoreValue::Numeric(number),
            1 => ScoreValue::Boolean(number > 0.0),
            2 => ScoreValue::Categorical { label, value: number },
            3 => ScoreValue::Text(label),
            _ => ScoreValue::Correction(label),
        }
    }

    /// The events of one entity differ a little in when they say that it began.
    fn time(&mut self) -> Timestamp {
        let jitter = if self.seed.one_in(3) { i64::try_from(self.seed.below(5)).expect("small") * 250_000 } else { 0 };
        Timestamp::from_micros(self.spec.time.saturating_add(jitter))
    }

    fn environment(&mut self) -> Text {
        ["default", "default", "staging", "production"][self.index(4)].into()
    }

    fn payloads(&mut self, has_sides: bool) -> EventPayloads {
        let filler_bytes = self.index(self.spec.text_bytes as usize + 1);
        let letters: String = (0..filler_bytes.min(BLOCK_BYTES)).map(|_| char::from(b'a' + self.letter())).collect();
        let filler = letters.repeat(filler_bytes.div_ceil(BLOCK_BYTES));
        let gene = self.spec.gene;
        let piece = self.seed.below(4);
        EventPayloads {
            input: (has_sides && self.seed.one_in(2)).then(|| format!("asked {gene:x} {filler}").into()),
            output: (has_sides && self.seed.one_in(2)).then(|| format!("answered {gene:x} {filler}").into()),
            metadata: self.seed.one_in(3).then(|| format!(r#"{{"key-{piece}":"{gene:x}"}}"#).into()),
        }
    }

    fn amounts(&mut self) -> Vec<(&'static str, u64)> {
        let kinds = ["input", "output", "input_cached_tokens", "total"];
        let count = if self.seed.one_in(2) { self.index(5) } else { 0 };
        (0..count).map(|kind| (kinds[kind], self.seed.below(10_000))).collect()
    }

    fn patch(&mut self, name: &str) -> Patch<Text> {
        match self.seed.below(4) {
            0 => Patch::Clear,
            1 => Patch::Keep,
            _ => Patch::Set(self.text(name)),
        }
    }

    fn some_text(&mut self, name: &str) -> Option<Text> {
        self.seed.one_in(2).then(|| self.text(name))
    }

    fn some<T>(&mut self, value: impl FnOnce(&mut Seed) -> T) -> Option<T> {
        self.seed.one_in(2).then(|| value(&mut self.seed))
    }

    fn text(&mut self, name: &str) -> Text {
        format!("{name}-{}", self.seed.below(7)).into()
    }

    fn letter(&mut self) -> u8 {
        u8::try_from(self.seed.below(26)).expect("small")
    }

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.seed.below(bound as u64)).expect("small")
    }
}

fn elided(text: Option<&Text>) -> Option<Payload> {
    text.map(|_| Payload::Elided)
}
