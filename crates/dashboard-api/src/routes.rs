//! Every route in one place: what is open to anyone, what wants a caller, and what stands before and after them all.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App, access, anomalies, audit, backtest, body, calendar, decisions, etag, events, fleet_figures, fleet_view, forecast,
    headers, health, history, metrics, model, openapi,
    orders::{approval, mode, stop},
    page, predictions, problem, resources, session,
};

/// What anyone may ask: it holds nothing of the fleet.
pub(crate) fn public() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(health::show)).routes(routes!(health::auth))
}

/// What wants a caller.
pub(crate) fn private() -> OpenApiRouter<Arc<App>> {
    let group = OpenApiRouter::new()
        .routes(routes!(fleet_view::one))
        .routes(routes!(history::show))
        .routes(routes!(forecast::show))
        .routes(routes!(forecast::past))
        .routes(routes!(decisions::show))
        .routes(routes!(anomalies::show))
        .routes(routes!(events::show))
        .routes(routes!(model::show))
        .routes(routes!(backtest::show))
        .routes(routes!(calendar::of_group, calendar::replace_of_group))
        .routes(routes!(mode::set, mode::clear))
        .routes(routes!(stop::stop_group, stop::resume_group))
        .routes(routes!(approval::answer));
    let fleet = OpenApiRouter::new()
        .routes(routes!(session::show))
        .routes(routes!(fleet_view::show))
        .routes(routes!(fleet_figures::stats))
        .routes(routes!(fleet_figures::history))
        .routes(routes!(metrics::show, metrics::take))
        .routes(routes!(predictions::show))
        .routes(routes!(predictions::train))
        .routes(routes!(resources::show))
        .routes(routes!(resources::recommendations))
        .routes(routes!(resources::allocate, resources::release))
        .routes(routes!(calendar::show, calendar::replace))
        .routes(routes!(stop::stop_fleet, stop::resume_fleet))
        .routes(routes!(audit::show));
    fleet.merge(group)
}

/// The API and the page.
pub(crate) fn router(app: Arc<App>) -> Router {
    let (public, _) = public().split_for_parts();
    let (private, _) = private().split_for_parts();
    let identify = middleware::from_fn_with_state(Arc::clone(&app.access), access::identify);
    let api = Router::new()
        .merge(public)
        .route("/openapi.json", get(description))
        .merge(private.route_layer(identify))
        .fallback(problem::unknown_route)
        .method_not_allowed_fallback(problem::unknown_method)
        .layer(middleware::from_fn(etag::tag));
    let sites = app.state.sites.clone();
    Router::new()
        .nest("/api", api.route("/docs", get(page::docs)))
        .fallback(page::serve)
        .with_state(app)
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(DefaultBodyLimit::max(body::BYTES_MAX))
        .layer(middleware::map_response_with_state(Arc::new(sites), headers::secure))
        .layer(CompressionLayer::new())
}

/// Answers with the description of the API, made once.
async fn description() -> Response {
    static JSON: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| openapi::openapi().to_json().expect("a description is JSON"));
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], JSON.as_str()).into_response()
}
