//! Tokens that are bound to a namespace: they see and change what is their own, and nothing tells them of the rest.

use crate::{FREE, call, outcome, token, with_tokens};
use oyez_tests::{Running, component, until};
use serde_json::{Value, json};
use std::fs;

const ONCE: &str = "[[subscription]]\nname = \"on-reject\"\n";

fn fact(id: &str, source: &str) -> Value {
    crate::fact(id, source)
}

fn count(host: &Running, path: &str, token: &str) -> usize {
    call(&host.url, "GET", path, Some(token), &Value::Null).unwrap().1["items"].as_array().unwrap().len()
}

#[test]
fn a_token_of_a_namespace_sees_and_changes_what_is_its_own() {
    let folder = tempfile::tempdir().unwrap();
    with_tokens(folder.path());
    for namespace in ["billing", "shop"] {
        let plugins = folder.path().join("plugins").join(namespace);
        fs::create_dir_all(&plugins).unwrap();
        fs::write(plugins.join("reject.wasm"), component("guests/reject")).unwrap();
        fs::write(plugins.join("reject.toml"), ONCE).unwrap();
        fs::write(plugins.join("echo.wasm"), component("guests/echo")).unwrap();
        fs::write(plugins.join("prints.wasm"), component("guests/prints")).unwrap();
    }
    let every = ["--role", "publish", "--role", "read", "--role", "operate"];
    let whole = token(folder.path(), "whole", &every);
    let bound = token(folder.path(), "bound", &[&every[..], &["--namespace", "billing"]].concat());
    let host = Running::start_with(folder.path(), &FREE, &[]).unwrap();
    host.until_ready().unwrap();
    let forbidden = (403, "namespace-forbidden".to_owned());

    // Publishing: below its own path, and a batch is all or nothing.
    assert_eq!(outcome(&host.url, "POST", "/v1/events", Some(&bound), &fact("1", "/billing/web")).0, 202);
    assert_eq!(outcome(&host.url, "POST", "/v1/events", Some(&whole), &fact("2", "/shop/web")).0, 202);
    for source in ["/shop/web", "/billing", "/billing/../shop", "/billings/web", "https://billing/x", "/billing/%2e%2e/shop"] {
        assert_eq!(outcome(&host.url, "POST", "/v1/events", Some(&bound), &fact("3", source)), forbidden, "{source}");
    }
    let batch = json!([fact("4", "/billing/web"), fact("5", "/shop/web")]);
    let mut sent = ureq::post(&host.url).header("authorization", format!("Bearer {bound}"));
    sent = sent.content_type("application/cloudevents-batch+json");
    let status = sent.config().http_status_as_error(false).build().send(serde_json::to_vec(&batch).unwrap()).unwrap().status();
    assert_eq!(status, 403);
    until("two dead letters of each namespace", || Ok(count(&host, "/v1/dead", &whole) == 4)).unwrap();
    until("the echoes", || Ok(count(&host, "/v1/events", &whole) == 6)).unwrap();

    // Reading: its plugins, their dead letters, and the events that it published or that its plugins emitted.
    let names = |path: &str, of: &str| -> Vec<String> {
        let (_, body) = call(&host.url, "GET", path, Some(&bound), &Value::Null).unwrap();
        body["items"].as_array().unwrap().iter().map(|item| item[of].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("/v1/plugins", "name"), ["billing/echo", "billing/prints", "billing/reject"]);
    assert!(names("/v1/subscriptions", "subscription").iter().all(|name| name.starts_with("billing/")));
    assert_eq!(names("/v1/dead", "subscription"), ["billing/reject/on-reject", "billing/reject/on-reject"]);
    assert_eq!(names("/v1/dead?subscription=shop/reject", "subscription").len(), 0);
    let (_, events) = call(&host.url, "GET", "/v1/events", Some(&bound), &Value::Null).unwrap();
    let sources: Vec<_> = events["items"].as_array().unwrap().iter().map(|item| item["event"]["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["/billing/web", "/plugins/billing/echo", "/plugins/billing/echo"]);
    let (_, all) = call(&host.url, "GET", "/v1/events", Some(&whole), &Value::Null).unwrap();
    for item in all["items"].as_array().unwrap() {
        let own = item["event"]["source"].as_str().unwrap().contains("billing");
        for call in ["", "/trace"] {
            let path = format!("/v1/events/{}{call}", item["sequence"]);
            assert_eq!(outcome(&host.url, "GET", &path, Some(&bound), &Value::Null).0, if own { 200 } else { 404 }, "{path}: {item}");
        }
        let by_id = format!("/v1/events?id={}", item["event"]["id"].as_str().unwrap());
        assert_eq!(count(&host, &by_id, &bound), usize::from(own), "{by_id}");
    }
    until("what was printed", || Ok(count(&host, "/v1/logs", &whole) == 12)).unwrap();
    assert!(names("/v1/logs", "plugin") == ["billing/prints"; 6]);
    assert_eq!(outcome(&host.url, "GET", "/v1/logs?plugin=shop/prints", Some(&bound), &Value::Null), forbidden);
    let path = format!("/v1/events/{}/trace", events["items"][0]["sequence"]);
    let trace = call(&host.url, "GET", &path, Some(&bound), &Value::Null).unwrap().1.to_string();
    assert!(trace.contains("billing/reject") && !trace.contains("shop"), "{trace}");
    for path in ["/metrics", "/v2"] {
        assert_eq!(outcome(&host.url, "GET", path, Some(&bound), &Value::Null), forbidden, "{path}");
    }
    operates_on_its_own(&host, &bound, &whole);
}

/// Its plugins and deliveries, and no others.
fn operates_on_its_own(host: &Running, bound: &str, whole: &str) {
    let ids = || -> Vec<String> {
        let (_, body) = call(&host.url, "GET", "/v1/dead", Some(bound), &Value::Null).unwrap();
        body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    for (name, wanted) in [("billing%2Freject", 200), ("shop%2Freject", 403), ("nobody", 403)] {
        for path in [format!("/v1/plugins/{name}/pause"), format!("/v1/plugins/{name}/resume")] {
            assert_eq!(outcome(&host.url, "POST", &path, Some(bound), &Value::Null).0, wanted, "{path}");
        }
        assert_eq!(outcome(&host.url, "GET", &format!("/v1/plugins/{name}"), Some(bound), &Value::Null).0, wanted, "{name}");
    }
    let (_, dead) = call(&host.url, "GET", "/v1/dead?subscription=shop/reject", Some(whole), &Value::Null).unwrap();
    let foreign = dead["items"][0]["id"].as_str().unwrap();
    let path = format!("/v1/dead/{foreign}");
    assert_eq!(outcome(&host.url, "GET", &path, Some(bound), &Value::Null), (404, "not-dead".into()));
    assert_eq!(outcome(&host.url, "DELETE", &path, Some(bound), &Value::Null), (404, "not-dead".into()));
    assert_eq!(outcome(&host.url, "POST", "/v1/dead/redrive", Some(bound), &json!({ "ids": [foreign] })), (404, "not-dead".into()));
    let (_, redriven) = call(&host.url, "POST", "/v1/dead/redrive", Some(bound), &json!({ "all": true })).unwrap();
    assert_eq!(redriven["redriven"], 2);
    assert_eq!(count(host, "/v1/dead?subscription=shop/reject", whole), 2);
    assert_eq!(call(&host.url, "POST", "/v1/parked/release", Some(bound), &json!({ "all": true })).unwrap().1["released"], 0);
    until("the dead letters to be back", || Ok(ids().len() == 2)).unwrap();
    assert_eq!(outcome(&host.url, "DELETE", &format!("/v1/dead/{}", ids()[0]), Some(bound), &Value::Null).0, 204);
}
