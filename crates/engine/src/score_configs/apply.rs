//! Scores that follow a configuration, on their way into the journal.
//!
//! The journal is decoded again at every start, when the configuration may say something else. What it said when the
//! score came is therefore written into the score: its name, its kind, and the number of its label. A score that breaks
//! its configuration is refused and leaves the batch; everything else in it stays byte for byte as it was.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use spanstone_ingest::RefusedEvent;
use spanstone_model::ProjectId;

use super::{ConfigDataType, ScoreConfig, ScoreConfigs};

/// The member that has a score looked at.
const CONFIG_ID: &str = "configId";
/// Where a score keeps the number of its label.
const LABEL_NUMBER: &str = "categoryValue";

const STATUS_INVALID: u16 = 400;

#[derive(Deserialize, Serialize)]
struct Batch<'a> {
    #[serde(borrow)]
    batch: Vec<Cow<'a, RawValue>>,
}

type Members = BTreeMap<String, Box<RawValue>>;

/// What became of a batch.
pub(crate) struct Applied {
    /// The batch to be journaled.
    pub(crate) body: Vec<u8>,
    /// The scores that are not in it any more.
    pub(crate) refused: Vec<RefusedEvent>,
}

impl ScoreConfigs {
    /// Applies the configurations of a project to the scores of a batch that name one.
    ///
    /// What is not the JSON of a batch is left to the decoder, which says what is wrong with it.
    pub(crate) fn apply(&self, project: &ProjectId, body: Vec<u8>) -> Applied {
        if memchr::memmem::find(&body, CONFIG_ID.as_bytes()).is_none() {
            return Applied { body, refused: Vec::new() };
        }
        match self.applied(project, &body) {
            Some((body, refused)) => Applied { body, refused },
            None => Applied { body, refused: Vec::new() },
        }
    }

    /// Nothing when there is nothing to change.
    fn applied(&self, project: &ProjectId, body: &[u8]) -> Option<(Vec<u8>, Vec<RefusedEvent>)> {
        let Batch { batch } = serde_json::from_slice(body).ok()?;
        let tables = self.0.read();
        let configs = tables.get(project).map_or(&[][..], Vec::as_slice);
        let (mut kept, mut refused, mut is_changed) = (Vec::with_capacity(batch.len()), Vec::new(), false);
        for event in batch {
            match event.get().contains(CONFIG_ID).then(|| score(configs, event.get())).flatten() {
                None => kept.push(event),
                Some(Ok(changed)) => {
                    is_changed = true;
                    kept.push(Cow::Owned(changed));
                }
                Some(Err(event)) => {
                    is_changed = true;
                    refused.push(event);
                }
            }
        }
        let body = is_changed.then(|| serde_json::to_vec(&Batch { batch: kept }).ok())??;
        Some((body, refused))
    }
}

/// The event with what its configuration adds to it, or why it breaks that; nothing when it is no score that names
/// one.
fn score(configs: &[ScoreConfig], event: &str) -> Option<Result<Box<RawValue>, RefusedEvent>> {
    let mut event: Members = serde_json::from_str(event).ok()?;
    if text(&event, "type").as_deref() != Some("score-create") {
        return None;
    }
    let mut body: Members = serde_json::from_str(event.get("body")?.get()).ok()?;
    let config_id = text(&body, CONFIG_ID).filter(|id| !id.is_empty())?;
    // The decoder has its own words for a correction that names a configuration.
    if text(&body, "dataType").as_deref() == Some("CORRECTION") {
        return None;
    }
    let config = configs.iter().find(|config| config.id == config_id);
    let followed = match config {
        Some(config) => follow(config, &mut body),
        None => Err((CONFIG_ID, format!("there is no score configuration `{config_id}` in this project"))),
    };
    Some(match followed {
        Ok(()) => {
            event.insert("body".to_owned(), raw(&body)?);
            Ok(raw(&event)?)
        }
        Err((member, message)) => Err(RefusedEvent {
            id: text(&event, "id").unwrap_or_else(|| "unknown".to_owned()),
            status: STATUS_INVALID,
            message: "Invalid request data",
            error: serde_json::json!([{"code": "custom", "path": ["body", member], "message": message}]).to_string(),
        }),
    })
}

/// Checks a score against its configuration, and writes into it what that says.
fn follow(config: &ScoreConfig, body: &mut Members) -> Result<(), (&'static str, String)> {
    let rule = &config.rule;
    let name = &rule.name;
    if config.is_archived {
        return Err((CONFIG_ID, format!("the score configuration `{name}` is archived")));
    }
    let kind = rule.data_type.as_str();
    if let Some(given) = text(body, "dataType").filter(|given| given != kind) {
        return Err(("dataType", format!("the score configuration `{name}` is {kind}, not {given}")));
    }
    let wrong = |expected: &str| ("value", format!("the score configuration `{name}` wants {expected}"));
    match rule.data_type {
        ConfigDataType::Numeric => {
            let number = number(body).ok_or_else(|| wrong("a number"))?;
            let (min, max) = (rule.min_value.unwrap_or(f64::NEG_INFINITY), rule.max_value.unwrap_or(f64::INFINITY));
            if number < min || number > max {
                return Err(wrong(&format!("a number from {min} to {max}")));
            }
        }
        ConfigDataType::Categorical => {
            let label = text(body, "value").ok_or_else(|| wrong("one of its labels"))?;
            let mut categories = rule.categories.iter().flatten();
            let category = categories.find(|category| category.label == label);
            let category = category.ok_or_else(|| wrong(&format!("one of its labels, and has no `{label}`")))?;
            insert(body, LABEL_NUMBER, &category.value);
        }
        ConfigDataType::Boolean => {
            number(body).filter(|it| *it == 0.0 || *it == 1.0).ok_or_else(|| wrong("0 or 1"))?;
        }
        ConfigDataType::Text => {
            text(body, "value").ok_or_else(|| wrong("a text"))?;
        }
    }
    insert(body, "name", name);
    insert(body, "dataType", &kind);
    Ok(())
}

fn text(members: &Members, key: &str) -> Option<String> {
    serde_json::from_str(members.get(key)?.get()).ok()
}

fn number(members: &Members) -> Option<f64> {
    serde_json::from_str(members.get("value")?.get()).ok()
}

fn insert(members: &mut Members, key: &str, value: &impl Serialize) {
    if let Some(value) = raw(value) {
        members.insert(key.to_owned(), value);
    }
}

fn raw(value: &impl Serialize) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(value).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use parking_lot::RwLock;
    use serde_json::{Value as Json, json};
    use spanstone_model::Timestamp;

    use super::super::tests::rule;
    use super::super::{Category, ScoreRule, sound};
    use super::*;

    fn configs() -> ScoreConfigs {
        let config = |id: &str, rule: ScoreRule| ScoreConfig {
            id: id.to_owned(),
            project: ProjectId::from_wire("p"),
            rule: sound(rule).expect("a sound rule"),
            is_archived: id == "old",
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        };
        let labels = vec![Category { label: "good".into(), value: 2.5 }, Category { label: "bad".into(), value: 0.0 }];
        let all = vec![
            config("number", ScoreRule { min_value: Some(0.0), max_value: Some(1.0), ..rule(ConfigDataType::Numeric) }),
            config("label", ScoreRule { categories: Some(labels), ..rule(ConfigDataType::Categorical) }),
            config("flag", rule(ConfigDataType::Boolean)),
            config("old", rule(ConfigDataType::Text)),
        ];
        ScoreConfigs(RwLock::new(HashMap::from([(ProjectId::from_wire("p"), all)])))
    }

    fn applied(body: &Json) -> (Json, Vec<RefusedEvent>) {
        let event = json!({"id": "e", "type": "score-create", "timestamp": "t", "body": body});
        let body = json!({"batch": [event], "metadata": 1}).to_string().into_bytes();
        let Applied { body, refused } = configs().apply(&ProjectId::from_wire("p"), body);
        let mut body: Json = serde_json::from_slice(&body).expect("JSON");
        let score = body.pointer_mut("/batch/0/body").map_or(Json::Null, Json::take);
        (score, refused)
    }

    #[test]
    fn a_score_takes_the_name_and_the_kind_of_its_configuration_and_the_number_of_its_label() {
        let (score, refused) = applied(&json!({"id": "s", "name": "mine", "configId": "label", "value": "good"}));
        assert_eq!(refused, []);
        assert_eq!(
            score,
            json!({"id": "s", "name": "quality (v1.0)", "configId": "label", "value": "good",
                "dataType": "CATEGORICAL", "categoryValue": 2.5})
        );
        let (score, _) = applied(&json!({"id": "s", "name": "mine", "configId": "flag", "value": 1}));
        assert_eq!(score["dataType"], "BOOLEAN");
    }

    #[test]
    fn a_score_that_breaks_its_configuration_is_refused_by_member() {
        for (body, member) in [
            (json!({"configId": "none", "value": 1}), "configId"),
            (json!({"configId": "old", "value": "text"}), "configId"),
            (json!({"configId": "number", "value": 1, "dataType": "BOOLEAN"}), "dataType"),
            (json!({"configId": "number", "value": 1.5}), "value"),
            (json!({"configId": "number", "value": "1"}), "value"),
            (json!({"configId": "label", "value": "fair"}), "value"),
            (json!({"configId": "flag", "value": 2}), "value"),
        ] {
            let (score, refused) = applied(&body);
            assert_eq!(score, Json::Null, "{body} is not in the batch any more");
            let issues: Json = serde_json::from_str(&refused[0].error).expect("issues");
            assert_eq!((refused[0].status, &issues[0]["path"]), (400, &json!(["body", member])), "{body}: {issues}");
        }
    }

    #[test]
    fn what_names_no_configuration_stays_byte_for_byte() {
        for body in [
            r#"{"batch":[{"type":"score-create","body":{"configId":null,"value":12345678901234567890.10}}]}"#,
            r#"{"batch":[{"type":"trace-create","body":{"configId":"number","n":1e999}}]}"#,
            r#"{"batch":[{"type":"score-create","body":{"configId":"none","dataType":"CORRECTION"}}]}"#,
            r#"{"batch":[{"configId":"#,
        ] {
            let applied = configs().apply(&ProjectId::from_wire("p"), body.as_bytes().to_vec());
            assert_eq!((applied.body.as_slice(), applied.refused.len()), (body.as_bytes(), 0));
        }
    }
}
