//! A nightly job that goes wrong: a tool that times out twice, a call that is refused for its length, and the
//! error that ends it, so that levels and status messages can be seen.

use serde_json::json;
use spanstone_model::Timestamp;

use super::Request;
use super::story::{Ids, LARGE, Story, batch};

pub(super) fn request(now: Timestamp, ids: &mut Ids) -> Request {
    let mut story = Story::begin(
        ids,
        now,
        6,
        json!({
            "name": "nightly-report",
            "tags": ["batch", "report"],
            "environment": "staging",
            "input": {"report": "sales", "day": "yesterday"},
            "metadata": {"host": "worker-2", "schedule": "0 3 * * *"},
        }),
    );
    let job = story.observe(
        "span",
        None,
        "build-report",
        0..48_300,
        json!({
            "level": "ERROR",
            "statusMessage": "ReportError: no summary after 2 attempts (context_length_exceeded)",
            "input": {"report": "sales", "day": "yesterday"},
        }),
    );
    for (attempt, from) in [(1, 20), (2, 15_400)] {
        let timeout = json!({
            "level": "WARNING",
            "statusMessage": format!("TimeoutError: warehouse.internal did not answer within 15 s (attempt {attempt} of 3)"),
            "input": {"sql": "SELECT day, store, sum(total) FROM sales WHERE day = current_date - 1 GROUP BY 1, 2"},
        });
        story.observe("tool", Some(&job), "query-warehouse", from..from + 15_000, timeout);
    }
    let rows = json!({
        "input": {"sql": "SELECT day, store, sum(total) FROM sales WHERE day = current_date - 1 GROUP BY 1, 2"},
        "output": {"rows": 18_204, "truncated": false},
    });
    story.observe("tool", Some(&job), "query-warehouse", 30_800..41_950, rows);
    let retry = json!({"input": "third attempt succeeded after 41.9 s", "level": "DEBUG"});
    story.observe("event", Some(&job), "recovered", 41_960..41_960, retry);

    let prompt = json!([
        {"role": "system", "content": "Summarise the rows for the management in ten lines."},
        {"role": "user", "content": "day;store;total\n2026-11-21;Münster Hafen;18204.50\n2026-11-21;Dortmund;9120.00\n… 18202 more rows"},
    ]);
    for (attempt, from) in [(1, 42_000), (2, 45_200)] {
        let refused = json!({
            "model": LARGE.name,
            "level": "ERROR",
            "statusMessage": "400 context_length_exceeded: the prompt has 231442 tokens, the model takes 200000",
            "input": prompt,
            "modelParameters": {"max_tokens": 1_024},
            "metadata": {"attempt": attempt},
        });
        story.observe("generation", Some(&job), "summarise", from..from + 2_900, refused);
    }
    story.score(48_400, None, "succeeded", json!({"value": 0, "dataType": "BOOLEAN", "comment": "no report was sent"}));
    batch([story.end("a job that fails: timeouts, a refused call, an error")])
}
