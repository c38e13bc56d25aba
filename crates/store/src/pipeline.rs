//! The two threads between a request and its acknowledgement.
//!
//! The *committer* takes every request that arrived while its last commit was in flight and writes them as one
//! journal block, with one synchronised commit for all. The *folder* folds committed blocks into the hot set, in
//! their order, and only then tells the requests that they are done: what was acknowledged is on disk and visible.
//! While one block is folded the next one is being written. When memory is full, the committer waits: requests queue
//! up where their bodies are counted, and are sent away there when they are too many.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use spanstone_model::{BodyKind, EntryHeader, Event};

use crate::StoreError;
use crate::ledger::{EncodedBody, LedgerError, LedgerErrorKind, NewEntry};
use crate::replay::replay;
use crate::store::Shared;

/// How many blocks may be committed and not yet folded.
const BLOCKS_AHEAD: usize = 2;

/// Called once when a request is on disk and visible, or could not be stored.
pub type Done = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A request on its way to the disk.
pub(crate) struct Pending {
    pub(crate) header: EntryHeader,
    pub(crate) body: EncodedBody,
    pub(crate) events: Vec<Event>,
    pub(crate) done: Done,
}

/// The requests of one committed block.
struct Committed {
    block: u64,
    requests: Vec<(EntryHeader, Vec<Event>, Done)>,
}

/// The threads; before they are started there are none, and every request is refused.
#[derive(Debug, Default)]
pub(crate) struct Pipeline {
    sender: Option<Sender<Pending>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pipeline {
    /// Starts the threads. The folder first folds what the journal holds already.
    pub(crate) fn start(shared: &Arc<Shared>, block_bytes_max: usize) -> std::io::Result<Self> {
        let (sender, pending) = channel();
        let (committed_sender, committed) = sync_channel(BLOCKS_AHEAD);
        let end = shared.ledger.next_block();
        let journaled = shared.ledger.first_block()..end;
        let committer = {
            let shared = shared.clone();
            move || commit_all(&shared, &pending, &committed_sender, block_bytes_max)
        };
        let folder = {
            let shared = shared.clone();
            move || {
                if replay(&shared, journaled) {
                    shared.finish_replay();
                    fold_all(&shared, &committed);
                } else {
                    refuse_unfolded(&committed);
                }
            }
        };
        let spawn =
            |name: &str, run: Box<dyn FnOnce() + Send>| std::thread::Builder::new().name(name.to_owned()).spawn(run);
        let threads = vec![spawn("committer", Box::new(committer))?, spawn("folder", Box::new(folder))?];
        Ok(Self { sender: Some(sender), threads })
    }

    /// Hands a request in.
    pub(crate) fn append(&self, pending: Pending) {
        let Some(sender) = &self.sender else { return (pending.done)(Err(StoreError::Stopped)) };
        if let Err(unsent) = sender.send(pending) {
            (unsent.0.done)(Err(StoreError::Stopped));
        }
    }

    /// Lets the threads finish what was handed in, and waits for them.
    pub(crate) fn stop(&mut self) {
        self.sender = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended in a panic");
            }
        }
    }
}

fn commit_all(shared: &Shared, pending: &Receiver<Pending>, committed: &SyncSender<Committed>, block_bytes_max: usize) {
    let mut carried = None;
    while let Some(first) = carried.take().or_else(|| pending.recv().ok()) {
        let mut bytes = first.body.stored().len();
        let mut requests = vec![first];
        while let Ok(next) = pending.try_recv() {
            if bytes + next.body.stored().len() > block_bytes_max {
                carried = Some(next);
                break;
            }
            bytes += next.body.stored().len();
            requests.push(next);
        }
        match shared.room.wait() {
            Ok(()) => commit(shared, requests, committed),
            Err(error) => {
                let error = Arc::new(shared.archive.failure().map_or(error, StoreError::NotSealed));
                for Pending { done, .. } in requests {
                    done(Err(StoreError::NoRoom(error.clone())));
                }
            }
        }
    }
}

/// What is left of a request while its body is on the way to the disk.
type Waiting = (Vec<Event>, Done);

fn commit(shared: &Shared, requests: Vec<Pending>, committed: &SyncSender<Committed>) {
    let split = |Pending { header, body, events, done }: Pending| (NewEntry { header, body }, (events, done));
    let (mut entries, mut waiting): (Vec<NewEntry>, Vec<Waiting>) = requests.into_iter().map(split).unzip();
    let mut outcome = shared.ledger.append_block(&entries);
    // What deletes gives space back, so it may use what is set aside.
    let is_deletion = |entry: &NewEntry| entry.header.kind == BodyKind::Deletion;
    if outcome.as_ref().is_err_and(|error| error.kind() == LedgerErrorKind::Full)
        && entries.iter().any(is_deletion)
        && shared.archive.reserve.release()
    {
        let (deletions, others): (Vec<_>, Vec<_>) =
            entries.into_iter().zip(waiting).partition(|(entry, _)| is_deletion(entry));
        refuse_all(others.into_iter().map(|(_, waiting)| waiting), outcome);
        (entries, waiting) = deletions.into_iter().unzip();
        outcome = shared.ledger.append_block(&entries);
    }
    match outcome {
        Ok(block) => {
            let request = |(entry, (events, done)): (NewEntry, Waiting)| (entry.header, events, done);
            let requests = entries.into_iter().zip(waiting).map(request).collect();
            if let Err(unsent) = committed.send(Committed { block, requests }) {
                unsent.0.requests.into_iter().for_each(|(.., done)| done(Err(StoreError::Stopped)));
            }
        }
        refused => refuse_all(waiting.into_iter(), refused),
    }
}

fn refuse_all(requests: impl Iterator<Item = Waiting>, outcome: Result<u64, LedgerError>) {
    let Err(error) = outcome else { return };
    tracing::error!(%error, "a journal block could not be written");
    let error = Arc::new(error);
    requests.for_each(|(_, done)| done(Err(StoreError::Block(error.clone()))));
}

/// Nothing may be folded behind a gap: what is sealed next would cut the journal behind it, and the gap would be lost.
/// What was committed is on disk, and folded at the next start.
fn refuse_unfolded(committed: &Receiver<Committed>) {
    while let Ok(Committed { requests, .. }) = committed.recv() {
        requests.into_iter().for_each(|(.., done)| done(Err(StoreError::Stopped)));
    }
}

fn fold_all(shared: &Shared, committed: &Receiver<Committed>) {
    while let Ok(Committed { block, requests }) = committed.recv() {
        let mut finished = Vec::with_capacity(requests.len());
        for (index, (header, events, done)) in (0..).zip(requests) {
            shared.fold(&header, (block, index), events);
            finished.push(done);
        }
        shared.end_block(block);
        for done in finished {
            done(Ok(()));
        }
    }
}
