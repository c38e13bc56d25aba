//! Content types by file name. An unknown ending is an error: a guessed type would be a blank page in the browser.

/// Returns the content type of an asset.
pub(crate) fn of(path: &str) -> Result<&'static str, String> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "html" => Ok("text/html; charset=utf-8"),
        "js" => Ok("text/javascript; charset=utf-8"),
        "css" => Ok("text/css; charset=utf-8"),
        "txt" => Ok("text/plain; charset=utf-8"),
        "svg" => Ok("image/svg+xml"),
        "png" => Ok("image/png"),
        "woff2" => Ok("font/woff2"),
        _ => Err(format!(
            "web/dist/{path} has no known content type: add its ending to crates/web/build/content_type.rs"
        )),
    }
}
