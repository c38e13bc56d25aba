//! The document, written from the operations.

use std::collections::BTreeMap;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value as Json, json};

use super::meaning;
use super::operation::{Auth, JSON, Operation, Tag};
use super::parameter;
use crate::app::Route;
use crate::error::{self, Code, Dialect};

/// Writes the document.
pub(super) fn document(operations: &[Operation], routes: &[Route]) -> Json {
    let mut writer = Writer { answers: generator(true), bodies: generator(false) };
    let mut paths: BTreeMap<&str, Map<String, Json>> = BTreeMap::new();
    for operation in operations {
        let dialect = dialect_of(operation, routes);
        let item = writer.operation(operation, dialect);
        paths.entry(operation.path).or_default().insert(operation.method.to_ascii_lowercase(), item);
    }
    let mut schemas = writer.bodies.take_definitions(true);
    schemas.extend(writer.answers.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Spanstone",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Langfuse's public API, OTLP, and what Spanstone has beyond them. \
                            Parameters that are not named here are ignored unless an operation says otherwise.",
        },
        "tags": Tag::ALL.map(|tag| json!({"name": tag.name()})),
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security_schemes()},
    })
}

fn generator(for_answers: bool) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let settings = if for_answers { settings.for_serialize() } else { settings.for_deserialize() };
    settings.into_generator()
}

/// How the route of an operation tells errors.
fn dialect_of(operation: &Operation, routes: &[Route]) -> Dialect {
    let route = routes.iter().find(|route| route.serves(operation.method, operation.path));
    route.map_or(Dialect::Own, Route::dialect)
}

struct Writer {
    answers: SchemaGenerator,
    bodies: SchemaGenerator,
}

impl Writer {
    fn operation(&mut self, operation: &Operation, dialect: Dialect) -> Json {
        let mut item = json!({
            "operationId": operation.id,
            "tags": [operation.tag.name()],
            "summary": operation.summary,
            "security": security(operation.auth),
            "responses": self.responses(operation, dialect),
        });
        if operation.only.is_some() {
            item["description"] = json!("Parameters that are not named here are refused.");
        }
        let parameters: Vec<Json> =
            operation.captured().map(captured).chain(operation.query.iter().map(parameter::describe)).collect();
        if !parameters.is_empty() {
            item["parameters"] = Json::Array(parameters);
        }
        if let Some(body) = &operation.body {
            let schema = (body.schema)(&mut self.bodies).to_value();
            let media = body.media.iter().map(|media| {
                let schema = if *media == JSON { schema.clone() } else { binary() };
                ((*media).to_owned(), json!({"schema": schema}))
            });
            let content: Map<String, Json> = media.collect();
            item["requestBody"] = json!({"required": true, "content": content});
        }
        item
    }

    fn responses(&mut self, operation: &Operation, dialect: Dialect) -> Json {
        let mut responses: BTreeMap<String, Json> = BTreeMap::new();
        for answer in &operation.answers {
            let entry =
                responses.entry(answer.status.to_string()).or_insert_with(|| json!({"description": "All is well."}));
            if let Some((media, schema)) = answer.content {
                entry["content"][media] = json!({"schema": schema(&mut self.answers).to_value()});
            }
        }
        for code in operation.all_failures() {
            let entry = responses
                .entry(code.status().as_u16().to_string())
                .or_insert_with(|| json!({"description": code.meaning()}));
            for (media, schema) in self.error_bodies(code, dialect) {
                // One status may have errors of several forms.
                let content = &mut entry["content"][media];
                *content = either(content["schema"].take(), schema);
            }
        }
        json!(responses)
    }

    fn error_bodies(&mut self, code: Code, dialect: Dialect) -> Vec<(&'static str, Json)> {
        let mut bodies = Vec::new();
        for (media, schema) in error::schemas(dialect, code) {
            bodies.push((media, schema(&mut self.answers).to_value()));
        }
        bodies
    }
}

/// A content with either of two schemas.
fn either(known: Json, schema: Json) -> Json {
    match known {
        Json::Null => json!({"schema": schema}),
        known if known == schema => json!({"schema": schema}),
        Json::Object(mut known) if known.contains_key("anyOf") => {
            if let Some(Json::Array(options)) = known.get_mut("anyOf")
                && !options.contains(&schema)
            {
                options.push(schema);
            }
            json!({"schema": known})
        }
        known => json!({"schema": {"anyOf": [known, schema]}}),
    }
}

fn captured(name: &str) -> Json {
    let mut parameter = json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}});
    if let Some(meaning) = meaning::of(name) {
        parameter["description"] = json!(meaning);
    }
    parameter
}

fn binary() -> Json {
    json!({"type": "string", "format": "binary"})
}

const KEY: &str = "key";
const PUBLIC_KEY: &str = "publicKey";
const SESSION: &str = "session";

fn security(auth: Auth) -> Json {
    match auth {
        Auth::Open => json!([]),
        Auth::Key => json!([{KEY: []}]),
        Auth::KeyOrPublicKey => json!([{KEY: []}, {PUBLIC_KEY: []}]),
        Auth::KeyOrSession => json!([{KEY: []}, {SESSION: []}]),
    }
}

fn security_schemes() -> Json {
    json!({
        KEY: {
            "type": "http", "scheme": "basic",
            "description": "A key of a project: the public key is the user, the secret key the password.",
        },
        PUBLIC_KEY: {"type": "http", "scheme": "bearer", "description": "The public key alone; for scores."},
        SESSION: {
            "type": "apiKey", "in": "cookie", "name": crate::auth::session::NAME,
            "description": "The cookie of a person who is signed in.",
        },
    })
}
