//! The digest of everything `web/dist` is made from, as `web/scripts/sources.mjs` computes it: keep the two in step.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sha256::{hex, sha256};

const FILES: [&str; 4] = ["index.html", "package-lock.json", "package.json", "tsconfig.json"];
const FOLDERS: [&str; 2] = ["scripts", "src"];

/// The sources of the viewer.
pub(crate) struct Sources {
    web: PathBuf,
    /// Below `web`, with `/` between their parts, in order of their bytes.
    paths: Vec<String>,
}

impl Sources {
    /// Finds the sources below `web`; none when only `dist` was shipped.
    pub(crate) fn find(web: &Path) -> Result<Option<Self>, String> {
        if !web.join("src").is_dir() {
            return Ok(None);
        }
        let mut paths: Vec<String> = FILES.iter().map(|&file| file.to_owned()).collect();
        for folder in FOLDERS {
            paths.extend(files_below(web, folder)?);
        }
        paths.sort();
        Ok(Some(Self { web: web.to_owned(), paths }))
    }

    /// Returns what cargo should watch.
    pub(crate) fn watched(&self) -> impl Iterator<Item = PathBuf> {
        FILES.iter().chain(&FOLDERS).map(|name| self.web.join(name))
    }

    /// Returns the SHA-256, in hex, over path, length and bytes of every source.
    pub(crate) fn digest(&self) -> Result<String, String> {
        let mut all = Vec::new();
        for path in &self.paths {
            let file = self.web.join(path);
            let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            all.extend_from_slice(format!("{path}\0{}\0", bytes.len()).as_bytes());
            all.extend_from_slice(&bytes);
        }
        Ok(hex(&sha256(&all)))
    }
}

/// Returns the paths of all files in a folder below `root`, with `/` between their parts.
pub(crate) fn files_below(root: &Path, folder: &str) -> Result<Vec<String>, String> {
    let place = root.join(folder);
    let problem = |error: std::io::Error| format!("{}: {error}", place.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(&place).map_err(problem)? {
        let entry = entry.map_err(problem)?;
        let name = entry.file_name();
        let name = name.to_str().ok_or_else(|| format!("{}: a file name that is not UTF-8", place.display()))?;
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        if entry.file_type().map_err(problem)?.is_dir() {
            paths.extend(files_below(root, &path)?);
        } else {
            paths.push(path);
        }
    }
    Ok(paths)
}
