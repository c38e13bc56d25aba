//! Who a client is: API keys on Langfuse's API, API keys or signed-in sessions on our own.
//!
//! Owns the reading of the `Authorization` header and Langfuse's texts about it. A [`Principal`] comes out of here
//! before a byte of a body is read; what reads bodies asks for one.

pub(crate) mod session;
pub(crate) mod throttle;

use actix_web::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use spanstone_engine::{Access, AuthError, Credential, Engine, Principal, User};
use spanstone_model::ProjectId;

use crate::call::Call;
use crate::error::{Code, Failure};

const BASIC: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What an `Authorization` header says.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    /// `Basic`: both halves of a key.
    Pair { public: String, secret: String },
    /// `Bearer`: the public half.
    Public(String),
}

/// Whoever is signed in, or the project whose key is shown.
#[derive(Debug)]
pub(crate) enum Viewer {
    /// A person, who sees every project.
    User(User),
    /// A client with a key, which sees its project.
    Key(ProjectId),
}

/// The client of a route that takes public keys, too.
pub(crate) fn scores(call: &Call) -> Result<Principal, Failure> {
    principal(call.engine(), call.header(AUTHORIZATION.as_str()))
}

fn principal(engine: &Engine, header: Option<&str>) -> Result<Principal, Failure> {
    let shown = read(header)?;
    let credential = match &shown {
        Shown::Pair { public, secret } => Credential::Secret { public, secret },
        Shown::Public(public) => Credential::Public(public),
    };
    engine.authenticate(credential).map_err(|error| {
        let cause = match error {
            AuthError::WrongSecret => "Invalid credentials",
            AuthError::UnknownPublicKey => "Invalid public key",
        };
        unauthorized(&format!("{cause}. {HINT}"))
    })
}

/// The client of a route that needs a whole key.
pub(crate) fn project(call: &Call) -> Result<Principal, Failure> {
    project_of(call.engine(), call.header(AUTHORIZATION.as_str()))
}

/// The client of something that needs a whole key and has no [`Call`].
pub(crate) fn project_of(engine: &Engine, header: Option<&str>) -> Result<Principal, Failure> {
    let principal = principal(engine, header)?;
    match principal.access {
        Access::Project => Ok(principal),
        Access::ScoresOnly => {
            Err(Failure::new(Code::Forbidden, "Access denied - insufficient permissions for this endpoint"))
        }
    }
}

/// The client of our own API: a session cookie, or a whole key.
pub(crate) fn viewer(call: &Call) -> Result<Viewer, Failure> {
    if let Some(user) = session::user(call) {
        return Ok(Viewer::User(user));
    }
    if call.header(AUTHORIZATION.as_str()).is_none() {
        return Err(unauthorized("sign in first"));
    }
    Ok(Viewer::Key(project(call)?.project))
}

/// The project that a path of our own API names, if the client may see it.
pub(crate) fn viewed_project(call: &Call) -> Result<ProjectId, Failure> {
    let viewer = viewer(call)?;
    let id = ProjectId::from_wire(call.captured(0));
    let visible = match viewer {
        Viewer::User(_) => call.engine().project(&id).is_some(),
        Viewer::Key(own) => own == id,
    };
    if visible { Ok(id) } else { Err(Failure::not_found(format!("there is no project `{id}`"))) }
}

/// The project that a call to our own API is about: the one that its path names, or that of the key where the path names
/// none.
pub(crate) fn own_project(call: &Call) -> Result<ProjectId, Failure> {
    if call.path().starts_with("/api/spanstone/v1/projects/") {
        return viewed_project(call);
    }
    match viewer(call)? {
        Viewer::Key(project) => Ok(project),
        Viewer::User(_) => Err(Failure::invalid("name a project: /api/spanstone/v1/projects/{id}/…")),
    }
}

const HINT: &str = "Confirm that you've configured the correct host.";

/// Reads the header as Langfuse does: the scheme is case-sensitive, and of the decoded text only the first two
/// pieces between colons count.
fn read(header: Option<&str>) -> Result<Shown, Failure> {
    let header = header.ok_or_else(|| unauthorized("No authorization header"))?;
    if let Some(public) = header.strip_prefix("Bearer ") {
        return Ok(Shown::Public(public.to_owned()));
    }
    let encoded = header.strip_prefix("Basic ").ok_or_else(|| unauthorized("Invalid authorization header"))?;
    let malformed = || unauthorized(&format!("Invalid authorization header. {HINT}"));
    let decoded = BASIC.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or_else(malformed)?;
    let mut pieces = decoded.split(':');
    match (pieces.next(), pieces.next()) {
        (Some(public), Some(secret)) if !public.is_empty() && !secret.is_empty() => {
            Ok(Shown::Pair { public: public.to_owned(), secret: secret.to_owned() })
        }
        _ => Err(malformed()),
    }
}

fn unauthorized(message: &str) -> Failure {
    Failure::new(Code::Unauthorized, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn basic(text: &str) -> String {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    }

    fn pair(public: &str, secret: &str) -> Shown {
        Shown::Pair { public: public.into(), secret: secret.into() }
    }

    #[test]
    fn a_key_is_read_up_to_a_second_colon() {
        let shown = |text: &str| read(Some(&basic(text))).expect("a key");
        assert_eq!(shown("pk:sk"), pair("pk", "sk"));
        assert_eq!(shown("pk:sk:more"), pair("pk", "sk"));
        assert_eq!(read(Some("Bearer pk")).expect("a key"), Shown::Public("pk".into()));
        assert_eq!(read(Some("Basic cGs6c2s")).expect("a key"), pair("pk", "sk"), "unpadded, as some clients send it");
    }

    #[test]
    fn each_way_to_be_wrong_has_langfuses_text() {
        let hinted = "Invalid authorization header. Confirm that you've configured the correct host.";
        for (header, message) in [
            (None, "No authorization header"),
            (Some("basic cGs6c2s=".to_owned()), "Invalid authorization header"),
            (Some("Digest x".to_owned()), "Invalid authorization header"),
            (Some("Basic ***".to_owned()), hinted),
            (Some(basic("no colon")), hinted),
            (Some(basic(":sk")), hinted),
            (Some(basic("pk:")), hinted),
        ] {
            let failure = read(header.as_deref()).expect_err("refused");
            assert!(format!("{failure:?}").contains(&format!("{message:?}")), "{header:?}: {failure:?}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(header in ".{0,40}") {
            let _ = read(Some(&header));
            let _ = read(Some(&format!("Basic {header}")));
        }
    }
}
