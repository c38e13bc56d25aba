//! Power cuts at every call to the disk that a fixed run of writes, seals, compactions, deletions and retention makes, and
//! disks that fail once or are full for a moment.

use std::collections::BTreeSet;

use spanstone_model::{Timestamp, Week};
use spanstone_store::{ArchiveCounts, Retention};
use spanstone_testkit::{Fault, Images, Seed, SimulatedFolder};

use crate::events::{OBSERVATIONS_PER_TRACE, Traffic};
use crate::fixtures::{NOON, Setup, World, append, number, open, project, settle, settle_at_last, verify};
use crate::oracle::{Oracle, Request, Seen};
use crate::reading::Reader;
use crate::wire::{Spec, What};

/// At how many calls the tests cut the power or fail, spread over the run; `all` for every one.
const CRASHES: &str = "SPANSTONE_CRASHES";

/// Which share of the calls is struck, as in `1/4`: for several processes side by side.
const SHARE: &str = "SPANSTONE_CRASHES_SHARE";

/// How old a week may be in the run, once there is a rule.
const DAYS_KEPT: u32 = 7;

/// What is done, always the same: small, so that every call to the disk can be struck.
struct Script {
    setup: Setup,
    steps: Vec<Step>,
}

#[derive(Clone)]
enum Step {
    Write(Request),
    Keep(Retention),
}

/// How far a run came.
struct Ran {
    acknowledged: Oracle,
    /// The request that was not acknowledged, at which the run ended.
    refused: Option<Request>,
    /// The rule that was in force at the end.
    kept: Retention,
}

/// Traces of this week, and of two weeks before it, which come of age in the run.
const YOUNG: [u32; 5] = [0, 3, 6, 9, 12];
const OLD: [u32; 5] = [2, 5, 8, 11, 14];

/// An event about a trace, or about the observation with this number in it.
fn event(what: What, trace: u32, observation: u32, gene: u64) -> Spec {
    let id = match what {
        What::Observation => trace * u32::try_from(OBSERVATIONS_PER_TRACE).expect("small") + observation,
        _ => trace,
    };
    let time = Traffic::default().time_of(u64::from(trace));
    Spec { what, id, trace, time, stamp: time / 1_000, text_bytes: 40, gene }
}

/// What fills a layer: an old trace and a young one.
fn round(number: usize) -> Vec<Spec> {
    let (old, young) = (OLD[number], YOUNG[number]);
    let gene = number as u64 * 100;
    vec![
        event(What::Trace, old, 0, gene),
        event(What::Observation, old, 0, gene + 1),
        event(What::Trace, young, 0, gene + 2),
        event(What::Observation, young, 0, gene + 3),
        event(What::Observation, young, 1, gene + 4),
        event(What::Score, young, 0, gene + 5),
    ]
}

impl Script {
    /// Four rounds, each sealed, and among them late news; the old week is compacted then. A trace and a score are deleted,
    /// and what they were sealed with is rewritten. Late news of an old trace is in memory when its week comes of age.
    fn life() -> Self {
        let kept = Retention { days: Some(DAYS_KEPT), ..Retention::default() };
        let late = |trace, gene| vec![event(What::Observation, trace, 0, gene)];
        let deletions = vec![event(What::DeleteTrace, YOUNG[0], 0, 0), event(What::DeleteScore, YOUNG[1], 0, 0)];
        let requests = [
            round(0),
            late(OLD[0], 1_001),
            round(1),
            round(2),
            late(YOUNG[1], 1_002),
            round(3),
            deletions,
            round(4),
            late(OLD[2], 1_003),
        ];
        let write = |(number, specs): (i64, Vec<Spec>)| {
            let received_at = Timestamp::from_micros(NOON + number * 1_000);
            Step::Write(Request { project: project(0), received_at, specs })
        };
        let mut steps: Vec<Step> = (0..).zip(requests).map(write).collect();
        steps.push(Step::Keep(kept));
        steps.push(write((100, late(YOUNG[2], 1_004))));
        Self { setup: Setup { hot_bytes_max: 8 * 1024, ..Setup::default() }, steps }
    }

    /// Runs until a request is refused.
    fn run(&self, folder: &SimulatedFolder) -> Ran {
        let (ran, _) = self.run_and_count(folder);
        ran
    }

    fn run_and_count(&self, folder: &SimulatedFolder) -> (Ran, ArchiveCounts) {
        let mut ran = Ran { acknowledged: Oracle::default(), refused: None, kept: Retention::default() };
        let Ok(store) = open(folder, &self.setup) else { return (ran, ArchiveCounts::default()) };
        for step in &self.steps {
            match step {
                Step::Write(request) => {
                    if append(&store, request).is_err() {
                        ran.refused = Some(request.clone());
                        break;
                    }
                    ran.acknowledged.add(request);
                }
                Step::Keep(retention) => {
                    ran.kept = retention.clone();
                    store.set_retention(retention.clone());
                }
            }
            // False once the power is cut; the next request finds out.
            settle(&store);
        }
        let counts = store.counters().archive;
        (ran, counts)
    }

    /// How many calls an undisturbed run makes, and how many of them change something.
    fn calls(&self) -> (u64, u64) {
        let folder = SimulatedFolder::new();
        let (ran, counts) = self.run_and_count(&folder);
        assert!(ran.refused.is_none());
        assert!(counts.seals >= 6 && counts.compactions >= 2 && counts.dropped_segments >= 2, "{counts:?}");
        let calls = (folder.calls(), folder.changes());
        assert!(verify(&folder).is_clean(), "{:?}", verify(&folder));
        calls
    }

    /// Opens what is left, and compares; the request that was not acknowledged may be there or not.
    fn reopen(&self, images: &Images, ran: Ran, context: &str) -> World {
        let setup = Setup { retention: ran.kept, ..self.setup.clone() };
        let mut world = World::reopen(images, setup, ran.acknowledged);
        if let Some(request) = &ran.refused {
            find(&mut world, request);
        }
        check(&world, context);
        world
    }

    /// The store goes on: it takes more requests, seals them, and comes to rest.
    fn go_on(&self, world: &mut World, context: &str) {
        for specs in [vec![event(What::Observation, YOUNG[1], 1, 2_001)], round(4), round(3)] {
            world.write(&project(0), specs);
            world.settle();
        }
        check(world, context);
        let weeks = world.store().archive_stats().weeks;
        let weeks: BTreeSet<Week> = weeks.keys().map(|(_, week)| *week).collect();
        assert!(weeks.iter().all(|week| !is_too_old(world, week.last())), "{context}: {weeks:?}");
        world.close();
        assert_whole(world, context);
    }
}

/// A request that was refused may be there after a start: whoever refused it did not know.
fn find(world: &mut World, request: &Request) {
    let mut with = world.oracle.clone();
    with.add(request);
    if seen(world) == expected(world, &with) {
        world.oracle = with;
    }
}

fn assert_whole(world: &World, context: &str) {
    let report = verify(&world.folder);
    assert!(report.is_clean(), "{context}: {report:?}");
    assert_eq!(report.archive.leftovers, [""; 0], "{context}");
}

fn check(world: &World, context: &str) {
    seen(world).assert_is(&expected(world, &world.oracle), context);
}

/// What a reader sees and retention may not touch.
fn seen(world: &World) -> Seen {
    young(world, Reader::new(world.store(), &project(0)).lists())
}

fn expected(world: &World, oracle: &Oracle) -> Seen {
    young(world, oracle.seen(&project(0)))
}

fn young(world: &World, seen: Seen) -> Seen {
    let is_young = |time: Timestamp| !is_too_old(world, Week::of(time).last());
    let mut young = seen;
    young.traces.retain(|_, trace| is_young(trace.row.timestamp));
    young.observations.retain(|_, observation| is_young(observation.row.start));
    young.scores.retain(|_, score| is_young(score.row.timestamp));
    young
}

fn is_too_old(world: &World, last: Timestamp) -> bool {
    let days = world.setup.retention.days;
    days.is_some_and(|days| last.micros() + i64::from(days) * 86_400_000_000 <= NOON)
}

/// The numbers that a test strikes of so many, and a seed for each.
fn strikes(calls: u64, otherwise: u64) -> impl Iterator<Item = (u64, Seed)> {
    let every = std::env::var(CRASHES).is_ok_and(|text| text == "all");
    let count = if every { calls } else { number(CRASHES, otherwise).clamp(1, calls) };
    let share = std::env::var(SHARE).unwrap_or_else(|_| "1/1".to_owned());
    let share = share.split_once('/').and_then(|(of, all)| Some((of.parse().ok()?, all.parse().ok()?)));
    let (of, all): (u64, u64) = share.expect("a share is written as in `1/4`");
    (0..count).filter(move |strike| strike % all == of % all).map(move |strike| {
        let mut seed = Seed::new(strike);
        let at = (strike * calls / count + seed.below(calls / count)).min(calls - 1);
        (at, seed)
    })
}

#[test]
fn a_power_cut_at_any_call_loses_nothing_doubles_nothing_and_brings_nothing_back() {
    let script = Script::life();
    let (_, changes) = script.calls();
    for (at, mut seed) in strikes(changes, 120) {
        let context = format!("power cut at change {at} of {changes}");
        let folder = SimulatedFolder::new();
        folder.fail_at_change(at, Fault::PowerCut);
        let ran = script.run(&folder);
        folder.fail_at(folder.calls(), Fault::PowerCut);
        let mut images = folder.crash(&mut seed);
        if seed.one_in(2) {
            // And again while the store recovers.
            let folder = SimulatedFolder::from_images(&images);
            folder.fail_at_change(seed.below(60), Fault::PowerCut);
            if let Ok(store) = open(&folder, &script.setup) {
                settle(&store);
            }
            folder.fail_at(folder.calls(), Fault::PowerCut);
            images = folder.crash(&mut seed);
        }
        let mut world = script.reopen(&images, ran, &context);
        script.go_on(&mut world, &context);
    }
}

#[test]
fn a_disk_that_fails_once_costs_nothing_that_was_acknowledged() {
    let script = Script::life();
    let (calls, _) = script.calls();
    for (at, mut seed) in strikes(calls, 60) {
        let context = format!("i/o error at call {at} of {calls}");
        let folder = SimulatedFolder::new();
        folder.fail_at(at, Fault::Eio);
        let ran = script.run(&folder);
        // The process may be started again, or lose its power before that.
        let images = if seed.one_in(2) { folder.images() } else { folder.crash(&mut seed) };
        let mut world = script.reopen(&images, ran, &context);
        script.go_on(&mut world, &context);
    }
}

/// Where the file system takes no new space for what is overwritten, the pages that a sync writes always find some, and a
/// restart is never needed; the simulated disk may be full at those, too.
#[test]
fn a_disk_that_is_full_for_a_moment_is_got_over_without_a_restart_unless_it_was_at_a_sync() {
    let script = Script::life();
    let (_, changes) = script.calls();
    let (mut struck, mut restarted) = (0, 0);
    for (at, _) in strikes(changes, 60) {
        struck += 1;
        let context = format!("full disk at change {at} of {changes}");
        let folder = SimulatedFolder::new();
        let mut world = World::reopen(&folder.images(), script.setup.clone(), Oracle::default());
        world.folder.fail_at_change(at, Fault::Enospc);
        let (mut refused, mut restarts): (Vec<&Request>, u64) = (Vec::new(), 0);
        for step in &script.steps {
            let is_broken = match step {
                Step::Write(request) => match append(world.store(), request) {
                    Ok(()) => {
                        world.oracle.add(request);
                        false
                    }
                    Err(_) => {
                        refused.push(request);
                        world.store().round_trip().is_err()
                    }
                },
                Step::Keep(retention) => {
                    world.set_retention(retention.clone());
                    false
                }
            };
            if is_broken || !settle_at_last(world.store(), &world.setup) {
                restarts += 1;
                world.restart();
                refused.iter().for_each(|request| find(&mut world, request));
            }
        }
        assert!(refused.len() <= 1, "{context}: {} requests were refused", refused.len());
        assert!(restarts <= 1, "{context}: {restarts} restarts");
        restarted += restarts;
        check(&world, &context);
        // A file that could not be removed is left until the next start.
        world.restart();
        check(&world, &context);
        world.close();
        assert_whole(&world, &context);
    }
    assert!(restarted * 4 <= struck, "{restarted} restarts after {struck} full disks");
}
