//! `/api/public/models`: the models that a project can use, and those that it brings itself.

mod definition;
mod tiers;

use spanstone_engine::ListedModel;
use spanstone_engine::query::PageRequest;
use spanstone_model::Limits;

use crate::auth;
use crate::call::{Call, json};
use crate::error::{Answer, Failure};
use crate::extract::BodyLimit;
use crate::params::Params;
use crate::render;
use crate::render::model::ModelView;

/// The longest id that a client may choose, in bytes.
const ID_BYTES_MAX: usize = 200;

/// A page of the list of models, by name.
pub(crate) async fn list(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let page = read_list(call.params(), call.limits())?;
    let models = call.engine().models(&project);
    let rows: Vec<_> = page.of(models.iter()).map(ModelView::new).collect();
    Ok(json(render::page::numbered(&rows, page, models.len())))
}

/// What a query string asks for.
pub(crate) fn read_list(mut params: Params, limits: &Limits) -> Result<PageRequest, Failure> {
    let page = params.page(limits);
    params.done()?;
    Ok(page)
}

/// One model.
pub(crate) async fn one(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let found = call.engine().model(&project, call.captured(0));
    let listed = found.ok_or_else(|| Failure::not_found("No model with this id found."))?;
    Ok(json(render::bytes(&ModelView::new(&listed))))
}

/// Gives the project a model of its own.
pub(crate) async fn create(mut call: Call) -> Answer {
    let client = auth::project(&call)?;
    let body = call.small_body(&client, BodyLimit::Other).await?;
    call.wait_for(move |engine| {
        let id = engine.new_id();
        let model = definition::read(&body, id, &mut || engine.new_id(), engine.now())?;
        let model = engine.add_model(&client.project, model)?;
        Ok(render::bytes(&ModelView::new(&ListedModel { model, is_own: true })))
    })
    .await
    .map(json)
}

/// Gives the project a model of its own under this id, or replaces the one that has it.
pub(crate) async fn put(mut call: Call) -> Answer {
    let client = auth::project(&call)?;
    let id = call.captured(0).to_owned();
    if id.len() > ID_BYTES_MAX {
        return Err(Failure::invalid(format!("the id of a model has at most {ID_BYTES_MAX} bytes")));
    }
    let body = call.small_body(&client, BodyLimit::Other).await?;
    call.wait_for(move |engine| {
        let model = definition::read(&body, id, &mut || engine.new_id(), engine.now())?;
        let model = engine.put_model(&client.project, model)?;
        Ok(render::bytes(&ModelView::new(&ListedModel { model, is_own: true })))
    })
    .await
    .map(json)
}

/// Takes a model from the project.
pub(crate) async fn delete(call: Call) -> Answer {
    let project = auth::project(&call)?.project;
    let id = call.captured(0).to_owned();
    let deleted = call.wait_for(move |engine| Ok(engine.delete_model(&project, &id)?)).await?;
    if deleted {
        return Ok(json(render::receipt::message("Model successfully deleted")));
    }
    Err(Failure::not_found(
        "No model with this id found. Note: You cannot delete built-in models, override them with a model with the \
         same name.",
    ))
}
