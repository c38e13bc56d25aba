//! The viewer's pages and assets, embedded or, while developing, from a directory.
//!
//! Owns caching (an `ETag` per file, checked on every use) and the refusal of everything outside the directory.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, LOCATION,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use crate::context::Context;
use crate::error::{Code, Dialect, FOUND, Failure, NOT_MODIFIED};

/// Where the files come from.
#[derive(Debug, Clone)]
pub(crate) enum StaticFiles {
    /// From the binary.
    Embedded,
    /// From a directory that looks like `web/dist`.
    Directory(PathBuf),
}

/// A file to be served.
struct File {
    content_type: Cow<'static, str>,
    /// Only for embedded files: those of a directory change while one looks.
    digest: Option<&'static str>,
    bytes: Bytes,
}

const INDEX: &str = "index.html";

/// Answers a request for anything that is not an API: assets by their path, the page for every deep link.
pub(crate) fn answer(context: &Context, request: &HttpRequest, path: &str) -> HttpResponse {
    if *request.method() != Method::GET && *request.method() != Method::HEAD {
        return Failure::method_not_allowed().render(Dialect::Own, String::new);
    }
    if let Some(trace) = path.strip_prefix("/trace/") {
        return to_project(context, trace);
    }
    let is_page = matches!(path, "/" | "/sign-in") || path.starts_with("/project/");
    let file = match path.strip_prefix("/assets/") {
        Some(asset) => context.static_files.file(asset),
        None if is_page => context.static_files.file(INDEX),
        None if matches!(path, "/favicon.ico" | "/icon.svg") => context.static_files.file("icon.svg"),
        None => None,
    };
    match file {
        Some(file) => serve(file, request, is_page),
        None => Failure::new(Code::NotFound, format!("there is no `{path}` here")).render(Dialect::Own, String::new),
    }
}

/// Links that old SDKs print name a trace without its project: they lead to the oldest project.
fn to_project(context: &Context, trace: &str) -> HttpResponse {
    let Some(project) = context.engine.projects().into_iter().next() else {
        return Failure::new(Code::NotFound, "there is no project yet").render(Dialect::Own, String::new);
    };
    let project = percent_encoding::utf8_percent_encode(project.id.as_str(), crate::path::SEGMENT);
    let mut answer = HttpResponse::build(FOUND);
    answer.insert_header((LOCATION, format!("/project/{project}/traces/{trace}")));
    answer.finish()
}

fn serve(file: File, request: &HttpRequest, is_page: bool) -> HttpResponse {
    let etag = file.digest.map(|digest| format!("\"{digest}\""));
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = etag.as_deref().is_some_and(|etag| known.is_some_and(|known| known.contains(etag)));
    let mut answer = if unchanged { HttpResponse::build(NOT_MODIFIED) } else { HttpResponse::Ok() };
    answer.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache")));
    if is_page {
        answer.insert_header((CONTENT_SECURITY_POLICY, spanstone_web::CONTENT_SECURITY_POLICY));
    }
    if let Some(etag) = etag {
        answer.insert_header((ETAG, etag));
    }
    if unchanged {
        return answer.finish();
    }
    answer.insert_header((CONTENT_TYPE, file.content_type.as_ref()));
    answer.body(file.bytes)
}

impl StaticFiles {
    fn file(&self, path: &str) -> Option<File> {
        match self {
            Self::Embedded => spanstone_web::asset(path).map(|asset| File {
                content_type: Cow::Borrowed(asset.content_type),
                digest: Some(asset.digest),
                bytes: Bytes::from_static(asset.bytes),
            }),
            Self::Directory(root) => {
                let path = inside(root, path)?;
                let bytes = std::fs::read(&path).ok()?;
                let content_type = Cow::Borrowed(content_type(&path));
                Some(File { content_type, digest: None, bytes: bytes.into() })
            }
        }
    }
}

/// The path of a file in the directory; nothing for a path that leads out of it, by `..` or by a link.
fn inside(root: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain || path.is_empty() {
        return None;
    }
    let (root, found) = (root.canonicalize().ok()?, root.join(relative).canonicalize().ok()?);
    found.starts_with(root).then_some(found)
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "map") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_directory_is_served() {
        let outer = tempfile::tempdir().expect("a directory");
        let root = outer.path().join("dist");
        std::fs::create_dir_all(root.join("api")).expect("a directory");
        std::fs::write(root.join("api/client.js"), "inside").expect("a file");
        std::fs::write(outer.path().join("secret"), "outside").expect("a file");
        std::os::unix::fs::symlink(outer.path().join("secret"), root.join("link")).expect("a link");
        assert!(inside(&root, "api/client.js").is_some());
        for path in ["../secret", "api/../../secret", "/etc/passwd", "", "link", "missing", "..", "./x"] {
            assert_eq!(inside(&root, path), None, "{path}");
        }
    }

    #[test]
    fn the_page_is_embedded() {
        let page = StaticFiles::Embedded.file(INDEX).expect("the page");
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        assert!(StaticFiles::Embedded.file("../Cargo.toml").is_none());
    }
}
