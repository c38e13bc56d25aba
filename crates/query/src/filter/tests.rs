//! What conditions mean.

use spanstone_model::Text;

use super::*;

#[test]
fn a_missing_value_matches_only_is_null() {
    let missing = Value::Text(None);
    for test in [
        Test::Text(TextMatch::DoesNotContain, "x".into()),
        Test::NoneOf(vec!["x".into()]),
        Test::AnyOf(vec!["x".into()]),
        Test::IsNotNull,
    ] {
        assert!(!test.holds(missing), "{test:?}");
    }
    assert!(Test::IsNull.holds(missing));
    assert!(!Test::Number(Comparison::NotEqual, 1.0).holds(Value::Number(None)));
}

#[test]
fn lists_are_asked_for_any_all_or_none() {
    let tags: Vec<Text> = vec!["a".into(), "b".into()];
    let list = Value::List(&tags);
    let options = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert!(Test::AllOf(options(&["a", "b"])).holds(list) && !Test::AllOf(options(&["a", "c"])).holds(list));
    assert!(Test::AnyOf(options(&["c", "b"])).holds(list) && !Test::AnyOf(options(&["c"])).holds(list));
    assert!(Test::NoneOf(options(&["c"])).holds(list) && !Test::NoneOf(options(&["a"])).holds(list));
    assert!(Test::AllOf(vec![]).holds(list) && Test::NoneOf(vec![]).holds(list));
}

#[test]
fn metadata_is_compared_with_what_is_shown_of_it() {
    let at = |stored: &str, test: Test| {
        Test::At("plan".into(), Box::new(test)).holds(Value::Members(&[(Text::from("plan"), Text::from(stored))]))
    };
    let equals = |stored: &str, wanted: &str| at(stored, Test::Text(TextMatch::Equals, wanted.into()));
    assert!(equals("premium", "premium") && equals(r#""premium""#, "premium"));
    assert!(!equals(r#""premium""#, r#""premium""#), "the quotes are not shown");
    assert!(equals(" \"caf\\u00e9 \\ud83e\\udd80\\n\" ", "café 🦀\n"));
    assert!(equals(r#""""#, "") && equals(r#"""#, r#"""#) && equals("", ""));
    assert!(equals(r#""a" or "b""#, r#""a" or "b""#), "no JSON");
    assert!(equals("7", "7") && equals(r#"{"a":"b"}"#, r#"{"a":"b"}"#), "other JSON as it is written");
    assert!(at(r#""half \ud83e""#, Test::Text(TextMatch::StartsWith, "half ".into())));
    assert!(at(r#""premium""#, Test::NoneOf(vec!["free".into()])));
    assert!(!at(r#""premium""#, Test::NoneOf(vec!["premium".into()])));
}

#[test]
fn an_advanced_condition_takes_over_the_simple_ones_on_its_column() {
    let mut simple = Filter::all();
    simple.and(Column::Timestamp, Test::Time(Comparison::GreaterOrEqual, Timestamp::MIN));
    simple.and(Column::Timestamp, Test::Time(Comparison::Less, Timestamp::MAX));
    simple.and(Column::Name, Test::Text(TextMatch::Equals, "n".into()));
    let mut advanced = Filter::all();
    advanced.and(Column::Timestamp, Test::Time(Comparison::Greater, Timestamp::MIN));
    let columns: Vec<_> =
        simple.overridden_by(advanced).conditions().iter().map(|condition| condition.column).collect();
    assert_eq!(columns, [Column::Name, Column::Timestamp]);
}
