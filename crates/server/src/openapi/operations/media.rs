//! Media: announced, uploaded and downloaded over links, and shown.

use crate::error::Code;
use crate::openapi::bodies;
use crate::openapi::operation::{Auth, Operation, Tag};
use crate::render::media::{Announced, Medium};
use crate::render::receipt::Message;
use crate::routes::media;

/// What the content of a medium is sent as.
const ANY_TYPE: &str = "*/*";

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let on = |method, path, id, summary| Operation::new(method, path, id, Tag::Media, summary);
    let by_id = "/api/public/media/{mediaId}";
    let link = "/api/public/media/{mediaId}/content";
    let shown = "/api/spanstone/v1/projects/{projectId}/media/{mediaId}";
    let content = |operation: Operation| {
        operation.answers_as(200, ANY_TYPE, bodies::bytes).answers_as(206, ANY_TYPE, bodies::bytes)
    };
    vec![
        on("POST", "/api/public/media", "announceMedium", "Announces a medium, and gives a link to upload it.")
            .takes(bodies::announcement)
            .answers_with::<Announced<'_>>(201),
        on("GET", by_id, "getMedium", "What is known of a medium, and a link to its content.")
            .answers::<Medium<'_>>()
            .fails(&[Code::NotFound]),
        on("PATCH", by_id, "noteUpload", "Says what became of an upload.")
            .takes(bodies::upload_outcome)
            .answers::<Message<'_>>()
            .fails(&[Code::NotFound]),
        content(on("GET", link, "downloadMedium", "The content of a medium, over a signed link."))
            .auth(Auth::Open)
            .query(media::read_link)
            .fails(&[Code::Forbidden, Code::NotFound]),
        on("PUT", link, "uploadMedium", "Takes the content of an announced medium, over a signed link.")
            .auth(Auth::Open)
            .query(media::read_link)
            .takes_as(&[ANY_TYPE], bodies::bytes)
            .answers_nothing(200)
            .fails(&[Code::Forbidden, Code::NotFound]),
        content(on("GET", shown, "showMedium", "The content of a medium, for whoever may look at the project."))
            .auth(Auth::KeyOrSession)
            .fails(&[Code::NotFound]),
    ]
}
