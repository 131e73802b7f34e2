//! The description of the API (OpenAPI 3.1), made from the routes themselves.

use utoipa::{
    Modify, OpenApi, ToSchema,
    openapi::{
        Content, Ref, RefOr, Response, ResponseBuilder,
        header::{Header, HeaderBuilder},
        path::{Operation, PathItem},
        schema::{Object, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{problem::Problem, routes};

/// What is common to all routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Headroom",
        description = "Forecasts the load of groups of servers and sets their capacity before the load arrives. Times are RFC 3339 in UTC, \
                       loads are instance-equivalents. Errors are problem documents (RFC 9457) with `field`, where one is to blame, and \
                       `cure`. Answers carry an `ETag`; send it as `If-None-Match` to get 304 where nothing has changed.",
        license(name = "MIT")
    ),
    tags(
        (name = "groups", description = "Every group at a glance"),
        (name = "history", description = "What groups did"),
        (name = "forecasts", description = "What is expected"),
        (name = "decisions", description = "What was decided and why"),
        (name = "resources", description = "What groups have and should have"),
        (name = "models", description = "What forecasts, and whether it would have paid"),
        (name = "calendar", description = "What is announced"),
        (name = "orders", description = "What operators want, and the record of it"),
        (name = "dashboard", description = "The fleet in figures"),
        (name = "access", description = "Who may ask")
    ),
    components(schemas(Problem)),
    modifiers(&Bearer)
)]
struct Common;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let words = "A JSON Web Token: of an OpenID Connect provider (RS256 or ES256), or of `headroom token` (HS256). A route names the \
                     role that it wants; `admin` may what `operator` may, and `operator` what `viewer` may.";
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(words)).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The description of every route under `/api`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let routes = routes::public().merge(routes::private());
    let nested = utoipa_axum::router::OpenApiRouter::with_openapi(Common::openapi()).nest("/api", routes);
    let (_, mut document) = nested.split_for_parts();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name_of(method, path));
            tell_refusals(path, operation);
        }
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, .. } = item;
    [("get", get), ("put", put), ("post", post), ("delete", delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// What generated clients call an operation: `get_groups_id_history`.
fn name_of(method: &str, path: &str) -> String {
    let words = path.trim_start_matches("/api/").split(['/', '-']).map(|word| word.trim_matches(['{', '}']));
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// Adds what every route of its kind may answer beside its own.
fn tell_refusals(path: &str, operation: &mut Operation) {
    let guarded = operation.security.is_some();
    let has_body = operation.request_body.is_some();
    let names_a_group = path.contains("{id}") || names(operation, "group") || has_body;
    let refusals = [
        (true, 400, "A parameter or the body cannot be read; `field` names what is to blame."),
        (guarded, 401, "There is no token, or it is not good; the header `WWW-Authenticate` says so too."),
        (guarded, 403, "The caller's role may not do this."),
        (names_a_group, 404, "There is no such group, or none of what is asked for yet."),
        (has_body, 413, "The body is longer than 1 MB."),
        (has_body, 415, "The body is not `application/json`."),
        (has_body, 422, "The body says something that cannot be; `field` names it."),
        (guarded, 429, "Too many requests; the header `Retry-After` says how long to wait, in seconds."),
        (guarded, 500, "A stored object cannot be read."),
        (guarded, 503, "The store, or the issuer of tokens, does not answer; or the record of orders is full for today."),
    ];
    for (applies, status, words) in refusals {
        if applies {
            operation.responses.responses.entry(status.to_string()).or_insert_with(|| RefOr::T(refusal(status, words)));
        }
    }
    if let Some(RefOr::T(answer)) = operation.responses.responses.get_mut("200") {
        if answer.description.is_empty() {
            answer.description = "As asked for.".to_owned();
        }
        answer.headers.insert("ETag".to_owned(), header("Names this very answer."));
    }
    for (status, answer) in &mut operation.responses.responses {
        if let RefOr::T(answer) = answer
            && answer.description.is_empty()
        {
            answer.description = words_of(status).to_owned();
        }
    }
}

/// What is said of an answer that a route declares without words.
fn words_of(status: &str) -> &'static str {
    match status {
        "202" => "It was asked for, and is done later.",
        "409" => "It cannot be done as things are now.",
        "412" => "Someone else has changed it meanwhile.",
        "428" => "The request does not say which version it replaces.",
        _ => "As asked for.",
    }
}

fn refusal(status: u16, words: &str) -> Response {
    let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
    let mut response = ResponseBuilder::new().description(words).content("application/problem+json", problem).build();
    let told = match status {
        401 => Some(("WWW-Authenticate", "`Bearer`, and what is wrong with the token.")),
        429 => Some(("Retry-After", "Seconds to wait.")),
        _ => None,
    };
    response.headers.extend(told.map(|(name, words)| (name.to_owned(), header(words))));
    response
}

fn header(words: &str) -> RefOr<Header> {
    let text = RefOr::T(Object::with_type(Type::String).into());
    RefOr::T(HeaderBuilder::new().schema(Some(text)).description(Some(words)).build())
}

fn names(operation: &Operation, parameter: &str) -> bool {
    operation.parameters.iter().flatten().any(|named| matches!(named, RefOr::T(named) if named.name == parameter))
}
