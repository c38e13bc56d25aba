//! How a stored text reads: JSON as what its escapes stand for, anything else as it is.

use std::borrow::Cow;

/// The text as it reads. A text that begins as JSON does has its escapes resolved; one that turns out not to be JSON, because
/// there is a backslash where JSON has none, is left as it is.
#[must_use]
pub fn reading(text: &str) -> Cow<'_, str> {
    let begins = text.trim_start_matches([' ', '\t', '\r', '\n']).bytes().next();
    if !matches!(begins, Some(b'{' | b'[' | b'"')) || memchr::memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    resolved(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The text with its escapes resolved; nothing when a backslash is no escape of JSON. JSON that was cut off is read as far
/// as it goes.
fn resolved(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(quote) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) {
        let (before, from) = rest.split_at(quote);
        out.push_str(before);
        rest = from.strip_prefix('"')?;
        out.push('"');
        rest = string(rest, &mut out)?;
    }
    out.push_str(rest);
    Some(out)
}

/// Reads on to the end of a string, and returns what comes after it.
fn string<'t>(mut rest: &'t str, out: &mut String) -> Option<&'t str> {
    loop {
        let Some(next) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) else {
            out.push_str(rest);
            return Some("");
        };
        let (before, from) = rest.split_at(next);
        out.push_str(before);
        if let Some(after) = from.strip_prefix('"') {
            out.push('"');
            return Some(after);
        }
        let escape = &from[1..];
        let Some(kind) = escape.chars().next() else { return Some("") };
        let (char, length) = match kind {
            '"' | '\\' | '/' => (kind, 1),
            'b' => ('\u{8}', 1),
            'f' => ('\u{c}', 1),
            'n' => ('\n', 1),
            'r' => ('\r', 1),
            't' => ('\t', 1),
            'u' => unicode(escape)?,
            _ => return None,
        };
        out.push(char);
        rest = &escape[length..];
    }
}

/// The character of an escape that begins with `u`, and how long the escape is. Half a pair of surrogates stands for nothing.
fn unicode(escape: &str) -> Option<(char, usize)> {
    let digits = |from: usize| escape.get(from..from + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let Some(first) = digits(1) else {
        // Cut off in the middle.
        return (escape.len() < 5).then_some((char::REPLACEMENT_CHARACTER, escape.len()));
    };
    if (0xd800..0xdc00).contains(&first)
        && escape.get(5..7) == Some("\\u")
        && let Some(second) = digits(7).filter(|second| (0xdc00..0xe000).contains(second))
    {
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 11));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 5))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn json_reads_as_what_its_escapes_stand_for_and_a_path_as_it_is() {
        assert_eq!(reading(r#"{"a":"line\none \"caf\u00e9\""}"#), "{\"a\":\"line\none \"café\"\"}");
        assert_eq!(reading(r#" ["\ud83e\udd80\ud83e"]"#), " [\"🦀\u{fffd}\"]");
        assert_eq!(reading(r"C:\new\table"), r"C:\new\table");
        assert_eq!(reading(r"[INFO] C:\new"), r"[INFO] C:\new");
        assert_eq!(reading(r#"["C:\windows"]"#), r#"["C:\windows"]"#);
    }

    #[test]
    fn json_that_was_cut_off_is_read_as_far_as_it_goes() {
        assert_eq!(reading(r#"{"a":"one\ntwo"#), "{\"a\":\"one\ntwo");
        assert_eq!(reading(r#"{"a":"one\"#), "{\"a\":\"one");
        assert_eq!(reading(r#"{"a":"one\u00"#), "{\"a\":\"one\u{fffd}");
    }

    proptest! {
        #[test]
        fn a_json_string_reads_as_its_value(value: String) {
            let json = serde_json::to_string(&[&value]).expect("a text has JSON");
            prop_assert_eq!(reading(&json).into_owned(), format!("[\"{value}\"]"));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[\\[{\"]?([\\\\u0-9a-f\"é\\]]|.){0,40}") {
            let _ = reading(&text);
        }
    }
}
