//! The questions, and answers without what may differ: where payloads are.

use std::sync::Arc;

use spanstone_engine::query::{
    Column, DailyQuery, DailyScope, Direction, Filter, ObservationQuery, PageRequest, ScoreQuery, SessionQuery, Table,
    TraceOrder, TraceParts, TraceQuery,
};
use spanstone_engine::{Engine, ObservationItem, Reads, ScoreItem, TraceItem};
use spanstone_model::{Observation, ObservationId, Score, ScoreId, SessionId, Timestamp, Trace, TraceId, TraceStats};

use super::project;

#[derive(Debug, Clone)]
pub(super) enum Question {
    Traces(&'static str, TraceOrder, PageRequest),
    TracesListed(&'static str),
    TracesAfter(&'static str, Option<&'static str>),
    Trace(u8),
    Observations(&'static str, PageRequest),
    ObservationsAfter(&'static str),
    Observation(u8),
    Scores(&'static str, bool, PageRequest),
    ScoresAfter(&'static str),
    Score(u8),
    Sessions(PageRequest, bool),
    Session(&'static str),
    Daily(DailyScope),
}

const TRACES: [&str; 17] = [
    "",
    r#"[{"type":"string","column":"name","operator":"=","value":"answer"}]"#,
    r#"[{"type":"string","column":"name","operator":"contains","value":"l"}]"#,
    r#"[{"type":"string","column":"userId","operator":"=","value":"ada"}]"#,
    r#"[{"type":"null","column":"userId","operator":"is null","value":""}]"#,
    r#"[{"type":"stringOptions","column":"sessionId","operator":"any of","value":["s1"]}]"#,
    r#"[{"type":"stringOptions","column":"version","operator":"none of","value":["v1"]}]"#,
    r#"[{"type":"arrayOptions","column":"tags","operator":"all of","value":["a","z"]}]"#,
    r#"[{"type":"arrayOptions","column":"tags","operator":"none of","value":["b"]}]"#,
    r#"[{"type":"stringOptions","column":"environment","operator":"any of","value":["prod"]}]"#,
    r#"[{"type":"datetime","column":"timestamp","operator":">=","value":"2026-08-21T00:00:00Z"},
        {"type":"datetime","column":"timestamp","operator":"<","value":"2026-08-26T02:00:00Z"}]"#,
    r#"[{"type":"string","column":"level","operator":"=","value":"ERROR"}]"#,
    r#"[{"type":"number","column":"latency","operator":">","value":0.5}]"#,
    r#"[{"type":"number","column":"totalCost","operator":"<=","value":0.25}]"#,
    r#"[{"type":"number","column":"tokens","operator":">","value":9}]"#,
    r#"[{"type":"number","column":"errorCount","operator":"=","value":0}]"#,
    r#"[{"type":"stringOptions","column":"id","operator":"any of","value":["t1","t3","nothing"]}]"#,
];

const OBSERVATIONS: [&str; 20] = [
    "",
    r#"[{"type":"string","column":"name","operator":"starts with","value":"l"}]"#,
    r#"[{"type":"stringOptions","column":"type","operator":"any of","value":["SPAN"]}]"#,
    r#"[{"type":"string","column":"traceId","operator":"=","value":"t1"}]"#,
    r#"[{"type":"stringOptions","column":"traceId","operator":"none of","value":["t1","t2"]}]"#,
    r#"[{"type":"null","column":"parentObservationId","operator":"is null","value":""}]"#,
    r#"[{"type":"datetime","column":"startTime","operator":">","value":"2026-08-21T01:00:00Z"}]"#,
    r#"[{"type":"null","column":"endTime","operator":"is not null","value":""}]"#,
    r#"[{"type":"string","column":"statusMessage","operator":"ends with","value":"ed"}]"#,
    r#"[{"type":"string","column":"model","operator":"does not contain","value":"gpt"}]"#,
    r#"[{"type":"number","column":"latency","operator":">=","value":1}]"#,
    r#"[{"type":"number","column":"totalTokens","operator":"<","value":30}]"#,
    r#"[{"type":"null","column":"totalTokens","operator":"is null","value":""}]"#,
    r#"[{"type":"number","column":"totalCost","operator":">=","value":0}]"#,
    r#"[{"type":"string","column":"userId","operator":"=","value":"ada"}]"#,
    r#"[{"type":"string","column":"traceName","operator":"=","value":"llm"},
        {"type":"string","column":"level","operator":"=","value":"DEFAULT"}]"#,
    r#"[{"type":"arrayOptions","column":"tags","operator":"any of","value":["a","c"]}]"#,
    r#"[{"type":"boolean","column":"isRootObservation","operator":"=","value":true}]"#,
    r#"[{"type":"boolean","column":"hasInput","operator":"<>","value":true}]"#,
    r#"[{"type":"stringOptions","column":"id","operator":"any of","value":["o1","o5"]}]"#,
];

const SCORES: [&str; 9] = [
    "",
    r#"[{"type":"number","column":"value","operator":">","value":0.5}]"#,
    r#"[{"type":"boolean","column":"booleanValue","operator":"=","value":true}]"#,
    r#"[{"type":"string","column":"stringValue","operator":"=","value":"good"}]"#,
    r#"[{"type":"stringOptions","column":"dataType","operator":"any of","value":["BOOLEAN","NUMERIC"]}]"#,
    r#"[{"type":"string","column":"traceId","operator":"=","value":"t2"}]"#,
    r#"[{"type":"string","column":"userId","operator":"=","value":"bob"}]"#,
    r#"[{"type":"null","column":"traceName","operator":"is null","value":""}]"#,
    r#"[{"type":"arrayOptions","column":"tags","operator":"none of","value":["a"]}]"#,
];

const ORDERS: [Column; 8] = [
    Column::Id,
    Column::Timestamp,
    Column::Name,
    Column::UserId,
    Column::SessionId,
    Column::Release,
    Column::Version,
    Column::Public,
];

pub(super) fn questions() -> Vec<Question> {
    let all = PageRequest { page: 1, limit: 100 };
    let second = PageRequest { page: 2, limit: 2 };
    let mut questions = Vec::new();
    for filter in TRACES {
        questions.push(Question::Traces(filter, TraceOrder::default(), all));
        questions.push(Question::Traces(filter, TraceOrder::default(), second));
        questions.push(Question::TracesAfter(filter, None));
        questions.push(Question::TracesListed(filter));
    }
    for by in ORDERS {
        for direction in [Direction::Ascending, Direction::Descending] {
            questions.push(Question::Traces("", TraceOrder { by, direction }, second));
        }
    }
    for search in ["T1", "Ada", "s2", "nothing"] {
        questions.push(Question::TracesAfter("", Some(search)));
    }
    for filter in OBSERVATIONS {
        questions.push(Question::Observations(filter, all));
        questions.push(Question::Observations(filter, second));
        questions.push(Question::ObservationsAfter(filter));
    }
    for filter in SCORES {
        questions.push(Question::Scores(filter, true, all));
        questions.push(Question::Scores(filter, false, second));
        questions.push(Question::ScoresAfter(filter));
    }
    questions.extend((0..7).map(Question::Trace));
    questions.extend((0..10).flat_map(|number| [Question::Observation(number), Question::Score(number)]));
    questions.extend([Question::Sessions(all, false), Question::Sessions(PageRequest { page: 2, limit: 1 }, true)]);
    questions.extend(["s1", "s2", "s3"].map(Question::Session));
    let of_ada = parse(r#"[{"type":"string","column":"userId","operator":"=","value":"ada"}]"#, Table::Observations);
    let since = Timestamp::parse("2026-08-21T02:30:00Z").expect("a valid time");
    let scopes = [DailyScope::All, DailyScope::Since(since), DailyScope::OfTraces(of_ada)];
    questions.extend(scopes.map(Question::Daily));
    questions
}

/// Questions in whose answers something is remembered for the next time.
pub(super) fn remembered() -> Vec<Question> {
    let all = PageRequest { page: 1, limit: 100 };
    vec![Question::Scores("", true, all), Question::Sessions(all, false), Question::Daily(DailyScope::All)]
}

impl Question {
    pub(super) fn answer(&self, engine: &Engine) -> Vec<String> {
        let reads = engine.reads(engine.watch());
        let project = project();
        let failed = "the engine answers";
        match self {
            Self::Traces(filter, order, page) => traces(&reads, filter, (*order, *page), TraceParts::ALL, trace_item),
            Self::TracesListed(filter) => {
                let parts = TraceParts { texts: false, sums: false, ..TraceParts::ALL };
                let all = PageRequest { page: 1, limit: 100 };
                traces(&reads, filter, (TraceOrder::default(), all), parts, listed_trace)
            }
            Self::TracesAfter(filter, search) => {
                let filter = parse(filter, Table::Traces);
                let mut rows = Vec::new();
                let mut cursor = None;
                loop {
                    let after = reads.traces_after(&project, &filter, *search, cursor.as_ref(), 2);
                    let (page, total) = after.expect(failed);
                    rows.push(format!("{total}"));
                    rows.extend(page.rows.iter().map(|row| format!("{:?}", row.trace.id)));
                    cursor = page.next;
                    if cursor.is_none() {
                        return rows;
                    }
                }
            }
            Self::Trace(number) => {
                let id = TraceId::from_wire(&format!("t{number}"));
                let detail = reads.trace(&project, &id, 1_000).expect(failed);
                detail.map_or(Vec::new(), |detail| {
                    let observations = detail.observations.into_iter().map(observation_item);
                    let scores = detail.scores.into_iter().map(score_item);
                    [trace_item(detail.item)].into_iter().chain(observations).chain(scores).collect()
                })
            }
            Self::Observations(filter, page) => {
                let query = ObservationQuery { filter: parse(filter, Table::Observations), page: *page };
                let page = reads.observations(&project, &query).expect(failed);
                with_total(page.total, page.rows.into_iter().map(observation_item))
            }
            Self::ObservationsAfter(filter) => {
                let filter = parse(filter, Table::Observations);
                let mut rows = Vec::new();
                let mut cursor = None;
                loop {
                    let page = reads.observations_after(&project, &filter, cursor.as_ref(), 2, false).expect(failed);
                    rows.extend(page.rows.into_iter().map(observation_item));
                    cursor = page.next;
                    if cursor.is_none() {
                        return rows;
                    }
                }
            }
            Self::Observation(number) => {
                let id = ObservationId::from_wire(&format!("o{number}"));
                reads.observation(&project, &id).expect(failed).map(observation_item).into_iter().collect()
            }
            Self::Scores(filter, strict, page) => {
                let filter = parse(filter, Table::Scores);
                let query = ScoreQuery { filter, page: *page, require_trace: *strict, listable_only: *strict };
                let page = reads.scores(&project, &query).expect(failed);
                with_total(page.total, page.rows.into_iter().map(score_item))
            }
            Self::ScoresAfter(filter) => {
                let filter = parse(filter, Table::Scores);
                let mut rows = Vec::new();
                let mut cursor = None;
                loop {
                    let page = reads.scores_after(&project, &filter, cursor.as_ref(), 2).expect(failed);
                    rows.extend(page.rows.into_iter().map(score_item));
                    cursor = page.next;
                    if cursor.is_none() {
                        return rows;
                    }
                }
            }
            Self::Score(number) => {
                let id = ScoreId::from_wire(&format!("s{number}"));
                reads.score(&project, &id).expect(failed).map(score_item).into_iter().collect()
            }
            Self::Sessions(page, narrow) => {
                let environments = if *narrow { vec!["prod".to_owned(), "default".to_owned()] } else { Vec::new() };
                let query = SessionQuery { from: None, to: None, environments, page: *page };
                let page = reads.sessions(&project, &query).expect(failed);
                with_total(page.total, page.rows.into_iter().map(|row| format!("{row:?}")))
            }
            Self::Session(id) => {
                let found = reads.session_traces(&project, &SessionId::from_wire(id)).expect(failed);
                found.map_or(Vec::new(), |(session, rows)| {
                    [format!("{session:?}")].into_iter().chain(rows.into_iter().map(trace_item)).collect()
                })
            }
            Self::Daily(scope) => {
                let query = DailyQuery { scope: scope.clone(), page: PageRequest { page: 1, limit: 100 } };
                // Twice, because the second answer may be from memory.
                let first = reads.daily(&project, &query).expect(failed);
                assert_eq!(reads.daily(&project, &query).expect(failed), first);
                with_total(first.total, first.rows.into_iter().map(|day| format!("{day:?}")))
            }
        }
    }
}

fn parse(filter: &str, table: Table) -> Filter {
    Filter::parse(filter, table, 10).expect("it is a good filter")
}

fn with_total(total: usize, rows: impl Iterator<Item = String>) -> Vec<String> {
    [format!("{total} in all")].into_iter().chain(rows).collect()
}

fn trace(trace: &Arc<Trace>) -> Trace {
    Trace { input: None, output: None, metadata: Vec::new(), ..Trace::clone(trace) }
}

fn observation(observation: &Arc<Observation>) -> Observation {
    Observation { input: None, output: None, metadata: Vec::new(), ..Observation::clone(observation) }
}

fn score(score: &Arc<Score>) -> Score {
    Score { metadata: Vec::new(), ..Score::clone(score) }
}

fn trace_item(item: TraceItem) -> String {
    let TraceItem { row, payloads } = item;
    let mut ids = row.observation_ids;
    ids.sort();
    let mut scores: Vec<_> = row.scores.iter().map(score).collect();
    scores.sort_by(|left, right| left.id.cmp(&right.id));
    format!("{:?} {:?} {ids:?} {scores:?} {payloads:?}", trace(&row.trace), row.stats)
}

fn traces(
    reads: &Reads<'_>,
    filter: &str,
    (order, page): (TraceOrder, PageRequest),
    parts: TraceParts,
    text: fn(TraceItem) -> String,
) -> Vec<String> {
    let query = TraceQuery { filter: parse(filter, Table::Traces), order, page };
    let page = reads.traces(&project(), &query, parts).expect("the engine answers");
    with_total(page.total, page.rows.into_iter().map(text))
}

/// What lists show of a trace, and no more.
fn listed_trace(mut item: TraceItem) -> String {
    let stats = item.row.stats;
    item.row.stats = TraceStats { span: stats.span, total_cost: stats.total_cost, ..TraceStats::default() };
    trace_item(item)
}

fn observation_item(item: ObservationItem) -> String {
    let ObservationItem { row, payloads } = item;
    let joined = trace(&row.trace);
    format!("{:?} {joined:?} {} {payloads:?}", observation(&row.observation), row.is_root)
}

fn score_item(item: ScoreItem) -> String {
    let ScoreItem { row, metadata } = item;
    format!("{:?} {:?} {metadata:?}", score(&row.score), row.trace.as_ref().map(trace))
}
