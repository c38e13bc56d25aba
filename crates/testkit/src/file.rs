//! The bytes of one simulated file: what is durable, what a reader sees, and what lies between.

use std::io;

use crate::schedule::{Call, Schedule, error};
use crate::{Fault, Image, Seed};

const SECTOR_BYTES: usize = 512;

/// One file of a simulated disk.
#[derive(Debug, Default)]
pub(crate) struct FileState {
    durable: Image,
    current: Image,
    unsynced: Vec<Unsynced>,
}

#[derive(Debug)]
enum Unsynced {
    Write { offset: usize, data: Vec<u8> },
    SetLen { len: usize },
}

/// How much of what was not synced survives a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Survival {
    Nothing,
    Everything,
    /// Any of the changes, each of them whole.
    Changes,
    /// Any of the changes, and of a write any of its sectors; one of so many is lost.
    Sectors {
        lost_one_in: u64,
    },
}

impl Survival {
    pub(crate) fn choose(seed: &mut Seed) -> Self {
        match seed.below(5) {
            0 => Self::Nothing,
            1 => Self::Everything,
            2 => Self::Changes,
            3 => Self::Sectors { lost_one_in: 2 },
            _ => Self::Sectors { lost_one_in: 8 },
        }
    }

    /// Whether a change that survives whole or not at all does.
    pub(crate) fn keeps(self, seed: &mut Seed) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Changes | Self::Sectors { .. } => seed.one_in(2),
        }
    }
}

impl FileState {
    pub(crate) fn from_image(image: &Image) -> Self {
        Self { durable: image.clone(), current: image.clone(), unsynced: Vec::new() }
    }

    /// The bytes as a reader sees them.
    pub(crate) fn image(&self) -> Image {
        self.current.clone()
    }

    /// The bytes that a power cut leaves.
    pub(crate) fn crash(&self, survival: Survival, seed: &mut Seed) -> Image {
        let mut image = self.durable.clone();
        for change in &self.unsynced {
            match (change, survival) {
                (Unsynced::Write { offset, data }, Survival::Sectors { lost_one_in }) => {
                    tear(&mut image, *offset, data, seed, lost_one_in);
                }
                (Unsynced::Write { offset, data }, _) if survival.keeps(seed) => image.write(*offset, data),
                (Unsynced::SetLen { len }, _) if survival.keeps(seed) => image.set_len(*len),
                (Unsynced::Write { .. } | Unsynced::SetLen { .. }, _) => {}
            }
        }
        image
    }

    /// Flips one bit on the medium.
    pub(crate) fn flip(&mut self, bit: usize) {
        self.durable.flip(bit);
        self.current.flip(bit);
    }

    pub(crate) fn len(&self, schedule: &mut Schedule) -> io::Result<u64> {
        match schedule.enter(Call::Read) {
            Some(fault) => Err(error(fault)),
            None => Ok(self.current.len() as u64),
        }
    }

    pub(crate) fn read_exact_at(&self, schedule: &mut Schedule, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if let Some(fault) = schedule.enter(Call::Read) {
            return Err(error(fault));
        }
        let offset = index(offset)?;
        if offset.checked_add(out.len()).is_none_or(|end| end > self.current.len()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.current.read(offset, out);
        Ok(())
    }

    pub(crate) fn write_all_at(&mut self, schedule: &mut Schedule, offset: u64, data: &[u8]) -> io::Result<()> {
        let offset = index(offset)?;
        match schedule.enter(Call::Change) {
            None => {
                self.change(Unsynced::Write { offset, data: data.to_vec() });
                Ok(())
            }
            Some(Fault::ShortWrite) => {
                self.change(Unsynced::Write { offset, data: data[..data.len() / 2].to_vec() });
                Err(error(Fault::ShortWrite))
            }
            Some(fault) => {
                // The write that power interrupts may have begun.
                if fault == Fault::PowerCut && schedule.is_hit_now() {
                    self.change(Unsynced::Write { offset, data: data.to_vec() });
                }
                Err(error(fault))
            }
        }
    }

    pub(crate) fn set_len(&mut self, schedule: &mut Schedule, len: u64) -> io::Result<()> {
        if let Some(fault) = schedule.enter(Call::Change) {
            return Err(error(fault));
        }
        let len = index(len)?;
        self.change(Unsynced::SetLen { len });
        Ok(())
    }

    pub(crate) fn sync_data(&mut self, schedule: &mut Schedule) -> io::Result<()> {
        if let Some(fault) = schedule.enter(Call::Sync) {
            return Err(error(fault));
        }
        self.durable = self.current.clone();
        self.unsynced.clear();
        Ok(())
    }

    fn change(&mut self, change: Unsynced) {
        match &change {
            Unsynced::Write { offset, data } => self.current.write(*offset, data),
            Unsynced::SetLen { len } => self.current.set_len(*len),
        }
        self.unsynced.push(change);
    }
}

/// Applies each sector of a write, or drops it once in `lost_one_in` times.
fn tear(image: &mut Image, offset: usize, data: &[u8], seed: &mut Seed, lost_one_in: u64) {
    let mut start = 0;
    while start < data.len() {
        let end = data.len().min(start + SECTOR_BYTES - (offset + start) % SECTOR_BYTES);
        if !seed.one_in(lost_one_in) {
            image.write(offset + start, &data[start..end]);
        }
        start = end;
    }
}

fn index(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "beyond memory"))
}
