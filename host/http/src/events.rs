//! Events: taken, listed, shown.

use crate::answers::{fit, holding};
use crate::app::App;
use crate::auth::Access;
use crate::follow;
use crate::items::{Item, Items, no_such_event, parse_sequence};
use crate::problem::Problem;
use crate::query::{EventParameters, Parameters};
use crate::stream;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use oyez::event::BODY_BYTES_MAX;
use oyez::event::http::{BATCH, Incoming, decode, encode_batch, encode_structured};
use oyez::{From, Receipt, Recorded, Sequence};
use serde::Serialize;

const SEQUENCE: HeaderName = HeaderName::from_static("oyez-sequence");
const EXPECTED: &str = "oyez-expected-sequence";

#[derive(Debug, Serialize)]
struct Taken {
    sequence: u64,
    duplicate: bool,
}

impl std::convert::From<Receipt> for Taken {
    fn from(receipt: Receipt) -> Self {
        Self { sequence: receipt.sequence.0, duplicate: receipt.duplicate }
    }
}

/// Takes events by the CloudEvents HTTP binding: binary, structured and batch.
pub(crate) async fn publish(State(app): State<App>, access: Access, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    // Its room is kept until the events are in the log: so long they are in memory.
    let body = app.bodies.read(&headers, body, BODY_BYTES_MAX).await?;
    let expected = expected(&headers)?;
    // One at a time is the common case: its answer is an object.
    let (events, one) = match (decode(&headers, &body)?, expected) {
        (Incoming::One(event), Some(expected)) => {
            access.source(event.source())?;
            let receipt = app.host.publish_checked_expecting(event, expected).await?;
            return Ok((StatusCode::ACCEPTED, Json(Taken::from(receipt))).into_response());
        }
        (Incoming::Batch(_), Some(_)) => {
            return Err(Problem::parameter(format!("`{EXPECTED}` is for one event, and this is a batch: send it alone")));
        }
        (Incoming::One(event), None) => (vec![event], true),
        (Incoming::Batch(events), None) => (events, false),
    };
    events.iter().try_for_each(|event| access.source(event.source()))?;
    let receipts = app.host.publish_checked(events).await?;
    let taken: Vec<Taken> = receipts.into_iter().map(Taken::from).collect();
    Ok(match taken.first() {
        Some(first) if one => (StatusCode::ACCEPTED, Json(first)).into_response(),
        _ => (StatusCode::ACCEPTED, Json(taken)).into_response(),
    })
}

/// What a producer takes for the last place of its event's source and subject.
fn expected(headers: &HeaderMap) -> Result<Option<Sequence>, Problem> {
    let Some(value) = headers.get(EXPECTED) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    number
        .map(|number| Some(Sequence(number)))
        .ok_or_else(|| Problem::parameter(format!("`{EXPECTED}` is {value:?}, but takes a sequence; 0 for none")))
}

/// Lists events, as a page, as plain events or as a stream, by what the caller accepts.
pub(crate) async fn list(
    State(app): State<App>,
    access: Access,
    Parameters(wanted): Parameters<EventParameters>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    if follow::is_wanted(&headers) {
        return stream::stream(app, access, &wanted, &headers).await;
    }
    let limit = wanted.limit()?;
    let room = app.answers.room().await?;
    let page = if let Some(id) = &wanted.id {
        by_id(&app, &access, id, wanted.source(), limit).await?
    } else {
        let from = app.host.place(wanted.from()?.unwrap_or(From::Beginning)).await?;
        let page = app.host.events(&wanted.query(&access), from, limit).await?;
        Items { items: page.items, next: page.next.map(|next| next.0) }
    };
    let room = fit(room, page.items.iter().map(|recorded| recorded.event.size()).sum());
    let response = if follow::accepts(&headers, BATCH) {
        plain(&page, &uri)
    } else {
        Json(Items { items: page.items.into_iter().map(Item::from).collect(), next: page.next }).into_response()
    };
    Ok(holding(response, room))
}

async fn by_id(app: &App, access: &Access, id: &str, source: Option<&str>, limit: usize) -> Result<Items<Recorded, u64>, Problem> {
    let (mut items, mut bytes) = (Vec::<Recorded>::new(), 0);
    for place in app.host.find(id, source)?.into_iter().take(limit) {
        if bytes > BODY_BYTES_MAX {
            break;
        }
        let recorded = app.host.event(place).await.filter(|recorded| access.sees(recorded));
        bytes += recorded.as_ref().map_or(0, |recorded| recorded.event.size());
        items.extend(recorded);
    }
    Ok(Items { items, next: None })
}

/// Plain events, for consumers that know CloudEvents and not us; where to go on stands in the header.
fn plain(page: &Items<Recorded, u64>, uri: &Uri) -> Response {
    let (headers, body) = encode_batch(page.items.iter().map(|recorded| &recorded.event));
    let mut response = (headers, body).into_response();
    let others = uri.query().unwrap_or_default().split('&').filter(|p| !p.is_empty() && !p.starts_with("from=") && !p.starts_with("last="));
    let others: String = others.map(|parameter| format!("&{parameter}")).collect();
    let link = page.next.map(|next| format!("<{}?from={next}{others}>; rel=\"next\"", uri.path()));
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// One event in structured mode.
pub(crate) async fn one(State(app): State<App>, access: Access, Path(sequence): Path<String>) -> Result<Response, Problem> {
    let sequence = parse_sequence(&sequence)?;
    let recorded = app.host.event(sequence).await.filter(|recorded| access.sees(recorded)).ok_or_else(|| no_such_event(sequence))?;
    let (headers, body) = encode_structured(&recorded.event);
    Ok((headers, [(SEQUENCE, sequence.to_string())], body).into_response())
}
