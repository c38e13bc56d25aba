//! The table of a scale run, in Markdown, a column per size.

use std::fmt::Write as _;

use crate::figures::Figures;

/// A row: what it says, the figures in its cells with how many decimals, their unit.
struct Row {
    label: &'static str,
    figures: &'static [(&'static str, usize)],
    unit: &'static str,
}

const fn row(label: &'static str, figures: &'static [(&'static str, usize)], unit: &'static str) -> Row {
    Row { label, figures, unit }
}

const ROWS: [Row; 45] = [
    row("observations acknowledged", &[("observations", 0)], ""),
    row("sent for each of them", &[("sent_bytes_each", 0)], " bytes"),
    row("durable ingest per second, all the way", &[("rate", 0)], ""),
    row("… in the slowest five seconds", &[("rate_slowest_5s", 0)], ""),
    row("acknowledged in, p50 / p99", &[("ack_p50_ms", 1), ("ack_p99_ms", 1)], " ms"),
    row("pushed back with 503", &[("pushed_back", 0)], " times"),
    row(
        "server CPU per observation, until the last is acknowledged / at rest",
        &[("cpu_ms_each", 3), ("cpu_ms_each_at_rest", 3)],
        " ms",
    ),
    row("generator's CPU per observation, same machine", &[("client_cpu_ms_each", 3)], " ms"),
    row("sent to storage per observation", &[("written_bytes_each", 0)], " bytes"),
    row("at rest after", &[("at_rest_s", 0)], " s"),
    row("disk per observation", &[("disk_bytes_each", 0)], " bytes"),
    row("disk, all / in segments", &[("disk_mb", 1), ("segments_mb", 1)], " MB"),
    row("disk, of what was sent", &[("disk_share_of_sent", 3)], ""),
    row("segments", &[("segments", 0)], ""),
    row("resident, peak / at rest", &[("resident_peak_mib", 0), ("resident_rest_mib", 0)], " MiB"),
    row("resident after all questions", &[("resident_asked_mib", 0)], " MiB"),
    row("traces, sent / listed", &[("traces_sent", 0), ("traces_listed", 0)], ""),
    row("observations, sent / listed", &[("observations_sent", 0), ("observations_listed", 0)], ""),
    row("scores, sent / listed", &[("scores_sent", 0), ("scores_listed", 0)], ""),
    row("random traces read back that differ from what was sent", &[("traces_wrong", 0)], ""),
    row("newest 50 traces, p50 / p95", &[("newest_p50_ms", 1), ("newest_p95_ms", 1)], " ms"),
    row("… by user", &[("by_user_p50_ms", 1), ("by_user_p95_ms", 1)], " ms"),
    row("… by session", &[("by_session_p50_ms", 1), ("by_session_p95_ms", 1)], " ms"),
    row("… by tag", &[("by_tag_p50_ms", 1), ("by_tag_p95_ms", 1)], " ms"),
    row("… by name", &[("by_name_p50_ms", 1), ("by_name_p95_ms", 1)], " ms"),
    row("… of one day", &[("one_day_p50_ms", 1), ("one_day_p95_ms", 1)], " ms"),
    row("… page 20", &[("page_20_p50_ms", 1), ("page_20_p95_ms", 1)], " ms"),
    row("… with inputs and outputs", &[("newest_with_payloads_p50_ms", 1), ("newest_with_payloads_p95_ms", 1)], " ms"),
    row("one trace, whole", &[("one_trace_p50_ms", 1), ("one_trace_p95_ms", 1)], " ms"),
    row("one observation", &[("one_observation_p50_ms", 1), ("one_observation_p95_ms", 1)], " ms"),
    row("newest 50 sessions", &[("sessions_p50_ms", 1), ("sessions_p95_ms", 1)], " ms"),
    row(
        "newest 50 observations by type",
        &[("observations_by_type_p50_ms", 1), ("observations_by_type_p95_ms", 1)],
        " ms",
    ),
    row("… by name", &[("observations_by_name_p50_ms", 1), ("observations_by_name_p95_ms", 1)], " ms"),
    row("newest 50 scores", &[("scores_p50_ms", 1), ("scores_p95_ms", 1)], " ms"),
    row("scores of a trace", &[("scores_of_trace_p50_ms", 1), ("scores_of_trace_p95_ms", 1)], " ms"),
    row("tokens and cost by day and model, everything", &[("daily_p50_ms", 1), ("daily_p95_ms", 1)], " ms"),
    row(
        "metrics: cost and tokens by model and day",
        &[("metrics_cost_by_model_and_day_p50_ms", 1), ("metrics_cost_by_model_and_day_p95_ms", 1)],
        " ms",
    ),
    row(
        "metrics: 95th percentile of latency by name",
        &[("metrics_p95_latency_by_name_p50_ms", 1), ("metrics_p95_latency_by_name_p95_ms", 1)],
        " ms",
    ),
    row(
        "metrics: errors by hour of a week",
        &[("metrics_errors_by_hour_of_a_week_p50_ms", 1), ("metrics_errors_by_hour_of_a_week_p95_ms", 1)],
        " ms",
    ),
    row("metrics: users by day", &[("metrics_users_by_day_p50_ms", 1), ("metrics_users_by_day_p95_ms", 1)], " ms"),
    row("stops after SIGTERM in", &[("stop_p50_ms", 0)], " ms"),
    row("listens / ready after a clean stop", &[("clean_listening_p50_ms", 1), ("clean_ready_p50_ms", 1)], " ms"),
    row("listens / ready after kill -9", &[("killed_listening_p50_ms", 1), ("killed_ready_p50_ms", 1)], " ms"),
    row(
        "idle: bytes written / calls to write / CPU ms / wake-ups per second",
        &[("idle_written_bytes", 0), ("idle_write_calls", 0), ("idle_cpu_ms", 0), ("idle_wakeups_per_second", 1)],
        "",
    ),
    row("verify finds all well (1)", &[("verified", 0)], ""),
];

/// The table; what was not measured is "not there".
pub(crate) fn markdown(columns: &[(u64, Figures)]) -> String {
    let mut table = "| |".to_owned();
    for (size, _) in columns {
        write!(table, " {} observations |", thousands(&size.to_string())).expect("a string takes all writes");
    }
    table.push_str("\n|---|");
    table.push_str(&"---|".repeat(columns.len()));
    for Row { label, figures: names, unit } in &ROWS {
        write!(table, "\n| {label} |").expect("a string takes all writes");
        for (_, figures) in columns {
            let values: Option<Vec<_>> = names.iter().map(|(name, digits)| cell(figures, name, *digits)).collect();
            let cell = values.map_or("not there".to_owned(), |values| format!("{}{unit}", values.join(" / ")));
            write!(table, " {cell} |").expect("a string takes all writes");
        }
    }
    table.push('\n');
    table
}

fn cell(figures: &Figures, name: &str, digits: usize) -> Option<String> {
    figures.get(name).map(|value| thousands(&format!("{value:.digits$}")))
}

/// Groups the digits before the point.
fn thousands(number: &str) -> String {
    let (whole, fraction) = number.find('.').map_or((number, ""), |point| number.split_at(point));
    let mut grouped = String::new();
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_the_figure_or_says_that_there_is_none() {
        let mut figures = Figures::default();
        for (name, value) in [("observations", 900_123.0), ("rate", 25_000.4)] {
            figures.add(name, value);
        }
        let table = markdown(&[(900_000, figures)]);
        assert!(table.starts_with("| | 900,000 observations |\n|---|---|\n| observations acknowledged | 900,123 |\n"));
        assert!(table.contains("all the way | 25,000 |"), "{table}");
        assert!(table.contains("| at rest after | not there |"), "{table}");
    }
}
