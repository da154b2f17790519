//! What attempts use: told with each, and summed by plugin and along the causation tree.

use super::{ECHOED, EVENT, ask, host_with};
use oyez_tests::{component, event};
use serde_json::{Value, json};
use std::fs;

const SUMS: [&str; 5] = ["cpuNanos", "wallNanos", "hostNanos", "bytesIn", "bytesOut"];

fn number(of: &Value, key: &str) -> u64 {
    of[key].as_u64().unwrap_or_else(|| panic!("{key}: {of}"))
}

#[test]
fn what_attempts_use_is_summed_by_plugin_and_along_the_causation_tree() {
    const RETRIES: &str = "retry_twice_then_complete";
    let folder = tempfile::tempdir().unwrap();
    let mut host = host_with(folder.path(), RETRIES, "");
    let plugins = folder.path().join("plugins");
    let filters = format!("[[subscription]]\nname = \"on-speak\"\nfilters = [{{ exact = {{ type = \"{ECHOED}\" }} }}]\n");
    fs::write(plugins.join("prints.toml"), filters).unwrap();
    fs::write(plugins.join("prints.wasm"), component("guests/prints")).unwrap();
    host.until_plugin("prints", |plugin| plugin.is_some_and(|plugin| plugin["state"] == "running")).unwrap();
    let sequence = host.publish(&[event("e-1", EVENT, "s", &json!({ "a": 1 }))]).unwrap()[0]["sequence"].clone();
    host.until_settled().unwrap();

    let trace = host.get(&format!("/v1/events/{sequence}/trace")).unwrap();
    let attempts = trace["deliveries"][0]["attempts"].as_array().unwrap();
    let below = &trace["deliveries"][0]["emissions"][0];
    assert_eq!((number(&trace["cost"], "attempts"), number(&trace["total"], "attempts"), number(&below["total"], "attempts")), (3, 4, 1));
    for key in SUMS {
        let own: u64 = attempts.iter().map(|attempt| number(attempt, key)).sum();
        assert_eq!(number(&trace["cost"], key), own, "{key}: {trace}");
        assert_eq!(number(&trace["total"], key), own + number(&below["total"], key), "{key}: {trace}");
    }
    let most = attempts.iter().map(|attempt| number(attempt, "memoryBytes")).max().unwrap();
    assert!(most > 64 << 10 && number(&trace["cost"], "memoryBytes") == most && attempts.iter().all(|attempt| number(attempt, "cpuNanos") > 0));
    assert!(number(&attempts[2], "bytesOut") > 0 && number(&attempts[0], "bytesIn") > 0, "{trace}");

    let used = |name: &str| host.get(&format!("/v1/plugins/{name}")).unwrap()["used"].clone();
    assert_eq!((used(RETRIES), used("prints")), (trace["cost"].clone(), below["total"].clone()));
    let metrics = ureq::get(format!("{}/metrics", host.url)).call().unwrap().body_mut().read_to_string().unwrap();
    let metric = |name: &str| -> f64 {
        let head = format!("oyez_plugin_{name}{{plugin=\"{RETRIES}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&head)?.parse().ok()).unwrap_or_else(|| panic!("{head}: {metrics}"))
    };
    assert!((metric("attempts_total") - 3.0).abs() < f64::EPSILON);
    for (name, key) in [("cpu_seconds_total", "cpuNanos"), ("wall_seconds_total", "wallNanos"), ("host_calls_seconds_total", "hostNanos")] {
        assert!((metric(name) * 1e9 - number(&trace["cost"], key) as f64).abs() < 10.0, "{name}: {metrics}");
    }
    for (name, key) in [("received_bytes_total", "bytesIn"), ("sent_bytes_total", "bytesOut"), ("memory_peak_bytes", "memoryBytes")] {
        assert!((metric(name) - number(&trace["cost"], key) as f64).abs() < 0.5, "{name}: {metrics}");
    }
    let drawn = ask(&host, &["trace", "e-1"]);
    assert!(drawn.contains("with all that it led to") && drawn.lines().last().unwrap().starts_with("in all: 4 attempts, "), "{drawn}");
    let shown = ask(&host, &["plugins", "show", RETRIES]);
    assert!(shown.contains("used     3 attempts, ") && shown.contains("since the host began"), "{shown}");
    host.terminate().unwrap();
}
