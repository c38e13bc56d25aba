//! One event of a batch: its envelope, and which kind of body it has.

use std::borrow::Cow;

use spanstone_model::{Change, Event, ObservationType, Stamp, StampKind, Text, Timestamp};

use super::fields::Fields;
use super::issue::{self, Issue, Step, wrong_type};
use super::observation::Shape;
use super::{observation, score, trace};
use crate::lenient_json::{Json, Kind, NotJson, Object, Scanner};
use crate::{Keep, RefusedEvent};

/// An event as it stands in the batch, opened two levels deep.
#[derive(Debug, Default)]
pub(super) struct RawEvent<'a> {
    /// What it is when it is no object.
    not_an_object: Option<Kind>,
    /// Its fields, but for the body.
    envelope: Object<'a>,
    /// What its body is when it is no object.
    body_kind: Option<Kind>,
    /// The fields of its body.
    body: Object<'a>,
}

/// What every kind of body needs from the envelope.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    pub(super) id: &'a str,
    pub(super) timestamp: Timestamp,
}

/// What becomes of an event.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is accepted.
    Accepted(Accepted),
    /// It is accepted and not spoken of: a line of an SDK's log.
    Unlisted,
    /// It is not what it should be.
    Invalid(RefusedEvent),
    /// Its sender may not write such events.
    Denied(RefusedEvent),
}

/// An accepted event.
#[derive(Debug)]
pub(super) struct Accepted {
    /// Whether it updates; then it comes after all that do not.
    pub(super) kind: StampKind,
    /// Its time.
    pub(super) timestamp: Timestamp,
    /// Its id.
    pub(super) id: String,
    /// What it says; nothing when it does not say about what.
    pub(super) event: Option<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EventType {
    Trace,
    Observation(Shape, ObservationType, StampKind),
    Score,
    SdkLog,
    DatasetRunItem,
}

impl EventType {
    fn from_wire(text: &str) -> Option<Self> {
        use ObservationType as Type;
        use StampKind::{Create, Update};
        Some(match text {
            "trace-create" => Self::Trace,
            "score-create" => Self::Score,
            "sdk-log" => Self::SdkLog,
            "dataset-run-item-create" => Self::DatasetRunItem,
            "event-create" => Self::Observation(Shape::Event, Type::Event, Create),
            "span-create" => Self::Observation(Shape::Span, Type::Span, Create),
            "span-update" => Self::Observation(Shape::Span, Type::Span, Update),
            "generation-create" => Self::Observation(Shape::Generation, Type::Generation, Create),
            "generation-update" => Self::Observation(Shape::Generation, Type::Generation, Update),
            "agent-create" => Self::Observation(Shape::Generation, Type::Agent, Create),
            "tool-create" => Self::Observation(Shape::Generation, Type::Tool, Create),
            "chain-create" => Self::Observation(Shape::Generation, Type::Chain, Create),
            "retriever-create" => Self::Observation(Shape::Generation, Type::Retriever, Create),
            "evaluator-create" => Self::Observation(Shape::Generation, Type::Evaluator, Create),
            "embedding-create" => Self::Observation(Shape::Generation, Type::Embedding, Create),
            "guardrail-create" => Self::Observation(Shape::Generation, Type::Guardrail, Create),
            "observation-create" => Self::Observation(Shape::Legacy, Type::Span, Create),
            "observation-update" => Self::Observation(Shape::Legacy, Type::Span, Update),
            _ => return None,
        })
    }

    fn stamp_kind(self) -> StampKind {
        match self {
            Self::Observation(_, _, kind) => kind,
            Self::Trace | Self::Score | Self::SdkLog | Self::DatasetRunItem => StampKind::Create,
        }
    }

    /// Whether a sender that may only write scores may send it.
    fn is_open_to_scores_only(self) -> bool {
        match self {
            Self::Score | Self::SdkLog => true,
            Self::Trace | Self::Observation(..) | Self::DatasetRunItem => false,
        }
    }
}

impl<'a> RawEvent<'a> {
    /// Reads the event that comes next in place of what is here.
    pub(super) fn fill(&mut self, scanner: &mut Scanner<'a>) -> Result<(), NotJson> {
        let Self { not_an_object, envelope, body_kind, body } = self;
        (*not_an_object, *body_kind) = (None, None);
        envelope.clear();
        body.clear();
        if scanner.next_kind() != Some(Kind::Object) {
            *not_an_object = Some(scanner.value()?.kind());
            return Ok(());
        }
        scanner.members(|scanner, key| {
            let key = key.string().unwrap_or_default();
            if key != "body" {
                envelope.push(key, scanner.value()?);
                return Ok(());
            }
            *body_kind = scanner.next_kind();
            body.clear();
            if *body_kind == Some(Kind::Object) { scanner.object_into(body) } else { scanner.value().map(|_| ()) }
        })
    }

    /// Returns what is wrong with the event.
    pub(super) fn issues(&self) -> Vec<Issue> {
        self.read(Keep::Skeleton, &[]).err().unwrap_or_default()
    }

    /// Validates the event and reads what it says.
    pub(super) fn decide(&self, scores_only: bool, keep: Keep, hint_keys: &[Text]) -> Outcome {
        match self.read(keep, hint_keys) {
            Err(issues) => Outcome::Invalid(self.invalid(&issues)),
            Ok((kind, _)) if scores_only && !kind.is_open_to_scores_only() => Outcome::Denied(RefusedEvent {
                id: self.id_text(),
                status: 401,
                message: "Authentication error",
                error: "Access Scope Denied".to_owned(),
            }),
            Ok((EventType::SdkLog, _)) => Outcome::Unlisted,
            Ok((_, accepted)) => Outcome::Accepted(accepted),
        }
    }

    fn read(&self, keep: Keep, hint_keys: &[Text]) -> Result<(EventType, Accepted), Vec<Issue>> {
        let mut issues = Vec::new();
        if let Some(kind) = self.not_an_object {
            return Err(vec![Issue::new("invalid_type", [], wrong_type("object", kind.as_str()))]);
        }
        let kind = self.event_type().map_err(|issue| vec![issue])?;
        let mut fields = Fields::new(&self.envelope, &[], keep, &mut issues);
        let id = fields.required_id("id");
        let timestamp = fields.required_time("timestamp");
        self.check_body(&mut issues);
        let envelope = Envelope {
            id: id.as_deref().unwrap_or_default(),
            // Only used when there are no issues, and then there is one.
            timestamp: timestamp.unwrap_or_default(),
        };
        let mut change = self.change(kind, &envelope, keep, &mut issues);
        if !issues.is_empty() {
            return Err(issues);
        }
        if let Some(Change::Observation(change)) = &mut change
            && !change.usage.is_empty()
        {
            change.price_hints = self.price_hints(hint_keys);
        }
        let accepted = Accepted {
            kind: kind.stamp_kind(),
            timestamp: envelope.timestamp,
            event: change.map(|change| Event { stamp: Stamp::new(envelope.timestamp, kind.stamp_kind()), change }),
            id: id.map(Cow::into_owned).unwrap_or_default(),
        };
        Ok((kind, accepted))
    }

    fn event_type(&self) -> Result<EventType, Issue> {
        let name = self.envelope.get("type").and_then(Json::string);
        let kind = name.as_deref().and_then(EventType::from_wire);
        kind.ok_or_else(|| Issue {
            note: Some("No matching discriminator"),
            ..Issue::new("invalid_union", [Step::from("type")], "Invalid input")
        })
    }

    fn check_body(&self, issues: &mut Vec<Issue>) {
        if self.body_kind != Some(Kind::Object) {
            let received = self.body_kind.map_or("undefined", Kind::as_str);
            issues.push(Issue::new("invalid_type", [Step::from("body")], wrong_type("object", received)));
        }
    }

    fn change(&self, kind: EventType, envelope: &Envelope<'_>, keep: Keep, issues: &mut Vec<Issue>) -> Option<Change> {
        if self.body_kind != Some(Kind::Object) {
            return None;
        }
        let mut fields = Fields::new(&self.body, &["body"], keep, issues);
        match kind {
            EventType::Trace => {
                let change = trace::read(&mut fields, envelope)?;
                Some(Change::Trace(Box::new(change)))
            }
            EventType::Observation(shape, kind, _) => {
                let change = observation::read(&mut fields, shape, kind, envelope)?;
                Some(Change::Observation(Box::new(change)))
            }
            EventType::Score => {
                let change = score::read(&mut fields, envelope)?;
                Some(Change::Score(Box::new(change)))
            }
            EventType::SdkLog => None,
            EventType::DatasetRunItem => {
                fields.object_issue("Dataset run items are not accepted here: use /api/public/dataset-run-items");
                None
            }
        }
    }

    /// Returns the metadata that prices may depend on.
    fn price_hints(&self, keys: &[Text]) -> Vec<(Text, Text)> {
        let metadata = (!keys.is_empty()).then(|| self.body.get("metadata")).flatten().and_then(Json::object);
        let Some(metadata) = metadata else { return Vec::new() };
        let hint = |key: &Text| Some((key.clone(), metadata.get(key)?.primitive_text()?.into()));
        keys.iter().filter_map(hint).collect()
    }

    fn invalid(&self, issues: &[Issue]) -> RefusedEvent {
        RefusedEvent { id: self.id_text(), status: 400, message: "Invalid request data", error: issue::to_text(issues) }
    }

    fn id_text(&self) -> String {
        let id = self.envelope.get("id").and_then(Json::string);
        id.unwrap_or(Cow::Borrowed("unknown")).into_owned()
    }
}
