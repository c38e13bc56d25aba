//! Deletion of traces, scores and everything of a project.
//!
//! Owns the way of a deletion into the store: it is journaled like any other request, so that it is durable before it is
//! answered, happens in its place among the events, and happens again when the journal is replayed. Refuses to say what
//! exists: whoever asks for a deletion has looked.

use spanstone_model::{BodyKind, Change, Deletion, ProjectId, SessionId};
use spanstone_query::{Column, Filter, Test, TextMatch};

use crate::own::wait_for;
use crate::{Engine, EngineError};

/// How many rows are looked at at once when a session is to be deleted.
const ROWS_AT_ONCE: usize = 1_000;

impl Engine {
    /// Deletes. `done` is called exactly once, on this thread or another, when the deletion is on disk and no read sees
    /// what was deleted, or when it could not be stored. The space returns when the archive is compacted.
    pub fn delete(
        &self,
        project: &ProjectId,
        deletions: Vec<Deletion>,
        done: impl FnOnce(Result<(), EngineError>) + Send + 'static,
    ) {
        if deletions.is_empty() {
            return done(Ok(()));
        }
        let body = spanstone_ingest::deletion::encode(&deletions);
        let changes = deletions.into_iter().map(Change::Deletion).collect();
        self.append_own(project, BodyKind::Deletion, &body, changes, done);
    }

    /// What deleting a session means now: its traces, and the scores that are about the session itself.
    ///
    /// # Errors
    /// Fails when the session has too many traces, and as reading does.
    pub fn session_deletions(&self, project: &ProjectId, session: &SessionId) -> Result<Vec<Deletion>, EngineError> {
        let mut filter = Filter::all();
        filter.and(Column::SessionId, Test::Text(TextMatch::Equals, session.as_str().to_owned()));
        let reads = || self.reads(self.watch());
        let mut deletions = Vec::new();
        let mut after = None;
        loop {
            let (page, total) = reads().traces_after(project, &filter, None, after.as_ref(), ROWS_AT_ONCE)?;
            let most = self.limits.deleted_session_traces_max;
            if total > most {
                return Err(EngineError::Invalid(format!(
                    "the session `{session}` has {total} traces, more than the {most} that are deleted at once; \
                     delete some of them first with DELETE /api/public/traces"
                )));
            }
            deletions.extend(page.rows.into_iter().map(|row| Deletion::Trace(row.trace.id.clone())));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = reads().scores_after(project, &filter, after.as_ref(), ROWS_AT_ONCE)?;
            deletions.extend(page.rows.into_iter().map(|item| Deletion::Score(item.row.score.id.clone())));
            after = page.next;
            if after.is_none() {
                return Ok(deletions);
            }
        }
    }

    /// Deletes a project with everything in it; false when there is none. Its keys count no more from the first moment
    /// on, so that nothing new comes in while it goes. Returns when all of it is on disk.
    ///
    /// # Errors
    /// Fails when it cannot be written; then the project and its keys are as before, though its data may be gone.
    pub fn delete_project(&self, id: &ProjectId) -> Result<bool, EngineError> {
        let Some(keys) = self.accounts.suspend_keys(id) else { return Ok(false) };
        let deleted = wait_for(|done| self.delete(id, vec![Deletion::Project], done));
        let documents = [self.comments.removal(id), self.score_configs.removal(id)].concat();
        let removed = deleted.and_then(|()| self.remove_media(id)).and_then(|()| self.delete_models(id));
        let removed = removed.and_then(|()| self.accounts.remove_project(&self.store, id, &keys, documents));
        match removed {
            Ok(()) => {
                self.comments.forget(id);
                self.score_configs.forget(id);
                Ok(true)
            }
            Err(error) => {
                self.accounts.resume_keys(id, keys);
                Err(error)
            }
        }
    }
}
