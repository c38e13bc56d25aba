//! Data URIs (RFC 2397) with base64 in them.

use memchr::memmem;
use spanstone_model::MediaSource;

use super::Medium;

/// What comes before the content.
pub(super) const BASE64: &str = ";base64,";
/// How far before the content a data URI may begin, in bytes: the longest type of content, and parameters.
const HEAD_BYTES_MAX: usize = 160;

/// The text with references in place of data URIs; nothing when there are none in it.
pub(super) fn replaced(text: &str, media: &mut Vec<Medium>) -> Option<String> {
    let mut out = String::new();
    let mut pending = 0;
    for at in memmem::find_iter(text.as_bytes(), BASE64) {
        if at < pending {
            continue;
        }
        let content = at + BASE64.len();
        let end = content + base64_len(&text.as_bytes()[content..]);
        let Some(begin) = begin_of(text, pending, at) else { continue };
        let Some(medium) = Medium::decode(type_of(&text[begin..at]), &text[content..end]) else { continue };
        out.push_str(&text[pending..begin]);
        out.push_str(&medium.reference(MediaSource::DataUri));
        media.push(medium);
        pending = end;
    }
    if pending == 0 {
        return None;
    }
    out.push_str(&text[pending..]);
    Some(out)
}

/// How many of the bytes are digits of base64, of either alphabet, with their padding.
fn base64_len(bytes: &[u8]) -> usize {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let digits = bytes.iter().take_while(|byte| is_digit(byte)).count();
    digits + bytes[digits..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// Where the URI begins whose content begins at `at`, and not before `from`.
fn begin_of(text: &str, from: usize, at: usize) -> Option<usize> {
    let from = from.max(at.saturating_sub(HEAD_BYTES_MAX));
    Some(from + memmem::rfind(&text.as_bytes()[from..at], b"data:")?)
}

/// The type that a URI's head names; its parameters do not count.
fn type_of(head: &str) -> &str {
    let head = head.strip_prefix("data:").unwrap_or(head);
    head.split(';').next().unwrap_or(head)
}
