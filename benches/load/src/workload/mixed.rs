//! Traces of many applications: a root, and under it model calls that carry the growing history, tools, retrieval,
//! embeddings, guards and small steps.

use std::fmt::Write as _;

use super::cast::{App, Model};
use super::planted::with_words;
use super::{CONTENT, Cast, DETAIL, Events, Facts, Part, Workload, raw, text};
use crate::batch::iso;
use crate::random::Random;
use crate::words::Words;

/// How many observations a trace has, all of them equally likely; nine on average.
pub(super) const OBSERVATIONS: [u64; 13] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 23];
pub(super) const MEAN: u64 = 9;
pub(super) const TRACES_PER_REQUEST: u64 = 6;

/// Appends the events of a trace.
pub(super) fn write(workload: &Workload, cast: &Cast, facts: &Facts, part: Part, events: &mut Events) {
    let mut scene = Scene::open(workload, cast, facts, part, events);
    for _ in 1..facts.observations {
        scene.step();
    }
    scene.close();
}

/// A trace while it happens. Also used for agents.
pub(super) struct Scene<'a> {
    workload: &'a Workload,
    cast: &'a Cast,
    facts: &'a Facts,
    /// What of it is sent; all of it happens either way.
    part: Part,
    events: &'a mut Events,
    app: &'static App,
    words: Words,
    prompt_version: usize,
    model: &'static Model,
    /// The messages so far, with commas between them.
    history: String,
    /// What the model said last, as JSON text.
    answer: String,
    question: String,
    clock_ms: u64,
    step: u64,
}

/// One observation without its ids and times.
struct Observed<'a> {
    kind: &'static str,
    name: &'a str,
    input: &'a str,
    output: &'a str,
    took_ms: u64,
    calls_model: bool,
}

impl<'a> Scene<'a> {
    pub(super) fn open(
        workload: &'a Workload,
        cast: &'a Cast,
        facts: &'a Facts,
        part: Part,
        events: &'a mut Events,
    ) -> Self {
        let mut words = cast.words(Random::of(workload.seed, CONTENT, facts.index));
        let (prompt_version, prompt) = cast.prompt(facts.app, &mut words.random);
        let mut question = String::new();
        let length = words.random.between(40, 400);
        words.write_json(&mut question, usize::try_from(length).unwrap_or(0));
        let history = format!(r#"{{"role":"system","content":"{prompt}"}},{{"role":"user","content":"{question}"}}"#);
        let model = cast.model(&mut words.random);
        Self {
            workload,
            cast,
            facts,
            part,
            events,
            app: Cast::app_facts(facts.app),
            words,
            prompt_version,
            model,
            history,
            answer: String::new(),
            question,
            clock_ms: facts.start_ms + 4,
            step: 0,
        }
    }

    /// Whatever this application does next.
    fn step(&mut self) {
        match self.words.below(100) {
            0..20 if !self.app.tools.is_empty() => self.tool(),
            20..32 if self.app.retrieves => self.retrieval(),
            32..36 if self.app.retrieves => self.embedding(),
            0..28 => self.small_step(),
            28..36 => self.guard(),
            _ => self.model_call(),
        }
    }

    /// A model is asked with the whole history and answers.
    pub(super) fn model_call(&mut self) {
        let length = self.fresh_length(60, 700);
        self.answer.clear();
        self.words.write_json(&mut self.answer, length);
        let output = format!(r#"{{"role":"assistant","content":"{}"}}"#, self.answer);
        let input = format!("[{}]", self.history);
        let took_ms = 300 + length as u64 * 4 + self.words.below(900);
        let name = if self.step.is_multiple_of(5) { "plan" } else { "chat-completion" };
        let kind = "generation-create";
        self.observe(&Observed { kind, name, input: &input, output: &output, took_ms, calls_model: true });
        self.remember(&output);
    }

    /// The model's wish and the tool's answer become part of the history.
    pub(super) fn tool(&mut self) {
        let tools = if self.app.tools.is_empty() { &["web_search"] } else { self.app.tools };
        let name = self.words.random.choose(tools);
        let (order, limit) = (self.words.below(1 << 40), self.words.below(50));
        let mut query = String::new();
        self.words.write_json(&mut query, 30);
        let input = format!(r#"{{"query":"{query}","reference":"{order:010x}","limit":{limit}}}"#);
        let mut rows = String::new();
        for row in 0..self.words.random.between(2, 7) {
            let comma = if row > 0 { "," } else { "" };
            let (id, cents) = (self.words.below(1 << 32), self.words.below(500_000));
            let state = self.words.random.choose(&["open", "paid", "shipped", "cancelled"]);
            let updated = iso(self.clock_ms.saturating_sub(self.words.below(1 << 32)));
            write!(
                rows,
                r#"{comma}{{"id":{id},"status":"{state}","amount":{}.{:02},"updated_at":"{updated}","note":""#,
                cents / 100,
                cents % 100
            )
            .expect("a string takes all writes");
            self.words.write_json(&mut rows, 20);
            rows.push_str("\"}");
        }
        let output = format!(r#"{{"rows":[{rows}],"next_page":null}}"#);
        let took_ms = 20 + self.words.below(600);
        let kind = "tool-create";
        self.observe(&Observed { kind, name, input: &input, output: &output, took_ms, calls_model: false });
        let call = format!("call_{order:010x}");
        self.remember(&format!(
            r#"{{"role":"assistant","tool_calls":[{{"id":"{call}","type":"function","function":{{"name":"{name}","arguments":{input}}}}}]}},{{"role":"tool","tool_call_id":"{call}","content":{output}}}"#
        ));
    }

    fn retrieval(&mut self) {
        let mut chunks = String::new();
        for rank in 0..self.words.random.between(3, 6) {
            let comma = if rank > 0 { "," } else { "" };
            let (number, document) = self.cast.document(&mut self.words.random);
            let score = 950 - rank * 40 - self.words.random.below(40);
            write!(
                chunks,
                r#"{comma}{{"id":"doc-{number}","source":"https://docs.example.com/pages/{number}","score":0.{score:03},"text":"{document}"}}"#
            )
            .expect("a string takes all writes");
        }
        let output = format!("[{chunks}]");
        let input = format!(r#"{{"query":"{}","top_k":5}}"#, self.question);
        let took_ms = 15 + self.words.below(200);
        let (kind, name) = ("retriever-create", "vector-search");
        self.observe(&Observed { kind, name, input: &input, output: &output, took_ms, calls_model: false });
        self.remember(&format!(r#"{{"role":"system","content":{{"context":{output}}}}}"#));
    }

    fn embedding(&mut self) {
        let input = format!("\"{}\"", self.question);
        let took_ms = 30 + self.words.below(60);
        let (kind, name) = ("embedding-create", "embed-question");
        let output = r#"{"dimensions":1536}"#;
        self.observe(&Observed { kind, name, input: &input, output, took_ms, calls_model: true });
    }

    fn guard(&mut self) {
        let input = format!(r#"{{"text":"{}"}}"#, self.question);
        let output = format!(r#"{{"flagged":false,"score":0.{:03}}}"#, self.words.below(300));
        let took_ms = 5 + self.words.below(40);
        let (kind, name) = ("guardrail-create", "policy-check");
        self.observe(&Observed { kind, name, input: &input, output: &output, took_ms, calls_model: false });
    }

    fn small_step(&mut self) {
        let name = self.words.random.choose(&["load-memory", "route", "format-answer", "cache-lookup", "http-get"]);
        let input = format!(r#"{{"key":"{:012x}","attempt":{}}}"#, self.words.below(1 << 48), self.words.below(3));
        let output = format!(r#"{{"ok":true,"items":{}}}"#, self.words.below(40));
        let took_ms = 1 + self.words.below(30);
        let kind = "span-create";
        self.observe(&Observed { kind, name, input: &input, output: &output, took_ms, calls_model: false });
    }

    /// The root and the trace come last, as they do from an SDK that sends what has ended.
    pub(super) fn close(mut self) {
        if self.part == Part::First {
            return;
        }
        let input = format!("\"{}\"", self.question);
        let output = format!("\"{}\"", self.answer);
        let took_ms = self.clock_ms - self.facts.start_ms;
        self.step = 0;
        let kind = self.app.root;
        self.observe_at(
            &Observed { kind, name: self.app.name, input: &input, output: &output, took_ms, calls_model: false },
            0,
            self.facts.start_ms,
        );
        trace_event(self.facts, self.events, Some((&input, &output)), &mut self.words.random);
        if self.words.random.chance(150) {
            let (id, permille) = (format!("score-{}", self.facts.id), self.words.random.below(1_000));
            self.events.score(&id, &self.facts.id, self.clock_ms, permille);
        }
    }

    /// Between `low` and `high`, the short more often.
    fn fresh_length(&mut self, low: u64, high: u64) -> usize {
        let range = high - low;
        let (a, b) = (self.words.below(range), self.words.below(range));
        usize::try_from(low + a.min(b)).unwrap_or(0)
    }

    fn remember(&mut self, messages: &str) {
        self.history.push(',');
        self.history.push_str(messages);
    }

    fn observe(&mut self, observed: &Observed<'_>) {
        self.step += 1;
        let is_early = self.step <= self.facts.observations / 2;
        if self.part == Part::Whole || is_early == (self.part == Part::First) {
            self.observe_at(observed, self.step, self.clock_ms);
        }
        self.clock_ms += observed.took_ms + 2;
    }

    fn observe_at(&mut self, observed: &Observed<'_>, step: u64, start_ms: u64) {
        let Self { workload, facts, events, .. } = self;
        // Randomness of its own: what comes later does not depend on whether this is sent.
        let mut random = Random::of(workload.seed ^ step.rotate_left(48), DETAIL, facts.index);
        let id = workload.observation_id(facts.index, step);
        let parent = (step > 0).then(|| workload.observation_id(facts.index, 0));
        let (model, version) = (self.model, self.prompt_version);
        events.observations += 1;
        let end_ms = start_ms + observed.took_ms;
        events.push(observed.kind, &id, end_ms, |json| {
            text(json, "traceId", &facts.id);
            if let Some(parent) = parent {
                text(json, "parentObservationId", &parent);
            }
            text(json, "name", observed.name);
            text(json, "startTime", &iso(start_ms));
            text(json, "endTime", &iso(end_ms));
            text(json, "environment", facts.environment);
            raw(json, "input", observed.input);
            raw(json, "output", &with_words(workload, facts.index, step, observed.output));
            let (host, attempt) = (random.below(12), random.below(20) / 19);
            write!(json, r#","metadata":{{"host":"worker-{host}","step":{step},"attempt":{attempt}}}"#)
                .expect("a string takes all writes");
            match random.below(100) {
                0 => json.push_str(r#","level":"ERROR","statusMessage":"upstream answered 503 after 3 tries""#),
                1..3 => json.push_str(r#","level":"WARNING","statusMessage":"answer was cut at the token limit""#),
                3..6 => json.push_str(r#","level":"DEBUG""#),
                _ => {}
            }
            if observed.calls_model {
                let name = Cast::app_name(facts.app);
                usage(json, model, observed);
                write!(json, r#","promptName":"{name}","promptVersion":{}"#, version + 1).expect("as above");
                text(json, "completionStartTime", &iso(start_ms + observed.took_ms / 3));
                let temperature = random.below(11);
                write!(
                    json,
                    r#","modelParameters":{{"temperature":{}.{},"max_tokens":2048}}"#,
                    temperature / 10,
                    temperature % 10
                )
                .expect("as above");
            }
        });
    }
}

/// Appends the event of a trace itself.
pub(super) fn trace_event(facts: &Facts, events: &mut Events, io: Option<(&str, &str)>, random: &mut Random) {
    events.traces += 1;
    let at = iso(facts.start_ms);
    events.push("trace-create", &facts.id, facts.start_ms, |json| {
        text(json, "timestamp", &at);
        text(json, "name", Cast::app_name(facts.app));
        text(json, "userId", &facts.user);
        if let Some(session) = &facts.session {
            text(json, "sessionId", session);
        }
        text(json, "environment", facts.environment);
        text(json, "release", &format!("2026.{}.{}", facts.start_ms / 604_800_000 % 52, facts.app));
        let tags: Vec<_> = facts.tags.iter().map(|tag| format!("\"{tag}\"")).collect();
        raw(json, "tags", &format!("[{}]", tags.join(",")));
        if let Some((input, output)) = io {
            raw(json, "input", input);
            raw(json, "output", output);
        }
        let region = random.choose(&["eu-central-1", "eu-west-1", "us-east-1", "ap-northeast-1"]);
        let request = random.next();
        write!(json, r#","metadata":{{"region":"{region}","request_id":"req_{request:016x}","plan":"team"}}"#)
            .expect("a string takes all writes");
    });
}

/// A token has about four characters.
fn usage(json: &mut String, model: &Model, observed: &Observed<'_>) {
    let (input, output) = (observed.input.len() as u64 / 4, observed.output.len() as u64 / 4);
    let dollars = |billionths: u64| format!("{}.{:09}", billionths / 1_000_000_000, billionths % 1_000_000_000);
    let (input_cost, output_cost) = (input * model.input, output * model.output);
    text(json, "model", model.name);
    write!(
        json,
        r#","usageDetails":{{"input":{input},"output":{output},"total":{}}},"costDetails":{{"input":{},"output":{},"total":{}}}"#,
        input + output,
        dollars(input_cost),
        dollars(output_cost),
        dollars(input_cost + output_cost)
    )
    .expect("a string takes all writes");
}
