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
    /// Those of them that change something or make it durable.
    changes: u64,
    fault: Option<(Moment, Fault)>,
    /// Whether the call that was counted last is the one that the fault was set for.
    is_hit_now: bool,
}

/// When a call goes wrong.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Call(u64),
    Change(u64),
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
        self.fault = Some((Moment::Call(call), fault));
    }

    pub(crate) fn fail_at_change(&mut self, change: u64, fault: Fault) {
        self.fault = Some((Moment::Change(change), fault));
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    /// Counts a call. Returns the fault that hits it.
    pub(crate) fn enter(&mut self, call: Call) -> Option<Fault> {
        let number = self.calls;
        let change = (call != Call::Read).then_some(self.changes);
        self.calls += 1;
        self.changes += u64::from(change.is_some());
        let (moment, fault) = self.fault?;
        let (is_now, is_over) = match moment {
            Moment::Call(at) => (number == at, number > at),
            Moment::Change(at) => (change == Some(at), self.changes > at + 1 || change.is_none() && self.changes > at),
        };
        self.is_hit_now = is_now;
        let is_hit = match fault {
            Fault::PowerCut => is_now || is_over,
            Fault::Enospc => is_now && call == Call::Change,
            Fault::Eio | Fault::ShortWrite => is_now,
        };
        is_hit.then_some(fault)
    }

    pub(crate) fn is_hit_now(&self) -> bool {
        self.is_hit_now
    }
}

pub(crate) fn error(fault: Fault) -> io::Error {
    match fault {
        Fault::Eio | Fault::ShortWrite => io::Error::other("simulated I/O error"),
        Fault::Enospc => io::Error::new(io::ErrorKind::StorageFull, "simulated full disk"),
        Fault::PowerCut => io::Error::other("simulated power cut"),
    }
}
