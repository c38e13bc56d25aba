//! Media in the shape of Langfuse's API.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::ProjectMedium;
use spanstone_model::{MediaKey, Timestamp};

/// Where a medium is to be uploaded.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MediumAnnounced")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Announced<'a> {
    media_id: &'a str,
    upload_url: Option<&'a str>,
}

/// A medium whose content is there.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Medium<'a> {
    media_id: &'a str,
    content_type: &'static str,
    content_length: u64,
    uploaded_at: Timestamp,
    url: &'a str,
    url_expiry: Timestamp,
}

/// The answer to an announcement; without a link when the content is there already.
pub(crate) fn announced(key: &MediaKey, upload_url: Option<&str>) -> Vec<u8> {
    super::bytes(&Announced { media_id: key.as_str(), upload_url })
}

/// A medium whose content is there, with a link to it.
pub(crate) fn medium(medium: &ProjectMedium, uploaded_at: Timestamp, url: &str, url_expiry: Timestamp) -> Vec<u8> {
    super::bytes(&Medium {
        media_id: medium.key.as_str(),
        content_type: medium.content_type.as_str(),
        content_length: medium.content_length,
        uploaded_at,
        url,
        url_expiry,
    })
}
