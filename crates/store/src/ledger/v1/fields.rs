//! Little-endian fields in order, without a panic at the end of the bytes.

use super::Corrupt;

/// The rest of a record.
pub(in crate::ledger) struct Fields<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Fields<'a> {
    pub(in crate::ledger) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// What is wrong with the field that was read last, or is about to be.
    pub(in crate::ledger) fn corrupt(&self, what: &'static str) -> Corrupt {
        Corrupt { what, offset: self.offset }
    }

    pub(in crate::ledger) fn take(&mut self, length: usize) -> Result<&'a [u8], Corrupt> {
        let Some((taken, rest)) = self.bytes.split_at_checked(length) else {
            return Err(self.corrupt("the record ends too early"));
        };
        self.bytes = rest;
        self.offset += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(in crate::ledger) fn u8(&mut self) -> Result<u8, Corrupt> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(in crate::ledger) fn u16(&mut self) -> Result<u16, Corrupt> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(in crate::ledger) fn u32(&mut self) -> Result<u32, Corrupt> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(in crate::ledger) fn u64(&mut self) -> Result<u64, Corrupt> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(in crate::ledger) fn i32(&mut self) -> Result<i32, Corrupt> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    pub(in crate::ledger) fn i64(&mut self) -> Result<i64, Corrupt> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// Reads bytes that have only one right value: a magic number, a version, reserved zeros.
    pub(in crate::ledger) fn expect(&mut self, bytes: &[u8], otherwise: &'static str) -> Result<(), Corrupt> {
        let wrong = self.corrupt(otherwise);
        if self.take(bytes.len())? == bytes { Ok(()) } else { Err(wrong) }
    }

    /// Reads a length that fits memory and is at most `max`.
    pub(in crate::ledger) fn length(&mut self, max: usize, otherwise: &'static str) -> Result<usize, Corrupt> {
        let wrong = self.corrupt(otherwise);
        usize::try_from(self.u32()?).ok().filter(|length| *length <= max).ok_or(wrong)
    }

    /// Checks that nothing is left.
    pub(in crate::ledger) fn end(&self) -> Result<(), Corrupt> {
        if self.bytes.is_empty() { Ok(()) } else { Err(self.corrupt("bytes follow the record")) }
    }
}

/// CRC-32 over several slices as if they were one.
pub(in crate::ledger) fn crc(slices: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for slice in slices {
        hasher.update(slice);
    }
    hasher.finalize()
}
