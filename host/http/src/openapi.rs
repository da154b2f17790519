//! The contract of the API, as OpenAPI.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

const CONTRACT: &str = include_str!("openapi.json");

/// The contract.
pub(crate) async fn contract() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], CONTRACT)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_call_of_the_server_is_in_the_contract() {
        let contract: serde_json::Value = serde_json::from_str(super::CONTRACT).unwrap();
        let routes = include_str!("routes.rs").lines().filter_map(|line| line.trim().strip_prefix(".route(\"")?.split('"').next());
        let mut count = 0;
        for path in routes {
            assert!(contract["paths"].get(path).is_some(), "{path}");
            count += 1;
        }
        assert_eq!(contract["paths"].as_object().unwrap().len(), count);
    }
}
