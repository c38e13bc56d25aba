//! The envelopes of lists.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::query::PageRequest;

/// A page by number.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub(crate) struct Numbered<'a, T> {
    data: &'a [T],
    meta: NumberedMeta,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PageMeta")]
#[serde(rename_all = "camelCase")]
struct NumberedMeta {
    page: u32,
    limit: u32,
    total_items: usize,
    total_pages: usize,
}

/// A page by cursor.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}CursorPage")]
pub(crate) struct Continued<'a, T> {
    data: &'a [T],
    meta: ContinuedMeta,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CursorMeta")]
struct ContinuedMeta {
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// A page by cursor that says how many rows were asked for.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}LimitedPage")]
pub(crate) struct Limited<'a, T> {
    data: &'a [T],
    meta: LimitedMeta,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LimitedMeta")]
struct LimitedMeta {
    limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// A list by page number.
pub(crate) fn numbered<T: Serialize>(rows: &[T], request: PageRequest, total: usize) -> Vec<u8> {
    let PageRequest { page, limit } = request;
    let total_pages = total.div_ceil(limit.max(1) as usize);
    super::bytes(&Numbered { data: rows, meta: NumberedMeta { page, limit, total_items: total, total_pages } })
}

/// A list by cursor. On the last page there is no cursor, not even null.
pub(crate) fn continued<T: Serialize>(rows: &[T], cursor: Option<String>) -> Vec<u8> {
    super::bytes(&Continued { data: rows, meta: ContinuedMeta { cursor } })
}

/// The same, with how many rows were asked for.
pub(crate) fn limited<T: Serialize>(rows: &[T], limit: u32, cursor: Option<String>) -> Vec<u8> {
    super::bytes(&Limited { data: rows, meta: LimitedMeta { limit, cursor } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_by_rounding_up() {
        let text = |total| String::from_utf8(numbered(&[1], PageRequest { page: 2, limit: 50 }, total)).expect("text");
        assert_eq!(text(51), r#"{"data":[1],"meta":{"page":2,"limit":50,"totalItems":51,"totalPages":2}}"#);
        assert_eq!(text(0), r#"{"data":[1],"meta":{"page":2,"limit":50,"totalItems":0,"totalPages":0}}"#);
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        assert_eq!(text(continued(&[1], None)), r#"{"data":[1],"meta":{}}"#);
        assert_eq!(text(limited(&[1], 5, None)), r#"{"data":[1],"meta":{"limit":5}}"#);
        assert_eq!(text(limited(&[1], 5, Some("c".into()))), r#"{"data":[1],"meta":{"limit":5,"cursor":"c"}}"#);
    }
}
