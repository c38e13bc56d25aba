//! The web viewer's files, embedded in the binary.
//!
//! `web/dist` is built and committed by whoever edits `web/src`; this crate only carries it. It knows nothing of HTTP:
//! the server decides about status codes and headers, and takes them from here.

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One file of the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Its path below `/assets/`: `trace/tree.js`.
    pub path: &'static str,
    /// The value of its `Content-Type` header.
    pub content_type: &'static str,
    /// The SHA-256 of its bytes in lower-case hex, for its `ETag`.
    pub digest: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

/// The value of the `Content-Security-Policy` header that every page of the viewer is served with: nothing from
/// another origin, and no inline script but the page's import map, which it allows by digest.
pub const CONTENT_SECURITY_POLICY: &str = POLICY;

/// Returns every file, ordered by path.
#[must_use]
pub fn assets() -> &'static [Asset] {
    ASSETS
}

/// Returns the file at a path below `/assets/` (`main.js`), if there is one.
#[must_use]
pub fn asset(path: &str) -> Option<&'static Asset> {
    let index = ASSETS.binary_search_by(|asset| asset.path.cmp(path)).ok()?;
    ASSETS.get(index)
}

/// Returns the page that every address of the viewer is answered with.
#[must_use]
pub fn index() -> &'static Asset {
    asset("index.html").expect("build.rs refuses to build without index.html")
}

/// The build script's own digest, checked here because build scripts have no tests.
#[cfg(test)]
#[path = "../build/sha256.rs"]
mod digest;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_the_page_names_is_embedded() {
        let page = std::str::from_utf8(index().bytes).unwrap();
        let named: Vec<&str> = page.split('"').filter_map(|part| part.strip_prefix("/assets/")).collect();
        let missing: Vec<&&str> = named.iter().filter(|path| asset(path).is_none()).collect();
        assert_eq!(missing, Vec::<&&str>::new());
        assert!(named.contains(&"main.js"), "{named:?}");
    }

    #[test]
    fn an_asset_is_found_by_its_path_and_only_by_it() {
        assert_eq!(asset("main.js").map(|asset| asset.content_type), Some("text/javascript; charset=utf-8"));
        for path in ["", "/main.js", "../index.html", "main.js/", "sources.digest", "nothing.js"] {
            assert_eq!(asset(path), None, "{path}");
        }
    }

    #[test]
    fn assets_are_ordered_and_each_has_a_digest_of_its_own_content() {
        assert!(assets().is_sorted_by(|left, right| left.path < right.path));
        for asset in assets() {
            assert_eq!(asset.digest, digest::hex(&digest::sha256(asset.bytes)), "{}", asset.path);
        }
    }

    #[test]
    fn the_policy_allows_the_import_map_and_no_other_inline_script() {
        let page = std::str::from_utf8(index().bytes).unwrap();
        let (_, rest) = page.split_once("<script type=\"importmap\">").unwrap();
        let (map, after) = rest.split_once("</script>").unwrap();
        let allowed = format!("script-src 'self' 'sha256-{}';", digest::base64(&digest::sha256(map.as_bytes())));
        assert!(CONTENT_SECURITY_POLICY.contains(&allowed), "{CONTENT_SECURITY_POLICY}");
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
        assert!(after.matches("<script").count() == after.matches("<script type=\"module\" src=\"/assets/").count());
    }

    #[test]
    fn no_file_names_another_origin_to_load_from() {
        for asset in assets().iter().filter(|asset| asset.path.ends_with(".css") || asset.path.ends_with(".html")) {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            assert!(!text.contains("http:") && !text.contains("https:"), "{}", asset.path);
        }
    }

    #[test]
    fn sha256_and_base64_agree_with_their_standards() {
        // FIPS 180-4 examples and the lengths around a block's end.
        let of = |bytes: &[u8]| digest::hex(&digest::sha256(bytes));
        assert_eq!(of(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(of(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(
            of(b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        );
        assert_eq!(of(&[b'a'; 1_000_000]), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
        // RFC 4648, section 10.
        let coded: Vec<String> = [&b""[..], b"f", b"fo", b"foo", b"foobar"].map(digest::base64).to_vec();
        assert_eq!(coded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy"]);
    }
}
