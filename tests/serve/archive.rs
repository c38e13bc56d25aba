//! What is sealed, as an operator meets it: counted, verified, named when damaged, dropped when it is too old.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::binary::{run, spanstone};
use crate::server::Server;
use crate::{exported, verify};

/// The least that there is, so that little needs to be written before something is sealed.
const HOT: (&str, &str) = ("SPANSTONE_HOT_BYTES", "8 MiB");

/// How long the archivist may take for what it has to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server, and the keys of its project.
struct Keyed {
    server: Server,
    keys: (String, String),
}

impl Keyed {
    fn first_start(data_dir: &Path) -> Self {
        let mut server = Server::start(data_dir, &[HOT]);
        server.wait_for("export LANGFUSE_SECRET_KEY");
        let printed = &server.printed;
        let keys = (exported(printed, "LANGFUSE_PUBLIC_KEY"), exported(printed, "LANGFUSE_SECRET_KEY"));
        Self { server, keys }
    }

    fn stats(&self, format: &[&str]) -> (i32, String, String) {
        let (public, secret) = &self.keys;
        let connection = ["--url", &self.server.url, "--public-key", public, "--secret-key", secret];
        run(spanstone(["stats"]).args(connection).args(format))
    }

    fn storage(&self) -> Value {
        let (code, report, error) = self.stats(&["--json"]);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str(&report).expect("it is JSON")
    }

    /// Sends traces of 2026-01, which is long ago, until some are sealed.
    fn write_until_something_is_sealed(&self) {
        let began = Instant::now();
        for batch in 0.. {
            assert!(began.elapsed() < PATIENCE, "nothing is sealed: {}", self.storage());
            if self.storage()["total"]["observations"].as_u64() > Some(0) {
                return;
            }
            let spans: Vec<Value> = (0..1_000).map(|span| span_of(batch, span)).collect();
            let answer = self.server.post("/api/public/ingestion", &self.keys, &json!({ "batch": spans }));
            assert!(answer.starts_with("HTTP/1.1 207"), "{answer}");
        }
    }
}

fn span_of(batch: u32, span: u32) -> Value {
    json!({
        "id": format!("event-{batch}-{span}"), "type": "span-create", "timestamp": "2026-01-12T08:00:00Z",
        "body": {
            "id": format!("span-{batch}-{span}"), "traceId": format!("trace-{batch}-{}", span / 10),
            "name": "step", "startTime": "2026-01-12T08:00:00Z", "input": format!("question {span}")
        }
    })
}

fn sealed_files(data_dir: &Path) -> Vec<PathBuf> {
    // Directories go with their last file.
    let weeks = fs::read_dir(data_dir.join("archive")).into_iter().flatten();
    let files = weeks.flat_map(|week| fs::read_dir(week.expect("a week").path()).expect("a directory"));
    files.map(|file| file.expect("a file").path()).collect()
}

#[test]
fn what_is_sealed_is_counted_and_verified() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let running = Keyed::first_start(dir.path());
    running.write_until_something_is_sealed();
    let (code, table, _) = running.stats(&[]);
    assert_eq!(code, 0);
    assert!(table.contains("2026-W03") && table.contains("not sealed yet"), "{table}");
    let (code, _, error) = run(spanstone(["stats", "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 1);
    assert!(error.contains("has the data directory") && error.contains("stats --url http://127.0.0.1:3000"), "{error}");
    running.server.stop();

    let (code, report, error) = run(spanstone(["stats", "--json", "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 0, "{error}");
    let report: Value = serde_json::from_str(&report).expect("it is JSON");
    let week = &report["projects"][0]["weeks"][0];
    assert_eq!(week["week"], "2026-W03", "{report}");
    assert!(week["observations"].as_u64() >= Some(1_000) && week["fileBytes"].as_u64() > Some(0), "{report}");
    assert_eq!(report["total"]["traces"].as_u64().map(|traces| traces * 10), week["observations"].as_u64());
    assert_eq!(report["files"]["reserveBytes"], 8 << 20, "{report}");

    let (code, checked) = verify(dir.path());
    assert_eq!((code, checked["clean"].as_bool()), (0, Some(true)), "{checked}");
    assert_eq!(checked["archive"]["segments"], report["total"]["segments"], "{checked}");
    let file = sealed_files(dir.path()).remove(0);
    let mut bytes = fs::read(&file).expect("it reads");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).expect("it writes");
    let (code, checked) = verify(dir.path());
    assert_eq!((code, checked["clean"].as_bool()), (1, Some(false)), "{checked}");
    let named = checked["archive"]["damaged"][0]["file"].as_str().unwrap_or_default();
    assert!(!named.is_empty() && file.ends_with(named), "{checked}");
    let (code, text, _) = run(spanstone(["verify", "--data-dir"]).arg(dir.path()));
    assert!(code == 1 && text.contains(&format!("{named}: ")), "{text}");
}

#[test]
fn what_is_older_than_it_may_be_is_dropped_from_the_disk() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let running = Keyed::first_start(dir.path());
    running.write_until_something_is_sealed();
    let Keyed { server, keys } = running;
    server.stop();
    assert!(!sealed_files(dir.path()).is_empty());

    let began = Instant::now();
    let running = Keyed { server: Server::start(dir.path(), &[HOT, ("SPANSTONE_RETENTION_DAYS", "30")]), keys };
    loop {
        let storage = running.storage();
        if storage["archivist"]["droppedSegments"].as_u64() > Some(0) && storage["total"]["segments"] == 0 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "nothing is dropped: {storage}");
    }
    running.server.stop();
    assert_eq!(sealed_files(dir.path()), Vec::<PathBuf>::new());
    let (code, report) = verify(dir.path());
    assert_eq!(code, 0, "{report}");
}
