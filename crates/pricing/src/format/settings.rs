//! The settings of a tokenizer in their usual form.

use serde_json::{Value, json};

/// Settings that name the model whose vocabulary is used.
pub(super) fn of_model(model: &str) -> String {
    format!(r#"{{"tokenizerModel":{}}}"#, Value::from(model))
}

/// Settings that also say how messages are framed.
pub(super) fn of_chat(model: &str, per_message: i64, per_name: i64) -> String {
    let model = Value::from(model);
    format!(r#"{{"tokenizerModel":{model},"tokensPerMessage":{per_message},"tokensPerName":{per_name}}}"#)
}

/// The words of settings in their usual form.
pub(super) fn words(settings: &str) -> Option<Vec<String>> {
    let value: Value = serde_json::from_str(settings).unwrap_or(json!(null));
    let model = value.get("tokenizerModel")?.as_str()?.to_owned();
    let number = |name: &str| value.get(name).and_then(Value::as_i64);
    let (written, words) = match (number("tokensPerMessage"), number("tokensPerName")) {
        (Some(message), Some(name)) => {
            (of_chat(&model, message, name), vec![model, message.to_string(), name.to_string()])
        }
        _ => (of_model(&model), vec![model]),
    };
    (written == settings).then_some(words)
}
