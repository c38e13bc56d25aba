//! The batch of `POST /api/public/ingestion`: its shape, and the order in which its events apply.

use spanstone_model::{EntryHeader, Limits, Text};

use super::event::{Accepted, Outcome, RawEvent};
use super::issue::wrong_type;
use crate::lenient_json::{Kind, NotJson, Scanner};
use crate::{Decoded, Keep, Refusal, RefusedEvent};

/// Reads a batch in one pass over its text, deciding each event as it goes by.
pub(super) struct BatchReader<'h, 'a> {
    header: &'h EntryHeader,
    keep: Keep,
    events_max: usize,
    hint_keys: &'h [Text],
    /// The event at hand; kept to be filled again.
    event: RawEvent<'a>,
    accepted: Vec<Accepted>,
    invalid: Vec<RefusedEvent>,
    denied: Vec<RefusedEvent>,
}

impl From<NotJson> for Refusal {
    fn from(NotJson: NotJson) -> Self {
        Self::InvalidJson
    }
}

impl<'h, 'a> BatchReader<'h, 'a> {
    pub(super) fn new(header: &'h EntryHeader, keep: Keep, limits: &Limits, hint_keys: &'h [Text]) -> Self {
        Self {
            header,
            keep,
            events_max: limits.batch_events_max,
            hint_keys,
            event: RawEvent::default(),
            accepted: Vec::new(),
            invalid: Vec::new(),
            denied: Vec::new(),
        }
    }

    pub(super) fn read(mut self, text: &'a str) -> Result<Decoded, Refusal> {
        // Langfuse's server takes an empty body for an empty object.
        if text.is_empty() {
            return Err(wrong_shape("array", None));
        }
        let mut scanner = Scanner::new(text);
        if scanner.next_kind() != Some(Kind::Object) {
            let kind = scanner.value()?.kind();
            scanner.end()?;
            return Err(wrong_shape("object", Some(kind)));
        }
        let mut batch_kind = None;
        scanner.members(|scanner, key| {
            if key.string().as_deref() != Some("batch") {
                scanner.value()?;
                return Ok(());
            }
            batch_kind = scanner.next_kind();
            self.batch(scanner)
        })?;
        scanner.end()?;
        if batch_kind != Some(Kind::Array) {
            return Err(wrong_shape("array", batch_kind));
        }
        Ok(self.finish())
    }

    /// Reads the batch; of two the last one counts.
    fn batch(&mut self, scanner: &mut Scanner<'a>) -> Result<(), Refusal> {
        self.accepted.clear();
        self.invalid.clear();
        self.denied.clear();
        if scanner.next_kind() != Some(Kind::Array) {
            scanner.value()?;
            return Ok(());
        }
        let mut count = 0;
        scanner.elements(|scanner| {
            count += 1;
            if count > self.events_max {
                return Err(Refusal::TooManyEvents { max: self.events_max });
            }
            self.event(scanner)?;
            Ok(())
        })
    }

    fn event(&mut self, scanner: &mut Scanner<'a>) -> Result<(), NotJson> {
        self.event.fill(scanner)?;
        match self.event.decide(self.header.scores_only, self.keep, self.hint_keys) {
            Outcome::Accepted(accepted) => self.accepted.push(accepted),
            Outcome::Unlisted => {}
            Outcome::Invalid(refused) => self.invalid.push(refused),
            Outcome::Denied(refused) => self.denied.push(refused),
        }
        Ok(())
    }

    /// Creations apply before updates, both by time, and then in the order in which they were sent.
    fn finish(mut self) -> Decoded {
        self.accepted.sort_by_key(|accepted| (accepted.kind, accepted.timestamp.millis()));
        let mut decoded = Decoded { refused: self.invalid, ..Decoded::default() };
        decoded.refused.append(&mut self.denied);
        decoded.accepted.reserve_exact(self.accepted.len());
        decoded.events.reserve_exact(self.accepted.len());
        for accepted in self.accepted {
            decoded.accepted.push(accepted.id);
            decoded.events.extend(accepted.event);
        }
        decoded
    }
}

fn wrong_shape(expected: &str, received: Option<Kind>) -> Refusal {
    let received = received.map_or("undefined", Kind::as_str);
    Refusal::InvalidShape { errors: vec![wrong_type(expected, received)] }
}
