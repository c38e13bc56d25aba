//! `/api/spanstone/v1/session`: who is signed in; signing in and out.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderValue, SET_COOKIE};
use serde::Deserialize;
use spanstone_engine::User;

use crate::auth::{self, Viewer, session};
use crate::call::{Call, json};
use crate::error::{Answer, Code, Failure};
use crate::render;

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
}

/// Says who is signed in, if anybody is, and which projects they see. A key may ask, too.
pub(crate) async fn show(call: Call) -> Answer {
    Ok(match auth::viewer(&call) {
        Ok(Viewer::User(user)) => state(&call, Some(&user)),
        Ok(Viewer::Key(project)) => {
            let project = call.engine().project(&project);
            json(render::viewer::session(None, project.as_slice()))
        }
        Err(_) => json(render::viewer::session(None, &[])),
    })
}

/// Signs in. One try at a time is looked at, because each takes time and memory on purpose.
pub(crate) async fn sign_in(mut call: Call) -> Answer {
    call.require_json()?;
    let body = call.sign_in_body().await?;
    let Credentials { email, password } = serde_json::from_slice(&body)
        .map_err(|error| Failure::invalid(format!("expected e-mail and password: {error}")))?;
    let context = call.context().clone();
    let _turn = context.sign_ins.lock().await;
    context.throttle.check(&email, call.engine().now()).map_err(Failure::too_many_tries)?;
    let signed_in = {
        let email = email.clone();
        call.wait_for(move |engine| Ok(engine.sign_in(&email, &password))).await?
    };
    let Ok(token) = signed_in else {
        context.throttle.failed(&email, call.engine().now());
        return Err(Failure::new(Code::Unauthorized, "the e-mail address or the password is wrong"));
    };
    context.throttle.succeeded(&email);
    let user = call.engine().session(token.as_str());
    with_cookie(state(&call, user.as_ref()), &session::cookie(&token, context.secure_cookies))
}

/// Signs out. No other site can send this: a browser asks before a `DELETE`, and our own API never says yes.
pub(crate) async fn sign_out(call: Call) -> Answer {
    with_cookie(state(&call, None), &session::no_cookie(call.context().secure_cookies))
}

fn state(call: &Call, user: Option<&User>) -> HttpResponse {
    let projects = if user.is_some() { call.engine().projects() } else { Vec::new() };
    json(render::viewer::session(user, &projects))
}

fn with_cookie(mut answer: HttpResponse, cookie: &str) -> Answer {
    let value = HeaderValue::from_str(cookie).map_err(|error| Failure::internal(error.to_string()))?;
    answer.headers_mut().insert(SET_COOKIE, value);
    Ok(answer)
}
