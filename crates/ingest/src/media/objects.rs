//! Base64 beside its type, in the shapes of Anthropic's, Google's and OpenTelemetry's messages and Vercel's AI SDK.

use memchr::memmem;
use spanstone_model::MediaSource;

use super::Medium;
use crate::lenient_json::{Json, Object};

/// How deep the objects may be nested that are looked at.
pub(super) const DEPTH_MAX: usize = 10;

/// The keys that name a type.
pub(super) const TYPES: [&str; 4] = ["media_type", "mime_type", "mediaType", "mimeType"];
const CONTENTS: [&str; 3] = ["data", "content", "image"];
/// What such an object calls itself. Google's has no name of its own, but its parent's key.
const NAMES: [&str; 4] = ["base64", "media", "blob", "file"];
const PARENTS: [&str; 2] = ["inline_data", "inlineData"];

/// The text with references in place of base64 that stands beside its type; nothing when there is none in it, or when it is
/// no JSON.
pub(super) fn replaced(text: &str, media: &mut Vec<Medium>) -> Option<String> {
    if !TYPES.iter().any(|key| memmem::find(text.as_bytes(), key.as_bytes()).is_some()) {
        return None;
    }
    let mut replacer = Replacer { text, pending: 0, out: String::new(), media };
    replacer.walk(Json::parse(text).ok()?, "", 0);
    let Replacer { pending, mut out, .. } = replacer;
    if pending == 0 {
        return None;
    }
    out.push_str(&text[pending..]);
    Some(out)
}

/// Replaces values in the order in which they stand; everything else stays as it is, byte by byte.
struct Replacer<'a, 'm> {
    text: &'a str,
    /// What comes before this is in `out`.
    pending: usize,
    out: String,
    media: &'m mut Vec<Medium>,
}

impl<'a> Replacer<'a, '_> {
    fn walk(&mut self, json: Json<'a>, key: &str, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        if let Some(items) = json.array() {
            items.into_iter().for_each(|item| self.walk(item, key, depth + 1));
        }
        let Some(object) = json.object() else { return };
        match medium_in(&object, key) {
            Some((content, medium)) => self.replace(content, medium),
            None => object.iter().for_each(|(key, value)| self.walk(value, key, depth + 1)),
        }
    }

    fn replace(&mut self, content: Json<'a>, medium: Medium) {
        let value = content.as_written();
        // A value is a piece of the text that it was read from.
        let at = value.as_ptr().addr() - self.text.as_ptr().addr();
        self.out.push_str(&self.text[self.pending..at]);
        self.out.push('"');
        self.out.push_str(&medium.reference(MediaSource::Bytes));
        self.out.push('"');
        self.pending = at + value.len();
        self.media.push(medium);
    }
}

/// The medium that an object holds, and the value with its base64.
fn medium_in<'a>(object: &Object<'a>, key: &str) -> Option<(Json<'a>, Medium)> {
    let name = object.get("type").and_then(Json::string);
    let names_itself = name.is_some_and(|name| NAMES.contains(&&*name));
    if !names_itself && !PARENTS.contains(&key) {
        return None;
    }
    let content_type = TYPES.iter().find_map(|key| object.get(key)?.string())?;
    let content = CONTENTS.iter().find_map(|key| object.get(key).filter(|value| value.string().is_some()))?;
    Some((content, Medium::decode(&content_type, &content.string()?)?))
}
