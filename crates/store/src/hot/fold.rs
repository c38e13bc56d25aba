//! What folding further events into a row needs, as bytes beside the sealed row.
//!
//! Owns the format, whose version is in the first byte (see `docs/ON_DISK_FORMAT.md`). Everything is relative to a time
//! of the row, so that a row which one event wrote needs a few bytes. Refuses anything that it did not write.

use spanstone_model::{Stamp, StampKind, Timestamp};

use super::register::{FIELDS_MAX, Writers};

/// The version that is written, in the lower half of the first byte.
const VERSION: u8 = 2;
/// The oldest version that is read: it does not say who first stated what every event says, be it assumed.
const VERSION_OLDEST: u8 = 1;
/// A flag in the first byte: there is a first writer.
const HAS_FIRST: u8 = 0x10;
/// A flag in the first byte: the fields have stamps of their own.
const HAS_EACH: u8 = 0x20;
/// A flag in the first byte: the end as the client gave it is not the row's.
const HAS_END: u8 = 0x40;
/// A flag in the first byte: the fields have one stamp, which is not that of the first writer.
const HAS_BASE: u8 = 0x80;

/// Why bytes are not the state of a fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// They are of a version that is not known.
    #[error("the state of a fold begins with {found:#04x}, which is no version known here")]
    Version {
        /// The first byte.
        found: u8,
    },
    /// The flags in the first byte contradict each other.
    #[error("the state of a fold begins with {found:#04x}, whose flags contradict each other")]
    Flags {
        /// The first byte.
        found: u8,
    },
    /// They end in the middle, or a number in them is too long.
    #[error("the state of a fold is cut short or has an impossible number at byte {at}")]
    Number {
        /// Where the number begins.
        at: usize,
    },
    /// They speak of fields that there are not.
    #[error("the state of a fold speaks of fields {fields:#b}, but there are only {FIELDS_MAX}")]
    Fields {
        /// The fields, a bit for each.
        fields: u64,
    },
    /// Something follows.
    #[error("the state of a fold is followed by {bytes} bytes")]
    Trailing {
        /// How many.
        bytes: usize,
    },
}

/// Writes the state of a fold down. `reference` is a time of the row that is known when it is read again; `end` is the
/// end as the client gave it, unless the row has the same.
pub(super) fn encode(writers: &Writers, reference: Timestamp, end: Option<Timestamp>) -> Box<[u8]> {
    let Some(first) = writers.first else { return Box::new([VERSION]) };
    let mut bytes = vec![VERSION | HAS_FIRST];
    put_signed(&mut bytes, first.number().wrapping_sub(origin(reference)));
    let since_first = |stamp: Stamp| stamp.number().wrapping_sub(first.number());
    if let Some(each) = &writers.each {
        bytes[0] |= HAS_EACH;
        let fields = (0..FIELDS_MAX).filter(|field| each[*field] != Stamp::FIRST);
        put(&mut bytes, fields.clone().map(|field| 1 << field).sum());
        for field in fields {
            put_signed(&mut bytes, since_first(each[field]));
        }
    } else {
        put(&mut bytes, u64::from(writers.touched));
        if writers.touched != 0 && writers.base != first {
            bytes[0] |= HAS_BASE;
            put_signed(&mut bytes, since_first(writers.base));
        }
    }
    if let Some(end) = end {
        bytes[0] |= HAS_END;
        put_signed(&mut bytes, end.micros_since(reference));
    }
    bytes.into_boxed_slice()
}

/// The state of a fold, read.
#[derive(Debug)]
pub(super) struct Fold {
    pub(super) writers: Writers,
    /// The end as the client gave it, unless the row has the same.
    pub(super) end: Option<Timestamp>,
    /// Whether it says who first stated what may also be assumed.
    pub(super) tells_stated: bool,
}

/// Reads what [`encode`] wrote, given the same reference.
///
/// # Errors
/// Says what is wrong with the bytes.
pub(super) fn decode(bytes: &[u8], reference: Timestamp) -> Result<Fold, FoldError> {
    let head = *bytes.first().ok_or(FoldError::Number { at: 0 })?;
    let version = head & 0x0F;
    if !(VERSION_OLDEST..=VERSION).contains(&version) {
        return Err(FoldError::Version { found: head });
    }
    let has = |flag: u8| head & flag != 0;
    let mut rest = Reader { bytes, at: 1 };
    let mut writers = Writers::new();
    if !has(HAS_FIRST) && head != version || has(HAS_EACH) && has(HAS_BASE) {
        return Err(FoldError::Flags { found: head });
    }
    let mut end = None;
    if has(HAS_FIRST) {
        let first = origin(reference).wrapping_add(rest.signed()?);
        writers.first = Some(Stamp::from_number(first));
        let fields = rest.number()?;
        let touched = u32::try_from(fields).ok().filter(|touched| touched >> FIELDS_MAX == 0);
        let touched = touched.ok_or(FoldError::Fields { fields })?;
        if has(HAS_EACH) {
            let mut each = [Stamp::FIRST; FIELDS_MAX];
            for (field, stamp) in each.iter_mut().enumerate() {
                if touched & (1 << field) != 0 {
                    *stamp = Stamp::from_number(first.wrapping_add(rest.signed()?));
                }
            }
            writers.each = Some(Box::new(each));
        } else {
            let base = if has(HAS_BASE) { rest.signed()? } else { 0 };
            writers.touched = touched;
            writers.base = Stamp::from_number(first.wrapping_add(base));
        }
        if has(HAS_END) {
            end = Some(Timestamp::from_micros(reference.micros().wrapping_add(rest.signed()?)));
        }
    }
    match bytes.len() - rest.at {
        0 => Ok(Fold { writers, end, tells_stated: version > VERSION_OLDEST }),
        bytes => Err(FoldError::Trailing { bytes }),
    }
}

fn origin(reference: Timestamp) -> i64 {
    Stamp::new(reference, StampKind::Create).number()
}

/// Appends a number, seven bits to a byte, the lowest first.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Appends a number so that small ones of either sign are short.
fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn number(&mut self) -> Result<u64, FoldError> {
        let refused = FoldError::Number { at: self.at };
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or(refused)?;
            self.at += 1;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                return Err(refused);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(refused)
    }

    fn signed(&mut self) -> Result<i64, FoldError> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use spanstone_model::Patch;

    use super::*;

    fn stamps() -> impl Strategy<Value = Stamp> {
        let near = -20_000..20_000_i64;
        prop_oneof![near, any::<i64>()].prop_map(Stamp::from_number)
    }

    fn writes() -> impl Strategy<Value = Vec<(Stamp, Vec<usize>)>> {
        prop::collection::vec((stamps(), prop::collection::vec(0..FIELDS_MAX, 0..FIELDS_MAX)), 0..4)
    }

    fn written(writes: &[(Stamp, Vec<usize>)]) -> Writers {
        let mut writers = Writers::new();
        for (stamp, fields) in writes {
            writers.claim_first(*stamp);
            for field in fields {
                writers.patch(*field, *stamp, Patch::Set(()), &mut None);
            }
        }
        writers
    }

    fn stamps_of(writers: &Writers) -> (Option<Stamp>, Vec<Stamp>) {
        (writers.first, (0..FIELDS_MAX).map(|field| writers.last(field)).collect())
    }

    proptest! {
        #[test]
        fn what_was_written_down_is_read_back(writes in writes(), reference: i64, end in prop::option::of(any::<i64>())) {
            let writers = written(&writes);
            let reference = Timestamp::from_micros(reference);
            // Without an event there is nothing that could have given an end.
            let end = end.filter(|_| !writes.is_empty()).map(Timestamp::from_micros);
            let bytes = encode(&writers, reference, end);
            let Fold { writers: read, end: read_end, .. } = decode(&bytes, reference).expect("it was encoded here");
            prop_assert_eq!(stamps_of(&read), stamps_of(&writers));
            prop_assert_eq!(read_end, end);
            for cut in 0..bytes.len() {
                prop_assert!(decode(&bytes[..cut], reference).is_err());
            }
            let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
            prop_assert_eq!(decode(&longer, reference).err(), Some(FoldError::Trailing { bytes: 1 }));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), reference: i64) {
            let _ = decode(&bytes, Timestamp::from_micros(reference));
            let versioned: Vec<u8> = bytes.iter().enumerate().map(|(at, byte)| if at == 0 { byte & 0xF0 | VERSION } else { *byte }).collect();
            let _ = decode(&versioned, Timestamp::from_micros(reference));
        }

        #[test]
        fn a_row_that_one_event_wrote_within_four_seconds_takes_seven_bytes(millis in 0..4_000_i64, fields in prop::collection::vec(0..FIELDS_MAX, 0..FIELDS_MAX)) {
            let began = Timestamp::from_millis(1_790_000_000_000);
            let stamp = Stamp::new(Timestamp::from_millis(began.millis() + millis), StampKind::Update);
            prop_assert!(encode(&written(&[(stamp, fields)]), began, None).len() <= 7);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let decode = |bytes: &[u8]| decode(bytes, Timestamp::from_millis(0)).err();
        assert_eq!(decode(&[]), Some(FoldError::Number { at: 0 }));
        assert_eq!(decode(&[VERSION]), None);
        assert_eq!(decode(&[3]), Some(FoldError::Version { found: 3 }));
        assert_eq!(decode(&[VERSION | HAS_EACH]), Some(FoldError::Flags { found: VERSION | HAS_EACH }));
        let both = VERSION | HAS_FIRST | HAS_EACH | HAS_BASE;
        assert_eq!(decode(&[both, 0, 0, 0]), Some(FoldError::Flags { found: both }));
        assert_eq!(
            decode(&[VERSION | HAS_FIRST, 0, 0x80, 0x80, 0x80, 0x08]),
            Some(FoldError::Fields { fields: 1 << 24 })
        );
        let endless = [[VERSION | HAS_FIRST].as_slice(), &[0xFF; 10]].concat();
        assert_eq!(decode(&endless), Some(FoldError::Number { at: 1 }));
    }

    #[test]
    fn the_older_version_does_not_tell_who_stated_what() {
        let tells =
            |version: u8| decode(&[version], Timestamp::from_millis(0)).expect("a version that is read").tells_stated;
        assert_eq!([VERSION_OLDEST, VERSION].map(tells), [false, true]);
    }
}
