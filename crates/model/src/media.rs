//! Media: images, sounds and documents that payloads refer to instead of holding them.
//!
//! Owns their names and types, and the token by which a payload refers to one. Refuses their content.

use std::fmt;

/// The types of content that a medium may have, each with the extension of a file of it: Langfuse's own list.
const CONTENT_TYPES: [(&str, &str); 52] = [
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
    ("image/jpg", "jpg"),
    ("image/webp", "webp"),
    ("image/gif", "gif"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tiff"),
    ("image/bmp", "bmp"),
    ("image/avif", "avif"),
    ("image/heic", "heic"),
    ("audio/mpeg", "mp3"),
    ("audio/mp3", "mp3"),
    ("audio/wav", "wav"),
    ("audio/ogg", "ogg"),
    ("audio/oga", "oga"),
    ("audio/aac", "aac"),
    ("audio/mp4", "m4a"),
    ("audio/flac", "flac"),
    ("audio/opus", "opus"),
    ("audio/webm", "weba"),
    ("video/mp4", "mp4"),
    ("video/webm", "webm"),
    ("video/ogg", "ogv"),
    ("video/mpeg", "mpeg"),
    ("video/quicktime", "mov"),
    ("video/x-msvideo", "avi"),
    ("video/x-matroska", "mkv"),
    ("text/plain", "txt"),
    ("text/html", "html"),
    ("text/css", "css"),
    ("text/csv", "csv"),
    ("text/markdown", "md"),
    ("text/x-python", "py"),
    ("text/x-typescript", "ts"),
    ("application/javascript", "js"),
    ("application/x-yaml", "yaml"),
    ("application/pdf", "pdf"),
    ("application/msword", "doc"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/zip", "zip"),
    ("application/json", "json"),
    ("application/xml", "xml"),
    ("application/octet-stream", "bin"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("application/rtf", "rtf"),
    ("application/x-ndjson", "ndjson"),
    ("application/vnd.apache.parquet", "parquet"),
    ("application/gzip", "gz"),
    ("application/x-tar", "tar"),
    ("application/x-7z-compressed", "7z"),
];

/// A type of content that a medium may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentType(usize);

impl ContentType {
    /// Every type.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CONTENT_TYPES.len()).map(Self)
    }

    /// Reads a type, in exactly this case and without parameters; nothing for one that is not in the list.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::all().find(|known| known.as_str() == text)
    }

    /// The type on the wire: `image/png`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        CONTENT_TYPES[self.0].0
    }

    /// The extension of a file of this type.
    #[must_use]
    pub fn extension(self) -> &'static str {
        CONTENT_TYPES[self.0].1
    }

    /// Whether a browser shows it as an image, a sound or a film, so that nothing in it is ever run. An SVG may hold scripts.
    #[must_use]
    pub fn is_inert(self) -> bool {
        let kind = self.as_str();
        let is_shown = ["image/", "audio/", "video/"].iter().any(|family| kind.starts_with(family));
        is_shown && kind != "image/svg+xml"
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many characters the id of a medium has.
const ID_CHARS: usize = 22;

/// The id of a medium within its project: the first 132 bits of the SHA-256 of its content, as 22 characters of URL-safe
/// base64. SDKs work it out for themselves and give up when a server says another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaKey(Box<str>);

impl MediaKey {
    /// The id of the medium whose SHA-256, in URL-safe base64, this is; nothing when it is too short.
    #[must_use]
    pub fn of_base64(digest: &str) -> Option<Self> {
        Self::parse(digest.get(..ID_CHARS)?)
    }

    /// Reads an id; nothing for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == ID_CHARS && text.bytes().all(is_digit)).then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands in a payload in place of the content. SDKs find it by its `@@@` at both ends.
    #[must_use]
    pub fn reference(&self, content_type: ContentType, source: MediaSource) -> String {
        format!("@@@langfuseMedia:type={content_type}|id={}|source={}@@@", self.as_str(), source.as_str())
    }
}

impl fmt::Display for MediaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// In which form a payload held a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaSource {
    /// As a data URI in a text.
    DataUri,
    /// As base64 beside its type.
    Bytes,
}

impl MediaSource {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DataUri => "base64_data_uri",
            Self::Bytes => "bytes",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_by_its_name_alone() {
        for kind in ContentType::all() {
            assert_eq!(ContentType::parse(kind.as_str()), Some(kind));
        }
        for unknown in ["image/PNG", "image/png; q=1", "", "text/x-evil"] {
            assert_eq!(ContentType::parse(unknown), None, "{unknown}");
        }
        let inert = |text| ContentType::parse(text).is_some_and(ContentType::is_inert);
        assert!(inert("image/png") && !inert("image/svg+xml") && !inert("text/html") && !inert("application/pdf"));
    }

    #[test]
    fn an_id_is_22_characters_that_need_no_escape() {
        let key = MediaKey::of_base64("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=").expect("a digest");
        assert_eq!(key.as_str(), "ungWv48Bz-pBQUDeXa4iI7");
        let png = ContentType::parse("image/png").expect("a type");
        assert_eq!(
            key.reference(png, MediaSource::DataUri),
            "@@@langfuseMedia:type=image/png|id=ungWv48Bz-pBQUDeXa4iI7|source=base64_data_uri@@@"
        );
        for wrong in ["", "short", "ungWv48Bz/pBQUDeXa4iI7", "ungWv48Bz-pBQUDeXa4iI7x", "éééééééééééé"] {
            assert_eq!(MediaKey::parse(wrong), None, "{wrong}");
        }
        assert_eq!(MediaKey::of_base64("é"), None);
    }
}
