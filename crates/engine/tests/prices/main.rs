//! What observations cost, from the request to the row.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the answer, in their helpers too")]

mod counting;
mod models;
#[path = "../client/sending.rs"]
mod sending;

use std::path::Path;
use std::sync::mpsc::channel;

use spanstone_engine::pricing::{Model, read};
use spanstone_engine::{Engine, Options, Setup};
use spanstone_model::{BodyKind, Cost, Derived, EntryHeader, Limits, Observation, ObservationId, ProjectId, Timestamp};

fn project() -> ProjectId {
    ProjectId::from_wire("project")
}

fn clock() -> Timestamp {
    Timestamp::parse("2026-11-23T12:00:00Z").unwrap()
}

fn open(directory: &Path) -> Engine {
    let limits = Limits { reserve_bytes: 0, ..Limits::default() };
    let options = Options { limits, ..Options::new(directory, clock) };
    let engine = Engine::open(options).unwrap();
    let setup = Setup { project_id: Some("project".to_owned()), ..Setup::default() };
    engine.set_up(setup).unwrap();
    engine
}

/// Writes an event about the observation `id` of the trace `t`.
fn send(engine: &Engine, kind: &str, id: &str, fields: &str) {
    let header = EntryHeader::new(project(), BodyKind::LangfuseBatch, clock());
    let body = format!(
        r#"{{"batch":[{{"id":"e-{id}-{kind}","type":"{kind}","timestamp":"2026-11-23T11:59:59Z",
            "body":{{"id":"{id}","traceId":"t","startTime":"2026-11-23T11:59:58Z",{fields}}}}}]}}"#
    );
    assert_eq!(sending::send(engine, header, body.into_bytes()).unwrap().refused, []);
}

fn generation(engine: &Engine, id: &str, fields: &str) {
    send(engine, "generation-create", id, fields);
}

fn observation(engine: &Engine, id: &str) -> Observation {
    let reads = engine.reads(engine.watch());
    let item = reads.observation(&project(), &ObservationId::from_wire(id)).unwrap().unwrap();
    Observation::clone(&item.row.observation)
}

/// What an observation cost in all, in picodollars.
fn cost(engine: &Engine, id: &str) -> Option<i64> {
    observation(engine, id).cost.total().map(Cost::picodollars)
}

fn derive(engine: &Engine, derived: Vec<Derived>) {
    let (sender, receiver) = channel();
    engine.derive(&project(), derived, move |stored| sender.send(stored).unwrap());
    receiver.recv().unwrap().unwrap();
}

fn model(text: &str) -> Model {
    read(text).unwrap().remove(0)
}
