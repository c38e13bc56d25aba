//! Full-text search over what a project has.

use spanstone_model::ProjectId;
use spanstone_query::CursorPage;
use spanstone_query::search::{Hit, SearchCursor, TextSearch};

use crate::{EngineError, Reads};

impl Reads<'_> {
    /// The traces and observations that a search finds, the newest first, at most `limit` of them; one more than that has
    /// to be searched for, to know whether there is one.
    ///
    /// # Errors
    /// Fails while the journal is being replayed, and when it takes too long.
    pub fn search(
        &self,
        project: &ProjectId,
        search: &TextSearch,
        limit: usize,
    ) -> Result<CursorPage<Hit, SearchCursor>, EngineError> {
        let (hot, sealed) = self.view(project, |view| search.look(view))?;
        let hits = search.finish(hot, &sealed, &self.payloads(&sealed), self.watch())?;
        Ok(CursorPage::of(hits, limit, |hit| SearchCursor { time: hit.time, id: hit.id() }))
    }
}
