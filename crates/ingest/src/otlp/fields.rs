//! Which attributes say the plain fields of a trace or an observation, in order of precedence.
//!
//! Owns the lists of keys, across all dialects, so that precedence can be read in one place. Refuses what takes
//! more than a look at one attribute: that is in `dialect`, `payload`, `metadata` and `usage`.

use std::borrow::Cow;

use spanstone_model::{Level, ObservationType, PromptLink, SessionId, Text, Timestamp};

use super::attributes::Attributes;
use super::dialect::{self, gen_ai, vercel_ai};
use super::span::View;
use super::value::{Value, whole};
use crate::environment;
use crate::lenient_json::Json;

const TRACE_NAME: &str = "langfuse.trace.name";

const USER_ID: [&str; 6] = [
    "langfuse.user.id",
    "user.id",
    "langfuse.observation.metadata.langfuse_user_id",
    "langfuse.trace.metadata.langfuse_user_id",
    "ai.telemetry.metadata.userId",
    "traceloop.association.properties.user_id",
];

const SESSION_ID: [&str; 7] = [
    "langfuse.session.id",
    "session.id",
    "gen_ai.conversation.id",
    "langfuse.observation.metadata.langfuse_session_id",
    "langfuse.trace.metadata.langfuse_session_id",
    "ai.telemetry.metadata.sessionId",
    "traceloop.association.properties.session_id",
];

const TAGS: [&str; 6] = [
    "langfuse.trace.tags",
    "langfuse.tags",
    "langfuse.observation.metadata.langfuse_tags",
    "langfuse.trace.metadata.langfuse_tags",
    "ai.telemetry.metadata.tags",
    "tag.tags",
];

const PUBLIC: [&str; 2] = ["langfuse.trace.public", "langfuse.public"];

/// Looked up in the span and then in the resource, key by key.
const ENVIRONMENT: [&str; 3] = ["langfuse.environment", "deployment.environment.name", "deployment.environment"];

/// Any of these on a span means that its client speaks of the trace. The looser spellings of tags and public, and
/// a conversation, are not among them: they come with every span of some libraries.
const TRACE_UPDATES: [&str; 19] = [
    TRACE_NAME,
    "langfuse.trace.input",
    "langfuse.trace.output",
    "langfuse.trace.public",
    "langfuse.trace.tags",
    "user.id",
    "session.id",
    "langfuse.user.id",
    "langfuse.session.id",
    "langfuse.observation.metadata.langfuse_user_id",
    "langfuse.observation.metadata.langfuse_session_id",
    "langfuse.observation.metadata.langfuse_tags",
    "ai.telemetry.metadata.sessionId",
    "ai.telemetry.metadata.userId",
    "ai.telemetry.metadata.tags",
    "traceloop.association.properties.user_id",
    "traceloop.association.properties.session_id",
    "tag.tags",
    "langfuse.trace.metadata",
];

pub(super) const MODEL: [&str; 9] = [
    "langfuse.observation.model.name",
    "gen_ai.response.model",
    "ai.model.id",
    "gen_ai.request.model",
    "llm.response.model",
    "llm.model_name",
    "model",
    "embedding.model_name",
    "reranker.model_name",
];

const PROMPT_NAME: [&str; 2] = ["langfuse.observation.prompt.name", "langfuse.prompt.name"];
const PROMPT_VERSION: [&str; 2] = ["langfuse.observation.prompt.version", "langfuse.prompt.version"];

const LEVELS: [(Level, &[&str]); 4] = [
    (Level::Debug, &["DEBUG", "TRACE", "VERBOSE"]),
    (Level::Default, &["DEFAULT", "INFO", "LOG", "NOTICE", "OK", "SUCCESS"]),
    (Level::Warning, &["WARNING", "WARN"]),
    (Level::Error, &["ERROR", "FATAL", "CRITICAL"]),
];

/// Returns the first value among `keys` that JavaScript takes for true.
pub(super) fn first<'s>(attributes: &'s Attributes<'s>, keys: &[&str]) -> Option<&'s Value<'s>> {
    keys.iter().find_map(|key| attributes.truthy(key))
}

fn first_text<'s>(attributes: &'s Attributes<'s>, keys: &[&str]) -> Option<Cow<'s, str>> {
    first(attributes, keys).map(Value::text)
}

pub(super) fn observation_name<'s>(view: &View<'s>) -> Option<Cow<'s, str>> {
    let attributes = view.attributes();
    let named = attributes
        .truthy("gen_ai.tool.name")
        .or_else(|| attributes.get("genkit:name"))
        .or_else(|| attributes.truthy("logfire.msg"))
        .or_else(|| attributes.get("ai.toolCall.name"))
        .map(Value::text);
    let name = named.or_else(|| dialect::name(view));
    Some(name.unwrap_or(Cow::Borrowed(&*view.span.name))).filter(|name| !name.is_empty())
}

pub(super) fn trace_name(view: &View<'_>) -> Option<Text> {
    view.attributes().truthy(TRACE_NAME).map(|name| Text::from(name.text()))
}

pub(super) fn user_id(view: &View<'_>) -> Option<Text> {
    first_text(view.attributes(), &USER_ID).map(Text::from)
}

pub(super) fn session_id(view: &View<'_>) -> Option<SessionId> {
    first_text(view.attributes(), &SESSION_ID).map(|id| SessionId::from_wire(&id))
}

pub(super) fn tags(view: &View<'_>) -> Vec<Text> {
    let Some(tags) = first(view.attributes(), &TAGS) else {
        return Vec::new();
    };
    let tags: Vec<Text> = match tags {
        Value::Array(tags) => tags.iter().map(|tag| Text::from(tag.text())).collect(),
        Value::String(text) => tags_in_text(text),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Object(_) => {
            vec![Text::from(tags.text())]
        }
    };
    tags.into_iter().filter(|tag| !tag.is_empty()).collect()
}

/// Tags as a JSON array, as a list with commas, or a single one.
fn tags_in_text(text: &str) -> Vec<Text> {
    let array = text.starts_with('[').then(|| Json::parse(text).ok()?.array()).flatten();
    match array {
        Some(tags) => tags.into_iter().map(|tag| Text::from(tag.stored_text())).collect(),
        None => text.split(',').map(|tag| Text::from(tag.trim())).collect(),
    }
}

pub(super) fn public(view: &View<'_>) -> Option<bool> {
    let flag = PUBLIC.iter().find_map(|key| view.attributes().get(key));
    flag.map(Value::is_true)
}

pub(super) fn environment(view: &View<'_>) -> Text {
    let found = ENVIRONMENT.iter().find_map(|key| {
        let span = view.attributes().truthy(key);
        span.or_else(|| view.resource.attributes.truthy(key))
    });
    match found {
        Some(name) => environment::normalise(&name.text()),
        None => Text::from(environment::DEFAULT),
    }
}

pub(super) fn release(view: &View<'_>) -> Option<Text> {
    let span = view.attributes().truthy("langfuse.release");
    let release = span.or_else(|| view.resource.attributes.truthy("langfuse.release"));
    release.map(|release| Text::from(release.text()))
}

pub(super) fn version(view: &View<'_>) -> Option<Text> {
    let span = view.attributes().truthy("langfuse.version");
    let version = span.or_else(|| view.resource.attributes.truthy("service.version"));
    version.map(|version| Text::from(version.text()))
}

/// Returns whether the span's client speaks of the trace.
pub(super) fn updates_trace(view: &View<'_>) -> bool {
    let attributes = view.attributes();
    first(attributes, &TRACE_UPDATES).is_some() || attributes.under("langfuse.trace.metadata.").next().is_some()
}

pub(super) fn level(view: &View<'_>) -> Level {
    let said = view.attributes().str("langfuse.observation.level").and_then(|level| {
        let level = level.trim();
        let spelling = |(_, names): &&(Level, &[&str])| names.iter().any(|name| name.eq_ignore_ascii_case(level));
        LEVELS.iter().find(spelling).map(|(level, _)| *level)
    });
    said.or_else(|| view.span.failed.then_some(Level::Error)).or_else(|| dialect::level(view)).unwrap_or(Level::Default)
}

pub(super) fn status_message(view: &View<'_>) -> Option<Text> {
    match view.attributes().get("langfuse.observation.status_message") {
        Some(message) => Some(Text::from(message.text())),
        None => Some(Text::from(&*view.span.status_message)),
    }
    .filter(|message| !message.is_empty())
}

pub(super) fn model(view: &View<'_>) -> Option<Text> {
    dialect::model(view)
        .or_else(|| first_text(view.attributes(), &MODEL).map(Text::from))
        .or_else(|| dialect::model_elsewhere(view))
}

/// Returns the prompt link of an observation; only generations have one.
pub(super) fn prompt(view: &View<'_>, kind: ObservationType) -> Option<PromptLink> {
    if kind != ObservationType::Generation {
        return None;
    }
    let attributes = view.attributes();
    let Some(name) = first_text(attributes, &PROMPT_NAME) else {
        return vercel_ai::prompt(attributes);
    };
    let version = PROMPT_VERSION.iter().find_map(|key| attributes.get(key))?;
    let version = prompt_version(version.as_number()?)?;
    Some(PromptLink { name: Text::from(name), version })
}

/// Returns the version that a number names.
pub(super) fn prompt_version(number: f64) -> Option<u32> {
    whole(number).and_then(|version| u16::try_from(version).ok()).map(u32::from)
}

/// Returns when the first token came: a time, or a time in JSON quotes, or some milliseconds after `start`.
pub(super) fn completion_start(view: &View<'_>, start: Timestamp) -> Option<Timestamp> {
    let attributes = view.attributes();
    let Some(said) = attributes.str("langfuse.observation.completion_start_time") else {
        return vercel_ai::completion_start(attributes, start).or_else(|| gen_ai::completion_start(attributes, start));
    };
    let time = said.trim_matches('"');
    // JavaScript, which reads these in Langfuse, takes a time without a zone for one in its own, UTC.
    Timestamp::parse(time).or_else(|_| Timestamp::parse(&format!("{time}Z"))).ok()
}

/// Returns whether the span's client calls it the root of its application.
pub(super) fn is_app_root(view: &View<'_>) -> Option<bool> {
    if view.is_declared_root() {
        return Some(true);
    }
    view.attributes().get("langfuse.internal.is_app_root").map(Value::is_true)
}

#[cfg(test)]
mod tests {
    use spanstone_model::Patch;

    use super::*;
    use crate::otlp::sample::{sample, texts};

    #[test]
    fn the_first_source_that_says_something_names_the_observation() {
        for (pairs, expected) in [
            (&[][..], "span"),
            (&[("ai.operationId", "ai.embed")], "ai.embed"),
            (&[("ai.operationId", "ai.embed"), ("ai.telemetry.functionId", "f")], "f:ai.embed"),
            (&[("ai.operationId", "ai.embed"), ("ai.toolCall.name", "t")], "t"),
            (&[("ai.toolCall.name", "t"), ("logfire.msg", "m")], "m"),
            (&[("logfire.msg", "m"), ("genkit:name", "g")], "g"),
            (&[("genkit:name", "g"), ("gen_ai.tool.name", "n")], "n"),
            (&[("gen_ai.tool.name", ""), ("logfire.msg", "")], "span"),
        ] {
            assert_eq!(texts(pairs).observation().name, Patch::Set(expected.into()), "{pairs:?}");
        }
        assert_eq!(texts(&[]).name("").observation().name, Patch::Keep);
    }

    #[test]
    fn users_and_sessions_have_several_spellings() {
        let both = texts(&[("user.id", "b"), ("langfuse.user.id", "a"), ("gen_ai.conversation.id", "c")]);
        assert_eq!(user_id(&both.view()).as_deref(), Some("a"));
        assert_eq!(session_id(&both.view()), Some(SessionId::from_wire("c")));
        let number = sample(&[("user.id", 7.into())]);
        assert_eq!(user_id(&number.view()).as_deref(), Some("7"));
        assert_eq!(session_id(&number.view()), None);
    }

    #[test]
    fn tags_come_as_lists_or_in_one_string() {
        let list = Value::Array(vec!["a".into(), 1.into(), "".into()]);
        for (said, expected) in [
            (list, &["a", "1"][..]),
            (Value::from(r#"["a, b", 2]"#), &["a, b", "2"]),
            (Value::from("a, b,"), &["a", "b"]),
            (Value::from("[broken"), &["[broken"]),
            (Value::from("one"), &["one"]),
            (Value::from(""), &[]),
        ] {
            let sample = sample(&[("langfuse.trace.tags", said.clone())]);
            let expected: Vec<Text> = expected.iter().map(|tag| Text::from(*tag)).collect();
            assert_eq!(tags(&sample.view()), expected, "{said:?}");
        }
    }

    #[test]
    fn only_true_makes_public() {
        for (said, expected) in [
            (Value::Bool(true), Some(true)),
            (Value::from("true"), Some(true)),
            (Value::from("yes"), Some(false)),
            (Value::Bool(false), Some(false)),
        ] {
            assert_eq!(public(&sample(&[("langfuse.public", said)]).view()), expected);
        }
        assert_eq!(public(&sample(&[]).view()), None);
    }

    #[test]
    fn an_environment_is_looked_for_key_by_key_in_span_and_resource() {
        let resource = [("langfuse.environment", Value::from("Langfuse-Staging"))];
        let span = [("deployment.environment", Value::from("ignored"))];
        let of = |sample: crate::otlp::sample::Sample| environment(&sample.view());
        assert_eq!(&*of(sample(&span).resource(&resource)), "staging");
        assert_eq!(&*of(sample(&span)), "ignored");
        assert_eq!(&*of(sample(&[])), "default");
        assert_eq!(&*of(texts(&[("langfuse.environment", "not valid!")])), "default");
    }

    #[test]
    fn release_and_version_may_be_those_of_the_resource() {
        let resource = [("langfuse.release", "r".into()), ("service.version", "1".into())];
        let sample = sample(&[]).resource(&resource);
        assert_eq!(release(&sample.view()).as_deref(), Some("r"));
        assert_eq!(version(&sample.view()).as_deref(), Some("1"));
    }

    #[test]
    fn levels_have_aliases_and_a_failed_span_is_an_error() {
        for (said, expected) in [
            ("trace", Level::Debug),
            (" Notice ", Level::Default),
            ("WARN", Level::Warning),
            ("fatal", Level::Error),
            ("unheard of", Level::Default),
        ] {
            let sample = texts(&[("langfuse.observation.level", said)]);
            assert_eq!(level(&sample.view()), expected, "{said}");
        }
        let mut failed = sample(&[]);
        failed.span.failed = true;
        failed.span.status_message = "why".into();
        assert_eq!(level(&failed.view()), Level::Error);
        assert_eq!(status_message(&failed.view()).as_deref(), Some("why"));
    }

    #[test]
    fn the_first_spelling_of_the_model_counts() {
        let sample = texts(&[("model", "c"), ("gen_ai.request.model", "b"), ("gen_ai.response.model", "a")]);
        assert_eq!(model(&sample.view()).as_deref(), Some("a"));
    }

    #[test]
    fn only_generations_have_a_prompt() {
        let link = |name: &str, version| Some(PromptLink { name: name.into(), version });
        let spelled = |version| {
            sample(&[
                ("langfuse.observation.prompt.name", "p".into()),
                ("langfuse.observation.prompt.version", version),
            ])
        };
        for (version, expected) in [
            (Value::Int(3), link("p", 3)),
            (Value::from("3"), link("p", 3)),
            (Value::Int(-1), None),
            (Value::Int(65_536), None),
            (Value::from("latest"), None),
        ] {
            let sample = spelled(version);
            assert_eq!(prompt(&sample.view(), ObservationType::Generation), expected);
            assert_eq!(prompt(&sample.view(), ObservationType::Span), None);
        }
        let vercel = texts(&[("ai.telemetry.metadata.langfusePrompt", r#"{"name":"v","version":2}"#)]);
        assert_eq!(prompt(&vercel.view(), ObservationType::Generation), link("v", 2));
    }

    #[test]
    fn the_first_token_has_a_time_or_a_delay() {
        let at = |text| Timestamp::parse(text).ok();
        for (pairs, expected) in [
            (("langfuse.observation.completion_start_time", "2026-11-22T10:00:00Z"), at("2026-11-22T10:00:00Z")),
            (
                ("langfuse.observation.completion_start_time", "\"2026-11-22T10:00:00.5+01:00\""),
                at("2026-11-22T09:00:00.5Z"),
            ),
            (("langfuse.observation.completion_start_time", "2026-11-22T10:00:00"), at("2026-11-22T10:00:00Z")),
            (("langfuse.observation.completion_start_time", "soon"), None),
            (("ai.response.msToFirstChunk", "1.2"), at("1970-01-01T00:00:01.002Z")),
            (("gen_ai.response.time_to_first_chunk", "0.25"), at("1970-01-01T00:00:01.25Z")),
        ] {
            assert_eq!(texts(&[pairs]).observation().completion_start, expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_declared_root_is_its_applications_root() {
        for (pairs, expected) in [
            (&[][..], None),
            (&[("langfuse.internal.as_root", Value::Bool(true))], Some(true)),
            (&[("langfuse.internal.is_app_root", Value::from("true"))], Some(true)),
            (&[("langfuse.internal.is_app_root", Value::Bool(false))], Some(false)),
        ] {
            assert_eq!(sample(pairs).observation().is_app_root, expected);
        }
    }
}
