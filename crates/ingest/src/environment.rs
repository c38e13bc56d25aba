//! The names of environments.
//!
//! Owns the one rule every way of writing follows: an environment never makes a request fail, it is bent into
//! shape. Refuses nothing.

use spanstone_model::Text;

/// The environment of whatever names none, or none that can be used.
pub const DEFAULT: &str = "default";

const CHARS_MAX: usize = 40;

/// Returns the environment that `name` stands for: in lower case, without leading `langfuse`, `langfuse-` or
/// `langfuse_` however often repeated, cut to 40 characters; `default` when that leaves nothing or anything but
/// `a`–`z`, `0`–`9`, `-` and `_`.
#[must_use]
pub fn normalise(name: &str) -> Text {
    let lower = name.to_lowercase();
    let mut rest = &*lower;
    while let Some(tail) = rest.strip_prefix("langfuse") {
        rest = tail.strip_prefix(['-', '_']).unwrap_or(tail);
    }
    let end = rest.char_indices().nth(CHARS_MAX).map_or(rest.len(), |(at, _)| at);
    let cut = &rest[..end];
    let usable = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    if cut.is_empty() || !cut.bytes().all(usable) {
        return Text::from(DEFAULT);
    }
    Text::from(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_bent_into_shape() {
        for (name, expected) in [
            ("production", "production"),
            ("Production_EU-1", "production_eu-1"),
            ("langfuse-test", "test"),
            ("Langfuse_LANGFUSE-langfusetest", "test"),
            ("langfusex", "x"),
            ("langfuse", "default"),
            ("langfuse--x", "-x"),
            ("", "default"),
            ("a b", "default"),
            ("größe", "default"),
            (&"a".repeat(41), &"a".repeat(40)),
            (&("a".repeat(40) + "ü"), &"a".repeat(40)),
            (&("langfuse-".to_owned() + &"a".repeat(41)), &"a".repeat(40)),
        ] {
            assert_eq!(&*normalise(name), expected, "{name}");
        }
    }
}
