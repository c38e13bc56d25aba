//! The protobuf wire format: fields of a message, without a schema.
//!
//! Owns varints, lengths and the refusal of bytes that are no message. Every piece borrows from the body, and a
//! string is made valid UTF-8 here: a broken one costs its broken bytes, not the request.

use std::borrow::Cow;

/// The bytes are not a protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WireError;

/// The content of a field, as far as the wire tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// The fields of a message, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The number and content of the next field; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.chunk()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| WireError)?;
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Fixed32(u32::from_le_bytes(self.chunk()?)),
            // 3 and 4 delimit groups, which no version of OTLP has; 6 and 7 do not exist.
            _ => return Err(WireError),
        };
        match tag >> 3 {
            0 => Err(WireError),
            number => Ok(Some((number, field))),
        }
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0;
        for (place, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[place + 1..];
                return Ok(value);
            }
        }
        Err(WireError)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(WireError)?;
        self.rest = rest;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (chunk, rest) = self.rest.split_first_chunk().ok_or(WireError)?;
        self.rest = rest;
        Ok(*chunk)
    }
}

/// A string field: valid UTF-8 as it is, anything else with U+FFFD in place of what is not.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    // The plain check goes through long texts several times faster than the repair, which is rarely needed.
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// Bytes as lower-case hexadecimal digits: how an id of bytes is written.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        digits.push(char::from(DIGITS[usize::from(byte >> 4)]));
        digits.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_come_in_order_with_their_numbers() {
        let message = [0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x1d, 1, 0, 0, 0, 0x21, 2, 0, 0, 0, 0, 0, 0, 0];
        let mut fields = Fields::new(&message);
        for expected in
            [(1, Field::Varint(150)), (2, Field::Bytes(b"hi")), (3, Field::Fixed32(1)), (4, Field::Fixed64(2))]
        {
            assert_eq!(fields.next(), Ok(Some(expected)));
        }
        assert_eq!(fields.next(), Ok(None));
    }

    #[test]
    fn what_is_cut_or_unknown_is_refused() {
        for message in [
            &[0x08][..],
            &[0x12, 0x05, b'h'],
            &[0x21, 0, 0],
            &[0x0b, 0x0c],
            &[0x0e],
            &[0x00, 0x00],
            &[0xff; 11],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        ] {
            let mut fields = Fields::new(message);
            assert_eq!(fields.next(), Err(WireError), "{message:?}");
        }
    }

    #[test]
    fn broken_utf8_costs_its_bytes_only() {
        assert_eq!(text(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(hex(&[0x00, 0xaf, 0x10]), "00af10");
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes: Vec<u8>) {
            let mut fields = Fields::new(&bytes);
            let mut count = 0;
            while let Ok(Some(_)) = fields.next() {
                count += 1;
            }
            prop_assert!(count <= bytes.len());
        }
    }
}
