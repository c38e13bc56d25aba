//! Ids, times, integers and strings in the spellings that JSON clients have for them.

use std::borrow::Cow;

use crate::lenient_json::Json;
use crate::otlp::value::{Value, whole};
use crate::otlp::wire::hex;

/// What stands in the place of an id.
pub(super) enum Id<'a> {
    Is(Cow<'a, str>),
    Absent,
    Broken,
}

impl<'a> Id<'a> {
    /// The id; where there is none, an empty one, and the reason why.
    pub(super) fn required(self, [absent, broken]: [&'static str; 2], reasons: &mut Vec<&'static str>) -> Cow<'a, str> {
        match self {
            Self::Is(id) => return id,
            Self::Absent => reasons.push(absent),
            Self::Broken => reasons.push(broken),
        }
        Cow::default()
    }
}

/// An id: a string is taken as it is, bytes are written as hexadecimal digits. Bytes come as a list, or as what
/// Node.js makes of a buffer: `{"type": "Buffer", "data": […]}`.
pub(super) fn id(value: Json<'_>) -> Id<'_> {
    if let Some(id) = value.string() {
        return Id::Is(id);
    }
    if value.is_null() {
        return Id::Absent;
    }
    let buffer = value.object().filter(|buffer| {
        let kind = buffer.get("type").and_then(Json::string);
        kind.as_deref() == Some("Buffer")
    });
    let list = buffer.map_or(Some(value), |buffer| buffer.get("data")).and_then(Json::array);
    let byte = |value: Json<'_>| value.safe_integer().and_then(|int| u8::try_from(int).ok());
    let bytes = list.and_then(|list| list.into_iter().map(byte).collect::<Option<Vec<u8>>>());
    bytes.map_or(Id::Broken, |bytes| Id::Is(Cow::Owned(hex(&bytes))))
}

/// Nanoseconds as a decimal string, a number, or two halves of 32 bits; zero means that there are none.
pub(super) fn nanos(value: Json<'_>) -> Option<u64> {
    let nanos = match value.object() {
        Some(halves) => {
            // JavaScript's Long keeps its halves as signed numbers.
            let half = |key| halves.get(key)?.safe_integer().map(|half| half.cast_unsigned() & 0xffff_ffff);
            half("high")? << 32 | half("low")?
        }
        None => unsigned(value)?,
    };
    Some(nanos).filter(|nanos| *nanos > 0)
}

/// An integer as a decimal string or as a number, of which past JavaScript's integers the nearest is taken.
pub(super) fn unsigned(value: Json<'_>) -> Option<u64> {
    if let Some(digits) = value.string() {
        return digits.parse().ok();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from a float is held within the range of the integer"
    )]
    let nearest = || value.number().filter(|number| *number >= 0.0).map(|number| number as u64);
    value.as_written().parse().ok().or_else(nearest)
}

/// An integer spelled as a string, a number, or a float that is whole; what is none of these stays what it is.
pub(super) fn int_or_itself(value: Json<'_>) -> Value<'_> {
    let value = Value::from_plain_json(value);
    let int = value.as_str().and_then(|digits| digits.parse().ok());
    int.or_else(|| value.as_number().and_then(whole)).map_or(value, Value::Int)
}

/// A string field; a number or a truth in its place is written out.
pub(super) fn string(value: Json<'_>) -> Cow<'_, str> {
    if value.is_null() { Cow::default() } else { value.stored_text() }
}
