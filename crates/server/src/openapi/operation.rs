//! One operation of the API: what it is called, who may call it, what it takes and what it answers.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use spanstone_model::Limits;

use crate::error::{Code, Failure};
use crate::params::Params;
use crate::params::asked::Parameter;

/// An operation.
pub(crate) struct Operation {
    /// In upper case.
    pub(crate) method: &'static str,
    /// With a name in braces for each part that is captured.
    pub(crate) path: &'static str,
    /// What programs call it.
    pub(crate) id: &'static str,
    /// The part of the API that it belongs to.
    pub(crate) tag: Tag,
    /// What it does, in a sentence.
    pub(crate) summary: &'static str,
    /// Who may call it.
    pub(crate) auth: Auth,
    /// The parameters of the query string.
    pub(crate) query: Vec<Parameter>,
    /// The only parameters that it takes, when it refuses others.
    pub(crate) only: Option<Vec<String>>,
    /// Whether it reads a query string.
    pub(crate) reads_query: bool,
    /// What it takes.
    pub(crate) body: Option<Body>,
    /// What it answers when all is well.
    pub(crate) answers: Vec<Answer>,
    /// What may go wrong beyond what follows from the rest.
    pub(crate) failures: Vec<Code>,
}

/// A part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// Writing.
    Ingestion,
    /// Reading, the same in each: what it is about.
    Traces,
    /// Observations.
    Observations,
    /// Sessions.
    Sessions,
    /// Scores.
    Scores,
    /// Sums over many.
    Metrics,
    /// What was run over datasets.
    Experiments,
    /// Models, and what they cost.
    Models,
    /// What people say.
    Comments,
    /// Images, sounds and documents beside traces.
    Media,
    /// The server and the project.
    Server,
    /// What the viewer needs beyond Langfuse's API.
    Viewer,
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auth {
    /// Anybody.
    Open,
    /// A whole key of a project.
    Key,
    /// A key, or its public half.
    KeyOrPublicKey,
    /// A key, or a person who is signed in.
    KeyOrSession,
}

/// A schema, made when the document is.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What an operation takes.
pub(crate) struct Body {
    /// The content types.
    pub(crate) media: &'static [&'static str],
    /// Its schema.
    pub(crate) schema: SchemaOf,
}

/// What an operation answers when all is well.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The content type and the schema, if there is a body.
    pub(crate) content: Option<(&'static str, SchemaOf)>,
}

/// The content type of nearly everything.
pub(crate) const JSON: &str = "application/json";

impl Operation {
    /// An operation that needs a whole key.
    pub(crate) fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        tag: Tag,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            id,
            tag,
            summary,
            auth: Auth::Key,
            query: Vec::new(),
            only: None,
            reads_query: false,
            body: None,
            answers: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Who may call it instead.
    pub(crate) fn auth(self, auth: Auth) -> Self {
        Self { auth, ..self }
    }

    /// Takes the parameters that a handler's own reader asks for.
    pub(crate) fn query<T>(self, read: fn(Params, &Limits) -> Result<T, Failure>) -> Self {
        let (params, asked) = Params::recording();
        // That nothing was given may be an error; what was asked for is known all the same.
        drop(read(params, &Limits::default()));
        Self { query: asked.parameters(), only: asked.only_known(), reads_query: true, ..self }
    }

    /// Takes a body of JSON.
    pub(crate) fn takes(self, schema: SchemaOf) -> Self {
        self.takes_as(&[JSON], schema)
    }

    /// Takes a body.
    pub(crate) fn takes_as(self, media: &'static [&'static str], schema: SchemaOf) -> Self {
        Self { body: Some(Body { media, schema }), ..self }
    }

    /// Answers 200 with JSON.
    pub(crate) fn answers<T: JsonSchema>(self) -> Self {
        self.answers_with::<T>(200)
    }

    /// Answers with JSON.
    pub(crate) fn answers_with<T: JsonSchema>(self, status: u16) -> Self {
        self.answers_as(status, JSON, SchemaGenerator::subschema_for::<T>)
    }

    /// Answers.
    pub(crate) fn answers_as(mut self, status: u16, media: &'static str, schema: SchemaOf) -> Self {
        self.answers.push(Answer { status, content: Some((media, schema)) });
        self
    }

    /// Answers without a body.
    pub(crate) fn answers_nothing(mut self, status: u16) -> Self {
        self.answers.push(Answer { status, content: None });
        self
    }

    /// What may go wrong beyond what follows from the rest.
    pub(crate) fn fails(mut self, codes: &[Code]) -> Self {
        self.failures.extend(codes);
        self
    }

    /// The names of the captured parts of the path.
    pub(crate) fn captured(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Everything that may go wrong.
    pub(crate) fn all_failures(&self) -> Vec<Code> {
        let mut codes = vec![Code::Internal, Code::Unavailable];
        match self.auth {
            Auth::Open => {}
            Auth::KeyOrPublicKey => codes.push(Code::Unauthorized),
            Auth::Key | Auth::KeyOrSession => codes.extend([Code::Unauthorized, Code::Forbidden]),
        }
        if self.reads_query {
            codes.push(Code::InvalidRequest);
        }
        if self.body.is_some() {
            codes.extend([Code::InvalidRequest, Code::BodyTimeout, Code::BodyTooLarge, Code::StorageFull]);
            codes.push(Code::UnsupportedMediaType);
        }
        codes.extend(&self.failures);
        codes
    }
}

impl Tag {
    /// Every part, in the order of the document.
    pub(crate) const ALL: [Self; 12] = [
        Self::Traces,
        Self::Observations,
        Self::Sessions,
        Self::Scores,
        Self::Metrics,
        Self::Experiments,
        Self::Models,
        Self::Comments,
        Self::Media,
        Self::Ingestion,
        Self::Server,
        Self::Viewer,
    ];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ingestion => "Ingestion",
            Self::Traces => "Traces",
            Self::Observations => "Observations",
            Self::Sessions => "Sessions",
            Self::Scores => "Scores",
            Self::Metrics => "Metrics",
            Self::Experiments => "Experiments",
            Self::Models => "Models",
            Self::Comments => "Comments",
            Self::Media => "Media",
            Self::Server => "Server",
            Self::Viewer => "Viewer",
        }
    }
}
