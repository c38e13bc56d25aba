//! Models, what they cost, and what observations cost by them.

use crate::error::Code;
use crate::openapi::bodies;
use crate::openapi::operation::{Auth, Operation, Tag};
use crate::render::cost::{ReportView, RepricedView};
use crate::render::model::ModelView;
use crate::render::page::Numbered;
use crate::render::receipt::Message;
use crate::routes::{costs, models};

/// The operations.
pub(super) fn operations() -> [Operation; 8] {
    let models_path = "/api/public/models";
    let model_path = "/api/public/models/{modelId}";
    let viewed = "/api/spanstone/v1/projects/{projectId}/observations/{observationId}/cost";
    let explain = "What an observation cost: where that comes from, and units times price for each type of usage.";
    [
        on("GET", models_path, "listModels", "A page of the models that the project can use, by name.")
            .query(models::read_list)
            .answers::<Numbered<'_, ModelView<'_>>>(),
        on("POST", models_path, "createModel", "Gives the project a model of its own, which goes before all others.")
            .takes(bodies::model)
            .answers::<ModelView<'_>>(),
        on("GET", model_path, "getModel", "A model with its prices.")
            .answers::<ModelView<'_>>()
            .fails(&[Code::NotFound]),
        on("PUT", model_path, "putModel", "Gives the project a model under this id, or replaces the one that has it.")
            .takes(bodies::model)
            .answers::<ModelView<'_>>(),
        on("DELETE", model_path, "deleteModel", "Takes a model of its own from the project.")
            .answers::<Message<'_>>()
            .fails(&[Code::NotFound, Code::StorageFull]),
        on("GET", "/api/spanstone/v1/observations/{observationId}/cost", "explainCost", explain)
            .answers::<ReportView<'_>>()
            .fails(&[Code::NotFound]),
        on("GET", viewed, "explainCostInProject", explain)
            .auth(Auth::KeyOrSession)
            .answers::<ReportView<'_>>()
            .fails(&[Code::NotFound]),
        on(
            "POST",
            "/api/spanstone/v1/reprice",
            "reprice",
            "Asks for the prices of the next observations after a cursor again.",
        )
        .query(costs::read_step)
        .answers::<RepricedView>()
        .fails(&[Code::StorageFull]),
    ]
}

fn on(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    Operation::new(method, path, id, Tag::Models, summary)
}
