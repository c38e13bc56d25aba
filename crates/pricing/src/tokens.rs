//! How many tokens a text has, for calls whose client did not say.
//!
//! Owns the choice of a tokenizer and the form in which chats are counted. OpenAI's models are counted with OpenAI's
//! vocabularies, which take a fifth of a second and some ten MiB to load: a [`Counter`] loads what it needs when it needs
//! it. Everything else is estimated by [`estimate`]. Refuses nothing: any text has a count.
//!
//! Each thread that counts keeps another MiB for words it has seen, until it ends.

use serde::Deserialize;
use serde_json::Value;
use spanstone_model::{Text, UsageDetails};
use tiktoken::CoreBpe;

use crate::model::Model;

mod chat;
mod estimate;

pub use estimate::estimate;

/// A vocabulary of OpenAI's. Older models than these are counted with the older of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vocabulary {
    /// `cl100k_base`, from GPT-3.5 to GPT-4 Turbo.
    Cl100k,
    /// `o200k_base`, from GPT-4o on.
    O200k,
}

/// What the names of models that use `o200k_base` begin with.
const O200K: [&str; 9] = ["gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "gpt-oss", "chatgpt-4o", "o1", "o3", "o4"];

/// How a model's tokens are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    /// With a vocabulary; chats with so many more tokens for each message and each name.
    Vocabulary(Vocabulary, Option<Frame>),
    Estimate,
}

/// The tokens that a chat has besides those of its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frame {
    per_message: i64,
    per_name: i64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    tokenizer_model: String,
    tokens_per_message: Option<i64>,
    tokens_per_name: Option<i64>,
}

impl Method {
    /// How tokens of a model are counted, if they are.
    fn of(model: &Model) -> Option<Self> {
        if &**model.tokenizer.as_ref()? != "openai" {
            return Some(Self::Estimate);
        }
        let config = model.tokenizer_config.as_deref().and_then(|config| serde_json::from_str(config).ok());
        let Config { tokenizer_model, tokens_per_message, tokens_per_name } = config.unwrap_or_default();
        let is_new = O200K.iter().any(|prefix| tokenizer_model.starts_with(prefix));
        let vocabulary = if is_new { Vocabulary::O200k } else { Vocabulary::Cl100k };
        let frame = tokens_per_message.zip(tokens_per_name);
        Some(Self::Vocabulary(vocabulary, frame.map(|(per_message, per_name)| Frame { per_message, per_name })))
    }
}

/// Whether tokens of a model can be counted.
#[must_use]
pub fn is_countable(model: &Model) -> bool {
    Method::of(model).is_some()
}

/// Counts tokens, and keeps the vocabularies that it needed for it.
#[derive(Default)]
pub struct Counter {
    cl100k: Option<CoreBpe>,
    o200k: Option<CoreBpe>,
}

impl Counter {
    /// What a call used, by its stored input and output. `None` when the model's tokens cannot be counted, or there are
    /// no texts.
    pub fn usage(&mut self, model: &Model, input: Option<&str>, output: Option<&str>) -> Option<UsageDetails> {
        let method = Method::of(model)?;
        let sides = [("input", input), ("output", output)];
        let counts = sides.into_iter().filter_map(|(side, text)| Some((side, self.count(method, text?))));
        let counts: Vec<(Text, u64)> = counts.map(|(side, count)| (Text::from(side), count)).collect();
        let total = counts.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        (total > 0).then(|| UsageDetails::new(counts).with_total())
    }

    /// Counts a stored text: a string as it is, any other JSON value in compact form.
    fn count(&mut self, method: Method, text: &str) -> u64 {
        let json: Option<Value> = looks_like_json(text).then(|| serde_json::from_str(text).ok()).flatten();
        if let (Method::Vocabulary(vocabulary, Some(frame)), Some(Value::Array(items))) = (method, &json)
            && let Some(messages) = chat::messages(items)
        {
            let bpe = self.vocabulary(vocabulary);
            return chat::count(&messages, frame, |text| tokens(bpe, text));
        }
        // JSON that is a string is its content.
        let text = json.as_ref().and_then(Value::as_str).unwrap_or(text);
        match method {
            Method::Vocabulary(vocabulary, _) => tokens(self.vocabulary(vocabulary), text),
            Method::Estimate => estimate(text),
        }
    }

    fn vocabulary(&mut self, vocabulary: Vocabulary) -> &CoreBpe {
        match vocabulary {
            Vocabulary::Cl100k => self.cl100k.get_or_insert_with(tiktoken::encoding::cl100k_base),
            Vocabulary::O200k => self.o200k.get_or_insert_with(tiktoken::encoding::o200k_base),
        }
    }
}

impl std::fmt::Debug for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (cl100k, o200k) = (self.cl100k.is_some(), self.o200k.is_some());
        f.debug_struct("Counter").field("cl100k", &cl100k).field("o200k", &o200k).finish()
    }
}

fn tokens(bpe: &CoreBpe, text: &str) -> u64 {
    bpe.count_with_special_tokens(text) as u64
}

fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['[', '"'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    fn usage(name: &str, input: Option<&str>, output: Option<&str>) -> Option<Vec<(String, u64)>> {
        let model = builtin::models().iter().find(|model| &*model.name == name).expect("a model of the table");
        let usage = Counter::default().usage(model, input, output)?;
        Some(usage.iter().map(|(name, count)| (name.to_string(), count)).collect())
    }

    fn both(input: u64, output: u64) -> Option<Vec<(String, u64)>> {
        Some(vec![("input".into(), input), ("output".into(), output), ("total".into(), input + output)])
    }

    #[test]
    fn a_text_is_counted_with_the_vocabulary_of_its_model() {
        // 你好世界 is five tokens of cl100k_base and two of o200k_base.
        assert_eq!(usage("gpt-4", Some("hello world"), Some("你好世界")), both(2, 5));
        assert_eq!(usage("gpt-4o", Some("hello world"), Some("你好世界")), both(2, 2));
        assert_eq!(usage("gpt-5", Some("\"hello world\""), Some("a\n\nb<|endoftext|>")), both(2, 4));
    }

    #[test]
    fn a_chat_has_tokens_around_its_messages() {
        let messages =
            r#"[{"role":"user","content":"hello world"},{"role":"assistant","content":"hello","name":"bob"}]"#;
        // (3 + user 1 + 2) + (3 + assistant 1 + hello 1 + bob 1 + 1) + 3
        assert_eq!(usage("gpt-4o", Some(messages), Some("hello")), both(16, 1));
        // Anything else is text, an object with messages as well.
        let object = format!("{{\"messages\":{messages}}}");
        assert_eq!(usage("gpt-4o", Some(&object), Some(r#"[{"role":"user","content":[]}]"#)), both(26, 9));
    }

    #[test]
    fn models_of_others_are_estimated_and_models_without_a_tokenizer_are_not_counted() {
        assert_eq!(usage("claude-opus-5", Some("seven characters make two tokens: 35"), Some("x")), both(11, 1));
        assert_eq!(usage("gemini-2.5-pro", Some("hello"), Some("world")), None);
        assert_eq!(usage("gpt-4o", None, None), None);
        assert_eq!(usage("gpt-4o", Some(""), None), None);
    }
}
