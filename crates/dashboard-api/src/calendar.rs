//! `/api/calendar` and `/api/groups/{id}/calendar`: the business calendar as it is written, to read and to edit.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use headroom_core::{
    Calendar,
    calendar::{CalendarError, Event},
};
use headroom_store::{Expect, Object, StoreError, Version, keys};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    access::{Operator, Viewer},
    body::Body,
    etag::expected,
    group_of::GroupOf,
    orders::{Order, carried_out},
    params::Params,
    problem::Problem,
};

/// The calendar of the fleet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeCalendar {
    /// Its version, to be sent as `If-Match` with a change; none where there is no calendar yet (`If-None-Match: *`).
    #[schema(required)]
    etag: Option<String>,
    /// The zone of times without one, by its IANA name.
    time_zone: String,
    /// The entries, in the order of the file.
    events: Vec<Event>,
    /// The legacy flag: a sale of this intensity for as long as the calendar says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    is_sale_active: Option<f64>,
}

/// The calendar to put in place of the one that is there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCalendar {
    /// The zone of times without one, by its IANA name.
    time_zone: String,
    /// The entries.
    events: Vec<Event>,
    /// The legacy flag, where it shall stay: a sale of this intensity for as long as the calendar says so.
    #[serde(default)]
    is_sale_active: Option<f64>,
}

/// An entry that concerns a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupEntry {
    /// Its place in the fleet's calendar.
    index: usize,
    /// Whether it concerns other groups too: then it is changed in the fleet's calendar.
    shared: bool,
    /// The entry as it is written.
    event: Event,
}

/// What of the calendar concerns a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupCalendar {
    /// The group.
    group: String,
    /// The version of the fleet's calendar; see there.
    #[schema(required)]
    etag: Option<String>,
    /// The zone of times without one, by its IANA name.
    time_zone: String,
    /// The entries, in the order of the file.
    events: Vec<GroupEntry>,
}

/// The entries that shall concern one group and no other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGroupCalendar {
    /// The entries; what they say of `groups` is left out, or names the group alone.
    events: Vec<Event>,
}

/// The calendar as it is stored now.
struct Stored {
    calendar: Calendar,
    version: Option<Version>,
}

impl Stored {
    async fn read(app: &App) -> Result<Self, Problem> {
        let object = app.state.store.get(keys::CALENDAR).await?;
        let Some(Object { bytes, version }) = object else { return Ok(Self { calendar: Calendar::default(), version: None }) };
        let broken = |message: String| {
            let cure = "mend the file with `headroom doctor` as a guide, or put a new one in its place";
            Problem::corrupt(format!("`{}` cannot be read: {message}", keys::CALENDAR), cure.to_owned())
        };
        let text = std::str::from_utf8(&bytes).map_err(|error| broken(error.to_string()))?;
        Ok(Self { calendar: Calendar::from_json(text).map_err(|error| broken(error.to_string()))?, version: Some(version) })
    }

    fn etag(&self) -> Option<String> {
        self.version.as_ref().map(|version| written(&version.0))
    }

    fn events(&self) -> Vec<Event> {
        self.calendar.events().cloned().collect()
    }

    fn whole(&self) -> WholeCalendar {
        WholeCalendar {
            etag: self.etag(),
            time_zone: zone_of(&self.calendar),
            events: self.events(),
            is_sale_active: self.calendar.always(),
        }
    }

    fn of_group(&self, group: &str) -> GroupCalendar {
        let entries = self.events().into_iter().enumerate().filter(|(_, event)| concerns(event, group));
        let entries = entries.map(|(index, event)| GroupEntry { index, shared: !is_own(&event, group), event });
        GroupCalendar {
            group: group.to_owned(),
            etag: self.etag(),
            time_zone: zone_of(&self.calendar),
            events: entries.collect(),
        }
    }
}

/// An answer whose tag is the version of the calendar, so that what a client got as `ETag` is what it sends as `If-Match`.
type Tagged<T> = (Option<[(HeaderName, HeaderValue); 1]>, Json<T>);

fn tagged<T>(stored: &Stored, answer: T) -> Tagged<T> {
    let tag = stored.etag().and_then(|etag| HeaderValue::try_from(etag).ok());
    (tag.map(|tag| [(header::ETAG, tag)]), Json(answer))
}

/// Stores put quotes around a version, or do not: callers see quotes.
fn written(version: &str) -> String {
    format!("\"{}\"", version.trim_matches('"'))
}

fn zone_of(calendar: &Calendar) -> String {
    calendar.time_zone().iana_name().unwrap_or("UTC").to_owned()
}

fn concerns(event: &Event, group: &str) -> bool {
    event.groups.as_ref().is_none_or(|groups| groups.iter().any(|name| name == group))
}

fn is_own(event: &Event, group: &str) -> bool {
    matches!(event.groups.as_deref(), Some([only]) if only == group)
}

/// The business calendar as it is written
#[utoipa::path(get, path = "/calendar", tag = "calendar", security(("bearer" = ["viewer"])), responses((status = 200, body = WholeCalendar)))]
pub(crate) async fn show(State(app): State<Arc<App>>, _: Viewer, params: Params) -> Result<Tagged<WholeCalendar>, Problem> {
    params.only(&[])?;
    let stored = Stored::read(&app).await?;
    Ok(tagged(&stored, stored.whole()))
}

/// Put another business calendar in place of the one that was read
#[utoipa::path(
    put, path = "/calendar", tag = "calendar", security(("bearer" = ["operator"])), request_body = NewCalendar,
    params(
        ("If-Match" = Option<String>, Header, description = "The `etag` of the calendar that was read"),
        ("If-None-Match" = Option<String>, Header, description = "`*` where there is no calendar yet")
    ),
    responses(
        (status = 200, body = WholeCalendar),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 428, body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn replace(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    params: Params,
    headers: HeaderMap,
    Body(NewCalendar { time_zone, events, is_sale_active }): Body<NewCalendar>,
) -> Result<Tagged<WholeCalendar>, Problem> {
    params.only(&[])?;
    let version = expected(&headers)?;
    let calendar = checked(&app, &time_zone, &events, is_sale_active).await?;
    let what = serde_json::json!({ "events": events.len(), "time_zone": time_zone });
    let order = Order { action: "calendar", group: None, what, caller: &caller };
    let stored = carried_out(&app, order, store(&app, calendar, version)).await?;
    Ok(tagged(&stored, stored.whole()))
}

/// What of the business calendar concerns a group
#[utoipa::path(
    get, path = "/groups/{id}/calendar", tag = "calendar", security(("bearer" = ["viewer"])),
    params(("id" = String, Path, description = "The group")), responses((status = 200, body = GroupCalendar))
)]
pub(crate) async fn of_group(
    State(app): State<Arc<App>>,
    _: Viewer,
    GroupOf(group): GroupOf,
    params: Params,
) -> Result<Tagged<GroupCalendar>, Problem> {
    params.only(&[])?;
    let stored = Stored::read(&app).await?;
    Ok(tagged(&stored, stored.of_group(&group.id)))
}

/// Replace the entries that concern one group alone
///
/// Entries that concern other groups too stay as they are.
#[utoipa::path(
    put, path = "/groups/{id}/calendar", tag = "calendar", security(("bearer" = ["operator"])), request_body = NewGroupCalendar,
    params(
        ("id" = String, Path, description = "The group"),
        ("If-Match" = Option<String>, Header, description = "The `etag` of the calendar that was read"),
        ("If-None-Match" = Option<String>, Header, description = "`*` where there is no calendar yet")
    ),
    responses(
        (status = 200, body = GroupCalendar),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 428, body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn replace_of_group(
    State(app): State<Arc<App>>,
    Operator(caller): Operator,
    GroupOf(group): GroupOf,
    params: Params,
    headers: HeaderMap,
    Body(NewGroupCalendar { events }): Body<NewGroupCalendar>,
) -> Result<Tagged<GroupCalendar>, Problem> {
    params.only(&[])?;
    let version = expected(&headers)?;
    let id = &group.id;
    if let Some(index) = events.iter().position(|event| event.groups.is_some() && !is_own(event, id)) {
        let detail = format!("event `{}` names other groups than `{id}`", events[index].name);
        let cure = "leave `groups` out here; an entry of several groups belongs into `/api/calendar`";
        return Err(Problem::unusable(format!("events[{index}].groups"), detail, cure));
    }
    let stored = Stored::read(&app).await?;
    let own = events.into_iter().map(|event| Event { groups: Some(vec![id.clone()]), ..event });
    let count = own.len();
    // Checked on their own first, so that a field is told by its place in the request.
    let own: Vec<Event> = own.collect();
    let (zone, always) = (zone_of(&stored.calendar), stored.calendar.always());
    checked(&app, &zone, &own, always).await?;
    let kept = stored.events().into_iter().filter(|event| !is_own(event, id));
    let calendar = checked(&app, &zone, &kept.chain(own).collect::<Vec<_>>(), always).await?;
    let order = Order { action: "calendar", group: Some(id), what: serde_json::json!({ "events": count }), caller: &caller };
    let stored = carried_out(&app, order, store(&app, calendar, version)).await?;
    Ok(tagged(&stored, stored.of_group(id)))
}

/// The calendar that `events` make.
///
/// # Errors
/// A [`Problem`] that names the first entry that cannot be, and what to do about it.
async fn checked(app: &App, time_zone: &str, events: &[Event], always: Option<f64>) -> Result<Calendar, Problem> {
    let read = |events: &[Event], always: Option<f64>| {
        let file = serde_json::json!({ "time_zone": time_zone, "events": events, "is_sale_active": always });
        Calendar::from_json(&file.to_string())
    };
    if let Err(error) = read(&[], None) {
        return Err(Problem::unusable("time_zone", bare(&error), "give an IANA name, such as Europe/Berlin"));
    }
    if let Err(error) = read(&[], always) {
        return Err(Problem::unusable("is_sale_active", bare(&error), "leave the flag out, and announce sales as entries"));
    }
    let fleet = app.state.fleet.fleet().await?;
    for (index, event) in events.iter().enumerate() {
        let place = format!("events[{index}]");
        if let Err(error) = read(std::slice::from_ref(event), None) {
            return Err(Problem::unusable(place, bare(&error), "correct this entry and send all of them again"));
        }
        let unknown = event.groups.iter().flatten().find(|id| fleet.group(id).is_none());
        if let Some(id) = unknown {
            let detail = format!("event `{}`: there is no group `{id}`", event.name);
            return Err(Problem::unusable(format!("{place}.groups"), detail, "use ids that `/api/groups` lists"));
        }
    }
    read(events, always).map_err(|error| Problem::unusable("events", bare(&error), "correct the entries and send them again"))
}

/// An error without its line, which is one of ours and not of the request's.
fn bare(error: &CalendarError) -> String {
    match error {
        CalendarError::Malformed { problem, .. } => problem.clone(),
        CalendarError::Event { name, problem, .. } => format!("event `{name}`: {problem}"),
    }
}

async fn store(app: &App, calendar: Calendar, version: Option<String>) -> Result<Stored, Problem> {
    let store = &*app.state.store;
    // The version in the form that this store gave it.
    let expect = match (&version, store.get(keys::CALENDAR).await?) {
        (None, _) => Expect::Absent,
        (Some(wanted), Some(now)) if now.version.0.trim_matches('"') == wanted => Expect::Version(now.version),
        (Some(_), _) => return Err(changed()),
    };
    match store.put(keys::CALENDAR, calendar.to_json().as_bytes(), expect).await {
        Ok(version) => Ok(Stored { calendar, version: Some(version) }),
        Err(StoreError::Conflict { .. }) => Err(changed()),
        Err(error) => Err(error.into()),
    }
}

fn changed() -> Problem {
    let cure = "read it again, make your change on that, and send its `etag`";
    Problem::new(axum::http::StatusCode::PRECONDITION_FAILED, "someone else has changed the calendar meanwhile", cure)
}
