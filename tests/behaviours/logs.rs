//! What handlers said, read from a running host.

use super::{EVENT, ask, host_with};
use oyez_tests::{event, oyez};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

fn texts(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect()
}

#[test]
fn what_a_handler_says_is_listed_filtered_and_followed() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = host_with(folder.path(), "prints", "");
    let first = host.publish(&[event("e-1", EVENT, "s", &json!({})), event("e-2", EVENT, "s", &json!({}))]).unwrap()[0]["sequence"].clone();
    host.until_settled().unwrap();
    let all = host.get("/v1/logs").unwrap();
    assert_eq!((all["items"].as_array().unwrap().len(), &all["next"]), (6, &Value::Null), "{all}");
    let about = host.get("/v1/logs?plugin=prints&event=e-1").unwrap();
    let mut said = texts(&about);
    said.sort_unstable();
    assert_eq!(said, ["stderr says e-1", "stdout says e-1", "the log says e-1"]);
    let line = &about["items"][0];
    assert_eq!((&line["plugin"], &line["subscription"], &line["level"]), (&json!("prints"), &json!("on-speak"), &json!("info")), "{line}");
    assert_eq!((&line["sequence"], &line["event"], &line["attempt"]), (&first, &json!("e-1"), &json!(1)));
    assert_eq!(host.get(&format!("/v1/logs?event={first}")).unwrap(), about);
    assert_eq!(texts(&host.get("/v1/logs?level=warn").unwrap()), [""; 0]);
    assert_eq!(texts(&host.get("/v1/logs?plugin=nobody").unwrap()), [""; 0]);
    let from = |line: &Value| host.get(&format!("/v1/logs?from={line}&limit=4")).unwrap();
    let page = from(&all["items"][0]["line"]);
    assert_eq!((texts(&page), &page["next"]), (texts(&all)[..4].to_vec(), &all["items"][4]["line"]));
    let rest = from(&page["next"]);
    assert_eq!((texts(&rest), &rest["next"]), (texts(&all)[4..].to_vec(), &Value::Null));
    assert!(ureq::get(format!("{}/v1/logs?level=loud", host.url)).call().is_err());

    let shown = ask(&host, &["logs", "prints", "--event", "e-1"]);
    assert!(shown.lines().count() == 3 && shown.contains("prints/on-speak  ") && shown.contains("stdout says e-1"), "{shown}");
    let shown = ask(&host, &["logs"]);
    assert!(shown.lines().count() == 6 && shown.contains("the log says e-2"), "{shown}");
    let mut follow = Command::new(oyez()).args(["logs", "-f", "-n", "3", "--json", "--url", &host.url]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let numbers: Vec<_> = lines.by_ref().take(3).map(|line| line["line"].clone()).collect();
    let last: Vec<_> = all["items"].as_array().unwrap()[3..].iter().map(|line| line["line"].clone()).collect();
    assert_eq!(numbers, last);
    host.publish(&[event("e-3", EVENT, "s", &json!({}))]).unwrap();
    assert!(lines.by_ref().take(3).all(|line| line["event"] == "e-3" && line["line"].as_u64() > last[2].as_u64()));
    follow.kill().unwrap();
    follow.wait().unwrap();
    host.terminate().unwrap();
}
