//! Seeded randomness, and a loop over seeds that says which one failed.

/// A reproducible source of choices (SplitMix64).
#[derive(Clone, Debug)]
pub struct Seed(u64);

impl Seed {
    /// Returns the source that starts from a number.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `bound`, and 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }

    /// Returns true once in `of` times on average.
    pub fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

/// Runs a test once for each seed from 0 to `count` - 1, or only for the one in the environment variable
/// `SPANSTONE_SEED`. A failing seed is printed.
///
/// # Panics
/// When the test does.
#[expect(clippy::print_stderr, reason = "the seed has to reach whoever reads the failed test")]
pub fn for_each_seed(count: u64, mut test: impl FnMut(u64)) {
    struct PrintOnPanic(u64);
    impl Drop for PrintOnPanic {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("failed with seed {}; run again with SPANSTONE_SEED={}", self.0, self.0);
            }
        }
    }
    let only = std::env::var("SPANSTONE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = only.map_or(0..count, |seed: u64| seed..seed + 1);
    for seed in seeds {
        let _print = PrintOnPanic(seed);
        test(seed);
    }
}
