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
