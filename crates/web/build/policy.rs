//! The content security policy: nothing from elsewhere, no inline script but the page's own import map.

use crate::sha256::{base64, sha256};

const OPEN: &str = "<script type=\"importmap\">";
const CLOSE: &str = "</script>";

/// Returns the declaration of the policy as Rust source.
pub(crate) fn declaration(index: &str) -> Result<String, String> {
    let import_map = import_map(index).ok_or("web/dist/index.html has no import map")?;
    let digest = base64(&sha256(import_map.as_bytes()));
    let policy = [
        "default-src 'self'".to_owned(),
        format!("script-src 'self' 'sha256-{digest}'"),
        "style-src 'self'".to_owned(),
        "img-src 'self' data:".to_owned(),
        "connect-src 'self'".to_owned(),
        "object-src 'none'".to_owned(),
        "base-uri 'none'".to_owned(),
        "form-action 'self'".to_owned(),
        "frame-ancestors 'self'".to_owned(),
    ];
    Ok(format!("const POLICY: &str = {:?};\n", policy.join("; ")))
}

/// The text between the tags, byte for byte: what a browser takes the digest of.
fn import_map(index: &str) -> Option<&str> {
    let (_, rest) = index.split_once(OPEN)?;
    rest.split_once(CLOSE).map(|(map, _)| map)
}
