//! Who may name whom: the workspace's own dependency rules, read from `cargo metadata`.
//!
//! The picture is in docs/ARCHITECTURE.md. An edge that is not listed here fails this test; to add one, change the
//! picture first.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

/// Each package of the workspace with the packages of the workspace that it may depend on.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("spanstone", &["engine", "model", "server", "store"]),
    ("spanstone-bench", &["ingest", "model"]),
    ("spanstone-engine", &["ingest", "model", "pricing", "query", "store"]),
    ("spanstone-guard", &[]),
    ("spanstone-ingest", &["model"]),
    ("spanstone-model", &[]),
    ("spanstone-pricing", &["model"]),
    ("spanstone-query", &["model", "store"]),
    ("spanstone-segment", &["guard", "model"]),
    ("spanstone-server", &["engine", "model", "web"]),
    ("spanstone-store", &["guard", "model", "segment"]),
    ("spanstone-testkit", &["guard", "model", "store"]),
    ("spanstone-web", &[]),
];

/// What only some packages may know: async and HTTP stop at the server's door, the command line at the binary's.
const RESERVED: [(&str, &[&str]); 3] =
    [("actix", &["spanstone-server"]), ("tokio", &["spanstone-server"]), ("clap", &["spanstone"])];

/// Edges that tests alone may have: prices are tested on usage as the decoders read it.
const ALLOWED_IN_TESTS: [(&str, &str); 1] = [("spanstone-pricing", "ingest")];

/// Packages that exist for tests and never ship.
const DEV_ONLY: [&str; 1] = ["spanstone-testkit"];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: String,
    to: String,
    is_dev: bool,
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    metadata["packages"].as_array().expect("a list of packages").clone()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn edges(packages: &[Value]) -> BTreeSet<Edge> {
    let mut edges = BTreeSet::new();
    for package in packages {
        for dependency in package["dependencies"].as_array().expect("a list of dependencies") {
            edges.insert(Edge {
                from: text(package, "name").to_owned(),
                to: text(dependency, "name").to_owned(),
                is_dev: text(dependency, "kind") == "dev",
            });
        }
    }
    edges
}

#[test]
fn packages_depend_only_on_what_the_layering_allows() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into();
    for Edge { from, to, is_dev } in edges(&packages()) {
        let Some(short) = to.strip_prefix("spanstone-") else {
            continue;
        };
        let list = allowed
            .get(from.as_str())
            .unwrap_or_else(|| panic!("{from} is new: add it to this test and to docs/ARCHITECTURE.md"));
        let is_in_tests = ALLOWED_IN_TESTS.contains(&(from.as_str(), short));
        let is_test_helper = is_dev && (DEV_ONLY.contains(&to.as_str()) || is_in_tests);
        assert!(list.contains(&short) || is_test_helper, "{from} must not depend on {to}");
    }
}

#[test]
fn what_is_for_tests_does_not_ship() {
    let shipped: Vec<Edge> =
        edges(&packages()).into_iter().filter(|edge| !edge.is_dev && DEV_ONLY.contains(&edge.to.as_str())).collect();
    assert_eq!(shipped, []);
}

#[test]
fn http_and_the_command_line_stay_where_they_belong() {
    for Edge { from, to, is_dev } in edges(&packages()) {
        for (family, owners) in RESERVED {
            let is_of_family =
                to == family || to.starts_with(&format!("{family}-")) || to.starts_with(&format!("{family}_"));
            assert!(
                is_dev || !is_of_family || owners.contains(&from.as_str()),
                "{from} must not depend on {to}: only {owners:?} may"
            );
        }
    }
}

#[test]
fn every_package_inherits_the_lints_and_the_version() {
    for package in packages() {
        let path = text(&package, "manifest_path");
        let manifest = fs::read_to_string(path).expect("the manifest is there");
        let manifest: toml::Table = toml::from_str(&manifest).expect("the manifest is TOML");
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{path}: [lints] workspace");
        for field in ["version", "edition", "rust-version", "license", "publish"] {
            let inherited = manifest["package"][field].get("workspace").and_then(toml::Value::as_bool);
            assert_eq!(inherited, Some(true), "{path}: {field}.workspace");
        }
    }
}

#[test]
fn no_module_has_a_name_that_says_nothing() {
    const SAYS_NOTHING: [&str; 6] = ["common", "core", "utils", "helpers", "types", "manager"];
    let mut directories = vec![env!("CARGO_MANIFEST_DIR").into()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir::<std::path::PathBuf>(directory).expect("a directory of the sources") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            let is_ours = !name.starts_with('.') && !["target", "node_modules", "vendor"].contains(&name);
            if path.is_dir() && is_ours {
                assert!(!SAYS_NOTHING.contains(&name), "{}", path.display());
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                assert!(!SAYS_NOTHING.contains(&name), "{}", path.display());
            }
        }
    }
}
