//! Paths: patterns, and what they capture.
//!
//! Owns the decoding of ids in paths. Python SDKs and JS 4 encode them (`run%2F7`), JS 3 does not (`run/7`), so the
//! last part of a pattern takes everything that follows.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str};

use crate::error::Dialect;

/// What is encoded in one part of a path: what JavaScript's `encodeURIComponent` encodes.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// A pattern of paths: literal parts, `{part}` for one part, `{tail}` for everything that follows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pattern(&'static str);

impl Pattern {
    /// A pattern.
    pub(crate) fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The pattern as it was given.
    pub(crate) fn text(self) -> &'static str {
        self.0
    }

    /// What the pattern captures from a path, decoded; nothing when the path is another.
    pub(crate) fn captures(self, path: &str) -> Option<Vec<String>> {
        let mut captured = Vec::new();
        let mut rest = Some(path);
        for part in self.0.split('/') {
            let text = rest?;
            if part == "{tail}" {
                captured.push(decode(text));
                rest = None;
                continue;
            }
            let (head, tail) = match text.split_once('/') {
                Some((head, tail)) => (head, Some(tail)),
                None => (text, None),
            };
            match part {
                "{part}" => captured.push(decode(head)),
                literal if literal == head => {}
                _ => return None,
            }
            rest = tail;
        }
        let complete = rest.is_none() && captured.iter().all(|part| !part.is_empty());
        complete.then_some(captured)
    }
}

/// The path without slashes at its end and without doubled ones at its start, which come from base URLs that end
/// with one.
pub(crate) fn normalize(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    match path.bytes().position(|byte| byte != b'/') {
        Some(first) if first > 0 => &path[first - 1..],
        Some(_) => path,
        None => "/",
    }
}

/// Whether a path is of Langfuse's public API.
pub(crate) fn is_public_api(path: &str) -> bool {
    path == "/api/public" || path.starts_with("/api/public/")
}

/// How errors are told at a path of any API.
pub(crate) fn api_dialect(path: &str) -> Option<Dialect> {
    if path == "/api/spanstone" || path.starts_with("/api/spanstone/") {
        return Some(Dialect::Own);
    }
    if path.starts_with("/v1/") {
        return Some(Dialect::Status);
    }
    (path == "/api" || path.starts_with("/api/")).then_some(Dialect::Public)
}

/// Percent-encoding that is not UTF-8 is read with replacement characters: it names nothing, but it is no error.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_tail_is_an_id_with_whatever_is_in_it() {
        let captures = |path| Pattern::new("/t/{tail}").captures(path);
        assert_eq!(captures("/t/a%20b%2Fc+d"), Some(vec!["a b/c+d".to_owned()]));
        assert_eq!(captures("/t/a/b"), Some(vec!["a/b".to_owned()]));
        assert_eq!(captures("/t/%C3%BC/ü"), Some(vec!["ü/ü".to_owned()]));
        assert_eq!(captures("/t/%FF"), Some(vec!["\u{fffd}".to_owned()]));
        assert_eq!(captures("/t/100%"), Some(vec!["100%".to_owned()]));
        assert_eq!(captures("/t"), None);
        assert_eq!(captures("/t/"), None);
    }

    #[test]
    fn slashes_of_base_urls_do_not_count() {
        assert_eq!(normalize("/"), "/");
        assert_eq!(normalize("///"), "/");
        assert_eq!(normalize("//a/b//"), "/a/b");
        assert_eq!(normalize("/a"), "/a");
        assert_eq!(normalize(""), "/");
        assert_eq!(normalize("*"), "*");
    }

    proptest! {
        #[test]
        fn no_path_makes_it_panic(path in ".{0,40}") {
            let path = normalize(&path);
            let _ = Pattern::new("/a/{part}/b/{tail}").captures(path);
            let _ = Pattern::new("/{tail}").captures(path);
        }
    }
}
