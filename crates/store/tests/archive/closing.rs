//! A store that is closed while it still reads its journal.

use std::sync::Arc;
use std::sync::mpsc::channel;

use spanstone_model::Timestamp;
use spanstone_testkit::SimulatedFolder;

use crate::fixtures::{NOON, Setup, World, hand_in, open_folder, project};
use crate::oracle::Request;
use crate::reading::Reader;
use crate::retention::Gate;
use crate::wire::{Spec, What, spec};

const MIB: usize = 1024 * 1024;

/// A request about a trace of its own.
fn request(id: u32) -> Request {
    let specs = vec![spec(What::Trace, id, id, NOON)];
    Request { project: project(0), received_at: Timestamp::from_micros(NOON), specs }
}

#[test]
fn what_the_journal_holds_survives_a_stop_during_the_replay_whatever_came_in_meanwhile() {
    let mut world = World::new(Setup { hot_bytes_max: 64 * MIB, ..Setup::default() });
    let specs: Vec<Spec> = (0..14_000).map(|id| spec(What::Observation, id, id / 100, NOON)).collect();
    for specs in specs.chunks(500) {
        world.write(&project(0), specs.to_vec());
    }
    // Closing seals what is much, so the power goes first.
    let images = world.folder.images();

    // While nothing can be sealed the memory is full before the journal is at its end, and the replay waits.
    let gate = Arc::new(Gate::of(SimulatedFolder::from_images(&images)));
    gate.close();
    let setup = Setup { hot_bytes_max: 8 * MIB, ..Setup::default() };
    let store = open_folder(gate.clone(), &setup).expect("the store opens");
    let (sender, outcomes) = channel();
    let ids = [100_000, 100_001, 100_002];
    for id in ids {
        let sender = sender.clone();
        hand_in(&store, &request(id), move |outcome| {
            sender.send((id, outcome.is_ok())).expect("the test waits for it");
        });
    }
    gate.wait_until_reached();
    let closing = std::thread::spawn(move || store.close());
    let outcomes: Vec<(u32, bool)> = ids.iter().map(|_| outcomes.recv().expect("each is answered")).collect();
    gate.open();
    closing.join().expect("it is closed");

    let reopened = Setup { hot_bytes_max: 64 * MIB, ..Setup::default() };
    let mut world = World::reopen(&gate.folder.images(), reopened, world.oracle.clone());
    let seen = Reader::new(world.store(), &project(0)).lists();
    for (id, is_taken) in outcomes {
        let name = format!("trace-{id}");
        // What was refused may be there.
        if is_taken || seen.traces.keys().any(|id| id.as_str() == name) {
            world.oracle.add(&request(id));
        }
    }
    world.check(&project(0), "opened again");
}
