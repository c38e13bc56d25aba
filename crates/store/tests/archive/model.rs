//! The store against an oracle in memory: random writes, late events, deletions, seals, compactions, and restarts of both
//! kinds.

use spanstone_testkit::{Fault, Seed, for_each_seed};

use crate::events::Traffic;
use crate::fixtures::{Setup, World, append, number, project};

/// How many seeds a run takes, and how many steps each has; set in the environment for longer runs by hand.
const SEEDS: &str = "SPANSTONE_MODEL_SEEDS";
const STEPS: &str = "SPANSTONE_MODEL_STEPS";

#[test]
fn the_store_shows_what_the_oracle_shows() {
    let steps = number(STEPS, 300);
    let mut checks = 0;
    for_each_seed(number(SEEDS, 6), |seed| {
        let mut run = Run::new(Seed::new(seed));
        for step in 0..steps {
            run.step(step);
        }
        run.settle_and_check("at the end");
        checks += run.checks;
    });
    assert!(checks > 0, "nothing was compared");
}

struct Run {
    seed: Seed,
    world: World,
    /// The traffic of each project.
    traffic: [Traffic; 2],
    checks: u64,
}

impl Run {
    fn new(mut seed: Seed) -> Self {
        let hot_bytes_max = [24, 48, 96, 400][usize::try_from(seed.below(4)).expect("small")] * 1024;
        let world = World::new(Setup { hot_bytes_max, ..Setup::default() });
        Self { seed, world, traffic: [Traffic::default(), Traffic::default()], checks: 0 }
    }

    fn step(&mut self, step: u64) {
        let context = format!("step {step}");
        match self.seed.below(100) {
            0..70 => self.write(),
            70..84 => self.check(&context),
            84..95 => self.settle_and_check(&context),
            95..97 => {
                self.world.restart();
                self.check(&context);
            }
            _ => self.crash(&context),
        }
    }

    fn write(&mut self) {
        let index = usize::from(self.seed.one_in(4));
        let project = project(index as u64);
        let specs = self.traffic[index].request(&project, &self.world.oracle, &mut self.seed);
        self.world.write(&project, specs);
    }

    fn check(&mut self, context: &str) {
        self.checks += 1;
        for number in 0..2 {
            self.world.check(&project(number), context);
        }
    }

    fn settle_and_check(&mut self, context: &str) {
        self.world.settle();
        self.checks += 1;
        for number in 0..2 {
            self.world.check_lookups(&project(number), &mut self.seed, 12, context);
        }
        let counts = self.world.store().counters().archive;
        assert_eq!((counts.failures, counts.unreadable), (0, 0), "{context}");
    }

    /// Cuts the power while a request is under way: it is there afterwards, or it is not.
    fn crash(&mut self, context: &str) {
        let project_0 = project(0);
        let specs = self.traffic[0].request(&project_0, &self.world.oracle, &mut self.seed);
        let request = self.world.request(&project_0, specs);
        let ahead = self.seed.below(40);
        self.world.folder.fail_at(self.world.folder.calls() + ahead, Fault::PowerCut);
        let is_acknowledged = append(self.world.store(), &request).is_ok();
        let without = self.world.oracle.clone();
        let mut with = without.clone();
        with.add(&request);
        let images = self.world.cut_power(&mut self.seed);
        self.world = World::reopen(&images, self.world.setup.clone(), with);
        let seen = crate::reading::Reader::new(self.world.store(), &project_0).lists();
        if !is_acknowledged && seen != self.world.oracle.seen(&project_0) {
            self.world.oracle = without;
        }
        self.check(context);
    }
}
