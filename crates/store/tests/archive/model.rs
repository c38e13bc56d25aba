//! The store against an oracle in memory: random writes, late events, deletions, seals, compactions, retention by changing
//! rules and a clock that moves on, and restarts of both kinds.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};

use spanstone_model::{ProjectId, Timestamp, Week};
use spanstone_store::{ProjectRetention, Retention};
use spanstone_testkit::{Fault, Seed, for_each_seed};

use crate::aging::{Aging, is_too_old};
use crate::events::{Traffic, WEEK};
use crate::fixtures::{NOON, Setup, World, append, number, project};
use crate::oracle::Seen;
use crate::reading::Reader;

/// How many seeds a run takes, and how many steps each has; set in the environment for longer runs by hand.
const SEEDS: &str = "SPANSTONE_MODEL_SEEDS";
const STEPS: &str = "SPANSTONE_MODEL_STEPS";

const DAY: i64 = 86_400_000_000;

/// In runs with retention, how many traces begin in the same weeks.
const TRACES_PER_WEEK: u64 = 16;

/// What time it is for the store under test: one at a time.
static NOW: AtomicI64 = AtomicI64::new(NOON);

fn now() -> Timestamp {
    Timestamp::from_micros(NOW.load(Ordering::Relaxed))
}

#[test]
fn the_store_shows_what_the_oracle_shows() {
    let steps = number(STEPS, 300);
    let mut told = Told::default();
    for_each_seed(number(SEEDS, 8), |seed| {
        let mut run = Run::new(Seed::new(seed), seed % 2 == 1);
        for step in 0..steps {
            run.step(step);
        }
        run.settle_and_check("at the end");
        told.add(&run.told);
    });
    assert!(told.firm > told.doubtful, "most of what is compared is not in doubt: {told:?}");
    if std::env::var_os("SPANSTONE_SEED").is_none() {
        assert!(told.dropped > 0 && told.forgotten_bytes > 0, "retention was not put to the test: {told:?}");
    }
}

/// What a run had to do with.
#[derive(Debug, Default, Clone, Copy)]
struct Told {
    /// Comparisons, each of so many families, that were exact, and that were not.
    firm: usize,
    doubtful: usize,
    /// Segments that were dropped.
    dropped: u64,
    /// Limits in bytes beneath what there was.
    forgotten_bytes: u64,
    /// How many times something that had to go stayed because memory held on to it.
    held: u64,
}

impl Told {
    fn add(&mut self, other: &Self) {
        self.firm += other.firm;
        self.doubtful += other.doubtful;
        self.dropped += other.dropped;
        self.forgotten_bytes += other.forgotten_bytes;
        self.held += other.held;
    }
}

struct Run {
    seed: Seed,
    world: World,
    /// The traffic of each project.
    traffic: [Traffic; 2],
    /// Whether the clock and the rules of what is kept change.
    is_aging: bool,
    aging: Aging,
    /// How many segments retention had dropped when that was last looked at, since the store was opened.
    dropped: u64,
    told: Told,
}

impl Run {
    fn new(mut seed: Seed, is_aging: bool) -> Self {
        NOW.store(NOON, Ordering::Relaxed);
        let hot_bytes_max = [24, 48, 96, 400][usize::try_from(seed.below(4)).expect("small")] * 1024;
        let world = World::new(Setup { hot_bytes_max, clock: now, ..Setup::default() });
        let traffic = if is_aging {
            // What is dropped must not be what decides how an event for another week reads.
            Traffic { traces_per_week: TRACES_PER_WEEK, score_spread: 1, ..Traffic::default() }
        } else {
            Traffic::default()
        };
        let traffic = [traffic.clone(), traffic];
        Self { seed, world, traffic, is_aging, aging: Aging::default(), dropped: 0, told: Told::default() }
    }

    fn step(&mut self, step: u64) {
        let context = format!("step {step}");
        let kinds = if self.is_aging { 112 } else { 100 };
        match self.seed.below(kinds) {
            0..70 => self.write(),
            70..84 => self.check(&context),
            84..95 => self.settle_and_check(&context),
            95..97 => {
                self.world.restart();
                self.opened_again();
                self.check(&context);
            }
            97..100 => self.crash(&context),
            100..105 => self.move_clock(),
            105..109 => self.change_rules(),
            _ => self.limit_bytes(&context),
        }
    }

    fn write(&mut self) {
        let index = usize::from(self.seed.one_in(4));
        let project = project(index as u64);
        let specs = self.traffic[index].request(&project, &self.world.oracle, &mut self.seed);
        if self.is_aging {
            self.aging.note(&project, &specs);
            self.aging.doubt_by_age(&self.world.setup.retention, now());
        }
        self.world.write(&project, specs);
    }

    fn seen(&self, project: &ProjectId) -> Seen {
        Reader::new(self.world.store(), project).lists()
    }

    fn check(&mut self, context: &str) {
        for number in 0..2 {
            let project = project(number);
            let expected = self.aging.firm(&project, self.world.oracle.seen(&project));
            self.aging.firm(&project, self.seen(&project)).assert_is(&expected, context);
        }
        let (doubtful, all) = self.aging.counts();
        self.told.firm += 1 + all - doubtful;
        self.told.doubtful += doubtful;
    }

    fn settle_and_check(&mut self, context: &str) {
        self.world.look_again();
        self.resolve();
        self.check(context);
        for number in 0..2 {
            let reader = Reader::new(self.world.store(), &project(number));
            reader.check_lookups(&reader.lists(), &mut self.seed, 12);
        }
        if self.is_aging {
            self.see_what_is_too_old_gone(context);
            self.aging.doubt_by_age(&self.world.setup.retention, now());
        }
        let counts = self.world.store().counters().archive;
        assert_eq!((counts.failures, counts.unreadable), (0, 0), "{context}");
    }

    /// Takes account of what is left, when the archivist is at rest.
    fn resolve(&mut self) {
        let dropped = self.world.store().counters().archive.dropped_segments;
        if dropped != self.dropped {
            self.told.dropped += dropped - self.dropped;
            self.dropped = dropped;
            self.aging.next_epoch();
        }
        for number in 0..2 {
            let project = project(number);
            let seen = self.seen(&project);
            self.aging.resolve(&project, &seen, &mut self.world.oracle);
        }
    }

    /// The store was closed or lost its power, and may have dropped something before.
    fn opened_again(&mut self) {
        self.dropped = 0;
        self.aging.next_epoch();
    }

    fn see_what_is_too_old_gone(&mut self, context: &str) {
        if self.too_old() == 0 {
            return;
        }
        self.let_go();
        assert_eq!(self.too_old(), 0, "{context}: {:?}", self.world.store().archive_stats());
        self.resolve();
        self.check(context);
    }

    /// Has memory sealed that holds on to segments of what has to go: news that came in while such news were sealed. When
    /// nothing comes in meanwhile, they go with the next full layer.
    fn let_go(&mut self) {
        self.told.held += 1;
        // What is sealed with them may be too old itself.
        self.aging.doubt_by_age(&self.world.setup.retention, now());
        let fillers = self.world.seal(now().micros());
        self.aging.note(&project(0), &fillers);
        self.world.look_again();
    }

    /// How many segments there are that are too old.
    fn too_old(&self) -> u64 {
        let rule = &self.world.setup.retention;
        let stats = self.world.store().archive_stats();
        let old = stats.weeks.iter().filter(|((project, week), _)| is_too_old(rule, now(), project, *week));
        old.map(|(_, week)| week.segments).sum()
    }

    /// Whoever drops by the clock finds out late: the archivist is not told.
    fn move_clock(&mut self) {
        let begun = self.traffic[0].youngest / TRACES_PER_WEEK;
        let latest = NOON + (i64::try_from(begun).expect("small") + 2) * WEEK;
        let moved = now().micros() + (1 + i64::try_from(self.seed.below(6)).expect("small")) * DAY;
        if moved <= latest {
            self.aging.doubt_by_age(&self.world.setup.retention, Timestamp::from_micros(moved));
            NOW.store(moved, Ordering::Relaxed);
        }
    }

    fn change_rules(&mut self) {
        let mut days = || [None, Some(5), Some(12), Some(20)][usize::try_from(self.seed.below(4)).expect("small")];
        let own = ProjectRetention { days: days(), bytes: None };
        let rule = Retention { days: days(), bytes: None, projects: HashMap::from([(project(1), own)]) };
        self.aging.doubt_by_age(&rule, now());
        self.world.set_retention(rule);
    }

    /// Limits the bytes of everything, or of one project, for a moment: the oldest weeks go, and no more than have to.
    fn limit_bytes(&mut self, context: &str) {
        self.settle_and_check(context);
        let scope = self.seed.one_in(2).then(|| project(0));
        let is_meant = |project: &ProjectId| scope.as_ref().is_none_or(|only| only == project);
        let before = self.bytes_by_week(is_meant);
        let total: u64 = before.values().sum();
        let limit = total * self.seed.below(9) / 8;
        // The weeks whose younger ones fill the limit go whole; those that have room with all younger ones stay whole.
        let (mut goes, mut may_go, mut younger) = (None, None, 0);
        for (week, bytes) in before.iter().rev() {
            goes = goes.or((younger >= limit).then_some(*week));
            younger += bytes;
            may_go = may_go.or((younger > limit).then_some(*week));
        }
        let may_go = |week: Week| may_go.is_some_and(|last| week <= last);
        self.aging.doubt(|project, week| is_meant(project) && may_go(week));
        let unlimited = self.world.setup.retention.clone();
        let counts = self.world.store().counters().archive;
        self.world.set_retention(with_limit(&unlimited, scope.as_ref(), limit));
        self.world.settle();
        let after = self.world.store().counters().archive;
        let taken = |run: &Self| run.bytes_by_week(is_meant).values().sum::<u64>();
        if after.seals > counts.seals || taken(self) > limit {
            // What memory held on to was sealed, or is going to be, and takes bytes of its own.
            self.aging.doubt(|project, _| is_meant(project));
        } else {
            let left = self.bytes_by_week(is_meant);
            for (week, bytes) in before.iter().filter(|(week, _)| !may_go(**week)) {
                assert!(left.contains_key(week) || *bytes == 0, "{context}: {week} is gone, of {before:?} for {limit}");
            }
            let gone = left.keys().filter(|week| goes.is_some_and(|last| **week <= last)).count();
            assert_eq!(gone, 0, "{context}: {left:?} is left of {before:?} for {limit}");
        }
        if taken(self) > limit {
            self.let_go();
            self.aging.doubt(|project, _| is_meant(project));
        }
        assert!(taken(self) <= limit, "{context}: {} bytes are left, and {limit} allowed", taken(self));
        self.told.forgotten_bytes += u64::from(limit < total);
        self.world.set_retention(unlimited);
        self.settle_and_check(context);
    }

    fn bytes_by_week(&self, is_meant: impl Fn(&ProjectId) -> bool) -> BTreeMap<Week, u64> {
        let mut weeks = BTreeMap::new();
        for ((project, week), stats) in &self.world.store().archive_stats().weeks {
            if is_meant(project) {
                *weeks.entry(*week).or_default() += stats.file_bytes;
            }
        }
        weeks
    }

    /// Cuts the power while a request is under way: it is there afterwards, or it is not.
    fn crash(&mut self, context: &str) {
        let project_0 = project(0);
        let specs = self.traffic[0].request(&project_0, &self.world.oracle, &mut self.seed);
        if self.is_aging {
            self.aging.note(&project_0, &specs);
            self.aging.doubt_by_age(&self.world.setup.retention, now());
        }
        let request = self.world.request(&project_0, specs);
        let ahead = self.seed.below(40);
        self.world.folder.fail_at(self.world.folder.calls() + ahead, Fault::PowerCut);
        let is_acknowledged = append(self.world.store(), &request).is_ok();
        let without = self.world.oracle.clone();
        let mut with = without.clone();
        with.add(&request);
        let images = self.world.cut_power(&mut self.seed);
        let filler = self.world.filler;
        self.world = World::reopen(&images, self.world.setup.clone(), with);
        self.world.filler = filler;
        self.opened_again();
        let firm = |seen| self.aging.firm(&project_0, seen);
        if !is_acknowledged && firm(self.seen(&project_0)) != firm(self.world.oracle.seen(&project_0)) {
            self.world.oracle = without;
        }
        self.check(context);
    }
}

fn with_limit(rule: &Retention, scope: Option<&ProjectId>, limit: u64) -> Retention {
    let mut rule = rule.clone();
    match scope {
        Some(project) => rule.projects.entry(project.clone()).or_default().bytes = Some(limit),
        None => rule.bytes = Some(limit),
    }
    rule
}
