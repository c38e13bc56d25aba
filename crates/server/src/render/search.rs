//! What a search finds.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::query::Hit;

use super::bytes;

/// An answer to a search.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SearchHits")]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hits<'a> {
    data: Vec<HitView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// A trace or an observation that was found.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SearchHit")]
#[serde(rename_all = "camelCase")]
struct HitView<'a> {
    trace_id: &'a str,
    /// Null when the trace itself was found.
    observation_id: Option<&'a str>,
    /// The observation's type; null for a trace.
    #[serde(rename = "type")]
    kind: Option<&'static str>,
    name: Option<&'a str>,
    time: String,
    /// Where the words are: `id`, `name`, `input`, `output` or `metadata`.
    field: &'static str,
    snippet: SnippetView<'a>,
}

/// The words among those around them.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Snippet")]
struct SnippetView<'a> {
    before: &'a str,
    found: &'a str,
    after: &'a str,
}

/// What was found, and where the rest begins.
pub(crate) fn hits(hits: &[Hit], cursor: Option<String>) -> Vec<u8> {
    let view = |hit| HitView::of(hit);
    bytes(&Hits { data: hits.iter().map(view).collect(), cursor })
}

impl<'a> HitView<'a> {
    fn of(hit: &'a Hit) -> Self {
        let snippet = &hit.snippet;
        Self {
            trace_id: hit.trace_id.as_str(),
            observation_id: hit.observation.as_ref().map(|(id, _)| id.as_str()),
            kind: hit.observation.as_ref().map(|(_, kind)| kind.as_str()),
            name: hit.name.as_deref(),
            time: hit.time.to_string(),
            field: hit.field.as_str(),
            snippet: SnippetView { before: &snippet.before, found: &snippet.found, after: &snippet.after },
        }
    }
}
