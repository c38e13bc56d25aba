//! Media: announcing one, what is known of it, and its content over links that need no key.
//!
//! A client announces a medium and gets a link to upload it; whoever may read a medium gets a link to download it. A browser
//! never runs what it gets: everything but images, sounds and films is offered for saving, in a sandbox.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, HeaderValue, RANGE,
};
use actix_web::web::Bytes;
use futures_util::stream;
use serde_json::Value as Json;
use spanstone_engine::{
    AnnouncedMedium, Engine, LinkSignature, LinkUse, MediaContent, MediumState, ProjectMedium, UploadError,
    UploadFailure,
};
use spanstone_model::{ContentType, Limits, MediaKey, ProjectId, Timestamp};

use crate::auth;
use crate::call::{Call, created, json};
use crate::error::{Answer, Code, Failure, PARTIAL_CONTENT};
use crate::extract::BodyLimit;
use crate::params::{Params, issue};
use crate::path;
use crate::render;

/// How much of a medium is read and sent at once.
const PIECE_BYTES: usize = 256 * 1024;

/// `POST /api/public/media`: a medium is going to be uploaded.
pub(crate) async fn announce(mut call: Call) -> Answer {
    let client = auth::project(&call)?;
    let body = call.small_body(&client, BodyLimit::Other).await?;
    let announced = read_announcement(&body, call.limits().media_bytes_max)?;
    let base_url = call.base_url();
    let project = client.project;
    let answer = call.wait_for(move |engine| {
        let medium = engine.announce_medium(&project, &announced)?;
        let is_there = matches!(medium.state, MediumState::Uploaded(_));
        let link = (!is_there).then(|| link(engine, &base_url, LinkUse::Upload, &project, &medium.key).0);
        Ok(render::media::announced(&medium.key, link.as_deref()))
    });
    Ok(created(answer.await?))
}

/// `PUT` to the link of an announced medium: its content.
pub(crate) async fn upload(mut call: Call) -> Answer {
    let (project, key) = linked(&call, LinkUse::Upload)?;
    let engine = call.context().engine.clone();
    let announced = call.header(CONTENT_LENGTH.as_str()).and_then(|text| text.parse::<u64>().ok());
    let begun = call.wait_for(move |_| {
        let medium = engine.medium(&project, &key)?.ok_or_else(asset_not_found)?;
        if let Some(sent) = announced.filter(|sent| *sent != medium.content_length) {
            return Err(UploadError::OtherLength { sent, announced: medium.content_length }.into());
        }
        Ok(engine.begin_upload(&project, medium)?)
    });
    let mut upload = begun.await?;
    while let Some(pieces) = call.pieces(PIECE_BYTES).await? {
        upload = call
            .wait_for(move |_| {
                upload.append(&pieces)?;
                Ok(upload)
            })
            .await?;
    }
    call.wait_for(move |_| Ok(upload.finish()?)).await?;
    Ok(HttpResponse::Ok().finish())
}

/// `PATCH /api/public/media/{id}`: what became of an upload, as its client saw it.
pub(crate) async fn note(mut call: Call) -> Answer {
    let client = auth::project(&call)?;
    let key = captured_key(&call, 0)?;
    let failure = read_outcome(&call.small_body(&client, BodyLimit::Other).await?)?;
    call.wait_for(
        move |engine| {
            if engine.note_upload(&client.project, &key, failure)? { Ok(()) } else { Err(asset_not_found()) }
        },
    )
    .await?;
    Ok(json(render::receipt::message("OK")))
}

/// `GET /api/public/media/{id}`: what is known of a medium, and a link to its content.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let key = captured_key(&call, 0)?;
    let base_url = call.base_url();
    let answer = call.wait_for(move |engine| {
        let medium = engine.medium(&project, &key)?.ok_or_else(asset_not_found)?;
        let uploaded_at = uploaded_at(&medium)?;
        let (url, expires) = link(engine, &base_url, LinkUse::Download, &project, &key);
        Ok(render::media::medium(&medium, uploaded_at, &url, expires))
    });
    Ok(json(answer.await?))
}

/// `GET` of the link to a medium: its content.
pub(crate) async fn download(call: Call) -> Answer {
    let (project, key) = linked(&call, LinkUse::Download)?;
    content(call, project, key).await
}

/// `GET /api/spanstone/v1/projects/{project}/media/{id}`: the content of a medium, for whoever may look at the project.
pub(crate) async fn show(call: Call) -> Answer {
    let project = auth::viewed_project(&call)?;
    let key = captured_key(&call, 1)?;
    content(call, project, key).await
}

async fn content(call: Call, project: ProjectId, key: MediaKey) -> Answer {
    let found = call.wait_for(move |engine| {
        let medium = engine.medium(&project, &key)?.ok_or_else(asset_not_found)?;
        uploaded_at(&medium)?;
        let content = engine.medium_content(&medium)?.ok_or_else(asset_not_found)?;
        Ok((medium, content))
    });
    let (medium, content) = found.await?;
    let range = call.header(RANGE.as_str()).and_then(|header| read_range(header, content.bytes()));
    Ok(stream_of(&medium, content, range))
}

fn stream_of(medium: &ProjectMedium, content: MediaContent, range: Option<(u64, u64)>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    let (from, to) = range.unwrap_or((0, content.bytes()));
    if range.is_some() {
        answer.status(PARTIAL_CONTENT);
        answer.insert_header((CONTENT_RANGE, format!("bytes {from}-{}/{}", to.saturating_sub(1), content.bytes())));
    }
    answer.insert_header((CONTENT_TYPE, medium.content_type.as_str()));
    answer.insert_header((CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")));
    // The name of a medium is its content: it never changes.
    answer.insert_header((CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")));
    answer.insert_header((ACCEPT_RANGES, HeaderValue::from_static("bytes")));
    if !medium.content_type.is_inert() {
        let name = format!("attachment; filename=\"{}.{}\"", medium.key, medium.content_type.extension());
        answer.insert_header((CONTENT_DISPOSITION, name));
    }
    answer.no_chunking(to - from);
    answer.streaming(pieces_of(Arc::new(content), from, to))
}

fn pieces_of(
    content: Arc<MediaContent>,
    from: u64,
    to: u64,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    stream::try_unfold((content, from), move |(content, at)| async move {
        if at >= to {
            return Ok(None);
        }
        let left = usize::try_from(to - at).unwrap_or(usize::MAX);
        let reader = content.clone();
        let read = tokio::task::spawn_blocking(move || reader.piece(at, left.min(PIECE_BYTES)));
        let piece = read.await.map_err(std::io::Error::other)?.map_err(std::io::Error::other)?;
        let next = at + piece.len() as u64;
        Ok(Some((Bytes::from(piece), (content, next))))
    })
}

/// One range of bytes (RFC 9110, section 14), as its beginning and its end; nothing for what is none or several, so that all
/// of the content is sent.
fn read_range(header: &str, bytes: u64) -> Option<(u64, u64)> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (first, last) {
        ("", suffix) => (bytes.saturating_sub(suffix.parse().ok()?), bytes),
        (first, "") => (first.parse().ok()?, bytes),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.saturating_add(1).min(bytes)),
    };
    (from < to).then_some((from, to))
}

/// The link to a medium, and until when it works.
fn link(engine: &Engine, base_url: &str, to: LinkUse, project: &ProjectId, key: &MediaKey) -> (String, Timestamp) {
    let LinkSignature { expires, signature } = engine.sign_link(to, project, key);
    let project = percent_encoding::utf8_percent_encode(project.as_str(), path::SEGMENT);
    let micros = expires.micros();
    let url =
        format!("{base_url}/api/public/media/{key}/content?project={project}&expires={micros}&signature={signature}");
    (url, expires)
}

/// The medium that a link leads to, when it was signed here and still counts.
fn linked(call: &Call, to: LinkUse) -> Result<(ProjectId, MediaKey), Failure> {
    let key = captured_key(call, 0)?;
    let (project, link) = read_link(call.params(), call.limits())?;
    if call.engine().accepts_link(to, &project, &key, &link) {
        return Ok((project, key));
    }
    Err(Failure::new(Code::Forbidden, "this link was not signed here or works no more; ask for a new one"))
}

/// What a link says: whatever is missing or odd was not signed here.
pub(crate) fn read_link(mut params: Params, _: &Limits) -> Result<(ProjectId, LinkSignature), Failure> {
    let mut text = |name| params.text(name).unwrap_or_default();
    let (project, expires, signature) = (ProjectId::from_wire(&text("project")), text("expires"), text("signature"));
    Ok((project, LinkSignature { expires: Timestamp::from_micros(expires.parse().unwrap_or(0)), signature }))
}

fn captured_key(call: &Call, index: usize) -> Result<MediaKey, Failure> {
    MediaKey::parse(call.captured(index)).ok_or_else(asset_not_found)
}

fn asset_not_found() -> Failure {
    Failure::not_found("Media asset not found")
}

fn uploaded_at(medium: &ProjectMedium) -> Result<Timestamp, Failure> {
    match &medium.state {
        MediumState::Uploaded(at) => Ok(*at),
        MediumState::Announced => Err(Failure::not_found("Media not yet uploaded")),
        MediumState::Failed(UploadFailure { status, error }) => {
            Err(Failure::not_found(format!("Media upload failed with status {status}: {error}")))
        }
    }
}

/// Reads what a client says about a medium that it is going to upload, and names everything that is wrong with it.
fn read_announcement(bytes: &[u8], bytes_max: u64) -> Result<AnnouncedMedium, Failure> {
    let body: Json = serde_json::from_slice(bytes).map_err(|_| Failure::invalid("Invalid JSON"))?;
    let mut issues = Vec::new();
    let content_type = body["contentType"].as_str().and_then(ContentType::parse);
    if content_type.is_none() {
        let names: Vec<&str> = ContentType::all().map(ContentType::as_str).collect();
        issues.push(issue::not_one_of("contentType", &names));
    }
    let content_length = whole(&body["contentLength"]).filter(|length| *length > 0);
    if content_length.is_none() {
        issues.push(issue::custom("contentLength", "Invalid input: expected a positive integer"));
    }
    let digest = body["sha256Hash"].as_str().and_then(read_digest);
    if digest.is_none() {
        let message = "Invalid input: expected the SHA-256 of the content, 44 characters of base64";
        issues.push(issue::custom("sha256Hash", message));
    }
    issues.extend(wrong_place(&body));
    match (content_type, content_length, digest) {
        (Some(content_type), Some(content_length), Some(digest)) if issues.is_empty() => {
            if content_length > bytes_max {
                let message =
                    format!("File size must be less than {bytes_max} bytes, `contentLength` is {content_length}");
                return Err(Failure::invalid(message));
            }
            Ok(AnnouncedMedium { digest, content_type, content_length })
        }
        _ => Err(Failure::issues(issues)),
    }
}

/// What is wrong with the place that a medium is for: a side of a trace or of an observation, or of an item of a dataset.
fn wrong_place(body: &Json) -> Option<Json> {
    let filled = |key: &str| body[key].as_str().is_some_and(|text| !text.is_empty());
    let fields: &[&str] = match (filled("traceId"), filled("datasetId") && filled("datasetItemId")) {
        (true, false) => &["input", "output", "metadata"],
        (false, true) => &["input", "expectedOutput", "metadata"],
        _ => {
            let message = "Invalid input: expected either `traceId`, or `datasetId` and `datasetItemId`";
            return Some(issue::custom("traceId", message));
        }
    };
    let is_known = body["field"].as_str().is_some_and(|field| fields.contains(&field));
    (!is_known).then(|| issue::not_one_of("field", fields))
}

fn read_digest(text: &str) -> Option<[u8; 32]> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()?.try_into().ok()
}

fn whole(number: &Json) -> Option<u64> {
    let float = number.as_f64()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within 2^53 first")]
    let whole = float.clamp(0.0, 9_007_199_254_740_991.0) as u64;
    #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "below 2^53 it is exact")]
    let is_same = whole as f64 == float;
    is_same.then_some(whole)
}

/// What a client says became of its upload; nothing when that went well.
fn read_outcome(bytes: &[u8]) -> Result<Option<UploadFailure>, Failure> {
    let body: Json = serde_json::from_slice(bytes).map_err(|_| Failure::invalid("Invalid JSON"))?;
    let status = body["uploadHttpStatus"].as_i64();
    let status = status.ok_or_else(|| {
        Failure::issues(vec![issue::custom("uploadHttpStatus", "Invalid input: expected an integer")])
    })?;
    let error = body["uploadHttpError"].as_str().unwrap_or_default().to_owned();
    Ok((!(200..300).contains(&status)).then_some(UploadFailure { status, error }))
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Engine(error) => error.into(),
            UploadError::Arriving => Self::unavailable(error.to_string()),
            UploadError::OtherLength { .. } | UploadError::OtherContent => Self::invalid(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_read_and_anything_else_means_all() {
        assert_eq!(read_range("bytes=0-", 10), Some((0, 10)));
        assert_eq!(read_range("bytes=2-4", 10), Some((2, 5)));
        assert_eq!(read_range("bytes=2-99", 10), Some((2, 10)));
        assert_eq!(read_range("bytes=-3", 10), Some((7, 10)));
        assert_eq!(read_range("bytes=-99", 10), Some((0, 10)));
        for all in [
            "bytes=10-",
            "bytes=5-4",
            "bytes=1-2,4-5",
            "bytes=x-1",
            "bits=0-1",
            "",
            "bytes=-",
            "bytes=18446744073709551615-",
        ] {
            assert_eq!(read_range(all, 10), None, "{all}");
        }
        assert_eq!(read_range("bytes=0-", 0), None);
    }

    #[test]
    fn an_announcement_that_is_wrong_is_told_everything_at_once() {
        let digest = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        let right = |field: &str| {
            format!(
                r#"{{"contentType":"image/png","contentLength":3.0,"sha256Hash":"{digest}","traceId":"t","observationId":null,"field":"{field}"}}"#
            )
        };
        assert_eq!(read_announcement(right("input").as_bytes(), 3).expect("it is right").content_length, 3);
        assert_eq!(read_announcement(right("input").as_bytes(), 2).expect_err("too large").status().as_u16(), 400);
        assert!(read_announcement(right("expectedOutput").as_bytes(), 3).is_err());
        let wrong = r#"{"contentType":"x/y","contentLength":-1,"sha256Hash":"ab","field":"input"}"#;
        let failure = format!("{:?}", read_announcement(wrong.as_bytes(), 3).expect_err("all wrong"));
        for name in ["contentType", "contentLength", "sha256Hash", "traceId"] {
            assert!(failure.contains(name), "{name}: {failure}");
        }
    }
}
