//! Full-text search against a look through every text.
//!
//! Enough text that sealed files have indexes of words; some of it stays in memory, some is updated or deleted. What a search
//! finds must be what a plain look finds, the newest first, and every page of it must follow the one before.

#[path = "../client/deleting.rs"]
mod deleting;
#[path = "../client/sending.rs"]
mod sending;

use std::time::Duration;

use serde_json::{Value as Json, json};
use spanstone_engine::query::{
    Column, Field, Filter, Hit, HitId, ObservationQuery, PageRequest, Test, TextMatch, TextSearch, TraceOrder,
    TraceParts, TraceQuery,
};
use spanstone_engine::{Engine, Options, Reads};
use spanstone_model::{BodyKind, EntryHeader, Limits, ProjectId, Timestamp, TraceId};

use deleting::delete_trace;

const ALL: PageRequest = PageRequest { page: 1, limit: 10_000 };

fn clock() -> Timestamp {
    Timestamp::parse("2026-08-31T12:00:00Z").expect("a valid time")
}

fn project() -> ProjectId {
    ProjectId::from_wire("project-1")
}

fn send(engine: &Engine, batch: &[Json]) {
    let body = serde_json::to_vec(&json!({ "batch": batch })).expect("a JSON value has a text");
    let header = EntryHeader::new(project(), BodyKind::LangfuseBatch, clock());
    assert_eq!(sending::send(engine, header, body).expect("the batch is good").refused, []);
}

/// Talk with a few words that are looked for, as JSON or as plain text.
fn text(number: u32) -> Json {
    let talk = "the quick brown fox jumps over the lazy dog and says nothing at all of any note ".repeat(36);
    let rare = if number % 97 == 5 { "Xylophone" } else { "piano" };
    let share = if number % 10 == 3 { "ten percent" } else { "most" };
    match number % 3 {
        0 => json!(format!("{talk} {rare}. {share} number{number}")),
        1 => {
            json!([{"role": "user", "content": format!("{talk}\nNewline {rare}\t{share} \"quoted\" münchen number{number}")}])
        }
        _ => json!({ "city": "東京タワー", "talk": talk, "note": format!("{share}-{rare} number{number}") }),
    }
}

/// As newer clients send it: a string of JSON.
fn plan(number: u32) -> &'static str {
    match number % 30 {
        4 => r#""premium""#,
        14 => r#""caf\u00e9 sans\nlait""#,
        24 => "premium",
        _ => r#""free""#,
    }
}

fn observation(number: u32) -> Json {
    let (hour, minute, second) = (number / 3_600, number / 60 % 60, number % 60);
    let start = format!("2026-08-20T{hour:02}:{minute:02}:{second:02}.000Z");
    let mut body = json!({
        "id": format!("o{number:04}"), "traceId": format!("t{}", number / 7), "startTime": start,
        "name": if number % 50 == 7 { "Strange Name" } else { "step" }, "input": text(number),
        "metadata": {"region": if number % 20 == 1 { "north-east" } else { "south" }, "n": number, "plan": plan(number),
            "about": "something that fills pages ".repeat(20)}
    });
    if number.is_multiple_of(5) {
        body["output"] = json!(format!("the answer to {number} is forty two"));
    }
    json!({"id": format!("e{number}"), "type": "span-create", "timestamp": start, "body": body})
}

fn trace(number: u32) -> Json {
    let start = format!("2026-08-20T00:{:02}:00.000Z", number % 60);
    let body = json!({"id": format!("t{number}"), "timestamp": start, "name": "conversation",
        "input": if number.is_multiple_of(4) { json!("a xylophone in a trace") } else { json!(null) }});
    json!({"id": format!("te{number}"), "type": "trace-create", "timestamp": start, "body": body})
}

/// An engine that has sealed most of what it was given.
fn filled(dir: &std::path::Path) -> Engine {
    let limits = Limits { hot_bytes_max: 64_000, ..Limits::default() };
    let options = Options { limits, ..Options::new(dir, clock) };
    let engine = Engine::open(options).expect("the directory is ours alone");
    for batch in 0..5_u32 {
        let mut events: Vec<Json> = (batch * 140..batch * 140 + 140).map(observation).collect();
        events.extend((batch * 20..batch * 20 + 20).map(trace));
        send(&engine, &events);
        assert!(engine.settle(Duration::from_secs(60)), "the archive does not come to rest");
    }
    // These stay in memory.
    send(&engine, &(700..720).map(observation).collect::<Vec<_>>());
    // Late news: what was sealed is taken over again, and its text changes.
    let late = |number: u32| {
        json!({"id": format!("late{number}"), "type": "span-update", "timestamp": "2026-08-21T00:00:00.000Z",
        "body": {"id": format!("o{number:04}"), "traceId": format!("t{}", number / 7), "output": "a late theremin"}})
    };
    send(&engine, &[late(5), late(300), late(719)]);
    delete_trace(&engine, &project(), &TraceId::from_wire("t15"));
    engine
}

/// Id, time, and the texts in the order in which they are asked.
type KnownRow = (HitId, Timestamp, Vec<(Field, String)>, String);

/// Every place where the words are, found without an index.
struct Known {
    rows: Vec<KnownRow>,
}

impl Known {
    fn read(reads: &Reads<'_>) -> Self {
        let failed = "the engine answers";
        let query = ObservationQuery { filter: Filter::all(), page: ALL };
        let mut rows = Vec::new();
        for item in reads.observations(&project(), &query).expect(failed).rows {
            let it = &item.row.observation;
            let mut texts =
                vec![(Field::Id, it.id.to_string()), (Field::Name, it.name.as_deref().unwrap_or("").to_owned())];
            let payloads = &item.payloads;
            texts.extend(payloads.input.iter().map(|text| (Field::Input, text.to_string())));
            texts.extend(payloads.output.iter().map(|text| (Field::Output, text.to_string())));
            let metadata: Vec<String> = payloads.metadata.iter().map(|(key, value)| format!("{key} {value}")).collect();
            texts.push((Field::Metadata, metadata.join(" | ")));
            rows.push((HitId::Observation(it.id.as_str().into()), it.start, texts, it.trace_id.to_string()));
        }
        let query = TraceQuery { filter: Filter::all(), order: TraceOrder::default(), page: ALL };
        for item in reads.traces(&project(), &query, TraceParts::ALL).expect(failed).rows {
            let it = &item.row.trace;
            let mut texts =
                vec![(Field::Id, it.id.to_string()), (Field::Name, it.name.as_deref().unwrap_or("").to_owned())];
            // What a root lends its trace is the root's.
            if item.row.lender.as_ref().is_none_or(|lender| !lender.input) {
                texts.extend(item.payloads.input.iter().map(|text| (Field::Input, text.to_string())));
            }
            rows.push((HitId::Trace(it.id.as_str().into()), it.timestamp, texts, it.id.to_string()));
        }
        rows.sort_by(|left, right| (right.1, &right.0).cmp(&(left.1, &left.0)));
        Self { rows }
    }

    fn find(&self, words: &str, fields: &[Field], trace: Option<&str>) -> Vec<(HitId, Field)> {
        let rows = self.rows.iter().filter(|row| trace.is_none_or(|trace| trace == row.3));
        rows.filter_map(|(id, _, texts, _)| {
            let asked = |field: &Field| fields.contains(field);
            let found = texts.iter().find(|(field, text)| {
                asked(field) && if *field == Field::Id { text == words } else { has(text, words) }
            });
            Some((id.clone(), found?.0))
        })
        .collect()
    }
}

/// Whether the words are in a text as it reads, and go on neither before nor after.
fn has(text: &str, words: &str) -> bool {
    let reads = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"").to_lowercase();
    let words = words.to_lowercase();
    let goes_on = |char: Option<char>| {
        char.is_some_and(|char| char.is_alphanumeric() && !('\u{3000}'..'\u{a000}').contains(&char))
    };
    reads.match_indices(&words).any(|(place, _)| {
        let (before, after) = (reads[..place].chars().next_back(), reads[place + words.len()..].chars().next());
        !(goes_on(before) && goes_on(words.chars().next()) || goes_on(after) && goes_on(words.chars().next_back()))
    })
}

/// Everything that a search finds, page by page.
fn found(reads: &Reads<'_>, search: &TextSearch, limit: usize) -> Vec<Hit> {
    let (mut hits, mut after) = (Vec::new(), None);
    loop {
        let page = reads.search(&project(), &search.clone().after(after), limit).expect("the engine answers");
        assert!(page.rows.len() <= limit);
        hits.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return hits;
        }
    }
}

#[test]
fn a_search_finds_what_a_look_through_everything_finds() {
    let dir = tempfile::tempdir().expect("a directory");
    let engine = filled(dir.path());
    assert!(engine.counters().archive.seals > 1, "{:?}", engine.counters());
    let reads = engine.reads(engine.watch());
    let known = Known::read(&reads);
    let content = [Field::Input, Field::Output, Field::Metadata];
    for (words, fields, trace, limit) in [
        ("xylophone", &content[..], None, 50),
        ("XYLOPHONE", &Field::ALL, None, 3),
        ("xylophon", &content, None, 50),
        ("ten percent", &content, None, 7),
        ("percent ten", &content, None, 7),
        ("fox", &[Field::Input], None, 300),
        ("theremin", &content, None, 50),
        ("forty two", &[Field::Input], None, 50),
        ("forty two", &[Field::Output], None, 11),
        ("münchen", &content, None, 100),
        ("MÜNCHEN", &content, None, 100),
        ("東京", &content, None, 100),
        ("タワー", &content, None, 100),
        ("newline piano", &content, None, 100),
        ("\"quoted\"", &content, None, 100),
        ("region north", &[Field::Metadata], None, 5),
        ("north-east", &[Field::Metadata], None, 5),
        ("strange", &[Field::Name], None, 5),
        ("Strange Name", &[Field::Name, Field::Input], None, 5),
        ("o0300", &[Field::Id], None, 5),
        ("t15", &[Field::Id], None, 5),
        ("t16", &[Field::Id], None, 5),
        ("number300", &content, None, 5),
        ("number30", &content, None, 5),
        ("number107", &content, None, 5),
        ("talk", &content, Some("t20"), 2),
        ("fox", &content, Some("t20"), 2),
        ("fox", &content, Some("nowhere"), 2),
    ] {
        // Sealed pieces of metadata are searched as they are written, so the words are asked as they stand there.
        let asked = if words == "region north" { "region\":\"north" } else { words };
        let search = TextSearch::new(asked, fields, limit + 1).expect("words").within(trace.map(TraceId::from_wire));
        let hits = found(&reads, &search, limit);
        let ids: Vec<_> = hits.iter().map(|hit| (hit.id(), hit.field)).collect();
        assert_eq!(ids, known.find(words, fields, trace), "{words} {fields:?} {trace:?}");
        for hit in &hits {
            assert!(hit.field == Field::Id || has(&hit.snippet.found, asked), "{hit:?}");
        }
    }
    assert_eq!(engine.counters().archive.unreadable, 0);
}

#[test]
fn metadata_that_has_an_index_is_found_by_what_is_shown_of_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let engine = filled(dir.path());
    let reads = engine.reads(engine.watch());
    let count = |key: &str, wanted: &str| {
        let mut filter = Filter::all();
        let test = Test::Text(TextMatch::Equals, wanted.to_owned());
        filter.and(Column::Metadata, Test::At(key.to_owned(), Box::new(test)));
        let page = reads.observations(&project(), &ObservationQuery { filter, page: ALL });
        page.expect("the engine answers").total
    };
    let expected = |rests: &[u32]| {
        let lives = |number: &u32| number / 7 != 15;
        (0..720).filter(lives).filter(|number| rests.contains(&(number % 30))).count()
    };
    assert_eq!(count("plan", "premium"), expected(&[4, 24]));
    assert_eq!(count("plan", "café sans\nlait"), expected(&[14]));
    assert_eq!(count("plan", r#""premium""#), 0);
    assert_eq!(count("n", "300"), 1);
    assert_eq!(count("plan", "platinum"), 0);
}

#[test]
fn a_search_can_be_narrowed_by_time() {
    let dir = tempfile::tempdir().expect("a directory");
    let engine = filled(dir.path());
    let reads = engine.reads(engine.watch());
    let time = |text: &str| Timestamp::parse(text).ok();
    let search = TextSearch::new("fox", &[Field::Input], 1_001).expect("a word");
    let count = |from: &str, to: &str| found(&reads, &search.clone().between(time(from), time(to)), 1_000).len();
    let all = found(&reads, &search, 1_000).len();
    assert_eq!(all, 720 - 7, "one trace was deleted");
    assert_eq!(count("2026-08-20T00:05:00Z", "2026-08-20T00:06:00Z"), 60);
    assert_eq!(count("2026-08-20T00:05:00Z", "") + count("", "2026-08-20T00:05:00Z"), all);
    assert_eq!(count("2026-08-20T00:05:00Z", "2026-08-20T00:05:00Z"), 0);
}
