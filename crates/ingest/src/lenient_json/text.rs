//! The text forms of strings and of whole values.

use std::borrow::Cow;
use std::fmt::Write as _;

use memchr::memchr;

use super::scan::{is_whitespace, skip_plain};

/// Returns the content of a string from what stands between its quotes. Lone surrogates become U+FFFD.
pub(super) fn unescape(inner: &str) -> Cow<'_, str> {
    let Some(mut at) = memchr(b'\\', inner.as_bytes()) else {
        return Cow::Borrowed(inner);
    };
    let mut out = String::with_capacity(inner.len());
    let mut pending = 0;
    while let Some(byte) = inner.as_bytes().get(at) {
        if *byte == b'\\' {
            out.push_str(&inner[pending..at]);
            let (char, len) = escape(&inner[at..]);
            out.push(char);
            at += len;
            pending = at;
        } else {
            at += 1;
        }
        at = skip_plain(inner.as_bytes(), at);
    }
    out.push_str(&inner[pending..]);
    Cow::Owned(out)
}

/// Appends `text`, a valid value, without whitespace between its parts and with escapes only where they must be.
pub(super) fn compact_into(text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let (mut pending, mut at) = (0, 0);
    let mut in_string = false;
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                in_string = !in_string;
                at += 1;
            }
            // Only these escapes may stand for what needs none.
            (b'\\', Some(b'u' | b'/')) => {
                out.push_str(&text[pending..at]);
                let (char, len) = escape(&text[at..]);
                push_escaped(char, out);
                at += len;
                pending = at;
            }
            (b'\\', _) => at += 2,
            (byte, _) if is_whitespace(*byte) && !in_string => {
                out.push_str(&text[pending..at]);
                at += 1;
                pending = at;
            }
            _ => at += 1,
        }
        if in_string {
            at = skip_plain(bytes, at);
        }
    }
    out.push_str(&text[pending..]);
}

/// Appends a JSON string whose content is `content`.
pub fn quote_into(content: &str, out: &mut String) {
    out.push('"');
    let mut pending = 0;
    for (at, byte) in content.bytes().enumerate() {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            out.push_str(&content[pending..at]);
            push_escaped(char::from(byte), out);
            pending = at + 1;
        }
    }
    out.push_str(&content[pending..]);
    out.push('"');
}

fn push_escaped(char: char, out: &mut String) {
    match char {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{C}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0'..' ' => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(char));
        }
        _ => out.push(char),
    }
}

/// Returns what the escape that `text` begins with stands for, and its length.
fn escape(text: &str) -> (char, usize) {
    let char = match text.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(text),
        Some(byte) => char::from(*byte),
        // A valid string ends with no backslash.
        None => return (char::REPLACEMENT_CHARACTER, 1),
    };
    (char, 2)
}

/// Reads `\uXXXX`, together with a second one when both make a surrogate pair.
fn unicode_escape(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let units = [unit(0).unwrap_or(0xFFFD), unit(6).unwrap_or(0)];
    match char::decode_utf16(units).next() {
        Some(Ok(char)) => (char, 6 * char.len_utf16()),
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Json;
    use super::*;

    #[test]
    fn escapes_are_resolved_and_lone_surrogates_replaced() {
        for (inner, expected) in [
            ("plain", "plain"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"),
            (r"\u00e9\u00E9", "éé"),
            (r"\ud83e\udd80", "🦀"),
            (r"a\ud83eb", "a\u{FFFD}b"),
            (r"\udd80\ud83e", "\u{FFFD}\u{FFFD}"),
            (r"\ud83e\ud83e\udd80", "\u{FFFD}🦀"),
            (r"\ud83e\n", "\u{FFFD}\n"),
            (r"\u0000", "\0"),
        ] {
            assert_eq!(unescape(inner), expected, "{inner}");
        }
    }

    #[test]
    fn compact_form_drops_whitespace_and_keeps_digits() {
        for (written, expected) in [
            (" { \"a b\" : [ 1 , 2.50 ,\n1E+5 ] }\t", r#"{"a b":[1,2.50,1E+5]}"#),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            (r#"["\u00fc \/ \" \u000a \u001F \ud800"]"#, "[\"ü / \\\" \\n \\u001f \u{FFFD}\"]"),
            ("[ \"a\\\\\" , \" \" ]", "[\"a\\\\\",\" \"]"),
            ("{ }", "{}"),
        ] {
            assert_eq!(Json::parse(written).unwrap().compact(), expected, "{written}");
        }
    }

    #[test]
    fn a_quoted_text_reads_back() {
        let content = "\"\\/\u{8}\u{C}\n\r\t\u{1}é🦀\u{7f}";
        let mut quoted = String::new();
        quote_into(content, &mut quoted);
        assert_eq!(quoted, serde_json::to_string(content).unwrap());
        assert_eq!(Json::parse(&quoted).unwrap().string().as_deref(), Some(content));
    }
}
