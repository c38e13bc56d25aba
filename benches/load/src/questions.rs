//! Questions to a filled store, asked again and again about different things, and how long the answers take.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Failure;
use crate::connection::Connection;
use crate::figures::{Figures, Samples, float};
use crate::random::Random;
use crate::target::Target;
use crate::workload::{Cast, FREQUENT, Facts, Workload, rare};

/// A kind of question.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) name: &'static str,
    /// What is asked for, of a random trace.
    path: fn(&Workload, &Facts, &mut Random) -> String,
}

/// Every kind. The lists give fifty rows without payloads and count all that match, unless the name says otherwise.
pub(crate) const QUESTIONS: [Question; 23] = [
    ask("newest", |_, _, _| rows("")),
    ask("by_user", |_, facts, _| rows(&format!("&userId={}", facts.user))),
    ask("by_session", |_, facts, _| rows(&format!("&sessionId={}", facts.session.as_deref().unwrap_or("none")))),
    ask("by_tag", |_, facts, _| rows(&format!("&tags={}", facts.tags.first().unwrap_or(&"none")))),
    ask("by_name", |_, facts, _| rows(&format!("&name={}", facts.name()))),
    ask("page_20", |_, _, _| rows("&page=20")),
    ask("one_day", |workload, facts, _| {
        let from = facts.start_ms.clamp(workload.from_ms, workload.to_ms);
        let [from, to] = [from, from + 86_400_000].map(crate::batch::iso);
        rows(&format!("&fromTimestamp={from}&toTimestamp={to}"))
    }),
    ask("newest_with_payloads", |_, _, _| "/api/public/traces?limit=50".to_owned()),
    ask("one_trace", |_, facts, _| format!("/api/public/traces/{}", facts.id)),
    ask("one_observation", |workload, facts, random| {
        let step = random.below(facts.observations);
        format!("/api/public/observations/{}", workload.observation_id(facts.index, step))
    }),
    ask("sessions", |_, _, _| "/api/public/sessions?limit=50".to_owned()),
    ask("observations_by_type", |_, _, random| {
        let kind = random.choose(&["GENERATION", "TOOL", "RETRIEVER", "SPAN"]);
        format!("/api/public/v2/observations?limit=50&fields=core,basic,time,usage&type={kind}")
    }),
    ask("observations_by_name", |_, _, random| {
        let name = random.choose(&["chat-completion", "plan", "vector-search", "run_query", "route"]);
        format!("/api/public/v2/observations?limit=50&fields=core,basic,time,usage&name={name}")
    }),
    ask("scores", |_, _, _| "/api/public/v2/scores?limit=50".to_owned()),
    ask("scores_of_trace", |_, facts, _| format!("/api/public/v3/scores?limit=50&traceId={}", facts.id)),
    ask("daily", |_, _, _| "/api/public/metrics/daily?limit=100".to_owned()),
    ask("metrics_cost_by_model_and_day", |workload, _, _| {
        let asked = r#""dimensions":[{"field":"providedModelName"}],"timeDimension":{"granularity":"day"},
            "metrics":[{"measure":"totalCost","aggregation":"sum"},{"measure":"totalTokens","aggregation":"sum"}]"#;
        metrics(workload, workload.from_ms, asked)
    }),
    ask("metrics_p95_latency_by_name", |workload, _, _| {
        let asked = r#""dimensions":[{"field":"name"}],"metrics":[{"measure":"latency","aggregation":"p95"}]"#;
        metrics(workload, workload.from_ms, asked)
    }),
    ask("metrics_errors_by_hour_of_a_week", |workload, _, _| {
        let asked = r#""filters":[{"column":"level","type":"string","operator":"=","value":"ERROR"}],
            "timeDimension":{"granularity":"hour"},"metrics":[{"measure":"count","aggregation":"count"}]"#;
        metrics(workload, workload.to_ms.saturating_sub(7 * 86_400_000), asked)
    }),
    ask("metrics_users_by_day", |workload, _, _| {
        let asked = r#""timeDimension":{"granularity":"day"},
            "metrics":[{"measure":"uniqueUserIds","aggregation":"uniq"}]"#;
        metrics(workload, workload.from_ms, asked)
    }),
    ask("rare_word", |_, facts, _| search(&rare(facts.index))),
    ask("word_in_1_percent", |_, _, _| search(FREQUENT)),
    ask("observations_matching", |_, _, _| {
        let filter = format!(r#"[{{"type":"string","column":"output","operator":"matches","value":"{FREQUENT}"}}]"#);
        // Of all that the JSON has, only these have to be escaped.
        let filter =
            filter.replace('"', "%22").replace('[', "%5B").replace(']', "%5D").replace('{', "%7B").replace('}', "%7D");
        format!("/api/public/v2/observations?limit=50&fields=core,basic&filter={filter}")
    }),
];

/// A question about the metrics of observations from a time on, given what else it asks.
fn metrics(workload: &Workload, from_ms: u64, asked: &str) -> String {
    let [from, to] = [from_ms, workload.to_ms].map(crate::batch::iso);
    let query = format!(
        r#"{{"view":"observations","fromTimestamp":"{from}","toTimestamp":"{to}","config":{{"row_limit":1000}},{asked}}}"#
    );
    let mut path = "/api/public/v2/metrics?query=".to_owned();
    for byte in query.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        if byte.is_ascii_alphanumeric() {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

const fn ask(name: &'static str, path: fn(&Workload, &Facts, &mut Random) -> String) -> Question {
    Question { name, path }
}

fn search(words: &str) -> String {
    format!("/api/spanstone/v1/search?limit=50&q={words}")
}

fn rows(condition: &str) -> String {
    format!("/api/public/traces?limit=50&fields=core,scores,metrics{condition}")
}

/// Someone who asks.
#[derive(Debug)]
pub(crate) struct Asker<'a> {
    pub(crate) workload: &'a Workload,
    pub(crate) cast: &'a Cast,
    pub(crate) target: &'a Target,
    random: Random,
    connection: Connection,
}

impl<'a> Asker<'a> {
    pub(crate) fn new(workload: &'a Workload, cast: &'a Cast, target: &'a Target) -> Result<Self, Failure> {
        let connection = Connection::open(&target.address)?;
        Ok(Self { workload, cast, target, random: Random::new(0xa5c), connection })
    }

    /// Asks once about one of the first `traces`; returns the status. It is one with a session and tags, if there are
    /// such, so that every list has something to find.
    pub(crate) fn ask(&mut self, question: &Question, traces: u64) -> Result<u16, Failure> {
        let mut draw = || self.workload.facts(self.cast, self.random.below(traces.max(1)));
        let mut facts = draw();
        for _ in 0..100 {
            if facts.session.is_some() && !facts.tags.is_empty() {
                break;
            }
            facts = draw();
        }
        let path = (question.path)(self.workload, &facts, &mut self.random);
        Ok(self.connection.get(self.target, &path)?)
    }

    /// Asks every question `times` times about the first `traces`, and says how long it took; what the server does
    /// not have is left out of the figures.
    pub(crate) fn measure(&mut self, traces: u64, times: u32, out: &mut dyn Write) -> Result<Figures, Failure> {
        let mut figures = Figures::default();
        for question in &QUESTIONS {
            let mut samples = Samples::default();
            let mut statuses: BTreeMap<u16, u32> = BTreeMap::new();
            for _ in 0..times {
                let sent = Instant::now();
                let status = self.ask(question, traces)?;
                samples.add(sent.elapsed());
                *statuses.entry(status).or_default() += 1;
            }
            let name = question.name;
            if statuses.keys().any(|status| *status != 200) {
                writeln!(out, "{name}: answered {statuses:?}, {}", self.connection.excerpt())?;
                continue;
            }
            let [p50, p95, max] = [500, 950, 1_000].map(|q| samples.quantile_ms(q));
            writeln!(out, "{name}: p50 {p50:.2} ms, p95 {p95:.2} ms, at most {max:.2} ms")?;
            figures.add(format!("{name}_p50_ms"), p50);
            figures.add(format!("{name}_p95_ms"), p95);
            figures.add(format!("{name}_max_ms"), max);
        }
        Ok(figures)
    }

    /// Asks for a path; returns the status, the bytes of the answer, and how long it took.
    pub(crate) fn time(&mut self, path: &str) -> Result<(u16, usize, Duration), Failure> {
        let sent = Instant::now();
        let status = self.connection.get(self.target, path)?;
        Ok((status, self.connection.body.len(), sent.elapsed()))
    }

    /// The total of a list, as the server counts it; `condition` is a further parameter, or empty.
    pub(crate) fn total(&mut self, list: &str, condition: &str) -> Result<u64, Failure> {
        let status = self.connection.get(self.target, &format!("/api/public/{list}?limit=1{condition}"))?;
        let body: Value = serde_json::from_slice(&self.connection.body).unwrap_or_default();
        let total = body["meta"]["totalItems"].as_u64();
        Ok(total.ok_or_else(|| format!("{list}: {status} {}", self.connection.excerpt()))?)
    }

    /// Reads random ones of the traces and compares them with what was sent; returns what is wrong.
    pub(crate) fn check(&mut self, traces: std::ops::Range<u64>, times: u64) -> Result<Vec<String>, Failure> {
        let mut wrong = Vec::new();
        for _ in 0..times.min(traces.end - traces.start) {
            let facts = self.workload.facts(self.cast, self.random.between(traces.start, traces.end));
            let status = self.connection.get(self.target, &format!("/api/public/traces/{}", facts.id))?;
            let trace: Value = serde_json::from_slice(&self.connection.body).unwrap_or_default();
            if let Err(what) = self.compare(&facts, &trace) {
                wrong.push(format!("trace {} ({}): {status}, {what}", facts.index, facts.id));
            }
        }
        Ok(wrong)
    }

    fn compare(&self, facts: &Facts, trace: &Value) -> Result<(), String> {
        let mut ids: Vec<&str> = trace["observations"].as_array().into_iter().flatten().filter_map(id).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        if ids.len() != count {
            return Err(format!("{} of {count} observations are there twice", count - ids.len()));
        }
        let sent = (0..facts.observations).map(|step| self.workload.observation_id(facts.index, step));
        let missing = sent.filter(|id| ids.binary_search(&id.as_str()).is_err()).count();
        if missing > 0 {
            return Err(format!("{missing} of {} observations are missing", facts.observations));
        }
        if trace["name"] != facts.name() || trace["userId"] != facts.user.as_str() {
            return Err(format!("name {} and user {} are not what was sent", trace["name"], trace["userId"]));
        }
        let has_all = trace["observations"].as_array().into_iter().flatten().all(|row| !row["input"].is_null());
        if has_all { Ok(()) } else { Err("an observation has no input".to_owned()) }
    }
}

fn id(row: &Value) -> Option<&str> {
    row["id"].as_str()
}

/// Compares the totals of the lists with what was sent; returns the figures and what is wrong.
pub(crate) fn totals(
    asker: &mut Asker<'_>,
    sent: [(&'static str, u64); 3],
    out: &mut dyn Write,
) -> Result<Figures, Failure> {
    let mut figures = Figures::default();
    for (list, sent) in sent {
        let listed = asker.total(if list == "scores" { "v2/scores" } else { list }, "")?;
        if listed != sent {
            writeln!(out, "WRONG: {sent} {list} were acknowledged, {listed} are listed")?;
        }
        figures.add(format!("{list}_sent"), float(sent));
        figures.add(format!("{list}_listed"), float(listed));
    }
    Ok(figures)
}
