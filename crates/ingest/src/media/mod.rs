//! Media in payloads: taken out of the text, a reference left in their place.
//!
//! Owns what is recognised: data URIs wherever they stand, and base64 beside its type in the objects of the model providers'
//! APIs. A payload is changed in those places alone. Pure: the same payload always gives the same references, so that a
//! request in the journal reads as it was stored. Refuses to store anything.

mod objects;
mod uri;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use memchr::memmem;
use sha2::{Digest as _, Sha256};
use spanstone_model::{Change, ContentType, Event, MediaKey, MediaSource, Payload};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const ANY_PADDING_URL_SAFE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// A medium that was taken out of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium {
    /// Its id in any project.
    pub key: MediaKey,
    /// What it is.
    pub content_type: ContentType,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Whether there may be media in a request's body, as it arrived: data URIs, or keys that name a type.
#[must_use]
pub fn may_hold_media(body: &[u8]) -> bool {
    let mut markers = std::iter::once(uri::BASE64).chain(objects::TYPES);
    markers.any(|marker| memmem::find(body, marker.as_bytes()).is_some())
}

/// Takes the media out of the payloads of events that were decoded with [`crate::Keep::Payloads`], and returns them in the
/// order in which they were found; one that is there twice is returned twice.
pub fn take_out(events: &mut [Event]) -> Vec<Medium> {
    let mut media = Vec::new();
    for event in events {
        for payload in payloads_of(&mut event.change).into_iter().flatten() {
            if let Payload::Text(text) = payload
                && let Some(without) = without_media(text, &mut media)
            {
                *text = without.into_boxed_str();
            }
        }
    }
    media
}

/// Forgets the texts of payloads: what is left of the events is what [`crate::Keep::Skeleton`] gives.
pub fn elide(events: &mut [Event]) {
    for event in events {
        payloads_of(&mut event.change).into_iter().flatten().for_each(|payload| *payload = Payload::Elided);
    }
}

fn payloads_of(change: &mut Change) -> Option<impl Iterator<Item = &mut Payload>> {
    let (sides, metadata) = match change {
        Change::Trace(change) => ([change.input.as_mut(), change.output.as_mut()], change.metadata.as_mut()),
        Change::Observation(change) => ([change.input.as_mut(), change.output.as_mut()], change.metadata.as_mut()),
        Change::Score(change) => ([None, None], change.metadata.as_mut()),
        Change::Deletion(_) | Change::Derived(_) => return None,
    };
    Some(sides.into_iter().chain([metadata]).flatten())
}

/// The text with references in place of media; nothing when there are none in it.
fn without_media(text: &str, media: &mut Vec<Medium>) -> Option<String> {
    let without_uris = uri::replaced(text, media);
    let rest = without_uris.as_deref().unwrap_or(text);
    objects::replaced(rest, media).or(without_uris)
}

impl Medium {
    /// Reads a medium from base64 of either alphabet; nothing when it is none, or empty.
    fn decode(content_type: &str, base64: &str) -> Option<Self> {
        let content_type = ContentType::parse(content_type)?;
        let content = ANY_PADDING.decode(base64).or_else(|_| ANY_PADDING_URL_SAFE.decode(base64)).ok()?;
        if content.is_empty() {
            return None;
        }
        let key = MediaKey::of_base64(&URL_SAFE_NO_PAD.encode(Sha256::digest(&content)))?;
        Some(Self { key, content_type, content })
    }

    fn reference(&self, source: MediaSource) -> String {
        self.key.reference(self.content_type, source)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `hello` in base64, and what a reference to it as plain text says.
    const HELLO: &str = "aGVsbG8=";
    const KEY: &str = "LPJNul-wow4m6Dsqxbninh";

    fn taken_out(text: &str) -> (Option<String>, Vec<Vec<u8>>) {
        let mut media = Vec::new();
        let without = without_media(text, &mut media);
        (without, media.into_iter().map(|medium| medium.content).collect())
    }

    fn reference(source: &str) -> String {
        format!("@@@langfuseMedia:type=text/plain|id={KEY}|source={source}@@@")
    }

    #[test]
    fn a_data_uri_is_taken_out_wherever_it_stands() {
        let one = reference("base64_data_uri");
        for (text, expected) in [
            (format!("data:text/plain;base64,{HELLO}"), one.clone()),
            (
                format!("see data:text/plain;base64,{HELLO} and data:text/plain;base64,aGVsbG8."),
                format!("see {one} and {one}."),
            ),
            (
                format!(r#"[{{"type":"image_url","image_url":{{"url":"data:text/plain;base64,{HELLO}"}}}}]"#),
                format!(r#"[{{"type":"image_url","image_url":{{"url":"{one}"}}}}]"#),
            ),
            (format!("data:text/plain;charset=utf-8;base64,{HELLO}"), one.clone()),
        ] {
            assert_eq!(taken_out(&text).0, Some(expected), "{text}");
        }
        assert_eq!(taken_out(&format!("data:text/plain;base64,{HELLO}")).1, [b"hello"]);
    }

    #[test]
    fn base64_beside_its_type_is_taken_out() {
        let reference = reference("bytes");
        for object in [
            r#"{"type":"base64","media_type":"text/plain","data":"DATA"}"#,
            r#"{"type":"media","mime_type":"text/plain","data":"DATA"}"#,
            r#"{"type":"blob","mime_type":"text/plain","content":"DATA"}"#,
            r#"{"type":"file","mediaType":"text/plain","data":"DATA"}"#,
            r#"{"type":"file","mediaType":"text/plain","image":"DATA"}"#,
            r#"{"inline_data":{"mime_type":"text/plain","data":"DATA"}}"#,
            r#"{"inlineData":{"mimeType":"text/plain","data":"DATA"},"n":1.0}"#,
        ] {
            let nested = format!(r#"[1e400,{{"parts":[{}]}}]"#, object.replace("DATA", HELLO));
            let expected = format!(r#"[1e400,{{"parts":[{}]}}]"#, object.replace("DATA", &reference));
            assert_eq!(taken_out(&nested), (Some(expected), vec![b"hello".to_vec()]), "{object}");
        }
    }

    #[test]
    fn what_is_no_medium_is_left_alone() {
        for text in [
            "",
            "data:text/plain;base64,",
            "data:text/plain;base64,*",
            "data:text/x-evil;base64,aGVsbG8=",
            "data:text/plain,hello",
            "metadata:;base64,aGVsbG8=",
            r#"{"media_type":"text/plain","data":"not base64!"}"#,
            r#"{"media_type":"text/plain","text":"aGVsbG8="}"#,
            r#"{"media_type":"text/x-evil","data":"aGVsbG8="}"#,
            r#"{"media_type":"text/plain","data":["aGVsbG8="]}"#,
            r#"{"media_type":"text/plain","data":"aGVsbG8=""#,
            r#"{"type":"upload","mime_type":"text/plain","data":"aGVsbG8="}"#,
        ] {
            assert_eq!(taken_out(text), (None, vec![]), "{text}");
        }
    }

    #[test]
    fn depth_has_a_bound() {
        let object = format!(r#"{{"type":"base64","media_type":"text/plain","data":"{HELLO}"}}"#);
        let nested = |depth: usize| format!("{}{object}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(taken_out(&nested(objects::DEPTH_MAX)).0.is_some());
        assert!(taken_out(&nested(objects::DEPTH_MAX + 1)).0.is_none());
        assert!(taken_out(&nested(100_000)).0.is_none());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic_and_what_is_left_has_no_more_media(
            pieces in prop::collection::vec(prop_oneof![
                Just("data:"), Just("text/plain"), Just(";base64,"), Just(HELLO), Just("aGVsbG8"), Just("\""), Just("{"), Just("}"),
                Just("\"media_type\":\"text/plain\""), Just("\"data\":\"aGVsbG8=\""), Just("\"type\":\"base64\""), Just(","), Just("é"),
            ], 0..30)
        ) {
            let text = pieces.concat();
            if let (Some(without), media) = taken_out(&text) {
                prop_assert!(!media.is_empty());
                prop_assert_eq!(taken_out(&without), (None, vec![]));
            }
        }
    }
}
