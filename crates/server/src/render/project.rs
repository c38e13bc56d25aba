//! Projects.

use schemars::JsonSchema;
use serde::Serialize;
use spanstone_engine::{Organization, Project};
use spanstone_model::ProjectId;

/// The project of a key, as a list of one.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Projects")]
pub(crate) struct List<'a> {
    data: [ProjectView<'a>; 1],
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Project")]
struct ProjectView<'a> {
    id: &'a ProjectId,
    name: &'a str,
    organization: OrganizationView<'a>,
    metadata: NoMetadata,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Organization")]
struct OrganizationView<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct NoMetadata {}

/// The project of a key, as a list of one.
pub(crate) fn of_key(project: &Project) -> Vec<u8> {
    let Organization { id, name } = &project.organization;
    let organization = OrganizationView { id, name };
    let view = ProjectView { id: &project.id, name: &project.name, organization, metadata: NoMetadata {} };
    super::bytes(&List { data: [view] })
}
