//! Comments: what people say about a trace, an observation or a session.
//!
//! Owns their documents in the ledger, and in memory what finds one: its object, its author and when it was made. Its
//! text is read when it is shown.

use std::collections::HashMap;

use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use spanstone_model::{ObservationId, ProjectId, SessionId, Timestamp, TraceId};
use spanstone_query::{Column, Filter, Page, PageRequest, Test, TextMatch};
use spanstone_store::{DocumentChange, DocumentKind, Store};

use crate::documents::{delete, read_all, read_one, write};
use crate::{Engine, EngineError};

/// What a comment is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CommentedObject {
    /// A trace.
    Trace,
    /// An observation.
    Observation,
    /// A session.
    Session,
    /// A version of a prompt.
    Prompt,
}

impl CommentedObject {
    /// Every kind of object.
    pub const ALL: [Self; 4] = [Self::Trace, Self::Observation, Self::Session, Self::Prompt];

    /// The name on the wire: `TRACE`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Observation => "OBSERVATION",
            Self::Session => "SESSION",
            Self::Prompt => "PROMPT",
        }
    }
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: String,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// What kind of object it is about.
    pub object_type: CommentedObject,
    /// The object's id.
    pub object_id: String,
    /// What it says.
    pub content: String,
    /// Whoever made it, if that is known.
    pub author: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A comment in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewComment {
    /// What kind of object it is about.
    pub object_type: CommentedObject,
    /// The object's id.
    pub object_id: String,
    /// What it says.
    pub content: String,
    /// The e-mail address of whoever makes it, if it is one of the users.
    pub author: Option<String>,
}

/// Which comments are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentQuery {
    /// About what kind of object.
    pub object_type: Option<CommentedObject>,
    /// About which object.
    pub object_id: Option<String>,
    /// By whom.
    pub author: Option<String>,
    /// Which page.
    pub page: PageRequest,
}

/// What finds a comment.
#[derive(Debug, Clone)]
struct Entry {
    id: String,
    object_type: CommentedObject,
    object_id: String,
    author: Option<String>,
    created_at: Timestamp,
}

/// The comments in memory, without their texts; the newest of each project first.
#[derive(Debug)]
pub(crate) struct Comments(RwLock<HashMap<ProjectId, Vec<Entry>>>);

impl Comments {
    pub(crate) fn load(store: &Store) -> Result<Self, EngineError> {
        let mut by_project: HashMap<ProjectId, Vec<Entry>> = HashMap::new();
        for comment in read_all::<Comment>(store, DocumentKind::Comment)? {
            by_project.entry(comment.project.clone()).or_default().push(entry(&comment));
        }
        by_project.values_mut().for_each(|entries| entries.sort_by(newest_first));
        Ok(Self(RwLock::new(by_project)))
    }

    /// What removes the documents of a project.
    pub(crate) fn removal(&self, project: &ProjectId) -> Vec<DocumentChange> {
        let delete = |entry: &Entry| delete(DocumentKind::Comment, &entry.id);
        self.0.read().get(project).map_or_else(Vec::new, |entries| entries.iter().map(delete).collect())
    }

    pub(crate) fn forget(&self, project: &ProjectId) {
        self.0.write().remove(project);
    }
}

/// The newest first, of the same moment by id.
fn newest_first(a: &Entry, b: &Entry) -> std::cmp::Ordering {
    (b.created_at, &a.id).cmp(&(a.created_at, &b.id))
}

fn entry(comment: &Comment) -> Entry {
    Entry {
        id: comment.id.clone(),
        object_type: comment.object_type,
        object_id: comment.object_id.clone(),
        author: comment.author.clone(),
        created_at: comment.created_at,
    }
}

impl Engine {
    /// Keeps a comment; on disk when it returns. Nothing when the object is not there.
    ///
    /// # Errors
    /// Fails when the author is nobody, when the project has too many comments, when the object cannot be looked for now,
    /// and when the comment cannot be written.
    pub fn create_comment(&self, project: &ProjectId, comment: NewComment) -> Result<Option<Comment>, EngineError> {
        let NewComment { object_type, object_id, content, author } = comment;
        if let Some(author) = &author
            && self.accounts.user(author).is_none()
        {
            return Err(EngineError::Invalid(format!(
                "authorUserId: `{author}` is no user here; leave it out, or send a user's e-mail address"
            )));
        }
        if !self.is_there(project, object_type, &object_id)? {
            return Ok(None);
        }
        let comment = Comment {
            id: self.new_id(),
            project: project.clone(),
            object_type,
            object_id,
            content,
            author,
            created_at: self.now(),
        };
        let mut tables = self.comments.0.write();
        let entries = tables.entry(project.clone()).or_default();
        let most = self.limits.comments_max;
        if entries.len() >= most {
            return Err(EngineError::Invalid(format!("the project has {most} comments, and no more fit")));
        }
        write(&self.store, DocumentKind::Comment, &comment.id, &comment)?;
        let new = entry(&comment);
        let place = entries.partition_point(|entry| newest_first(entry, &new).is_lt());
        entries.insert(place, new);
        Ok(Some(comment))
    }

    /// One comment.
    ///
    /// # Errors
    /// Fails when it cannot be read.
    pub fn comment(&self, project: &ProjectId, id: &str) -> Result<Option<Comment>, EngineError> {
        let is_known = {
            let tables = self.comments.0.read();
            tables.get(project).is_some_and(|entries| entries.iter().any(|entry| entry.id == id))
        };
        if is_known { read_one(&self.store, DocumentKind::Comment, id) } else { Ok(None) }
    }

    /// One page of the comments of a project, the newest first.
    ///
    /// # Errors
    /// Fails when one of the page cannot be read.
    pub fn comments(&self, project: &ProjectId, query: &CommentQuery) -> Result<Page<Comment>, EngineError> {
        let wanted = |entry: &&Entry| {
            query.object_type.is_none_or(|kind| entry.object_type == kind)
                && query.object_id.as_ref().is_none_or(|id| entry.object_id == *id)
                && query.author.as_ref().is_none_or(|author| entry.author.as_ref() == Some(author))
        };
        let (ids, total) = {
            let tables = self.comments.0.read();
            let entries = || tables.get(project).into_iter().flatten().filter(wanted);
            let ids: Vec<String> = query.page.of(entries()).map(|entry| entry.id.clone()).collect();
            (ids, entries().count())
        };
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(read_one::<Comment>(&self.store, DocumentKind::Comment, &id)?);
        }
        Ok(Page { rows, total })
    }

    /// Whether there is such an object. There are no prompts yet.
    fn is_there(&self, project: &ProjectId, kind: CommentedObject, id: &str) -> Result<bool, EngineError> {
        let reads = self.reads(self.watch());
        let of_session = |id: &str| {
            let mut filter = Filter::all();
            filter.and(Column::SessionId, Test::Text(TextMatch::Equals, SessionId::from_wire(id).as_str().to_owned()));
            filter
        };
        Ok(match kind {
            CommentedObject::Trace => reads.trace(project, &TraceId::from_wire(id), 0)?.is_some(),
            CommentedObject::Observation => reads.observation(project, &ObservationId::from_wire(id))?.is_some(),
            CommentedObject::Session => {
                let (page, _) = reads.traces_after(project, &of_session(id), None, None, 1)?;
                !page.rows.is_empty()
            }
            CommentedObject::Prompt => false,
        })
    }
}
