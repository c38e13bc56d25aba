//! `GET /metrics`: what the operator watches, in Prometheus' text format. Holds no data of any project.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use spanstone_engine::{ArchiveCounts, Counters, WeekStats};

use crate::call::Call;
use crate::context::Context;
use crate::error::Answer;

/// Gives all metrics.
pub(crate) async fn show(call: Call) -> Answer {
    let context = call.context().clone();
    let text = call.wait_for(move |engine| Ok(text(&context, &engine.counters(), resident_bytes()))).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

/// The text under construction.
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.sample(name, "", value);
    }
}

fn text(context: &Context, counters: &Counters, resident: Option<u64>) -> String {
    let mut page = Page(String::with_capacity(8 * 1024));
    requests(&mut page, context);
    let traffic = &context.traffic;
    page.single("spanstone_events_stored_total", "counter", "Events taken and on disk.", traffic.stored());
    page.single("spanstone_events_refused_total", "counter", "Events not taken.", traffic.refused());
    let budget = &context.budget;
    page.single("spanstone_body_bytes_in_flight", "gauge", "Memory held by request bodies.", budget.in_flight());
    page.single("spanstone_body_bytes_in_flight_peak", "gauge", "The most of that so far.", budget.peak());
    store(&mut page, counters);
    if let Some(resident) = resident {
        page.single("process_resident_memory_bytes", "gauge", "Memory of the process.", resident);
    }
    let started = context.started_at.millis() / 1_000;
    page.single("process_start_time_seconds", "gauge", "When it began to serve.", started);
    page.family("spanstone_build_info", "gauge", "The version.");
    page.sample("spanstone_build_info", concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1);
    page.0
}

/// Routes and classes without a request are left out.
fn requests(page: &mut Page, context: &Context) {
    let name = "spanstone_http_requests_total";
    page.family(name, "counter", "Answered requests by route and class of status.");
    let paths = context.routes.iter().map(crate::app::Route::path).chain(["other"]);
    for (path, classes) in paths.zip(context.traffic.answers()).chain([("grpc", context.traffic.grpc())]) {
        for (class, count) in (1..).zip(classes).filter(|(_, count)| *count > 0) {
            page.sample(name, &format!("{{route=\"{path}\",status=\"{class}xx\"}}"), count);
        }
    }
}

fn store(page: &mut Page, counters: &Counters) {
    let Counters {
        journal_blocks,
        journal_entries,
        journal_body_bytes,
        journal_stored_bytes,
        replayed_blocks,
        hot,
        sealed,
        archive: done,
        guard,
    } = counters;
    page.single("spanstone_journal_blocks", "gauge", "Blocks in the journal.", journal_blocks);
    page.single("spanstone_journal_entries", "gauge", "Requests in the journal.", journal_entries);
    page.single("spanstone_journal_body_bytes", "gauge", "Their bodies, as they came.", journal_body_bytes);
    page.single("spanstone_journal_stored_bytes", "gauge", "The same, compressed.", journal_stored_bytes);
    page.single("spanstone_replayed_blocks", "gauge", "Blocks read again at start.", replayed_blocks);
    let rows = "spanstone_hot_rows";
    page.family(rows, "gauge", "Rows in memory.");
    page.sample(rows, "{kind=\"trace\"}", hot.traces);
    page.sample(rows, "{kind=\"observation\"}", hot.observations);
    page.sample(rows, "{kind=\"score\"}", hot.scores);
    page.single("spanstone_hot_bytes", "gauge", "The memory that they take, by estimate.", hot.bytes);
    archive(page, sealed, done);
    let healed = "spanstone_healed_total";
    page.family(healed, "counter", "Flipped bits that were healed, by where they were.");
    page.sample(healed, "{where=\"page\"}", guard.healed_pages);
    page.sample(healed, "{where=\"checksum\"}", guard.healed_checksums);
    page.sample(healed, "{where=\"head\"}", guard.healed_heads);
    page.single(
        "spanstone_unhealable_reads_total",
        "counter",
        "Reads of pages that could not be healed: run `spanstone verify`.",
        guard.unhealable_pages,
    );
}

fn archive(page: &mut Page, sealed: &WeekStats, done: &ArchiveCounts) {
    let WeekStats { segments, traces, observations, scores, dead_rows, raw_bytes, file_bytes } = sealed;
    page.single("spanstone_archive_segments", "gauge", "Sealed files.", segments);
    let rows = "spanstone_archive_rows";
    page.family(rows, "gauge", "Rows in sealed files that reads see.");
    page.sample(rows, "{kind=\"trace\"}", traces);
    page.sample(rows, "{kind=\"observation\"}", observations);
    page.sample(rows, "{kind=\"score\"}", scores);
    page.single("spanstone_archive_dead_rows", "gauge", "Rows that wait for a compaction to go.", dead_rows);
    page.single("spanstone_archive_raw_bytes", "gauge", "Inputs, outputs and metadata, uncompressed.", raw_bytes);
    page.single("spanstone_archive_file_bytes", "gauge", "Disk space of sealed files.", file_bytes);
    let ArchiveCounts { seals, compactions, dropped_segments, failures, unreadable } = done;
    page.single("spanstone_seals_total", "counter", "Times that memory was sealed into files.", seals);
    page.single("spanstone_compactions_total", "counter", "Times that sealed files were merged.", compactions);
    let help = "Sealed files that retention or deletion dropped.";
    page.single("spanstone_dropped_segments_total", "counter", help, dropped_segments);
    let help = "Seals, compactions and drops that failed and are tried again: look at the log.";
    page.single("spanstone_archive_failures_total", "counter", help, failures);
    let help = "Reads of sealed files that failed: run `spanstone verify`.";
    page.single("spanstone_unreadable_segment_reads_total", "counter", help, unreadable);
}

/// `VmRSS` of `/proc/self/status`, which is in kilobytes whatever the page size; nothing where there is no such file.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}
