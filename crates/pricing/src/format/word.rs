//! The words of a line.

use std::fmt::Write as _;

/// Splits a line into words. `None` when a quoted one is broken.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, behind) = if rest.starts_with('"') {
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            let word = stream.next()?.ok()?;
            (word, &rest[stream.byte_offset()..])
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        let next = behind.trim_start();
        if next.len() == behind.len() && !behind.is_empty() {
            return None;
        }
        words.push(word);
        rest = next;
    }
    Some(words)
}

/// Appends a blank and a word.
pub(super) fn push(line: &mut String, word: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/@+<>=!".contains(&byte);
    line.push(' ');
    if !word.is_empty() && word.bytes().all(plain) {
        line.push_str(word);
    } else {
        // Escapes what would end the line, too.
        let _ = write!(line, "{}", serde_json::Value::from(word));
    }
}
