//! Events written from the values of a request, and checked as the batch would check them.

use crate::langfuse::event::RawEvent;
use crate::langfuse::issue::{Issue, Step, wrong_type};
use crate::lenient_json::{Json, Kind, Object, Scanner, quote_into};

use super::RequestRefusal;

/// A field of a body, and the field of the event's body that it becomes.
pub(super) type Field = (&'static str, &'static str);

pub(super) fn parse(text: &str) -> Result<Json<'_>, RequestRefusal> {
    // Langfuse's server takes an empty body for an empty object.
    let text = if text.is_empty() { "{}" } else { text };
    Json::parse(text).map_err(|_| RequestRefusal { message: "Invalid JSON".to_owned(), issues: Vec::new() })
}

pub(super) fn object(value: Json<'_>) -> Result<Object<'_>, Vec<Issue>> {
    value.object().ok_or_else(|| {
        let message = wrong_type(Kind::Object.as_str(), value.kind().as_str());
        vec![Issue::new("invalid_type", [], message)]
    })
}

/// Checks an event as the batch would. The places of issues are those in the request's body.
pub(super) fn check(event: &str, fields: &[&[Field]]) -> Result<(), Vec<Issue>> {
    let mut raw = RawEvent::default();
    let read = raw.fill(&mut Scanner::new(event));
    debug_assert!(read.is_ok(), "not JSON: {event}");
    let mut issues = match raw.issues() {
        issues if issues.is_empty() => return Ok(()),
        issues => issues,
    };
    for issue in &mut issues {
        if issue.path.first() == Some(&Step::from("body")) {
            issue.path.remove(0);
        }
        for (sent, name) in fields.iter().copied().flatten() {
            if issue.path.first() == Some(&Step::from(*name)) && sent != name {
                issue.path[0] = Step::from(*sent);
            }
        }
    }
    Err(issues)
}

pub(super) fn batch(events: impl IntoIterator<Item = String>) -> Vec<u8> {
    let mut batch = String::from("{\"batch\":[");
    for (place, event) in events.into_iter().enumerate() {
        if place > 0 {
            batch.push(',');
        }
        batch.push_str(&event);
    }
    batch.push_str("]}");
    batch.into_bytes()
}

/// The text of an event that is being written.
pub(super) struct EventText(String);

impl EventText {
    pub(super) fn new(event_type: &str, id: &str, timestamp: &str) -> Self {
        let mut event = Self(String::from("{"));
        event.text_member("id", id);
        event.text_member("type", event_type);
        event.text_member("timestamp", timestamp);
        event.key("body");
        event.0.push('{');
        event
    }

    /// Writes the fields that the body has, as they were written there.
    pub(super) fn members(&mut self, object: &Object<'_>, fields: &[&[Field]]) {
        for (sent, name) in fields.iter().copied().flatten() {
            if let Some(value) = object.get(sent) {
                self.key(name);
                self.0.push_str(value.as_written());
            }
        }
    }

    pub(super) fn new_id(&mut self, id: String) -> String {
        self.text_member("id", &id);
        id
    }

    pub(super) fn text_member(&mut self, key: &str, text: &str) {
        self.key(key);
        quote_into(text, &mut self.0);
    }

    fn key(&mut self, key: &str) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
        quote_into(key, &mut self.0);
        self.0.push(':');
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push_str("}}");
        self.0
    }
}
