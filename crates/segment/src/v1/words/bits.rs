//! Numbers as bits: Elias gamma and Rice codes.

/// Bits that are being written, the highest of each byte first.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that fill no byte yet, in the lowest places.
    pending: u64,
    count: u32,
}

impl BitWriter {
    /// Appends the lowest `count` bits of a number, 32 at most.
    pub(super) fn bits(&mut self, number: u64, count: u32) {
        self.pending = (self.pending << count) | (number & low_bits(count));
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            self.bytes.push(low_byte(self.pending >> self.count));
        }
        self.pending &= low_bits(self.count);
    }

    /// As many zeros, and a one.
    fn unary(&mut self, mut zeros: u64) {
        while zeros >= 32 {
            self.bits(0, 32);
            zeros -= 32;
        }
        self.bits(1, u32::try_from(zeros).expect("less than 32") + 1);
    }

    /// A number from 1 on, in Elias gamma code.
    pub(super) fn gamma(&mut self, number: u32) {
        let length = 31 - number.max(1).leading_zeros();
        self.unary(u64::from(length));
        self.bits(u64::from(number), length);
    }

    /// A number in Rice code.
    pub(super) fn rice(&mut self, number: u64, parameter: u32) {
        self.unary(number >> parameter);
        self.bits(number, parameter);
    }

    /// Fills the last byte with zeros.
    pub(super) fn align(&mut self) {
        if self.count > 0 {
            self.bits(0, 8 - self.count);
        }
    }

    /// How many bytes are full.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes, of which the last must be full.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        debug_assert_eq!(self.count, 0, "aligned before");
        self.bytes
    }
}

fn low_bits(count: u32) -> u64 {
    (1_u64 << count) - 1
}

fn low_byte(number: u64) -> u8 {
    u8::try_from(number & 0xff).expect("eight bits")
}

/// Bits that are being read. What is not there is an error, never a panic.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The next bit.
    place: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, place: 0 }
    }

    /// A number of `count` bits, 32 at most.
    pub(super) fn bits(&mut self, count: u32) -> Result<u64, String> {
        let mut number = 0;
        let mut left = count as usize;
        while left > 0 {
            let byte = self.bytes.get(self.place / 8).ok_or_else(|| "bits are missing".to_owned())?;
            let (within, room) = (self.place % 8, 8 - self.place % 8);
            let taken = room.min(left);
            let bits = (u64::from(*byte) & (0xff >> within)) >> (room - taken);
            number = (number << taken) | bits;
            self.place += taken;
            left -= taken;
        }
        Ok(number)
    }

    fn unary(&mut self) -> Result<u64, String> {
        let mut zeros = 0;
        loop {
            let byte = self.bytes.get(self.place / 8).ok_or_else(|| "bits are missing".to_owned())?;
            let within = self.place % 8;
            let rest = byte << within;
            if rest != 0 {
                let here = rest.leading_zeros();
                self.place += here as usize + 1;
                return Ok(zeros + u64::from(here));
            }
            zeros += 8 - within as u64;
            self.place += 8 - within;
        }
    }

    pub(super) fn gamma(&mut self) -> Result<u32, String> {
        let length = self.unary()?;
        let length = u32::try_from(length).ok().filter(|length| *length < 32);
        let length = length.ok_or_else(|| "a number that is too large".to_owned())?;
        let number = (1_u64 << length) | self.bits(length)?;
        u32::try_from(number).map_err(|_| "a number that is too large".to_owned())
    }

    pub(super) fn rice(&mut self, parameter: u32) -> Result<u64, String> {
        let upper = self.unary()?;
        let upper = upper.checked_shl(parameter).filter(|shifted| shifted >> parameter == upper);
        Ok(upper.ok_or_else(|| "a number that is too large".to_owned())? | self.bits(parameter)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_read_back(numbers in prop::collection::vec((0..100_000_u32, 0..20_u32), 0..40)) {
            let mut writer = BitWriter::default();
            for (number, parameter) in &numbers {
                writer.gamma(number + 1);
                writer.rice(u64::from(*number), *parameter);
                writer.bits(u64::from(*number), 17);
            }
            writer.align();
            let bytes = writer.into_bytes();
            let mut reader = BitReader::new(&bytes);
            for (number, parameter) in numbers {
                prop_assert_eq!(reader.gamma(), Ok(number + 1));
                prop_assert_eq!(reader.rice(parameter), Ok(u64::from(number)));
                prop_assert_eq!(reader.bits(17), Ok(u64::from(number)));
            }
        }

        #[test]
        fn no_bytes_make_a_reader_panic(bytes: Vec<u8>, parameter in 0..32_u32) {
            let mut reader = BitReader::new(&bytes);
            while reader.gamma().is_ok() && reader.rice(parameter).is_ok() && reader.bits(32).is_ok() {}
        }
    }
}
