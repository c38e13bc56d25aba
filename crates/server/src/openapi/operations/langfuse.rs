//! What is read with Langfuse's API.

use crate::error::Code;
use crate::openapi::operation::{Auth, Operation, Tag};
use crate::render::daily::DayView;
use crate::render::experiment::{ExperimentItemView, ExperimentView};
use crate::render::metrics::MetricsView;
use crate::render::observation::ObservationView;
use crate::render::observation_v2::ObservationRowV2;
use crate::render::page::{Continued, Limited, Numbered};
use crate::render::project::List as Projects;
use crate::render::receipt::Health;
use crate::render::score::ScoreView;
use crate::render::score_v2::{ScoreAlone, ScoreListed, ScoreListedV1};
use crate::render::score_v3::ScoreRowV3;
use crate::render::session::{SessionView, SessionWhole};
use crate::render::trace::{TraceListed, TraceWhole};
use crate::routes::{
    daily, experiments, metrics, observations, observations_v2, scores, scores_v2, scores_v3, sessions, traces,
};

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    all.extend(traces_and_sessions());
    all.extend(observations());
    all.extend(scores());
    all.extend(experiments());
    all.extend(server());
    all
}

fn get(path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new("GET", path, id, tag, summary)
}

fn experiments() -> [Operation; 2] {
    let tag = Tag::Experiments;
    let summary = "The experiments after a cursor, the one that was worked on last first.";
    [
        get("/api/public/experiments", "listExperiments", tag, summary)
            .query(experiments::read_list)
            .answers::<Continued<'_, ExperimentView<'_>>>(),
        get("/api/public/experiment-items", "listExperimentItems", tag, "The items after a cursor, the newest first.")
            .query(experiments::read_items)
            .answers::<Continued<'_, ExperimentItemView<'_>>>(),
    ]
}

fn traces_and_sessions() -> [Operation; 4] {
    [
        get("/api/public/traces", "listTraces", Tag::Traces, "A page of the traces, the newest first.")
            .query(traces::read_list)
            .answers::<Numbered<'_, TraceListed<'_>>>(),
        get("/api/public/traces/{traceId}", "getTrace", Tag::Traces, "A trace with its observations and scores.")
            .query(traces::read_one)
            .answers::<TraceWhole<'_>>()
            .fails(&[Code::NotFound, Code::AnswerTooLarge]),
        get("/api/public/sessions", "listSessions", Tag::Sessions, "A page of the sessions, the newest first.")
            .query(sessions::read_list)
            .answers::<Numbered<'_, SessionView<'_>>>(),
        get("/api/public/sessions/{sessionId}", "getSession", Tag::Sessions, "A session with its traces.")
            .answers::<SessionWhole<'_>>()
            .fails(&[Code::NotFound]),
    ]
}

fn observations() -> [Operation; 3] {
    let tag = Tag::Observations;
    [
        get("/api/public/observations", "listObservationsV1", tag, "A page of the observations, the newest first.")
            .query(observations::read_list)
            .answers::<Numbered<'_, ObservationView<'_>>>(),
        get("/api/public/observations/{observationId}", "getObservation", tag, "An observation.")
            .answers::<ObservationView<'_>>()
            .fails(&[Code::NotFound]),
        get("/api/public/v2/observations", "listObservations", tag, "The observations after a cursor, newest first.")
            .query(observations_v2::read)
            .answers::<Continued<'_, ObservationRowV2<'_>>>(),
    ]
}

fn scores() -> [Operation; 5] {
    let tag = Tag::Scores;
    [
        get("/api/public/scores", "listScoresV1", tag, "A page of the scores of traces, the newest first.")
            .query(scores::read_list)
            .answers::<Numbered<'_, ScoreListedV1<'_>>>(),
        get("/api/public/scores/{scoreId}", "getScoreV1", tag, "A score, unless it is a correction.")
            .answers::<ScoreView<'_>>()
            .fails(&[Code::NotFound]),
        get("/api/public/v2/scores", "listScoresV2", tag, "A page of the scores, the newest first.")
            .query(scores_v2::read_list)
            .answers::<Numbered<'_, ScoreListed<'_>>>(),
        get("/api/public/v2/scores/{scoreId}", "getScore", tag, "A score.")
            .answers::<ScoreAlone<'_>>()
            .fails(&[Code::NotFound]),
        get("/api/public/v3/scores", "listScores", tag, "The scores after a cursor, the newest first.")
            .query(scores_v3::read)
            .answers::<Limited<'_, ScoreRowV3<'_>>>(),
    ]
}

const NO_KEY_DELETES: &str = "Refused: a key cannot delete a project.";

fn server() -> Vec<Operation> {
    let daily = "Traces, tokens and cost by day and model, the newest day first.";
    vec![
        get("/api/public/metrics/daily", "listDays", Tag::Metrics, daily)
            .query(daily::read_list)
            .answers::<Numbered<'_, DayView<'_>>>(),
        get(
            "/api/public/metrics",
            "queryMetricsV1",
            Tag::Metrics,
            "Answers a question about sums, counts and spreads.",
        )
        .query(metrics::read_v1)
        .answers::<MetricsView<'_>>(),
        get(
            "/api/public/v2/metrics",
            "queryMetrics",
            Tag::Metrics,
            "Answers a question about sums, counts and spreads.",
        )
        .query(metrics::read_v2)
        .answers::<MetricsView<'_>>(),
        get("/api/public/projects", "getProjectOfKey", Tag::Server, "The project of the key.")
            .answers::<Projects<'_>>()
            .fails(&[Code::NotFound]),
        Operation::new("DELETE", "/api/public/projects/{projectId}", "deleteProjectByKey", Tag::Server, NO_KEY_DELETES),
        get("/api/public/health", "getHealth", Tag::Server, "Whether the process answers; by any method.")
            .auth(Auth::Open)
            .answers::<Health<'_>>(),
        get("/api/public/ready", "getReady", Tag::Server, "Whether the store takes and gives data; by any method.")
            .auth(Auth::Open)
            .answers::<Health<'_>>(),
    ]
}
