//! `/api/public/comments`: what people say about traces, observations and sessions.

use spanstone_engine::{CommentQuery, CommentedObject, NewComment};
use spanstone_model::Limits;

use crate::auth;
use crate::call::{Call, json};
use crate::error::{Answer, Failure};
use crate::extract::BodyLimit;
use crate::params::members::Members;
use crate::params::{Params, issue};
use crate::render;
use crate::render::comment::CommentView;

/// What the list may be asked for.
const KNOWN: [&str; 5] = ["objectType", "objectId", "authorUserId", "page", "limit"];
/// What a new comment may say. The project is asked for and not looked at: the key names it.
const MEMBERS: [&str; 5] = ["projectId", "content", "objectType", "objectId", "authorUserId"];

/// How many characters a comment may have, without the blanks around it.
const CONTENT_CHARS_MAX: usize = 5_000;

/// A page of the list, the newest first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let query = read_list(call.params(), call.limits())?;
    call.read(move |reads| {
        let page = reads.engine().comments(&project, &query)?;
        let rows: Vec<_> = page.rows.iter().map(CommentView::new).collect();
        Ok(render::page::numbered(&rows, query.page, page.total))
    })
    .await
}

/// One of them.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    read_one(call.params(), call.limits())?;
    let id = call.captured(0).to_owned();
    call.read(move |reads| {
        let comment = reads.engine().comment(&project, &id)?;
        let comment = comment.ok_or_else(|| Failure::not_found("Comment not found within authorized project"))?;
        Ok(render::bytes(&CommentView::new(&comment)))
    })
    .await
}

/// Creates one.
pub(crate) async fn create(mut call: Call) -> Answer {
    let client = auth::project(&call)?;
    let comment = read_comment(&call.small_body(&client, BodyLimit::Other).await?)?;
    let created = call.wait_for(move |engine| {
        let NewComment { object_type, object_id, .. } = &comment;
        let missing = format!("there is no {} `{object_id}` in this project", object_type.as_str());
        let created = engine.create_comment(&client.project, comment)?;
        created.ok_or_else(|| Failure::not_found(missing))
    });
    Ok(json(render::receipt::created(&created.await?.id)))
}

/// One comment takes no parameters at all.
pub(crate) fn read_one(mut params: Params, _: &Limits) -> Result<(), Failure> {
    params.only(&[]);
    params.done()
}

/// What a query string asks for.
pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<CommentQuery, Failure> {
    params.only(&KNOWN);
    let query = CommentQuery {
        object_type: params.choice("objectType", &CommentedObject::ALL, CommentedObject::as_str),
        object_id: params.text("objectId"),
        author: params.text("authorUserId"),
        page: params.page(limits),
    };
    if query.object_id.is_some() && query.object_type.is_none() {
        params.refuse(issue::custom("objectType", "objectType is required when objectId is provided"));
    }
    params.done()?;
    Ok(query)
}

fn read_comment(body: &[u8]) -> Result<NewComment, Failure> {
    let mut members = Members::parse(body)?;
    members.only(&MEMBERS);
    members.text("projectId");
    let content = members.text("content").trim().to_owned();
    let count = content.chars().count();
    if count == 0 || count > CONTENT_CHARS_MAX {
        let message = format!("Invalid input: expected 1 to {CONTENT_CHARS_MAX} characters, received {count}");
        members.refuse(issue::custom("content", &message));
    }
    let object_type = members.choice("objectType", &CommentedObject::ALL, CommentedObject::as_str);
    let object_id = members.text("objectId");
    let author = members.optional_text("authorUserId");
    members.done()?;
    let object_type = object_type.ok_or_else(|| Failure::invalid("objectType is missing"))?;
    Ok(NewComment { object_type, object_id, content, author })
}
