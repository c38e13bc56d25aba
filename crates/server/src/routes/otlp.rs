//! `POST /api/public/otel/v1/traces` and `/metrics`, and `POST /v1/traces`, `/v1/metrics`, `/v1/logs` for exporters that
//! know nothing of Langfuse: OpenTelemetry exports.
//!
//! Metrics are taken and dropped on both paths, as Langfuse does: many instrumentations send them unasked to wherever
//! traces go, and nobody looks for them here. Logs are refused, because some instrumentations put prompts and answers
//! into them, and whoever sends those must learn that they are not kept.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use spanstone_model::BodyKind;

use super::entry;
use crate::auth;
use crate::call::{Call, json};
use crate::error::{Answer, Failure};
use crate::extract::BodyLimit;
use crate::render;

/// The content type of an export in protobuf.
pub(crate) const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// The largest `x-langfuse-ingestion-version` there is.
const INGESTION_VERSION_MAX: i64 = 4;

/// Takes an export of traces.
///
/// The answer has the type of the request and is an empty message: exporters log a `partialSuccess`, even one that
/// says nothing.
pub(crate) async fn traces(mut call: Call) -> Answer {
    let client = auth::project(&call)?;
    let content_type = call.header(CONTENT_TYPE.as_str()).map(str::to_owned);
    let version = call.header("x-langfuse-ingestion-version").map(str::to_owned);
    let body = call.body(&client, BodyLimit::Otlp).await?;
    let kind = kind(content_type.as_deref())?;
    check_version(version.as_deref())?;
    let header = entry(client, kind, call.engine().now(), |name| call.header(name));
    call.store(header, body, |_, bytes| Ok((Some(bytes), ()))).await?;
    Ok(empty(kind))
}

/// Accepts metrics and does nothing with them, as Langfuse does: exporters that send all signals stay quiet.
pub(crate) async fn metrics(call: Call) -> Answer {
    auth::project(&call)?;
    Ok(json(render::receipt::message("OK")))
}

/// The same in OpenTelemetry's own words.
pub(crate) async fn discard(call: Call) -> Answer {
    auth::project(&call)?;
    Ok(empty(kind(call.header(CONTENT_TYPE.as_str()))?))
}

/// Refuses logs, whatever they are.
pub(crate) async fn logs(call: Call) -> Answer {
    auth::project(&call)?;
    Err(Failure::not_found(NO_LOGS))
}

/// Why logs are refused.
pub(crate) const NO_LOGS: &str =
    "logs are not kept here, only traces are; turn their export off, for instance with OTEL_LOGS_EXPORTER=none";

/// An empty message in the type of the request.
fn empty(kind: BodyKind) -> HttpResponse {
    if kind == BodyKind::OtlpProtobuf {
        return HttpResponse::Ok().insert_header((CONTENT_TYPE, HeaderValue::from_static(PROTOBUF))).finish();
    }
    json(b"{}".to_vec())
}

fn kind(content_type: Option<&str>) -> Result<BodyKind, Failure> {
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    if content_type.contains(PROTOBUF) {
        Ok(BodyKind::OtlpProtobuf)
    } else if content_type.contains(JSON) {
        Ok(BodyKind::OtlpJson)
    } else {
        Err(Failure::invalid("Invalid content type"))
    }
}

/// JavaScript's `parseInt` reads the header: digits at the start count, what follows does not.
fn check_version(header: Option<&str>) -> Result<(), Failure> {
    let Some(text) = header else { return Ok(()) };
    let trimmed = text.trim();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let digits = &digits[..digits.bytes().take_while(u8::is_ascii_digit).count()];
    let too_new = !negative && digits.parse::<i64>().map_or(true, |version| version > INGESTION_VERSION_MAX);
    if digits.is_empty() || too_new {
        return Err(Failure::invalid(format!(
            "Unsupported x-langfuse-ingestion-version: \"{text}\". Maximum supported: \"{INGESTION_VERSION_MAX}\"."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_the_body_is_somewhere_in_the_header() {
        let found = |header| kind(header).ok();
        assert_eq!(found(Some("application/x-protobuf")), Some(BodyKind::OtlpProtobuf));
        assert_eq!(found(Some("Application/JSON; charset=utf-8")), Some(BodyKind::OtlpJson));
        assert_eq!(found(Some("application/protobuf")), None);
        assert_eq!(found(None), None);
    }

    #[test]
    fn versions_up_to_four_are_known() {
        let known = |header| check_version(Some(header)).is_ok();
        assert!(check_version(None).is_ok());
        assert!(known("4") && known("3") && known(" 4.9") && known("-7") && known("0"));
        assert!(!known("5") && !known("") && !known("four") && !known("99999999999999999999"));
    }
}
