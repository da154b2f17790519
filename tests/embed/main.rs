//! The example of an application with the host in it, run as its page says.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use oyez_tests::{Running, Starting, component, oyez, program, until};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The application in a folder, with one plugin; compiled by this program, or in its own process.
fn application(folder: &Path, compiler: &Path) -> Running {
    fs::create_dir_all(folder.join("shop")).unwrap();
    fs::write(folder.join("shop/shop-payment.wasm"), component("shop-payment")).unwrap();
    let mut command = Command::new(program("embed"));
    command.args(["shop", "data"]).arg(compiler).arg("127.0.0.1:0").current_dir(folder);
    let app = Starting::spawn(&mut command, folder).unwrap().listening().unwrap();
    let health = |url: &str| ureq::get(format!("{url}/health")).config().http_status_as_error(false).build().call().unwrap().status();
    until("its health", || Ok(health(&app.url) == 200)).unwrap();
    app
}

fn pays(app: &Running, id: &str, amount: f64, payment: &str) {
    assert_eq!(app.post("/orders", &json!({ "orderId": id, "userId": "u-1", "amount": amount })).unwrap(), 202);
    let expect = json!({ "order": id, "payment": payment });
    until("the payment", || Ok(app.get(&format!("/orders/{id}"))? == expect)).unwrap();
}

#[test]
fn an_application_publishes_its_plugin_reacts_and_its_subscriber_hears() {
    let folder = tempfile::tempdir().unwrap();
    for (compiler, id) in [(oyez(), "o-1"), (Path::new("").to_owned(), "o-2")] {
        let mut app = application(folder.path(), &compiler);
        pays(&app, id, 13.0, "completed");
        pays(&app, &format!("{id}-free"), 0.0, "declined");
        assert_eq!(app.get("/orders/nobody").unwrap()["payment"], "pending");
        let events: Value = app.get("/oyez/v1/events").unwrap();
        let placed = events["items"].as_array().unwrap().iter().find(|item| item["event"]["id"] == format!("placed-{id}").as_str()).unwrap();
        let trace = app.get(&format!("/oyez/v1/events/{}/trace", placed["sequence"])).unwrap();
        assert_eq!(trace["deliveries"][0]["emissions"][0]["deliveries"][0]["subscription"], "orders/on-payment");
        let metrics = ureq::get(format!("{}/oyez/metrics", app.url)).call().unwrap().body_mut().read_to_string().unwrap();
        assert!(metrics.contains("oyez_plugin_attempts_total{plugin=\"shop-payment\"} 2"), "{metrics}");
        app.terminate().unwrap();
    }
}
