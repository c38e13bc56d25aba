//! `GET /api/spanstone/v1/search` for programs, and `…/projects/{project}/search` for the viewer: full-text search over
//! traces and observations.

use spanstone_engine::query::{Field, SearchCursor, TextSearch};
use spanstone_model::{Limits, ProjectId, TraceId};

use crate::auth;
use crate::call::Call;
use crate::error::{Answer, Failure};
use crate::params::{Least, Params, ROWS_DEFAULT, cursor, issue};
use crate::render;

/// Searches the project of a key.
pub(crate) async fn of_key(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    answer(call, project).await
}

/// Searches a project for whoever looks at it.
pub(crate) async fn of_viewer(call: Call) -> Answer {
    let project = auth::viewed_project(&call)?;
    answer(call, project).await
}

async fn answer(call: Call, project: ProjectId) -> Answer {
    let (search, limit) = read(call.params(), call.limits())?;
    call.read(move |engine| {
        let page = engine.search(&project, &search, limit)?;
        Ok(render::search::hits(&page.rows, page.next.as_ref().map(cursor::write_search)))
    })
    .await
}

/// Where words are looked for unless the client says otherwise.
const FIELDS_DEFAULT: [Field; 3] = [Field::Input, Field::Output, Field::Metadata];

/// `q`, `scope`, `from`, `to`, `trace`, `limit`, `cursor`.
pub(crate) fn read(mut params: Params, limits: &Limits) -> Result<(TextSearch, usize), Failure> {
    let limit = params.integer("limit", Least::AtLeast(1), limits.search_rows_max).unwrap_or(ROWS_DEFAULT) as usize;
    let text = params.filled("q").unwrap_or_default();
    params.require("q");
    if text.len() > limits.search_bytes_max {
        let most = format!("a search has {} bytes at most, this one has {}", limits.search_bytes_max, text.len());
        params.refuse(issue::custom("q", &most));
    }
    let fields = scope(&mut params);
    let (from, to) = (params.loose_time("from"), params.loose_time("to"));
    let trace = params.filled("trace").map(|id| TraceId::from_wire(&id));
    let after = params.filled("cursor");
    // One row more says whether there is a next page.
    let search = TextSearch::new(&text, &fields, limit + 1);
    if search.is_err() {
        params.refuse(issue::custom("q", "say what to search for: at least one letter or digit"));
    }
    params.done()?;
    let after: Option<SearchCursor> = after.as_deref().map(cursor::read_search).transpose()?;
    let search = search.map_err(|error| Failure::invalid(error.to_string()))?;
    Ok((search.between(from, to).within(trace).after(after), limit))
}

fn scope(params: &mut Params) -> Vec<Field> {
    let names = params.csv("scope");
    if names.is_empty() {
        return FIELDS_DEFAULT.to_vec();
    }
    let field = |name: &String| Field::ALL.into_iter().find(|field| field.as_str() == name);
    if !names.iter().all(|name| field(name).is_some()) {
        params.refuse(issue::not_one_of("scope", &Field::ALL.map(Field::as_str)));
    }
    names.iter().filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> bool {
        read(Params::parse(query), &Limits::default()).is_err()
    }

    #[test]
    fn a_search_needs_a_word_and_known_places() {
        assert!(!refused("q=found"));
        assert!(!refused("q=found&scope=input,id&from=2026-08-21&limit=1000"));
        for query in
            ["", "q=", "q=--", "q=a&scope=body", "q=a&limit=0", "q=a&limit=1001", "q=a&from=yesterday", "q=a&cursor=x"]
        {
            assert!(refused(query), "{query}");
        }
        assert!(refused(&format!("q={}", "a".repeat(2_000))));
    }
}
