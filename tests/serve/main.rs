//! The server as an operator meets it: the first start, later ones, refusals, keys, verification.

mod archive;
#[path = "../binary/mod.rs"]
mod binary;
mod server;

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use binary::{run, spanstone};
use serde_json::Value;
use server::Server;

const LEDGER: &str = "ledger.redb";

/// The value of an `export NAME="value"` line.
fn exported(printed: &str, name: &str) -> String {
    let start = format!("export {name}=\"");
    let line = printed.lines().find_map(|line| line.strip_prefix(&start)).expect(name);
    line.trim_end_matches('"').to_owned()
}

fn demo(url: &str, public: &str, secret: &str) -> (i32, String, String) {
    run(&mut spanstone(["demo", "--url", url, "--public-key", public, "--secret-key", secret]))
}

fn verify(data_dir: &Path) -> (i32, Value) {
    let (code, report, error) = run(spanstone(["verify", "--json", "--data-dir"]).arg(data_dir));
    let report = serde_json::from_str(&report).unwrap_or_else(|_| panic!("{code} {report} {error}"));
    (code, report)
}

#[test]
fn the_first_start_shows_what_a_newcomer_needs_and_later_ones_a_line() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let data_dir = dir.path().join("data");
    let server = Server::start(&data_dir, &[]);
    let url = server.url.clone();
    let mode = fs::metadata(&data_dir).expect("it exists").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(run(&mut spanstone(["healthcheck", "--url", &url])).0, 0);
    assert_eq!(run(&mut spanstone(["healthcheck", "--ready", "--url", &url])).0, 0);

    let (code, printed) = server.stop();
    assert_eq!(code, 0);
    let (public, secret) = (exported(&printed, "LANGFUSE_PUBLIC_KEY"), exported(&printed, "LANGFUSE_SECRET_KEY"));
    assert!(public.starts_with("pk-lf-") && secret.starts_with("sk-lf-"), "{printed}");
    assert_eq!(exported(&printed, "LANGFUSE_HOST"), url);
    assert_eq!(exported(&printed, "LANGFUSE_BASE_URL"), url);
    assert!(printed.contains("password  "), "{printed}");

    let server = Server::start(&data_dir, &[]);
    let (code, text, error) = demo(&server.url, &public, &secret);
    assert_eq!(code, 0, "{error}");
    assert_eq!(text.lines().filter(|line| line.contains("/traces/")).count(), 7, "{text}");
    let (_, printed) = server.stop();
    assert_eq!(printed.lines().count(), 1, "{printed}");
}

#[test]
fn a_second_server_on_the_same_directory_is_refused() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let server = Server::start(dir.path(), &[]);
    let (code, _, error) = run(spanstone(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 1);
    assert!(error.contains(&format!("number {}", server.pid())) && error.contains("stop it first"), "{error}");
    let (code, _, error) = run(spanstone(["verify", "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 2, "{error}");
    let (code, _, error) = run(spanstone(["keys", "list", "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 1, "{error}");
}

#[test]
fn a_port_in_use_is_named_and_the_fresh_secrets_are_not_lost() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let (code, printed, error) = run(spanstone(["serve", "--listen", &address, "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 1);
    assert!(error.contains(&format!("cannot listen on {address}")) && error.contains("--listen"), "{error}");
    assert!(exported(&printed, "LANGFUSE_SECRET_KEY").starts_with("sk-lf-"), "{printed}");
    assert!(!printed.contains("listens on"), "{printed}");
}

#[test]
fn langfuse_s_variables_set_the_server_up_and_their_secrets_are_not_repeated() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let variables = [
        ("LANGFUSE_INIT_ORG_ID", "acme"),
        ("LANGFUSE_INIT_PROJECT_ID", "bots"),
        ("LANGFUSE_INIT_PROJECT_NAME", "Bots"),
        ("LANGFUSE_INIT_PROJECT_PUBLIC_KEY", "pk-mine"),
        ("LANGFUSE_INIT_PROJECT_SECRET_KEY", "sk-mine"),
        ("LANGFUSE_INIT_USER_EMAIL", "me@acme.org"),
        ("LANGFUSE_INIT_USER_PASSWORD", "correct horse"),
    ];
    let server = Server::start(dir.path(), &variables);
    let (code, text, error) = demo(&server.url, "pk-mine", "sk-mine");
    assert_eq!(code, 0, "{error}");
    assert!(text.contains("project `Bots`") && text.contains("/project/bots/traces/"), "{text}");
    let (_, printed) = server.stop();
    assert!(!printed.contains("sk-mine") && !printed.contains("correct horse"), "{printed}");
    let (code, _, error) = {
        let server = Server::start(dir.path(), &variables);
        demo(&server.url, "pk-mine", "sk-wrong")
    };
    assert_eq!(code, 1);
    assert!(error.contains("does not know these keys (401)"), "{error}");
}

#[test]
fn keys_are_made_and_revoked_while_the_server_is_stopped() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (_, printed) = Server::start(dir.path(), &[]).stop();
    let first = exported(&printed, "LANGFUSE_PUBLIC_KEY");
    let first_secret = exported(&printed, "LANGFUSE_SECRET_KEY");
    let (code, made, error) = run(spanstone(["keys", "create", "--note", "for a test", "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 0, "{error}");
    let value = |name: &str| {
        let line = made.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        line.trim_matches(['=', '"']).to_owned()
    };
    let (second, second_secret) = (value("LANGFUSE_PUBLIC_KEY"), value("LANGFUSE_SECRET_KEY"));
    let (code, _, error) = run(spanstone(["keys", "revoke", &first, "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 0, "{error}");
    let (code, _, error) = run(spanstone(["keys", "revoke", &first, "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 1);
    assert!(error.contains("there is no key"), "{error}");
    let (code, list, _) = run(spanstone(["keys", "list", "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 0);
    assert!(list.contains(&second) && list.contains("(for a test)") && !list.contains(&first), "{list}");
    assert!(!list.contains(&second_secret), "{list}");

    let server = Server::start(dir.path(), &[]);
    assert_eq!(demo(&server.url, &second, &second_secret).0, 0);
    assert_eq!(demo(&server.url, &first, &first_secret).0, 1);
}

#[test]
fn verify_is_silent_about_a_sound_store_and_names_what_is_damaged() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut server = Server::start(dir.path(), &[]);
    server.wait_for("export LANGFUSE_SECRET_KEY");
    let public = exported(&server.printed, "LANGFUSE_PUBLIC_KEY");
    let secret = exported(&server.printed, "LANGFUSE_SECRET_KEY");
    assert_eq!(demo(&server.url, &public, &secret).0, 0);
    server.stop();
    let before = fs::read(dir.path().join(LEDGER)).expect("it is there");
    let (code, report) = verify(dir.path());
    assert_eq!((code, report["clean"].as_bool()), (0, Some(true)), "{report}");
    assert_eq!(report["journal"]["requestsIntact"], 5, "{report}");
    assert!(before == fs::read(dir.path().join(LEDGER)).expect("it is there"), "verify writes nothing");

    let place = flip_a_bit(&dir.path().join(LEDGER));
    let (code, report) = verify(dir.path());
    assert_eq!((code, report["clean"].as_bool()), (1, Some(false)), "{report}");
    let damaged = report["pages"]["damaged"].as_array().expect("a list");
    assert_eq!(damaged.len(), 1, "{report}");
    assert_eq!(damaged[0]["offset"].as_u64(), Some(place), "{report}");
    assert_eq!(damaged[0]["heals"].as_bool(), Some(true), "{report}");
    let (code, text, _) = run(spanstone(["verify", "--data-dir"]).arg(dir.path()));
    assert_eq!(code, 1);
    assert!(text.contains(&format!("(file offset {place})")), "{text}");
}

/// Flips one bit in the last data page of the first group that holds anything; returns the byte's offset. Where
/// the data pages are: docs/ON_DISK_FORMAT.md, "Layout".
fn flip_a_bit(path: &Path) -> u64 {
    const PAGE: usize = 4_096;
    let mut file = OpenOptions::new().read(true).write(true).open(path).expect("it opens");
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("it reads");
    let data_pages = &bytes[..1_098 * PAGE];
    let last = data_pages.iter().rposition(|byte| *byte != 0).expect("something is stored");
    assert!(last > 74 * PAGE, "it is in a data page");
    let offset = last as u64;
    file.seek(SeekFrom::Start(offset)).expect("it seeks");
    file.write_all(&[bytes[last] ^ 0b100]).expect("it writes");
    offset
}
