//! Power cuts at the calls to the disk that a fixed run of writes, seals, compactions, deletions and retention makes, and
//! disks that fail once or are full for a moment.

use spanstone_model::Timestamp;
use spanstone_store::Retention;
use spanstone_testkit::{Fault, Images, Seed, SimulatedFolder};

use crate::events::Traffic;
use crate::fixtures::{NOON, Setup, World, append, number, open, project, settle, settle_at_last, verify};
use crate::oracle::{Oracle, Request, Seen};
use crate::reading::Reader;

/// At how many calls the tests cut the power or fail, spread over the run; set in the environment for more.
const CRASHES: &str = "SPANSTONE_CRASHES";

/// How old a trace may be in the run with retention.
const DAYS_KEPT: u32 = 7;

/// What is done, always the same.
struct Script {
    setup: Setup,
    requests: Vec<Request>,
}

impl Script {
    fn new(count: usize, deletions_one_in: u64, retention: Retention) -> Self {
        let setup = Setup { hot_bytes_max: 40 * 1024, retention, ..Setup::default() };
        let mut seed = Seed::new(7);
        let mut events = Traffic { deletions_one_in, ..traffic(&setup) };
        let (mut oracle, mut requests) = (Oracle::default(), Vec::with_capacity(count));
        for number in 0..count {
            let specs = events.request(&project(0), &oracle, &mut seed);
            let received_at = Timestamp::from_micros(NOON + i64::try_from(number).expect("small") * 1_000);
            let request = Request { project: project(0), received_at, specs };
            oracle.add(&request);
            requests.push(request);
        }
        Self { setup, requests }
    }

    fn retention() -> Retention {
        Retention { days: Some(DAYS_KEPT), ..Retention::default() }
    }

    /// Runs until a request is refused. What was acknowledged, and the request that was not.
    fn run(&self, folder: &SimulatedFolder) -> (Oracle, Option<Request>) {
        let mut oracle = Oracle::default();
        let Ok(store) = open(folder, &self.setup) else { return (oracle, None) };
        for request in &self.requests {
            if append(&store, request).is_err() {
                return (oracle, Some(request.clone()));
            }
            oracle.add(request);
            // False once the power is cut; the next request finds out.
            settle(&store);
        }
        (oracle, None)
    }

    /// How many calls an undisturbed run makes.
    fn calls(&self) -> u64 {
        let folder = SimulatedFolder::new();
        let (_, refused) = self.run(&folder);
        assert!(refused.is_none());
        let calls = folder.calls();
        assert!(verify(&folder).is_clean(), "{:?}", verify(&folder));
        calls
    }

    /// The calls at which a test strikes, and a seed for each.
    fn strikes(&self, otherwise: u64) -> impl Iterator<Item = (u64, Seed)> {
        let calls = self.calls();
        let count = number(CRASHES, otherwise).clamp(1, calls);
        (0..count).map(move |strike| {
            let mut seed = Seed::new(strike);
            let at = (strike * calls / count + seed.below(calls / count)).min(calls - 1);
            (at, seed)
        })
    }

    /// Opens what is left, and compares; the request that was not acknowledged may be there or not.
    fn reopen(&self, images: &Images, acknowledged: Oracle, refused: Option<&Request>, context: &str) -> World {
        let mut world = World::reopen(images, self.setup.clone(), acknowledged);
        if let Some(request) = refused {
            let mut with = world.oracle.clone();
            with.add(request);
            if self.seen(&world) == self.expected(&with) {
                world.oracle = with;
            }
        }
        self.check(&world, context);
        world
    }

    fn check(&self, world: &World, context: &str) {
        self.seen(world).assert_is(&self.expected(&world.oracle), context);
    }

    /// What a reader sees and retention may not touch.
    fn seen(&self, world: &World) -> Seen {
        let all = Reader::new(world.store(), &project(0)).lists();
        if self.setup.retention.days.is_some() { young(all) } else { all }
    }

    fn expected(&self, oracle: &Oracle) -> Seen {
        let all = oracle.seen(&project(0));
        if self.setup.retention.days.is_some() { young(all) } else { all }
    }

    /// The store goes on: it takes more requests, and the archivist comes to rest.
    fn go_on(&self, world: &mut World, seed: &mut Seed, context: &str) {
        let mut traffic = Traffic { youngest: 20, ..traffic(&self.setup) };
        for _ in 0..6 {
            let specs = traffic.request(&project(0), &world.oracle, seed);
            world.write(&project(0), specs);
            world.settle();
        }
        self.check(world, context);
        for (_, week) in world.store().archive_stats().weeks.keys() {
            assert!(
                self.setup.retention.days.is_none() || week.last() > oldest_kept(),
                "{context}: {week} is still there"
            );
        }
        world.close();
        let report = verify(&world.folder);
        assert!(report.is_clean(), "{context}: {report:?}");
        assert_eq!(report.archive.leftovers, [""; 0], "{context}");
    }
}

/// With retention the events of one entity are all of one week: what came before they were dropped would be missing later.
fn traffic(setup: &Setup) -> Traffic {
    let score_spread = if setup.retention.days.is_some() { 1 } else { 3 };
    Traffic { score_spread, ..Traffic::default() }
}

fn oldest_kept() -> Timestamp {
    Timestamp::from_micros(NOON - i64::from(DAYS_KEPT) * 86_400_000_000)
}

/// What retention may not touch.
fn young(mut seen: Seen) -> Seen {
    let is_young = |time: Timestamp| time > oldest_kept();
    seen.traces.retain(|_, trace| is_young(trace.row.timestamp));
    let Seen { traces, observations, .. } = &mut seen;
    observations.retain(|_, observation| traces.contains_key(&observation.row.trace_id));
    seen.scores.retain(|_, score| is_young(score.row.timestamp));
    seen
}

fn survives_power_cuts(script: &Script, strikes: u64) {
    for (at, mut seed) in script.strikes(strikes) {
        let context = format!("power cut at call {at}");
        let folder = SimulatedFolder::new();
        folder.fail_at(at, Fault::PowerCut);
        let (acknowledged, refused) = script.run(&folder);
        folder.fail_at(folder.calls(), Fault::PowerCut);
        let mut images = folder.crash(&mut seed);
        if seed.one_in(2) {
            // And again while the store recovers.
            let folder = SimulatedFolder::from_images(&images);
            folder.fail_at(seed.below(200), Fault::PowerCut);
            if let Ok(store) = open(&folder, &script.setup) {
                settle(&store);
            }
            folder.fail_at(folder.calls(), Fault::PowerCut);
            images = folder.crash(&mut seed);
        }
        let mut world = script.reopen(&images, acknowledged, refused.as_ref(), &context);
        script.go_on(&mut world, &mut seed, &context);
    }
}

#[test]
fn a_power_cut_during_seals_and_compactions_loses_and_doubles_nothing() {
    survives_power_cuts(&Script::new(40, 1_000, Retention::default()), 24);
}

#[test]
fn a_power_cut_during_deletions_brings_nothing_back() {
    survives_power_cuts(&Script::new(40, 5, Retention::default()), 16);
}

#[test]
fn a_power_cut_during_retention_loses_nothing_young() {
    survives_power_cuts(&Script::new(40, 1_000, Script::retention()), 16);
}

#[test]
fn a_disk_that_fails_once_costs_nothing_that_was_acknowledged() {
    let script = Script::new(30, 20, Retention::default());
    for (at, mut seed) in script.strikes(20) {
        let context = format!("i/o error at call {at}");
        let folder = SimulatedFolder::new();
        folder.fail_at(at, Fault::Eio);
        let (acknowledged, refused) = script.run(&folder);
        // The process may be started again, or lose its power before that.
        let images = if seed.one_in(2) { folder.images() } else { folder.crash(&mut seed) };
        let mut world = script.reopen(&images, acknowledged, refused.as_ref(), &context);
        script.go_on(&mut world, &mut seed, &context);
    }
}

/// Where the file system takes no new space for what is overwritten, the pages that a sync writes always find some, and a
/// restart is never needed; the simulated disk may be full at those, too.
#[test]
fn a_disk_that_is_full_for_a_moment_is_got_over_without_a_restart_unless_it_was_at_a_sync() {
    let script = Script::new(30, 20, Retention::default());
    let (mut strikes, mut restarted) = (0, 0);
    for (at, _) in script.strikes(20) {
        strikes += 1;
        let context = format!("full disk at call {at}");
        let folder = SimulatedFolder::new();
        let mut world = World::reopen(&folder.images(), script.setup.clone(), Oracle::default());
        world.folder.fail_at(at, Fault::Enospc);
        let (mut refusals, mut restarts) = (0, 0);
        for request in &script.requests {
            if append(world.store(), request).is_ok() {
                world.oracle.add(request);
            } else {
                refusals += 1;
            }
            if !settle_at_last(world.store(), &script.setup) {
                restarts += 1;
                world.restart();
            }
        }
        assert!(refusals <= 1, "{context}: {refusals} requests were refused");
        assert!(restarts <= 1, "{context}: {restarts} restarts");
        restarted += restarts;
        script.check(&world, &context);
        world.close();
        let report = verify(&world.folder);
        assert!(report.is_clean(), "{context}: {report:?}");
        assert_eq!(report.archive.leftovers, [""; 0], "{context}");
    }
    assert!(restarted * 4 <= strikes, "{restarted} restarts after {strikes} full disks");
}
