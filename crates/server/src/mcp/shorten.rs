//! Answers that fit into an agent's context: long texts are cut, then long lists, and each cut says so.

use serde_json::{Value as Json, json};

/// How long texts may be, tried one after the other until the whole fits.
const TEXT_CHARS: [usize; 4] = [20_000, 4_000, 1_000, 200];

/// The answer as text of at most about `chars_max` characters, no text of it longer than `text_chars_max`.
pub(super) fn fit(mut value: Json, text_chars_max: usize, chars_max: usize) -> String {
    let steps = TEXT_CHARS.into_iter().filter(|chars| *chars < text_chars_max);
    let mut text = String::new();
    for chars in std::iter::once(text_chars_max).chain(steps) {
        cut_texts(&mut value, chars);
        text = pretty(&value);
        if text.len() <= chars_max {
            return text;
        }
    }
    while text.len() > chars_max && halve_longest_list(&mut value) {
        text = pretty(&value);
    }
    text
}

fn pretty(value: &Json) -> String {
    format!("{value:#}")
}

fn cut_texts(value: &mut Json, chars_max: usize) {
    match value {
        Json::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(chars_max) {
                let more = text[end..].chars().count();
                text.truncate(end);
                text.push_str(&format!("… [{more} more characters]"));
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| cut_texts(item, chars_max)),
        Json::Object(members) => members.values_mut().for_each(|member| cut_texts(member, chars_max)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// Halves the longest list that a member of the answer is, and says beside it how many are missing.
fn halve_longest_list(value: &mut Json) -> bool {
    let Json::Object(members) = value else { return false };
    let lists = members.iter().filter_map(|(name, member)| Some((name.clone(), member.as_array()?.len())));
    let Some((name, length)) = lists.max_by_key(|(_, length)| *length).filter(|(_, length)| *length > 1) else {
        return false;
    };
    let kept = length / 2;
    if let Some(list) = members.get_mut(&name).and_then(Json::as_array_mut) {
        list.truncate(kept);
    }
    let key = format!("{name}LeftOut");
    let before = members.get(&key).and_then(Json::as_u64).unwrap_or(0);
    members.insert(key, json!(before + (length - kept) as u64));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_small_stays_as_it_is() {
        let value = json!({"data": [{"name": "ü"}]});
        assert_eq!(fit(value.clone(), 1_000, 1_000), pretty(&value));
    }

    #[test]
    fn long_texts_are_cut_first_and_say_so() {
        let text = fit(json!({"input": "ü".repeat(5_000), "id": "a"}), 1_000, 10_000);
        let value: Json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["input"], format!("{}… [4000 more characters]", "ü".repeat(1_000)));
        assert_eq!(value["id"], "a");
    }

    #[test]
    fn long_lists_are_cut_next_and_say_how_much_is_missing() {
        let rows: Vec<Json> = (0..1_000).map(|id| json!({"id": id})).collect();
        let text = fit(json!({"data": rows}), 1_000, 5_000);
        let value: Json = serde_json::from_str(&text).expect("JSON");
        let kept = value["data"].as_array().expect("a list").len() as u64;
        assert!(text.len() <= 5_000);
        assert_eq!(value["dataLeftOut"], 1_000 - kept);
    }
}
