//! The models of a project, and asking for prices again.

use spanstone_engine::CostSource;
use spanstone_engine::query::Filter;
use spanstone_model::{Derived, TraceId};

use crate::*;

const OURS: &str = "model ours\nid ours-1\nmatch ^ours$\ntier 0 Standard ours-1_tier_default\n1 input\n2 output\n";
const USAGE: &str = r#""model":"ours","usage":{"input":10,"output":5}"#;

#[test]
fn a_cost_is_computed_where_no_client_says_one() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    generation(&engine, "computed", r#""model":"gpt-4o","usage":{"input":1000,"output":100}"#);
    let computed = observation(&engine, "computed");
    // 1000 × 2.5 + 100 × 10
    assert_eq!(cost(&engine, "computed"), Some(3_500_000_000));
    assert!(computed.cost_is_computed);
    let link = computed.price.unwrap();
    assert_eq!(&*link.model_id, "b9854a5c92dc496b997d99d20");
    assert_eq!(&*link.tier.as_ref().unwrap().name, "Standard");

    generation(&engine, "provided", r#""model":"gpt-4o","usage":{"input":1000},"costDetails":{"total":1}"#);
    let provided = observation(&engine, "provided");
    assert_eq!((provided.cost_is_computed, provided.price.is_some()), (false, true));
    assert_eq!(cost(&engine, "provided"), Some(1_000_000_000_000));

    generation(&engine, "unknown", r#""model":"nobody knows it","usage":{"input":1000}"#);
    assert_eq!((cost(&engine, "unknown"), observation(&engine, "unknown").price), (None, None));
    engine.close();
}

#[test]
fn a_model_of_a_project_counts_from_when_it_is_added_and_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    generation(&engine, "before", USAGE);
    engine.add_model(&project(), model(OURS)).unwrap();
    generation(&engine, "after", USAGE);
    assert_eq!((cost(&engine, "before"), cost(&engine, "after")), (None, Some(20_000_000)));
    let again = engine.add_model(&project(), model(&OURS.replace("ours-1", "ours-2"))).unwrap_err();
    assert_eq!(again.to_string(), "Model name 'ours' already exists in project");
    engine.close();

    let engine = open(directory.path());
    let models = engine.models(&project());
    assert!(models.is_sorted_by_key(|listed| listed.model.name.clone()));
    assert_eq!(models.iter().filter(|listed| listed.is_own).count(), 1);
    assert_eq!(engine.model(&project(), "ours-1").unwrap().model.name.as_ref(), "ours");
    assert_eq!(engine.model(&ProjectId::from_wire("another"), "ours-1"), None);
    assert_eq!((cost(&engine, "before"), cost(&engine, "after")), (None, Some(20_000_000)));

    assert!(!engine.delete_model(&project(), "b9854a5c92dc496b997d99d20").unwrap());
    assert!(engine.delete_model(&project(), "ours-1").unwrap());
    generation(&engine, "gone", USAGE);
    assert_eq!((cost(&engine, "gone"), cost(&engine, "after")), (None, Some(20_000_000)));
    engine.close();
    let engine = open(directory.path());
    assert!(engine.models(&project()).iter().all(|listed| !listed.is_own));
    engine.close();
}

/// The costs of everything that `write` wrote, which has to be the same when the journal is read again.
fn costs_that_stay(write: impl Fn(&Engine) -> Vec<&'static str>) -> Vec<Option<i64>> {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    let ids = write(&engine);
    let costs = |engine: &Engine| ids.iter().map(|id| cost(engine, id)).collect::<Vec<_>>();
    let written = costs(&engine);
    engine.close();
    for _ in 0..2 {
        let engine = open(directory.path());
        assert_eq!(costs(&engine), written);
        engine.close();
    }
    written
}

#[test]
fn what_is_replayed_costs_what_it_cost_when_it_arrived() {
    let costs = costs_that_stay(|engine| {
        generation(engine, "none", USAGE);
        engine.add_model(&project(), model(OURS)).unwrap();
        generation(engine, "first", USAGE);
        engine.put_model(&project(), model(&OURS.replace("2 output", "4 output"))).unwrap();
        generation(engine, "dearer", USAGE);
        engine.put_model(&project(), model(&OURS.replace("2 output", "6 output"))).unwrap();
        engine.put_model(&project(), model(&OURS.replace("2 output", "8 output"))).unwrap();
        generation(engine, "dearest", USAGE);
        assert!(engine.delete_model(&project(), "ours-1").unwrap());
        generation(engine, "gone", USAGE);
        engine.add_model(&project(), model(&OURS.replace("ours-1", "ours-2"))).unwrap();
        generation(engine, "again", USAGE);
        vec!["none", "first", "dearer", "dearest", "gone", "again"]
    });
    let picodollars = [None, Some(20_000_000), Some(30_000_000), Some(50_000_000), None, Some(20_000_000)];
    assert_eq!(costs, picodollars);
}

#[test]
fn what_was_asked_again_costs_after_a_replay_what_it_cost_then() {
    let costs = costs_that_stay(|engine| {
        generation(engine, "asked", USAGE);
        engine.add_model(&project(), model(OURS)).unwrap();
        let observations = vec![ObservationId::from_wire("asked")];
        derive(engine, vec![Derived::Reprice { trace_id: TraceId::from_wire("t"), observations }]);
        assert!(engine.delete_model(&project(), "ours-1").unwrap());
        vec!["asked"]
    });
    assert_eq!(costs, [Some(20_000_000)]);
}

#[test]
fn a_condition_of_a_model_that_is_no_more_still_asks_the_metadata_of_what_is_replayed() {
    let costs = costs_that_stay(|engine| {
        let tiers = format!("{OURS}tier 1 Fast ours-fast\nwhen metadata lane fast\n10 input\n20 output\n");
        engine.add_model(&project(), model(&tiers)).unwrap();
        generation(engine, "fast", &format!(r#"{USAGE},"metadata":{{"lane":"fast"}}"#));
        engine.put_model(&project(), model(OURS)).unwrap();
        generation(engine, "now slow", &format!(r#"{USAGE},"metadata":{{"lane":"fast"}}"#));
        vec!["fast", "now slow"]
    });
    assert_eq!(costs, [Some(200_000_000), Some(20_000_000)]);
}

#[test]
fn ids_with_line_breaks_are_ids_like_others() {
    let costs = costs_that_stay(|engine| {
        engine.add_model(&project(), model(OURS)).unwrap();
        generation(engine, "first", USAGE);
        engine.put_model(&project(), model(&OURS.replace("2 output", "4 output"))).unwrap();
        // Whatever an id looks like, it takes no other model's place.
        for block in 0..9 {
            let mut other = model(&OURS.replace("ours", &format!("other-{block}")));
            other.id = format!("ours-1\n{block}").into();
            engine.put_model(&project(), other).unwrap();
        }
        generation(engine, "second", USAGE);
        vec!["first", "second"]
    });
    assert_eq!(costs, [Some(20_000_000), Some(30_000_000)]);
}

#[test]
fn the_models_of_a_project_go_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    engine.add_model(&project(), model(OURS)).unwrap();
    assert!(engine.delete_project(&project()).unwrap());
    engine.close();
    let engine = open(directory.path());
    assert_eq!(engine.model(&project(), "ours-1"), None);
    engine.close();
}

#[test]
fn prices_of_the_operator_go_between_those_of_a_project_and_those_compiled_in() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    let cheap = "model gpt-4o\nid op\nmatch ^gpt-4o$\ntier 0 Standard op_tier_default\n1 input\n";
    engine.set_operators_models(&[model(cheap)]).unwrap();
    engine.close();
    let engine = open(directory.path());
    generation(&engine, "operator", r#""model":"gpt-4o","usage":{"input":1000}"#);
    assert_eq!(cost(&engine, "operator"), Some(1_000_000_000));
    engine.add_model(&project(), model(&OURS.replace("^ours$", "^gpt-4o$"))).unwrap();
    generation(&engine, "own", r#""model":"gpt-4o","usage":{"input":1000,"output":0}"#);
    assert_eq!(&*observation(&engine, "own").price.unwrap().model_id, "ours-1");
    engine.close();
}

#[test]
fn a_condition_may_ask_the_metadata() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    let tiers = format!("{OURS}tier 1 Fast ours-fast\nwhen metadata lane fast\n10 input\n20 output\n");
    engine.add_model(&project(), model(&tiers)).unwrap();
    generation(&engine, "slow", &format!(r#"{USAGE},"metadata":{{"lane":"slow"}}"#));
    generation(&engine, "fast", &format!(r#"{USAGE},"metadata":{{"lane":"fast"}}"#));
    assert_eq!((cost(&engine, "slow"), cost(&engine, "fast")), (Some(20_000_000), Some(200_000_000)));
    assert_eq!(&*observation(&engine, "fast").price.as_ref().unwrap().tier.as_ref().unwrap().name, "Fast");
    engine.close();
}

#[test]
fn asking_again_changes_what_was_computed_and_nothing_that_was_said() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    generation(&engine, "computed", USAGE);
    generation(&engine, "said", &format!(r#"{USAGE},"costDetails":{{"input":1}}"#));
    generation(&engine, "no-model", r#""usage":{"input":1}"#);
    engine.add_model(&project(), model(OURS)).unwrap();

    let reads = engine.reads(engine.watch());
    let report = reads.explain_cost(&project(), &ObservationId::from_wire("computed")).unwrap().unwrap();
    assert_eq!((report.source, report.is_outdated()), (CostSource::Unknown, true));

    let step = reads.to_reprice(&project(), &Filter::all(), None, 100).unwrap();
    assert_eq!((step.outcome.looked_at, step.outcome.repriced, step.outcome.next), (3, 1, None));
    derive(&engine, step.derived);
    assert_eq!((cost(&engine, "computed"), cost(&engine, "said")), (Some(20_000_000), Some(1_000_000_000_000)));

    let reads = engine.reads(engine.watch());
    let report = reads.explain_cost(&project(), &ObservationId::from_wire("computed")).unwrap().unwrap();
    assert_eq!((report.source, report.is_outdated()), (CostSource::Computed, false));
    assert_eq!(report.today.unwrap().parts.len(), 2);
    let report = reads.explain_cost(&project(), &ObservationId::from_wire("said")).unwrap().unwrap();
    assert_eq!((report.source, report.is_outdated()), (CostSource::Provided, false));
    assert!(reads.explain_cost(&project(), &ObservationId::from_wire("none")).unwrap().is_none());
    // What is not there is passed over.
    let none =
        Derived::Reprice { trace_id: TraceId::from_wire("t"), observations: vec![ObservationId::from_wire("x")] };
    derive(&engine, vec![none]);
    engine.close();
}
