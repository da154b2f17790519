//! Calls the servers that its event names, one after another, and says what each answered: `{"urls": ["http://…"], "body": 1000, "follow": true}`.
//! With `"insist": true` it traps where one does not. It takes the grant `http`.

use guests::{ECHOED, EVENT};
use oyez_plugin::prelude::*;
use wasi::http::outgoing_handler;
use wasi::http::types::{Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasi::io::streams::StreamError;

/// Redirects that it follows.
const FOLLOWED_MAX: usize = 5;

#[derive(Deserialize)]
struct Wanted {
    urls: Vec<String>,
    /// Bytes that it sends.
    #[serde(default)]
    body: usize,
    #[serde(default)]
    follow: bool,
    /// Traps where it gets no answer.
    #[serde(default)]
    insist: bool,
}

#[handler(on = EVENT, emits = ECHOED)]
fn call(wanted: Wanted) -> Emission {
    let answers: Vec<_> = wanted.urls.iter().map(|url| answer(url, &wanted)).collect();
    Emission::new(ECHOED).json(&json!({ "answers": answers }))
}
plugin!(call);

fn answer(url: &str, wanted: &Wanted) -> serde_json::Value {
    let mut url = url.to_owned();
    for _ in 0..FOLLOWED_MAX {
        match request(&url, wanted.body) {
            Ok((300..=399, location, _)) if wanted.follow => url = location,
            Ok((status, _, body)) => {
                return json!({ "status": status, "bytes": body.bytes, "text": String::from_utf8_lossy(&body.begin) });
            }
            Err(error) if wanted.insist => panic!("no answer: {error}"),
            Err(error) => return json!({ "error": error }),
        }
    }
    json!({ "error": "too many redirects" })
}

/// What came of a body: all of it is no matter for one who has little memory.
#[derive(Default)]
struct Body {
    bytes: usize,
    /// The first hundred.
    begin: Vec<u8>,
}

type Answer = (u16, String, Body);

fn request(url: &str, body: usize) -> std::result::Result<Answer, String> {
    let shown = |error: wasi::http::types::ErrorCode| format!("{error:?}");
    let (scheme, rest) = url.split_once("://").ok_or("no scheme")?;
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let request = OutgoingRequest::new(Fields::new());
    let _ = request.set_scheme(Some(if scheme == "https" { &Scheme::Https } else { &Scheme::Http }));
    request.set_authority(Some(authority)).map_err(|()| "no authority".to_owned())?;
    let _ = request.set_path_with_query(Some(path));
    let _ = request.set_method(if body > 0 { &Method::Post } else { &Method::Get });
    let outgoing = request.body().map_err(|()| "no body".to_owned())?;
    let future = outgoing_handler::handle(request, None).map_err(shown)?;
    if body > 0 {
        let stream = outgoing.write().map_err(|()| "no stream".to_owned())?;
        for chunk in vec![b'x'; body].chunks(4096) {
            stream.blocking_write_and_flush(chunk).map_err(|error| format!("{error:?}"))?;
        }
    }
    OutgoingBody::finish(outgoing, None).map_err(shown)?;
    future.subscribe().block();
    let response = future.get().ok_or("not ready")?.map_err(|()| "taken".to_owned())?.map_err(shown)?;
    let location = response.headers().get("location").first().map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default();
    Ok((response.status(), location, read(&response)?))
}

fn read(response: &IncomingResponse) -> std::result::Result<Body, String> {
    let body = response.consume().map_err(|()| "no body".to_owned())?;
    let stream = body.stream().map_err(|()| "no stream".to_owned())?;
    let mut read = Body::default();
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(chunk) => {
                read.bytes += chunk.len();
                read.begin.extend(chunk);
                read.begin.truncate(100);
            }
            Err(StreamError::Closed) => return Ok(read),
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
    }
}
