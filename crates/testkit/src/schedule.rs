//! When a simulated disk goes wrong, and how.

use std::io;

/// What the disk does when its time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails with an I/O error, once.
    Eio,
    /// The call fails because the disk is full, once; only calls that write or extend do.
    Enospc,
    /// Half of a write arrives, then it fails, once; other calls fail with an I/O error.
    ShortWrite,
    /// Power is cut: this call and all after it fail, and what was not synced is at the mercy of
    /// [`SimulatedDisk::crash`](crate::SimulatedDisk::crash).
    PowerCut,
}

/// The calls so far, and the one that is to go wrong.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    calls: u64,
    fault: Option<(u64, Fault)>,
}

/// What a call does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// It changes nothing.
    Read,
    /// It changes something, which may take space.
    Change,
    /// It makes changes durable.
    Sync,
}

impl Schedule {
    pub(crate) fn fail_at(&mut self, call: u64, fault: Fault) {
        self.fault = Some((call, fault));
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    /// Counts a call. Returns the fault that hits it.
    pub(crate) fn enter(&mut self, call: Call) -> Option<Fault> {
        let number = self.calls;
        self.calls += 1;
        let (at, fault) = self.fault?;
        let hit = match fault {
            Fault::PowerCut => number >= at,
            Fault::Enospc => number == at && call == Call::Change,
            Fault::Eio | Fault::ShortWrite => number == at,
        };
        hit.then_some(fault)
    }

    /// Whether the call that was counted last is the one that the fault was set for.
    pub(crate) fn is_hit_now(&self) -> bool {
        self.fault.is_some_and(|(at, _)| at + 1 == self.calls)
    }
}

pub(crate) fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::Eio | Fault::ShortWrite => io::Error::other("simulated I/O error"),
        Fault::Enospc => io::Error::new(io::ErrorKind::StorageFull, "simulated full disk"),
        Fault::PowerCut => io::Error::other("simulated power cut"),
    }
}
