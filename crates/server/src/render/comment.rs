//! A comment.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::Comment;
use spanstone_model::Timestamp;

/// A comment as Langfuse's API shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Comment")]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommentView<'a> {
    id: &'a str,
    project_id: &'a str,
    #[schemars(with = "Timestamp")]
    created_at: String,
    #[schemars(with = "Timestamp")]
    updated_at: String,
    object_type: &'a str,
    object_id: &'a str,
    content: &'a str,
    author_user_id: Option<&'a str>,
}

impl<'a> CommentView<'a> {
    /// A comment as JSON. It is never changed.
    pub(crate) fn new(comment: &'a Comment) -> Self {
        let Comment { id, project, object_type, object_id, content, author, created_at } = comment;
        Self {
            id,
            project_id: project.as_str(),
            created_at: created_at.to_string(),
            updated_at: created_at.to_string(),
            object_type: object_type.as_str(),
            object_id,
            content,
            author_user_id: author.as_deref(),
        }
    }
}
