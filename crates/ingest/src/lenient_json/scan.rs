//! The grammar of JSON (RFC 8259), checked while skipping over it.

use super::{Json, Kind, Object};

/// The text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not JSON")]
pub struct NotJson;

/// Walks through a JSON text once, handing out values as pieces of it.
#[derive(Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The closing brackets that the value being skipped still needs, outermost first.
    closers: Vec<u8>,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, closers: Vec::new() }
    }

    /// Returns the type that the next value begins like, and `None` at the end of the text.
    pub fn next_kind(&mut self) -> Option<Kind> {
        self.peek().map(|_| Json(&self.text[self.at..]).kind())
    }

    /// Skips over one value of any type and returns it.
    ///
    /// # Errors
    /// Fails when there is none.
    pub fn value(&mut self) -> Result<Json<'a>, NotJson> {
        self.skip_whitespace();
        let start = self.at;
        self.closers.clear();
        loop {
            // A bracket that encloses something is followed by a value, everything else is one.
            if !self.scalar_or_opening()? && self.closings_end_the_value()? {
                return Ok(Json(&self.text[start..self.at]));
            }
        }
    }

    /// Walks through an object: calls `member` with each key; it must consume the value.
    ///
    /// # Errors
    /// Fails when no object comes next, and when `member` fails.
    pub fn members<E: From<NotJson>>(
        &mut self,
        mut member: impl FnMut(&mut Self, Json<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.key()?;
            member(self, key)?;
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Walks through an array: calls `element` before each element; it must consume it.
    ///
    /// # Errors
    /// Fails when no array comes next, and when `element` fails.
    pub fn elements<E: From<NotJson>>(&mut self, mut element: impl FnMut(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.expect(b'[')?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            element(self)?;
            if self.take(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Reads an object one level deep.
    ///
    /// # Errors
    /// Fails when no object comes next.
    pub fn object(&mut self) -> Result<Object<'a>, NotJson> {
        let mut object = Object::default();
        self.object_into(&mut object)?;
        Ok(object)
    }

    /// Appends the members of the object that comes next to `object`.
    ///
    /// # Errors
    /// Fails when no object comes next.
    pub fn object_into(&mut self, object: &mut Object<'a>) -> Result<(), NotJson> {
        self.members(|scanner, key| {
            let value = scanner.value()?;
            object.push(key.string().unwrap_or_default(), value);
            Ok(())
        })
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// Fails when something is.
    pub fn end(&mut self) -> Result<(), NotJson> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(NotJson),
        }
    }

    /// Consumes a scalar, an empty container, or the opening of another one up to its first value. Returns
    /// whether it was the last.
    fn scalar_or_opening(&mut self) -> Result<bool, NotJson> {
        match self.peek().ok_or(NotJson)? {
            b'"' => self.string()?,
            b'{' => {
                self.at += 1;
                if !self.take(b'}') {
                    self.closers.push(b'}');
                    self.key()?;
                    return Ok(true);
                }
            }
            b'[' => {
                self.at += 1;
                if !self.take(b']') {
                    self.closers.push(b']');
                    return Ok(true);
                }
            }
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => self.number()?,
        }
        Ok(false)
    }

    /// Consumes the closing brackets behind a value. Returns true when they end the outermost value, false when
    /// a comma, and a key in an object, lead to another one inside.
    fn closings_end_the_value(&mut self) -> Result<bool, NotJson> {
        while let Some(closer) = self.closers.last().copied() {
            let byte = self.peek().ok_or(NotJson)?;
            self.at += 1;
            if byte == closer {
                self.closers.pop();
            } else if byte == b',' {
                if closer == b'}' {
                    self.key()?;
                }
                return Ok(false);
            } else {
                return Err(NotJson);
            }
        }
        Ok(true)
    }

    /// Consumes a key and its colon.
    fn key(&mut self) -> Result<Json<'a>, NotJson> {
        if self.peek() != Some(b'"') {
            return Err(NotJson);
        }
        let start = self.at;
        self.string()?;
        let key = Json(&self.text[start..self.at]);
        self.expect(b':')?;
        Ok(key)
    }

    fn string(&mut self) -> Result<(), NotJson> {
        self.at = string_end(self.text.as_bytes(), self.at + 1).ok_or(NotJson)?;
        Ok(())
    }

    fn number(&mut self) -> Result<(), NotJson> {
        self.take_here(b"-");
        if !self.take_here(b"0") {
            self.digits()?;
        }
        if self.take_here(b".") {
            self.digits()?;
        }
        if self.take_here(b"eE") {
            self.take_here(b"+-");
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), NotJson> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(NotJson) } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> Result<(), NotJson> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(NotJson);
        }
        self.at += word.len();
        Ok(())
    }

    fn peek(&mut self) -> Option<u8> {
        self.skip_whitespace();
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.take(byte) { Ok(()) } else { Err(NotJson) }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Consumes one of `bytes` if it follows without whitespace.
    fn take_here(&mut self, bytes: &[u8]) -> bool {
        let here = self.text.as_bytes().get(self.at);
        let found = here.is_some_and(|byte| bytes.contains(byte));
        self.at += usize::from(found);
        found
    }

    fn skip_whitespace(&mut self) {
        let rest = self.text.as_bytes()[self.at..].iter();
        self.at += rest.take_while(|byte| is_whitespace(**byte)).count();
    }
}

pub(super) fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r')
}

/// Returns the index behind the closing quote of the string whose content begins at `at`, and `None` when it
/// does not end or holds what a JSON string must not.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = skip_plain(bytes, at);
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += escape_len(&bytes[at..])?,
            0..0x20 => return None,
            _ => at += 1,
        }
    }
}

/// Skips eight bytes at a time while none of them is a quote, a backslash or a control character, then stops at
/// the first that is, or within the last seven bytes.
pub(super) fn skip_plain(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // The lowest set bit is exact; bits above it may be false alarms, which nobody looks at.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*chunk);
        let quotes = zeros(word ^ (ONES * 0x22));
        let backslashes = zeros(word ^ (ONES * 0x5C));
        let controls = word.wrapping_sub(ONES * 0x20) & !word;
        let special = (quotes | backslashes | controls) & HIGHS;
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at
}

/// The length of the escape that `bytes` begin with.
fn escape_len(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => {
            let digits = bytes.get(2..6)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(6)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_json_is_json() {
        for text in [
            "",
            " ",
            "nul",
            "NaN",
            "Infinity",
            "-Infinity",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "-",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "[1 2]",
            "1 2",
            "'a'",
            "\"a",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\t\"",
            "\"\u{0}\"",
            "[",
            "]",
            "{\"a\":[}",
            "[\"a\":1]",
            "\u{A0}1",
        ] {
            assert_eq!(Json::parse(text), Err(NotJson), "{text:?}");
        }
    }

    #[test]
    fn a_value_may_be_nested_as_deeply_as_a_body_is_long() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(Json::parse(&deep).map(Json::as_written), Ok(&*deep));
        assert_eq!(Json::parse(&deep[1..]), Err(NotJson));
    }

    #[test]
    fn a_special_byte_is_found_at_every_place_of_a_word() {
        for place in 0..20 {
            let plain = "é".repeat(place / 2) + &"x".repeat(place % 2);
            for (special, ok) in [("\\\"", true), ("\u{1f}", false), ("\u{7f}", true), (" ", true)] {
                let text = format!("\"{plain}{special}{plain}\"");
                assert_eq!(Json::parse(&text).is_ok(), ok, "{text:?}");
            }
        }
    }

    #[test]
    fn values_are_handed_out_without_the_whitespace_around_them() {
        let mut scanner = Scanner::new(" { \"a\" : [ 1 , 2 ] , \"b\" : 3 } ");
        let object = scanner.object().unwrap();
        assert_eq!(scanner.end(), Ok(()));
        let members: Vec<_> = object.iter().map(|(key, value)| (key.to_owned(), value.as_written())).collect();
        assert_eq!(members, [("a".to_owned(), "[ 1 , 2 ]"), ("b".to_owned(), "3")]);
    }
}
