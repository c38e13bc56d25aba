//! Text that looks like talk: words of a made-up language, the frequent ones very frequent, from a seed.
//!
//! The vocabulary follows Zipf's law, so the text compresses about as well as English prose, which matters to a
//! server that compresses what it keeps.

/// How many different words there are.
const VOCABULARY: usize = 6_000;

/// A source of text.
#[derive(Debug)]
pub(crate) struct Words {
    random: Random,
    vocabulary: Vec<String>,
    /// For each word the sum of the frequencies up to and including it.
    cumulative: Vec<f64>,
}

impl Words {
    /// The text of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        // One language for all seeds: two clients of one application speak the same.
        let mut letters = Random(0x5eed);
        let vocabulary = (0..VOCABULARY).map(|_| word(&mut letters)).collect();
        let mut sum = 0.0;
        let cumulative = (1_u32..)
            .take(VOCABULARY)
            .map(|rank| {
                sum += 1.0 / (f64::from(rank) + 2.7);
                sum
            })
            .collect();
        Self { random: Random(seed), vocabulary, cumulative }
    }

    /// A paragraph of at least `characters`.
    pub(crate) fn paragraph(&mut self, characters: usize) -> String {
        let mut text = String::with_capacity(characters + 16);
        let mut sentence = 0;
        while text.len() < characters {
            let word = self.pick();
            if sentence == 0 {
                let mut letters = word.chars();
                text.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                text.push_str(letters.as_str());
            } else {
                text.push_str(&word);
            }
            sentence += 1;
            if sentence > 4 && self.random.below(9) == 0 {
                text.push_str(if self.random.below(6) == 0 { ".\n\n" } else { ". " });
                sentence = 0;
            } else {
                text.push(' ');
            }
        }
        text.truncate(text.trim_end().len());
        text.push('.');
        text
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.random.below(bound)
    }

    fn pick(&mut self) -> String {
        let total = self.cumulative.last().copied().unwrap_or(1.0);
        let at = self.random.fraction() * total;
        let rank = self.cumulative.partition_point(|sum| *sum < at).min(VOCABULARY - 1);
        self.vocabulary[rank].clone()
    }
}

fn word(random: &mut Random) -> String {
    const ONSETS: [&str; 16] = ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "st", "tr", "v", "w"];
    const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ea", "ou", "e"];
    const CODAS: [&str; 8] = ["", "", "n", "r", "s", "t", "nd", "ng"];
    let pick = |random: &mut Random, parts: &[&'static str]| {
        let index = usize::try_from(random.below(parts.len() as u64)).unwrap_or(0);
        parts[index]
    };
    let mut word = String::new();
    for _ in 0..=random.below(3) {
        word.push_str(pick(random, &ONSETS));
        word.push_str(pick(random, &VOWELS));
        word.push_str(pick(random, &CODAS));
    }
    word
}

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn fraction(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_text_and_frequent_words_are_frequent() {
        let text = Words::new(1).paragraph(20_000);
        assert_eq!(text, Words::new(1).paragraph(20_000));
        assert_ne!(text, Words::new(2).paragraph(20_000));
        assert!(text.is_ascii() && text.len() < 20_050);
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut distinct = words.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() * 2 < words.len(), "{} of {}", distinct.len(), words.len());
    }
}
