//! Words that are known to be there, to be searched for: one in a hundredth of the observations, and ones that are in a single
//! observation each.

use std::borrow::Cow;

use super::{PLANTED, Workload};
use crate::random::Random;

/// The word that one in a hundred observations has in its output.
pub(crate) const FREQUENT: &str = "cinnabar";
/// Of so many traces, one has a word that no other has.
const RARE_EVERY: u64 = 997;

/// A word that is in one observation of a trace near this one.
pub(crate) fn rare(index: u64) -> String {
    format!("needle{}", index / RARE_EVERY * RARE_EVERY)
}

/// An output in JSON with the words that are planted in it.
pub(super) fn with_words<'o>(workload: &Workload, index: u64, step: u64, output: &'o str) -> Cow<'o, str> {
    let mut random = Random::of(workload.seed ^ step.rotate_left(40), PLANTED, index);
    let word = if step == 1 && index.is_multiple_of(RARE_EVERY) {
        Cow::Owned(rare(index))
    } else if random.below(100) == 0 {
        Cow::Borrowed(FREQUENT)
    } else {
        return Cow::Borrowed(output);
    };
    let (begin, rest) = output.split_at(output.len().min(1));
    match begin {
        "{" => format!(r#"{{"remark":"{word}",{rest}"#).into(),
        "[" => format!(r#"["{word}",{rest}"#).into(),
        "\"" => format!(r#""{word} {rest}"#).into(),
        _ => Cow::Borrowed(output),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;

    #[test]
    fn a_hundredth_has_the_frequent_word_and_what_is_planted_stays_json() {
        let workload = Workload::new(1, Shape::Mixed, 1_000, (0, 86_400_000));
        let mut frequent = 0;
        for index in 0..5_000_u64 {
            for output in [r#"{"a":1}"#, "[1]", r#""text""#, "7"] {
                let planted = with_words(&workload, index, index % 9, output);
                frequent += usize::from(planted.contains(FREQUENT));
                let parsed = serde_json::from_str::<serde_json::Value>(&planted);
                assert!(parsed.is_ok(), "{planted}");
            }
        }
        assert!((100..200).contains(&frequent), "{frequent} of 15,000 outputs");
        assert_eq!(with_words(&workload, 1_994, 1, "{}x").as_ref(), r#"{"remark":"needle1994",}x"#);
    }
}
