//! `/api/public/score-configs`: what scores of a certain kind may say.

use serde_json::Value as Json;
use spanstone_engine::query::PageRequest;
use spanstone_engine::{Category, ConfigDataType, ScoreConfigChange, ScoreRule};
use spanstone_model::Limits;

use crate::auth;
use crate::call::{Call, json};
use crate::error::{Answer, Failure};
use crate::extract::BodyLimit;
use crate::params::members::Members;
use crate::params::{Params, issue};
use crate::render;
use crate::render::score_config::ScoreConfigView;

/// A page of the list, archived ones too, the newest first.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let request = read_list(call.params(), call.limits())?;
    let configs = call.engine().score_configs(&project);
    let rows: Vec<_> = request.of(configs.iter()).map(ScoreConfigView::new).collect();
    Ok(json(render::page::numbered(&rows, request, configs.len())))
}

/// One of them.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let config = call.engine().score_config(&project, call.captured(0)).ok_or_else(not_found)?;
    Ok(json(render::bytes(&ScoreConfigView::new(&config))))
}

/// Creates one.
pub(crate) async fn create(mut call: Call) -> Answer {
    let client = auth::project(&call)?;
    let rule = read_rule(&call.small_body(&client, BodyLimit::Other).await?)?;
    let config = call.wait_for(move |engine| Ok(engine.create_score_config(&client.project, rule)?)).await?;
    Ok(json(render::bytes(&ScoreConfigView::new(&config))))
}

/// Changes one.
pub(crate) async fn change(mut call: Call) -> Answer {
    let client = auth::project(&call)?;
    let change = read_change(&call.small_body(&client, BodyLimit::Other).await?)?;
    let id = call.captured(0).to_owned();
    let config = call.wait_for(move |engine| Ok(engine.change_score_config(&client.project, &id, change)?)).await?;
    Ok(json(render::bytes(&ScoreConfigView::new(&config.ok_or_else(not_found)?))))
}

/// Which page is wanted.
pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<PageRequest, Failure> {
    let request = params.page(limits);
    params.done()?;
    Ok(request)
}

fn not_found() -> Failure {
    Failure::not_found("Score config not found within authorized project")
}

fn read_rule(body: &[u8]) -> Result<ScoreRule, Failure> {
    let mut members = Members::parse(body)?;
    let name = members.text("name");
    let data_type = members.choice("dataType", &ConfigDataType::ALL, ConfigDataType::as_str);
    let description = members.optional_text("description");
    let (min_value, max_value) = (members.optional_number("minValue"), members.optional_number("maxValue"));
    let categories = members.optional_list("categories", read_category);
    members.done()?;
    let data_type = data_type.ok_or_else(|| Failure::invalid("dataType is missing"))?;
    Ok(ScoreRule { name, data_type, description, min_value, max_value, categories })
}

const CHANGEABLE: [&str; 6] = ["name", "description", "isArchived", "minValue", "maxValue", "categories"];

/// A member that is null is taken away, where a configuration can be without it.
fn read_change(body: &[u8]) -> Result<ScoreConfigChange, Failure> {
    let mut members = Members::parse(body)?;
    let [_, description, _, min_value, max_value, categories] = CHANGEABLE.map(|name| members.has(name));
    if !CHANGEABLE.iter().any(|name| members.has(name)) {
        let message = format!("nothing is to be changed; send at least one of {}", CHANGEABLE.join(", "));
        return Err(Failure::issues(vec![serde_json::json!({"code": "custom", "path": [], "message": message})]));
    }
    let change = ScoreConfigChange {
        name: members.optional_text("name"),
        description: description.then(|| members.optional_text("description")),
        min_value: min_value.then(|| members.optional_number("minValue")),
        max_value: max_value.then(|| members.optional_number("maxValue")),
        categories: categories.then(|| members.optional_list("categories", read_category)),
        is_archived: members.optional_flag("isArchived"),
    };
    members.done()?;
    Ok(change)
}

fn read_category(index: usize, json: &Json) -> Result<Category, Json> {
    let index = index.to_string();
    let place = |member| ["categories", index.as_str(), member];
    let Json::Object(members) = json else {
        return Err(issue::wrong_type(&place("")[..2], "object", json));
    };
    let (label, value) = (members.get("label"), members.get("value"));
    match (label.and_then(Json::as_str), value.and_then(Json::as_f64)) {
        (Some(label), Some(value)) => Ok(Category { label: label.to_owned(), value }),
        (None, _) => Err(issue::wrong_or_missing(&place("label"), "string", label)),
        (_, None) => Err(issue::wrong_or_missing(&place("value"), "number", value)),
    }
}
