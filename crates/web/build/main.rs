//! Turns `web/dist` into a table of assets in the binary, and tells when it is older than the sources in `web/`.
//!
//! It runs no Node and needs no crate: a machine with nothing but cargo builds the full viewer. A missing page is an
//! error, never an empty viewer.

#![expect(clippy::print_stdout, reason = "cargo reads a build script's instructions from its standard output")]

mod content_type;
mod policy;
mod sha256;
mod sources;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha256::{hex, sha256};

fn main() {
    if let Err(problem) = build() {
        println!("cargo::error={problem}");
    }
}

fn build() -> Result<(), String> {
    let web = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../../web");
    let dist = web.join("dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-env-changed=CI");
    let index = fs::read_to_string(dist.join("index.html")).map_err(|error| {
        format!(
            "the web viewer is missing: {}: {error}. Restore web/dist from git, or run `npm ci && npm run build` in web/",
            dist.join("index.html").display()
        )
    })?;
    report_staleness(&web, &dist)?;
    let table = asset_table(&dist)? + &policy::declaration(&index)?;
    let output = PathBuf::from(variable("OUT_DIR")?).join("assets.rs");
    fs::write(&output, table).map_err(|error| format!("{}: {error}", output.display()))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}

/// Compares the digest that the last build of `dist` left with that of the sources as they are now: a difference is
/// a warning on a developer's machine and an error where `CI` is `true`.
fn report_staleness(web: &Path, dist: &Path) -> Result<(), String> {
    let Some(sources) = sources::Sources::find(web)? else {
        return Ok(());
    };
    for path in sources.watched() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let built_from = fs::read_to_string(dist.join("sources.digest")).unwrap_or_default();
    if built_from.trim() == sources.digest()? {
        return Ok(());
    }
    let message = "web/dist is older than its sources: run `npm ci && npm run build` in web/ and commit web/dist";
    if env::var("CI").is_ok_and(|value| value == "true") {
        return Err(message.to_owned());
    }
    println!("cargo::warning={message}");
    Ok(())
}

/// Files of `dist` that only builds read.
const NOT_SERVED: [&str; 1] = ["sources.digest"];

fn asset_table(dist: &Path) -> Result<String, String> {
    let mut paths = sources::files_below(dist, "")?;
    paths.retain(|path| !NOT_SERVED.contains(&path.as_str()));
    paths.sort();
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for path in &paths {
        let file = dist.join(path);
        let file = file.canonicalize().map_err(|error| format!("{}: {error}", file.display()))?;
        let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let content_type = content_type::of(path)?;
        let digest = hex(&sha256(&bytes));
        writeln!(
            table,
            "    Asset {{ path: {path:?}, content_type: {content_type:?}, digest: {digest:?}, bytes: include_bytes!({file:?}) }},"
        )
        .map_err(|error| error.to_string())?;
    }
    table.push_str("];\n");
    Ok(table)
}
