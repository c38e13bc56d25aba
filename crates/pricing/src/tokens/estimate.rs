//! Tokens by the look of a text, where no vocabulary is known.

/// Estimates tokens as Anthropic does for English, 3.5 characters each; of other alphabets two characters, of everything
/// else (Chinese, emoji) one.
#[must_use]
pub fn estimate(text: &str) -> u64 {
    let fourteenths = text.chars().fold(0_u64, |sum, character| {
        sum.saturating_add(match character.len_utf8() {
            1 => 4,
            2 => 7,
            _ => 14,
        })
    });
    fourteenths.div_ceil(14)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_different_alphabets_weigh_differently() {
        for (text, expected) in [("", 0), ("a", 1), ("seven c", 2), ("seven ch", 3), ("жж", 1), ("你好", 2)] {
            assert_eq!(estimate(text), expected, "{text}");
        }
    }
}
