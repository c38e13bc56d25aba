//! The routes as a map, and the way of a request through it: route, method, handler, headers.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::LocalBoxFuture;

use crate::call::Call;
use crate::compress;
use crate::context::Context;
use crate::error::{Answer, Dialect, Failure};
use crate::headers;
use crate::mcp;
use crate::path::{self, Pattern};
use crate::routes::openapi;
use crate::routes::{
    comments, costs, daily, deletions, experiments, facets, health, ingestion, legacy, media, metrics, models,
    observations, observations_v2, otlp, projects, prometheus, score_configs, scores, scores_v2, scores_v3, search,
    sessions, storage, tail, traces, users, viewer,
};

/// Every route, the first that matches a path first.
pub(crate) fn routes() -> Vec<Route> {
    use Dialect::{Ingestion, Mcp, Otlp, Own, Public, Status};
    vec![
        // Writing
        route("/api/public/ingestion", Ingestion, [post(ingestion::batch)]),
        route("/api/public/otel/v1/traces", Otlp, [post(otlp::traces)]),
        route("/api/public/otel/v1/metrics", Otlp, [post(otlp::metrics)]),
        route("/v1/traces", Status, [post(otlp::traces)]),
        route("/v1/metrics", Status, [post(otlp::discard)]),
        route("/v1/logs", Status, [post(otlp::logs)]),
        route("/api/public/spans", Public, [post(legacy::create_span), patch(legacy::update_span)]),
        route("/api/public/generations", Public, [post(legacy::create_generation), patch(legacy::update_generation)]),
        route("/api/public/events", Public, [post(legacy::create_event)]),
        // Reading, some of it beside writing
        route("/api/public/traces", Public, [get(traces::list), post(legacy::create_trace), delete(deletions::traces)]),
        route("/api/public/traces/{tail}", Public, [get(traces::one), delete(deletions::trace)]),
        route("/api/public/observations", Public, [get(observations::list)]),
        route("/api/public/observations/{tail}", Public, [get(observations::one)]),
        route("/api/public/v2/observations", Public, [get(observations_v2::list)]),
        route("/api/public/sessions", Public, [get(sessions::list)]),
        route("/api/public/sessions/{tail}", Public, [get(sessions::one)]),
        route("/api/public/scores", Public, [get(scores::list), post(scores::create)]),
        route("/api/public/scores/{tail}", Public, [get(scores::one), delete(deletions::score)]),
        route("/api/public/v2/scores", Public, [get(scores_v2::list)]),
        route("/api/public/v2/scores/{tail}", Public, [get(scores_v2::one)]),
        route("/api/public/v3/scores", Public, [get(scores_v3::list)]),
        route("/api/public/metrics", Public, [get(metrics::v1)]),
        route("/api/public/v2/metrics", Public, [get(metrics::v2)]),
        route("/api/public/experiments", Public, [get(experiments::list)]),
        route("/api/public/experiment-items", Public, [get(experiments::items)]),
        route("/api/public/comments", Public, [get(comments::list), post(comments::create)]),
        route("/api/public/comments/{tail}", Public, [get(comments::one)]),
        route("/api/public/score-configs", Public, [get(score_configs::list), post(score_configs::create)]),
        route("/api/public/score-configs/{tail}", Public, [get(score_configs::one), patch(score_configs::change)]),
        route("/api/public/metrics/daily", Public, [get(daily::list)]),
        // A link needs no key: it is signed.
        route("/api/public/media/{part}/content", Public, [get(media::download), put(media::upload)]),
        route("/api/public/media", Public, [post(media::announce)]),
        route("/api/public/media/{tail}", Public, [get(media::one), patch(media::note)]),
        route("/api/public/models", Public, [get(models::list), post(models::create)]),
        route("/api/public/models/{tail}", Public, [get(models::one), put(models::put), delete(models::delete)]),
        route("/api/public/projects", Public, [get(projects::list)]),
        route("/api/public/projects/{part}", Public, [delete(deletions::langfuse_project)]),
        route("/api/public/health", Public, [any(health::health)]),
        route("/api/public/ready", Public, [any(health::ready)]),
        route("/api/public/mcp", Mcp, [post(mcp::post)]),
        // The viewer's own
        route(
            "/api/spanstone/v1/session",
            Own,
            [get(viewer::session::show), post(viewer::session::sign_in), delete(viewer::session::sign_out)],
        ),
        route("/api/spanstone/v1/projects/{part}/traces", Own, [get(viewer::traces::list)]),
        route("/api/spanstone/v1/projects/{part}/traces/{tail}", Own, [get(viewer::traces::one)]),
        route("/api/spanstone/v1/projects/{part}/media/{tail}", Own, [get(media::show)]),
        route("/api/spanstone/v1/projects/{part}/observations/{part}/cost", Own, [get(costs::explain_viewed)]),
        route("/api/spanstone/v1/projects/{part}/observations/{tail}", Own, [get(viewer::observations::one)]),
        route("/api/spanstone/v1/projects/{part}/search", Own, [get(search::of_viewer)]),
        route("/api/spanstone/v1/projects/{part}", Own, [delete(deletions::project)]),
        route("/api/spanstone/v1/projects/{part}/skeletons/{tail}", Own, [get(viewer::skeletons::one)]),
        route("/api/spanstone/v1/projects/{part}/facets", Own, [get(facets::show)]),
        route("/api/spanstone/v1/projects/{part}/users", Own, [get(users::list)]),
        route("/api/spanstone/v1/projects/{part}/tail", Own, [get(tail::follow)]),
        // Our own for programs
        route("/api/spanstone/v1/skeletons/{tail}", Own, [get(viewer::skeletons::one)]),
        route("/api/spanstone/v1/facets", Own, [get(facets::show)]),
        route("/api/spanstone/v1/users", Own, [get(users::list)]),
        route("/api/spanstone/v1/tail", Own, [get(tail::follow)]),
        route("/api/spanstone/v1/sessions/{tail}", Own, [delete(deletions::session)]),
        route("/api/spanstone/v1/observations/{part}/cost", Own, [get(costs::explain)]),
        route("/api/spanstone/v1/reprice", Own, [post(costs::reprice)]),
        route("/api/spanstone/v1/storage", Own, [get(storage::show)]),
        route("/api/openapi.json", Own, [get(openapi::show)]),
        route("/api/spanstone/v1/search", Own, [get(search::of_key)]),
        // The operator's
        route("/metrics", Own, [get(prometheus::show)]),
    ]
}

/// A route: the paths it takes, what it says when something is wrong, and a handler per method.
pub(crate) struct Route {
    pattern: Pattern,
    dialect: Dialect,
    methods: Vec<(Wanted, Handler)>,
}

/// Which methods a handler takes.
enum Wanted {
    One(Method),
    Any,
}

type Handler = Box<dyn Fn(Call) -> LocalBoxFuture<'static, Answer> + Send + Sync>;

fn route<const N: usize>(path: &'static str, dialect: Dialect, methods: [(Wanted, Handler); N]) -> Route {
    Route { pattern: Pattern::new(path), dialect, methods: methods.into() }
}

fn get<F: Future<Output = Answer> + 'static>(handler: fn(Call) -> F) -> (Wanted, Handler) {
    on(Wanted::One(Method::GET), handler)
}

fn post<F: Future<Output = Answer> + 'static>(handler: fn(Call) -> F) -> (Wanted, Handler) {
    on(Wanted::One(Method::POST), handler)
}

fn put<F: Future<Output = Answer> + 'static>(handler: fn(Call) -> F) -> (Wanted, Handler) {
    on(Wanted::One(Method::PUT), handler)
}

fn patch<F: Future<Output = Answer> + 'static>(handler: fn(Call) -> F) -> (Wanted, Handler) {
    on(Wanted::One(Method::PATCH), handler)
}

fn delete<F: Future<Output = Answer> + 'static>(handler: fn(Call) -> F) -> (Wanted, Handler) {
    on(Wanted::One(Method::DELETE), handler)
}

fn any<F: Future<Output = Answer> + 'static>(handler: fn(Call) -> F) -> (Wanted, Handler) {
    on(Wanted::Any, handler)
}

fn on<F: Future<Output = Answer> + 'static>(wanted: Wanted, handler: fn(Call) -> F) -> (Wanted, Handler) {
    (wanted, Box::new(move |call| Box::pin(handler(call))))
}

impl Route {
    /// The pattern of its paths, as text.
    pub(crate) fn path(&self) -> &'static str {
        self.pattern.text()
    }

    /// Runs the handler of a method.
    ///
    /// # Errors
    /// Fails as the handler does, and when there is none.
    pub(crate) async fn run(&self, method: &Method, call: Call) -> Answer {
        let handler = self.handler(method).ok_or_else(Failure::method_not_allowed)?;
        handler(call).await
    }

    /// How it tells errors.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether it answers a method at a path, in which names in braces stand for what is captured.
    pub(crate) fn serves(&self, method: &str, path: &str) -> bool {
        let is_captured = |part: &str| part.starts_with('{');
        let same = |(ours, theirs): (&str, &str)| ours == theirs || is_captured(ours) && is_captured(theirs);
        let count = |path: &str| path.split('/').count();
        let same_path = count(self.path()) == count(path) && self.path().split('/').zip(path.split('/')).all(same);
        same_path && self.takes(method)
    }

    /// Whether it answers a method.
    pub(crate) fn takes(&self, method: &str) -> bool {
        Method::from_bytes(method.as_bytes()).is_ok_and(|method| self.handler(&method).is_some())
    }

    /// Whether it answers every method.
    #[cfg(test)]
    pub(crate) fn takes_any(&self) -> bool {
        self.methods.iter().any(|(wanted, _)| matches!(wanted, Wanted::Any))
    }

    fn handler(&self, method: &Method) -> Option<&Handler> {
        let takes = |wanted: &Wanted| match wanted {
            Wanted::One(one) => one == method,
            Wanted::Any => true,
        };
        self.methods.iter().find(|(wanted, _)| takes(wanted)).map(|(_, handler)| handler)
    }

    fn allowed(&self) -> HeaderValue {
        let names = self.methods.iter().filter_map(|(wanted, _)| match wanted {
            Wanted::One(method) => Some(method.as_str()),
            Wanted::Any => None,
        });
        let list = names.collect::<Vec<_>>().join(", ");
        HeaderValue::from_str(&list).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// Answers a request.
pub(crate) async fn answer(context: Arc<Context>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let path = path::normalize(request.path());
    let found = find(&context.routes, path);
    let index = found.as_ref().map(|(index, _)| *index);
    let content_type = request.headers().get(CONTENT_TYPE);
    let mut answer = if path::is_public_api(path) && request.method() == Method::OPTIONS {
        headers::preflight(request.headers())
    } else if let Some((index, captured)) = found {
        let route = &context.routes[index];
        let dialect = route.dialect.for_body(content_type);
        let call = Call::new(request.clone(), payload, captured, context.clone());
        let answer = handle(route, dialect, request.method(), call).await;
        answer.unwrap_or_else(|failure| failure.render(dialect, || context.engine.new_id()))
    } else if let Some(dialect) = path::api_dialect(path) {
        let message = format!("there is no `{path}` here");
        Failure::not_found(message).render(dialect.for_body(content_type), || context.engine.new_id())
    } else {
        crate::static_files::answer(&context, &request, path)
    };
    answer = compress::pack(answer, request.headers());
    headers::finish(&mut answer, request.headers(), path);
    context.traffic.count_answer(index, answer.status().as_u16());
    answer
}

fn find(routes: &[Route], path: &str) -> Option<(usize, Vec<String>)> {
    routes.iter().enumerate().find_map(|(index, route)| Some((index, route.pattern.captures(path)?)))
}

/// The method is looked at before anything else, so that a wrong one is told without a key.
async fn handle(route: &Route, dialect: Dialect, method: &Method, call: Call) -> Answer {
    let Some(handler) = route.handler(method) else {
        let mut answer = Failure::method_not_allowed().render(dialect, String::new);
        answer.headers_mut().insert(ALLOW, route.allowed());
        return Ok(answer);
    };
    handler(call).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<(&'static str, Vec<String>)> {
        let routes = routes();
        find(&routes, path::normalize(path)).map(|(index, captured)| (routes[index].path(), captured))
    }

    fn captured(path: &'static str, parts: &[&str]) -> Option<(&'static str, Vec<String>)> {
        Some((path, parts.iter().map(|part| (*part).to_owned()).collect()))
    }

    #[test]
    fn paths_find_their_route() {
        assert_eq!(found("/api/public/ingestion/"), captured("/api/public/ingestion", &[]));
        assert_eq!(found("//api/public/ingestion"), captured("/api/public/ingestion", &[]));
        assert_eq!(found("/api/public/traces/run%2F7"), captured("/api/public/traces/{tail}", &["run/7"]));
        assert_eq!(found("/api/public/traces/run/7/"), captured("/api/public/traces/{tail}", &["run/7"]));
        assert_eq!(found("/api/public/v2/scores/a"), captured("/api/public/v2/scores/{tail}", &["a"]));
        assert_eq!(
            found("/api/spanstone/v1/projects/p%201/traces/%F0%9F%A6%80"),
            captured("/api/spanstone/v1/projects/{part}/traces/{tail}", &["p 1", "🦀"])
        );
        assert_eq!(found("/api/public/nothing"), None);
        assert_eq!(found("/project/p/traces"), None);
    }

    #[test]
    fn no_route_hides_another() {
        let routes = routes();
        for (index, route) in routes.iter().enumerate() {
            let example = route.path().replace("{part}", "p").replace("{tail}", "t");
            assert_eq!(find(&routes, &example).map(|(found, _)| found), Some(index), "{example}");
        }
    }
}
