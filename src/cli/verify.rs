//! `spanstone verify`: is everything in a data directory as it was written?
//!
//! Owns the two forms of the report. The walk itself, and what counts as damage, are the store's.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use spanstone_store::archive::SegmentReport;
use spanstone_store::ledger::verify::Finding;
use spanstone_store::{StoreErrorKind, VerifyReport};

use super::Failure;
use super::failure::with_causes;
use crate::config::{self, DataDirOptions, Environment};

/// Check every page, journal block, document and sealed file of a data directory; writes nothing
///
/// Reads everything that is stored and compares it with its checksums. The server must be stopped, so that nothing
/// changes meanwhile. What is damaged is named: the place in the file, the block of the journal, the document, the
/// sealed file.
///
/// Exit codes: 0 nothing is damaged, 1 something is, 2 it could not be checked.
///
/// Examples:
///   spanstone verify --data-dir /var/lib/spanstone
///   spanstone verify --json | jq .clean
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    #[command(flatten)]
    directory: DataDirOptions,

    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments, environment: &Environment, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let config = config::load(&arguments.directory.into(), environment)
        .map_err(|error| Failure::CouldNotRun(error.to_string()))?;
    let data_dir = config.data_dir.value;
    let report = match spanstone_store::verify(&data_dir) {
        Ok(report) => report,
        Err(error) if error.kind() == StoreErrorKind::Damaged => {
            return hopeless(&with_causes(&error), arguments.json, out);
        }
        Err(error) => return Err(Failure::CouldNotRun(with_causes(&error))),
    };
    if arguments.json {
        writeln!(out, "{}", to_json(&report, &data_dir))?;
    } else {
        print(&report, &data_dir, out)?;
    }
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Damage that leaves nothing to walk through.
fn hopeless(problem: &str, as_json: bool, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    if as_json {
        writeln!(out, "{}", json!({"clean": false, "problem": problem}))?;
    } else {
        writeln!(out, "Damaged: {problem}")?;
    }
    Ok(ExitCode::FAILURE)
}

fn print(report: &VerifyReport, data_dir: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let records = &report.records;
    writeln!(out, "{}", data_dir.join(report.file).display())?;
    writeln!(out, "  pages      {} compared with their checksums", report.pages.pages)?;
    writeln!(
        out,
        "  journal    {} blocks with {} requests intact, {} bytes of bodies stored as {}",
        records.blocks_intact, records.entries_intact, records.body_bytes_intact, records.stored_bytes_intact
    )?;
    writeln!(out, "  documents  {} intact", records.documents_intact)?;
    let archive = &report.archive;
    let rows: u64 = archive.segments.iter().map(|segment| segment.rows).sum();
    writeln!(out, "  archive    {} sealed files with {rows} rows", archive.segments.len())?;
    if !archive.leftovers.is_empty() {
        let count = archive.leftovers.len();
        writeln!(out, "  {count} sealed files are left over from a crash; the next start removes them")?;
    }
    if !report.leftovers.is_empty() {
        writeln!(
            out,
            "  {} pages are left over from a crash; nothing refers to them, and they will be overwritten",
            report.leftovers.len()
        )?;
    }
    if report.is_clean() {
        writeln!(out, "\nNothing is damaged.")?;
        return Ok(());
    }
    writeln!(out, "\nDamaged:")?;
    for spot in report.damaged_pages() {
        writeln!(out, "  {spot}")?;
    }
    if report.pages.spots_omitted > 0 {
        writeln!(out, "  and {} more places", report.pages.spots_omitted)?;
    }
    for finding in &records.findings {
        writeln!(out, "  {}", Described::of(finding).text())?;
    }
    let omitted = records.findings_count - records.findings.len() as u64;
    if omitted > 0 {
        writeln!(out, "  and {omitted} more records")?;
    }
    for problem in archive_problems(report) {
        writeln!(out, "  {problem}")?;
    }
    writeln!(
        out,
        "\nWhat heals is put right by the server when it next reads it. Keep a copy of the directory before anything else."
    )?;
    Ok(())
}

/// What is damaged in the archive, a line each.
fn archive_problems(report: &VerifyReport) -> impl Iterator<Item = String> {
    let of_segments = report.archive.segments.iter().flat_map(|segment| {
        let name = &segment.name;
        segment_problems(segment).into_iter().map(move |problem| format!("{name}: {problem}"))
    });
    report.archive.findings.iter().cloned().chain(of_segments)
}

fn segment_problems(segment: &SegmentReport) -> Vec<String> {
    let mut problems = segment.findings.clone();
    match &segment.pages {
        Some(pages) => {
            problems.extend(pages.spots.iter().map(ToString::to_string));
            if pages.spots_omitted > 0 {
                problems.push(format!("and {} more places", pages.spots_omitted));
            }
        }
        None if problems.is_empty() => problems.push("its pages cannot be walked through".to_owned()),
        None => {}
    }
    problems
}

fn to_json(report: &VerifyReport, data_dir: &Path) -> Value {
    let damaged: Vec<Value> = report
        .damaged_pages()
        .map(|spot| {
            json!({
                "place": spot.place.to_string(),
                "offset": spot.offset,
                "problem": spot.finding.to_string(),
                "heals": spot.finding.is_healable(),
            })
        })
        .collect();
    let records = &report.records;
    let findings: Vec<Value> = records
        .findings
        .iter()
        .map(|finding| {
            let Described { record, problem } = Described::of(finding);
            json!({"record": record, "problem": problem})
        })
        .collect();
    json!({
        "clean": report.is_clean(),
        "file": data_dir.join(report.file),
        "pages": {
            "checked": report.pages.pages,
            "damaged": damaged,
            "damagedNotListed": report.pages.spots_omitted,
            "leftOverFromCrash": report.leftovers.len(),
        },
        "journal": {
            "blocksIntact": records.blocks_intact,
            "requestsIntact": records.entries_intact,
            "bodyBytes": records.body_bytes_intact,
            "storedBytes": records.stored_bytes_intact,
        },
        "documents": {"intact": records.documents_intact},
        "records": {"damaged": findings, "damagedCount": records.findings_count},
        "archive": archive_to_json(report),
    })
}

fn archive_to_json(report: &VerifyReport) -> Value {
    let archive = &report.archive;
    let damaged = archive
        .segments
        .iter()
        .filter(|segment| !segment.is_clean())
        .map(|segment| json!({"file": segment.name, "rows": segment.rows, "problems": segment_problems(segment)}));
    json!({
        "segments": archive.segments.len(),
        "rows": archive.segments.iter().map(|segment| segment.rows).sum::<u64>(),
        "damaged": damaged.collect::<Vec<_>>(),
        "problems": archive.findings,
        "leftOverFiles": archive.leftovers,
    })
}

/// A damaged record in words: which it is, and what is wrong with it.
struct Described {
    record: String,
    problem: String,
}

impl Described {
    fn text(&self) -> String {
        format!("{}: {}", self.record, self.problem)
    }

    fn of(finding: &Finding) -> Self {
        let (record, problem) = match finding {
            Finding::Meta { problem } => ("the ledger's own record".to_owned(), problem.clone()),
            Finding::Block { block, fault } => (format!("journal block {block}"), fault.to_string()),
            Finding::Entries { block, entries, first, fault } => {
                let whose = first.as_ref().map_or_else(String::new, |header| {
                    format!(" (of project `{}`, arrived {})", header.project, header.received_at)
                });
                let record = if entries.len() == 1 {
                    format!("journal block {block}, request {}{whose}", entries.start)
                } else {
                    format!(
                        "journal block {block}, requests {} to {}{whose}",
                        entries.start,
                        entries.end.saturating_sub(1)
                    )
                };
                (record, fault.to_string())
            }
            Finding::JournalEnd { last_block, fault } => {
                (format!("the journal after block {last_block}"), fault.to_string())
            }
            Finding::Document { kind_code, kind, id, fault } => {
                let kind = kind.map_or_else(|| format!("of kind {kind_code}"), |kind| kind.to_string());
                (format!("document {kind} `{id}`"), fault.to_string())
            }
            Finding::Archive { problem } => ("the archive".to_owned(), problem.clone()),
            Finding::Manifest(damage) => (damage.part.to_string(), damage.fault.to_string()),
            Finding::Documents { fault } => ("documents that cannot be reached".to_owned(), fault.to_string()),
            Finding::Database { problem } => ("the database beneath the records".to_owned(), problem.clone()),
        };
        Self { record, problem }
    }
}
