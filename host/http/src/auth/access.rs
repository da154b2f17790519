//! Which call needs which role, and what a caller is given then.

use super::tokens::{Caller, Hash, Role, Tokens};
use crate::app::App;
use crate::problem::Problem;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use oyez::{Namespace, Recorded};
use std::sync::Arc;

/// What a call may see and change. Handlers ask it for their namespace; without it they are not reached.
#[derive(Clone, Debug)]
pub(crate) struct Access(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// The server has no tokens: who reaches it may do all.
    Open,
    /// Somebody without a token, for a call that needs none.
    Nobody,
    Caller(Hash, Arc<Caller>),
}

/// What a call needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Nothing,
    /// A token, whatever its roles.
    Token,
    /// A token with this role, bound to a namespace or not: the handler looks at that.
    Role(Role),
    /// A token with this role that is bound to no namespace.
    Whole(Role),
}

/// Calls whose handlers heed the namespace of who calls. Of any other a bound token is refused.
const BINDABLE: &[&str] = &["events", "plugins", "subscriptions", "logs", "dead", "parked"];

fn need(method: &Method, path: &str) -> Need {
    let reads = method == Method::GET || method == Method::HEAD;
    let bindable = path.strip_prefix("/v1/").and_then(|rest| rest.split('/').next()).is_some_and(|part| BINDABLE.contains(&part));
    match path {
        "/livez" | "/readyz" if reads => Need::Nothing,
        "/openapi.json" if reads => Need::Token,
        "/" | "/v1/events" if method == Method::POST => Need::Role(Role::Publish),
        "/v1/explain" if method == Method::POST => Need::Whole(Role::Read),
        _ if reads && bindable => Need::Role(Role::Read),
        _ if reads => Need::Whole(Role::Read),
        _ if bindable => Need::Role(Role::Operate),
        _ => Need::Whole(Role::Operate),
    }
}

impl Access {
    /// The namespace that it is bound to.
    pub(crate) fn namespace(&self) -> Option<&Namespace> {
        if let Kind::Caller(_, caller) = &self.0 { caller.namespace.as_ref() } else { None }
    }

    /// Whether it is somebody who may be told details.
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self.0, Kind::Nobody)
    }

    /// Refuses a plugin that lies outside its namespace. The name alone decides, so that nothing is told of what there is.
    pub(crate) fn plugin(&self, name: &str) -> Result<(), Problem> {
        match self.namespace() {
            Some(namespace) if !namespace.has_plugin(name) => Err(outside(&format!("the plugin `{}`", name.escape_debug()), namespace)),
            _ => Ok(()),
        }
    }

    /// Refuses an event whose source it may not publish under.
    pub(crate) fn source(&self, source: &str) -> Result<(), Problem> {
        match self.namespace() {
            Some(namespace) if !namespace.may_publish(source) => {
                let what = format!("the source `{}`", source.escape_debug().take(200).collect::<String>());
                Err(outside(&format!("{what} (publish below `/{namespace}/`)"), namespace))
            }
            _ => Ok(()),
        }
    }

    /// Whether an event is one that it may read: of its namespace, if it is bound to one. Others are as if they were not there.
    pub(crate) fn sees(&self, recorded: &Recorded) -> bool {
        self.namespace().is_none_or(|namespace| namespace.has_source(recorded.event.source()))
    }

    /// Whether a plugin is one that it may see.
    pub(crate) fn sees_plugin(&self, name: &str) -> bool {
        self.namespace().is_none_or(|namespace| namespace.has_plugin(name))
    }

    /// Whether the tokens still allow what they allowed: a stream outlives its first look at them.
    pub(crate) fn holds(&self, tokens: Option<&Tokens>) -> bool {
        match (&self.0, tokens) {
            (Kind::Caller(hash, caller), Some(tokens)) => tokens.known(hash).is_some_and(|now| now == *caller),
            (Kind::Caller(..), None) | (Kind::Open, None) => true,
            (Kind::Nobody, _) | (Kind::Open, Some(_)) => false,
        }
    }
}

fn outside(what: &str, namespace: &Namespace) -> Problem {
    let detail = format!("the token is bound to the namespace `{namespace}`, and {what} lies outside it: use another token");
    Problem::new(StatusCode::FORBIDDEN, "namespace-forbidden", detail)
}

impl<S: Send + Sync> FromRequestParts<S> for Access {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Nobody comes here who was not looked at; if somebody does, he is nobody.
        parts.extensions.get().cloned().ok_or_else(no_token)
    }
}

fn no_token() -> Problem {
    let detail = "this call needs a token: send `Authorization: Bearer TOKEN`; the command line takes it from OYEZ_TOKEN";
    Problem::new(StatusCode::UNAUTHORIZED, "token-missing", detail)
}

/// The token of a request: of one header, behind `Bearer`, in any case.
fn presented(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (all.next()?.as_bytes(), all.next()) else { return None };
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

fn admit(tokens: Option<&Tokens>, method: &Method, path: &str, headers: &HeaderMap) -> Result<Access, Problem> {
    let Some(tokens) = tokens else { return Ok(Access(Kind::Open)) };
    let need = need(method, path);
    let found = presented(headers).map(|token| tokens.find(token));
    let (hash, caller) = match (found, need) {
        (Some(Some(found)), _) => found,
        (_, Need::Nothing) => return Ok(Access(Kind::Nobody)),
        (None, _) => return Err(no_token()),
        (Some(None), _) => {
            let detail = "the token is none that this server knows, or it was taken back: ask for another";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "token-unknown", detail));
        }
    };
    let role = if let Need::Role(role) | Need::Whole(role) = need { Some(role) } else { None };
    if let Some(role) = role.filter(|role| !caller.roles.contains(role)) {
        let detail = format!("the token `{}` has not the role `{}`, which this call needs: use another token", caller.name, role.as_str());
        return Err(Problem::new(StatusCode::FORBIDDEN, "role-missing", detail));
    }
    match (need, &caller.namespace) {
        (Need::Whole(_), Some(namespace)) => Err(outside("this call", namespace)),
        _ => Ok(Access(Kind::Caller(hash, caller))),
    }
}

/// Lets a request through with its [`Access`], or refuses it.
pub(crate) async fn check(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let tokens = app.options.borrow().tokens.clone();
    let (method, path) = (request.method(), request.uri().path());
    match admit(tokens.as_deref(), method, path, request.headers()) {
        Ok(access) => {
            if let (Kind::Caller(_, caller), Need::Role(Role::Operate) | Need::Whole(Role::Operate)) = (&access.0, need(method, path)) {
                tracing::info!(token = caller.name, %method, path, "an operator's call");
            }
            request.extensions_mut().insert(access);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_the_contract_names_the_role_that_it_needs() {
        let contract: serde_json::Value = serde_json::from_str(include_str!("../openapi.json")).unwrap();
        let mut count = 0;
        for (path, calls) in contract["paths"].as_object().unwrap() {
            for (method, call) in calls.as_object().unwrap() {
                let method: Method = method.to_uppercase().parse().unwrap();
                let told = &call["security"];
                let role = |role: Role| serde_json::json!([{ "token": [role.as_str()] }, {}]);
                let wanted = match need(&method, path) {
                    Need::Nothing => serde_json::json!([]),
                    Need::Token => serde_json::json!([{ "token": [] }, {}]),
                    Need::Role(of) | Need::Whole(of) => role(of),
                };
                assert_eq!(*told, wanted, "{method} {path}");
                count += 1;
            }
        }
        assert!(count > 15, "{count}");
    }

    #[test]
    fn what_is_not_known_needs_the_most() {
        for (method, path) in [("PUT", "/v1/events"), ("POST", "/V1/events"), ("POST", "/v1/events/"), ("DELETE", "/metrics"), ("OPTIONS", "/")] {
            let method = method.parse().unwrap();
            assert!(matches!(need(&method, path), Need::Whole(Role::Operate) | Need::Role(Role::Operate)), "{method} {path}");
        }
        assert_eq!(need(&Method::GET, "/v1/secrets"), Need::Whole(Role::Read));
        assert_eq!(need(&Method::GET, "/metrics"), Need::Whole(Role::Read));
        assert_eq!(need(&Method::POST, "/livez"), Need::Whole(Role::Operate));
    }

    #[test]
    fn one_header_holds_one_token() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            presented(&headers).map(<[u8]>::to_vec)
        };
        assert_eq!(of(&["Bearer abc"]), Some(b"abc".to_vec()));
        assert_eq!(of(&["bEARER  abc "]), Some(b"abc".to_vec()));
        for none in [&[][..], &["Basic abc"], &["abc"], &["Bearer"], &["Bearer a", "Bearer a"], &["Bearerabc"]] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }
}
