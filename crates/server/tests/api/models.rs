//! Models with their prices, and what observations cost by them.

use serde_json::{Value as Json, json};

use crate::harness::{Request, Server};

const MODELS: &str = "/api/public/models";

fn flat() -> Json {
    json!({
        "modelName": "ours", "matchPattern": "(?i)^ours$", "unit": "TOKENS", "inputPrice": 2.5e-7, "outputPrice": 0.000001,
        "tokenizerId": "openai", "tokenizerConfig": {"tokenizerModel": "gpt-4o"}, "startDate": "2026-01-01"
    })
}

fn tiered() -> Json {
    json!({
        "modelName": "tiered", "matchPattern": "^tiered$", "unit": "TOKENS",
        "pricingTiers": [
            {"name": "Standard", "isDefault": true, "priority": 0, "conditions": [], "prices": {"input": 0.000001}},
            {"name": "Long", "isDefault": false, "priority": 2, "prices": {"input": 0.000002}, "conditions": [
                {"usageDetailPattern": "input", "operator": "gt", "value": 100, "caseSensitive": false}]},
            {"name": "Fast", "isDefault": false, "priority": 1, "prices": {"input": 0.00001}, "conditions": [
                {"source": "model_parameters", "key": "service_tier", "operator": "in", "values": ["fast"]}]}
        ]
    })
}

fn created(server: &Server, model: &Json) -> Json {
    let answer = server.post(MODELS, model);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn generation(server: &Server, id: &str, fields: &Json) {
    let mut body = json!({"id": id, "traceId": "t", "startTime": "2026-08-21T07:59:00Z"});
    body.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
    let event = json!({"id": id, "type": "generation-create", "timestamp": "2026-08-21T07:59:00Z", "body": body});
    assert_eq!(server.ingest(&json!([event]))["errors"], json!([]));
}

#[test]
fn everybody_has_the_models_that_are_compiled_in() {
    let server = Server::start();
    let page = server.json(&format!("{MODELS}?limit=100&page=2"));
    let rows = page["data"].as_array().expect("rows");
    assert_eq!((rows.len(), &page["meta"]["totalItems"]), (67, &json!(167)));
    assert!(rows.is_sorted_by_key(|row| row["modelName"].as_str().map(str::to_owned)));
    let model = server.json(&format!("{MODELS}/b9854a5c92dc496b997d99d20"));
    assert_eq!((&model["modelName"], &model["isLangfuseManaged"]), (&json!("gpt-4o"), &json!(true)));
    assert_eq!(
        (&model["inputPrice"], &model["outputPrice"], &model["totalPrice"]),
        (&json!(2.5e-6), &json!(1e-5), &Json::Null)
    );
    assert_eq!(model["prices"]["input_cached_tokens"], json!({"price": 1.25e-6}));
    assert_eq!(
        model["tokenizerConfig"],
        json!({"tokenizerModel": "gpt-4o", "tokensPerMessage": 3, "tokensPerName": 1})
    );
    assert_eq!(model["pricingTiers"][1]["conditions"][0]["values"], json!(["fast", "priority"]));
    assert_eq!(server.get(&format!("{MODELS}/nothing")).status, 404);
    assert_eq!(server.get(&format!("{MODELS}?limit=101")).status, 400);
}

#[test]
fn a_model_of_a_project_prices_what_comes_after_it() {
    let server = Server::start();
    let model = created(&server, &flat());
    let id = model["id"].as_str().expect("an id").to_owned();
    let expected = json!({
        "id": id, "modelName": "ours", "matchPattern": "(?i)^ours$", "startDate": "2026-01-01T00:00:00.000Z",
        "unit": "TOKENS", "inputPrice": 2.5e-7, "outputPrice": 1e-6, "totalPrice": null, "tokenizerId": "openai",
        "tokenizerConfig": {"tokenizerModel": "gpt-4o"}, "isLangfuseManaged": false,
        "createdAt": "2026-08-21T08:00:00.000Z", "prices": {"input": {"price": 2.5e-7}, "output": {"price": 1e-6}},
        "pricingTiers": [{"id": format!("{id}_tier_default"), "name": "Standard", "isDefault": true, "priority": 0,
            "conditions": [], "prices": {"input": 2.5e-7, "output": 1e-6}}]
    });
    assert_eq!(model, expected);
    assert_eq!(server.json(&format!("{MODELS}/{id}")), expected);

    generation(&server, "o", &json!({"model": "OURS", "usage": {"input": 1000, "output": 100}}));
    let row = server.json("/api/public/observations/o");
    assert_eq!((&row["modelId"], &row["usagePricingTierName"]), (&json!(id), &json!("Standard")));
    assert_eq!((&row["inputPrice"], &row["totalPrice"]), (&json!(2.5e-7), &Json::Null));
    assert_eq!(row["costDetails"], json!({"input": 0.00025, "output": 0.0001, "total": 0.00035}));
    assert_eq!(row["calculatedTotalCost"], json!(0.00035));
    let rows = server.json("/api/public/v2/observations?fields=core,model,usage");
    let row = &rows["data"][0];
    assert_eq!((&row["internalModelId"], &row["modelId"]), (&json!(id), &json!(id)));
    assert_eq!((&row["inputPrice"], &row["totalPrice"]), (&json!("0.00000025"), &Json::Null));
    assert_eq!(row["usagePricingTierName"], json!("Standard"));
    let trace = server.json("/api/public/traces/t");
    assert_eq!((&trace["totalCost"], &trace["observations"][0]["totalPrice"]), (&json!(0.00035), &json!(0)));

    let delete = |id: &str| server.send(Request::new("DELETE", &format!("{MODELS}/{id}")).key());
    assert_eq!(delete("b9854a5c92dc496b997d99d20").status, 404);
    assert_eq!(delete(&id).json(), json!({"message": "Model successfully deleted"}));
    assert_eq!(delete(&id).status, 404);
    let row = server.json("/api/public/observations/o");
    assert_eq!((&row["modelId"], &row["inputPrice"]), (&json!(id), &Json::Null), "what was priced keeps its model");
}

#[test]
fn tiers_are_chosen_by_their_conditions() {
    let server = Server::start();
    let model = created(&server, &tiered());
    let names: Vec<_> =
        model["pricingTiers"].as_array().expect("tiers").iter().map(|tier| tier["name"].clone()).collect();
    assert_eq!(names, ["Standard", "Fast", "Long"]);
    for (id, fields, tier, cost) in [
        ("a", json!({"usage": {"input": 100}}), "Standard", 0.0001),
        ("b", json!({"usage": {"input": 101}}), "Long", 0.000202),
        ("c", json!({"usage": {"input": 101}, "modelParameters": {"service_tier": "fast"}}), "Fast", 0.00101),
    ] {
        let mut fields = fields;
        fields["model"] = json!("tiered");
        generation(&server, id, &fields);
        let row = server.json(&format!("/api/public/observations/{id}"));
        assert_eq!((&row["usagePricingTierName"], &row["calculatedTotalCost"]), (&json!(tier), &json!(cost)));
    }
}

#[test]
fn a_definition_that_cannot_be_is_refused_with_the_name_of_the_field() {
    let server = Server::start();
    created(&server, &flat());
    let put = |base: &Json, key: &str, value: Json| {
        let mut body = base.clone();
        body[key] = value;
        body
    };
    let tier = |tier: Json| put(&tiered(), "pricingTiers", json!([tiered()["pricingTiers"][0], tier]));
    let condition = |condition: Json| {
        tier(json!({"name": "x", "isDefault": false, "priority": 1, "prices": {"input": 1}, "conditions": [condition]}))
    };
    let other = put(&flat(), "modelName", json!("other"));
    for (body, path) in [
        (put(&flat(), "modelName", json!("")), "[\"modelName\"]"),
        (put(&other, "modelName", json!(1)), "[\"modelName\"]"),
        (put(&other, "matchPattern", json!("(")), "[\"matchPattern\"]"),
        (put(&other, "matchPattern", json!("(?=a)")), "[\"matchPattern\"]"),
        (put(&other, "unit", json!("MILES")), "[\"unit\"]"),
        (put(&other, "tokenizerId", json!("gpt")), "[\"tokenizerId\"]"),
        (put(&other, "startDate", json!("yesterday")), "[\"startDate\"]"),
        (put(&other, "inputPrice", json!(-1)), "[\"inputPrice\"]"),
        (put(&other, "inputPrice", json!("1")), "[\"inputPrice\"]"),
        (put(&other, "totalPrice", json!(1)), "[\"totalPrice\"]"),
        (put(&other, "pricingTiers", tiered()["pricingTiers"].clone()), "[]"),
        (json!({"modelName": "a", "matchPattern": "a", "unit": "TOKENS"}), "[]"),
        (json!([]), "[]"),
        (put(&tiered(), "pricingTiers", json!([])), "[\"pricingTiers\"]"),
        (tier(json!(1)), "[\"pricingTiers\",1]"),
        (
            tier(json!({"name": "x", "isDefault": false, "priority": 1000, "prices": {"input": 1}})),
            "[\"pricingTiers\",1,\"priority\"]",
        ),
        (
            tier(json!({"name": "x", "isDefault": false, "priority": 1, "prices": {"input": 1}})),
            "[\"pricingTiers\",1,\"conditions\"]",
        ),
        (
            tier(json!({"name": "x", "isDefault": false, "priority": 1, "prices": {"input": -1}})),
            "[\"pricingTiers\",1,\"prices\",\"input\"]",
        ),
        (tier(tiered()["pricingTiers"][0].clone()), "[\"pricingTiers\"]"),
        (
            condition(json!({"usageDetailPattern": "(", "operator": "gt", "value": 1})),
            "[\"pricingTiers\",1,\"conditions\",0,\"usageDetailPattern\"]",
        ),
        (
            condition(json!({"usageDetailPattern": "a", "operator": ">", "value": 1})),
            "[\"pricingTiers\",1,\"conditions\",0,\"operator\"]",
        ),
        (
            condition(json!({"usageDetailPattern": "a", "operator": "gt", "value": -1})),
            "[\"pricingTiers\",1,\"conditions\",0,\"value\"]",
        ),
        (
            condition(json!({"source": "weather", "key": "a", "operator": "in", "values": ["a"]})),
            "[\"pricingTiers\",1,\"conditions\",0,\"source\"]",
        ),
        (
            condition(json!({"source": "metadata", "key": "a", "operator": "in", "values": []})),
            "[\"pricingTiers\",1,\"conditions\",0,\"values\"]",
        ),
    ] {
        let answer = server.post(MODELS, &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
        assert_eq!(answer.json()["error"][0]["path"].to_string(), path, "{body}: {}", answer.text());
    }
    let answer = server.post(MODELS, &flat());
    assert_eq!(
        (answer.status, answer.json()["message"].clone()),
        (400, json!("Model name 'ours' already exists in project"))
    );
    assert_eq!(server.send(Request::new("POST", MODELS).key()).status, 400);
    assert_eq!(server.send(Request::new("GET", MODELS)).status, 401);
}

#[test]
fn a_model_can_be_put_under_an_id_of_the_clients_choice() {
    let server = Server::start();
    let put = |id: &str, body: &Json| server.send(Request::new("PUT", &format!("{MODELS}/{id}")).key().json(body));
    let first = put("mine", &flat());
    assert_eq!((first.status, first.json()["id"].clone()), (200, json!("mine")));
    let second = put("mine", &tiered()).json();
    assert_eq!((&second["modelName"], &second["createdAt"]), (&json!("tiered"), &first.json()["createdAt"]));
    assert_eq!(server.json(MODELS)["meta"]["totalItems"], json!(168));
    assert_eq!(put("b9854a5c92dc496b997d99d20", &flat()).status, 400);
    assert_eq!(put("another", &tiered()).status, 400, "the name is taken");
    assert_eq!(put(&"a".repeat(201), &flat()).status, 400);
}

#[test]
fn a_cost_is_explained_and_can_be_asked_for_again() {
    let server = Server::start();
    generation(&server, "a/b", &json!({"model": "ours", "usageDetails": {"input": 1000, "output": 100, "pages": 2}}));
    let explain = || server.json("/api/spanstone/v1/observations/a%2Fb/cost");
    let before = explain();
    assert_eq!((&before["source"], &before["total"], &before["today"]), (&json!("unknown"), &Json::Null, &Json::Null));
    created(&server, &flat());
    assert_eq!(explain()["isOutdated"], json!(true));

    let reprice = |query: &str| server.send(Request::new("POST", &format!("/api/spanstone/v1/reprice{query}")).key());
    assert_eq!(reprice("?model=ours").json(), json!({"lookedAt": 1, "repriced": 1, "cursor": null}));
    let after = explain();
    assert_eq!(
        (&after["source"], &after["total"], &after["isOutdated"]),
        (&json!("computed"), &json!(0.00035), &json!(false))
    );
    assert_eq!(
        after["today"]["parts"][0],
        json!({"usage": "input", "units": 1000, "unitPrice": "0.00000025", "pricePerMillion": "0.25", "priceOf": "input", "costName": "input",
            "cost": 0.00025})
    );
    assert_eq!(
        after["today"]["uncharged"],
        json!([{"usage": "pages", "units": 2, "reason": "no-price", "countedAs": null}])
    );
    assert_eq!(server.json("/api/spanstone/v1/projects/project-1/observations/a%2Fb/cost"), after);

    assert_eq!(server.get("/api/spanstone/v1/observations/none/cost").status, 404);
    assert_eq!(reprice("?limit=0").status, 400);
    assert_eq!(reprice("?cursor=forged").status, 400);
    assert_eq!(reprice("?since=ever").status, 400);
    assert_eq!(server.send(Request::new("POST", "/api/spanstone/v1/reprice")).status, 401);
}
