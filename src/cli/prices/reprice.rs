//! Asking a running server for the prices of history again, step by step.

use std::io::Write;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::super::Failure;
use super::Reprice;
use crate::config::Environment;

const PATH: &str = "/api/spanstone/v1/reprice";

/// What a step came to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    looked_at: u64,
    repriced: u64,
    cursor: Option<String>,
}

pub(super) fn run(arguments: Reprice, environment: &Environment, out: &mut dyn Write) -> Result<(), Failure> {
    let Reprice { connection, model, from, to, after } = arguments;
    let client = connection.client(environment)?;
    let conditions = [("model", model), ("fromStartTime", from), ("toStartTime", to)];
    let (mut cursor, mut looked_at, mut repriced) = (after, 0, 0);
    loop {
        let parameters = conditions.iter().map(|(name, value)| (*name, value.as_deref()));
        let path = with_query(parameters.chain([("cursor", cursor.as_deref())]));
        let answer = client.post(&path, b"{}")?;
        if !answer.is_success() {
            let resume = cursor.map_or_else(String::new, |cursor| format!("\nGo on with: --after {cursor}"));
            return Err(Failure::Said(format!("the server answered {}: {}{resume}", answer.status, answer.excerpt())));
        }
        let step: Step = serde_json::from_slice(&answer.body)
            .map_err(|error| Failure::Said(format!("the server's answer is not understood: {error}")))?;
        looked_at += step.looked_at;
        repriced += step.repriced;
        let Some(next) = step.cursor else { break };
        writeln!(out, "{looked_at} observations looked at, {repriced} priced again; --after {next}")?;
        cursor = Some(next);
    }
    writeln!(out, "Done: {looked_at} observations looked at, {repriced} priced again.")?;
    Ok(())
}

fn with_query<'a>(parameters: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let given = parameters
        .filter_map(|(name, value)| Some(format!("{name}={}", utf8_percent_encode(value?, NON_ALPHANUMERIC))));
    let query = given.collect::<Vec<_>>().join("&");
    if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_encoded() {
        assert_eq!(with_query([("model", None)].into_iter()), PATH);
        let given = [("model", Some("a/b c")), ("cursor", None), ("toStartTime", Some("2026-11-01T00:00:00Z"))];
        assert_eq!(
            with_query(given.into_iter()),
            format!("{PATH}?model=a%2Fb%20c&toStartTime=2026%2D11%2D01T00%3A00%3A00Z")
        );
    }
}
