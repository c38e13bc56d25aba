//! What people and their configurations add to traces: comments and score configurations.

use crate::error::Code;
use crate::openapi::bodies;
use crate::openapi::operation::{Operation, Tag};
use crate::render::comment::CommentView;
use crate::render::page::Numbered;
use crate::render::receipt::Created;
use crate::render::score_config::ScoreConfigView;
use crate::routes::{comments, score_configs};

/// The operations.
pub(super) fn operations() -> [Operation; 7] {
    let comments_path = "/api/public/comments";
    let configs_path = "/api/public/score-configs";
    let config_path = "/api/public/score-configs/{configId}";
    [
        on("GET", comments_path, "listComments", Tag::Comments, "A page of the comments, the newest first.")
            .query(comments::read_list)
            .answers::<Numbered<'_, CommentView<'_>>>(),
        on("GET", "/api/public/comments/{commentId}", "getComment", Tag::Comments, "A comment.")
            .query(comments::read_one)
            .answers::<CommentView<'_>>()
            .fails(&[Code::NotFound]),
        on("POST", comments_path, "createComment", Tag::Comments, "Comments on a trace, an observation or a session.")
            .takes(bodies::comment)
            .answers::<Created<'_>>()
            .fails(&[Code::NotFound]),
        on(
            "GET",
            configs_path,
            "listScoreConfigs",
            Tag::Scores,
            "A page of the score configurations, the newest first.",
        )
        .query(score_configs::read_list)
        .answers::<Numbered<'_, ScoreConfigView<'_>>>(),
        on("GET", config_path, "getScoreConfig", Tag::Scores, "A score configuration.")
            .answers::<ScoreConfigView<'_>>()
            .fails(&[Code::NotFound]),
        on("POST", configs_path, "createScoreConfig", Tag::Scores, "Creates a score configuration.")
            .takes(bodies::score_config)
            .answers::<ScoreConfigView<'_>>(),
        on("PATCH", config_path, "changeScoreConfig", Tag::Scores, "Changes or archives a score configuration.")
            .takes(bodies::score_config_change)
            .answers::<ScoreConfigView<'_>>()
            .fails(&[Code::NotFound]),
    ]
}

fn on(method: &'static str, path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new(method, path, id, tag, summary)
}
