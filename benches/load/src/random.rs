//! Randomness from a seed: a generator, and draws in which the frequent is very frequent.

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The sequence of the `index`-th thing of a kind: it does not depend on any other thing.
    pub(crate) fn of(seed: u64, kind: u64, index: u64) -> Self {
        let mut random = Self(seed ^ kind.rotate_left(32));
        random.0 = random.next() ^ index;
        random.0 = random.next();
        random
    }

    /// Sixty-four bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number from `low` to below `high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low)
    }

    /// Whether something that happens `permille` of a thousand times happens now.
    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// One of several, all equally likely.
    pub(crate) fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    /// A place in something of `length`, which is not 0.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    fn word(&mut self) -> u32 {
        u32::try_from(self.next() >> 32).unwrap_or(0)
    }
}

/// Draws a rank by Zipf's law as Mandelbrot has it: the frequency of rank r is 1 / (r + 2.7).
#[derive(Debug)]
pub(crate) struct Zipf {
    /// For each rank the share of all draws that are of it or of a lower one, in parts of 2^32.
    cumulative: Vec<u32>,
    /// Where to begin to look, by the leading bits of the draw.
    guide: Vec<usize>,
}

const GUIDE_BITS: u32 = 14;

impl Zipf {
    /// Of `count` ranks, at least one.
    pub(crate) fn new(count: u32) -> Self {
        let weights = || (1..=count).map(|rank| 1.0 / (f64::from(rank) + 2.7));
        let total: f64 = weights().sum();
        let mut sum = 0.0;
        let mut cumulative: Vec<u32> = weights()
            .map(|weight| {
                sum += weight;
                in_parts(sum / total)
            })
            .collect();
        if let Some(last) = cumulative.last_mut() {
            *last = u32::MAX;
        }
        let begin = |bits: u32| cumulative.partition_point(|share| *share < bits << (32 - GUIDE_BITS));
        let guide = (0..1 << GUIDE_BITS).map(begin).collect();
        Self { cumulative, guide }
    }

    /// A rank, from 0.
    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let at = random.word();
        let begin = self.guide[(at >> (32 - GUIDE_BITS)) as usize];
        begin + self.cumulative[begin..].iter().take_while(|share| **share < at).count()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
fn in_parts(share: f64) -> u32 {
    (share * f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_is_drawn_as_often_as_the_law_says() {
        let zipf = Zipf::new(1_000);
        let mut random = Random::new(3);
        let mut counts = vec![0_u32; 1_000];
        for _ in 0..1_000_000 {
            counts[zipf.draw(&mut random)] += 1;
        }
        let total: f64 = (1..=1_000).map(|rank| 1.0 / (f64::from(rank) + 2.7)).sum();
        for rank in [0, 1, 9, 99, 999] {
            let expected = 1e6 / (f64::from(u32::try_from(rank + 1).unwrap()) + 2.7) / total;
            let drawn = f64::from(counts[rank]);
            assert!((drawn - expected).abs() < 5.0 * expected.sqrt() + 1.0, "rank {rank}: {drawn}, not {expected}");
        }
    }

    #[test]
    fn things_of_one_kind_have_sequences_of_their_own() {
        let first = |seed, kind, index| Random::of(seed, kind, index).next();
        let mut seen: Vec<u64> = (0..10)
            .flat_map(|seed| (0..10).flat_map(move |kind| (0..100).map(move |i| first(seed, kind, i))))
            .collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 10_000);
        assert_eq!(first(1, 2, 3), first(1, 2, 3));
    }
}
