//! Suggests labels for an issue that was opened on GitHub, by the words in its title and body. It suggests: who wants the labels set reacts to the fact.
//!
//! `com.github.issues.opened` -> `com.github.triage.labelled.v1`

use oyez_plugin::prelude::*;

/// A label, and the words that call for it; a word stands for itself and for what it begins: `crash` for `crashes`.
const LABELS: &[(&str, &str)] = &[
    ("bug", "bug broken crash error exception fail panic regression wrong"),
    ("documentation", "doc example readme spelling tutorial typo"),
    ("enhancement", "add enhancement feature improve proposal support wish"),
    ("performance", "latency memory performance slow throughput"),
    ("question", "question how why"),
    ("security", "cve exploit injection security vulnerab xss"),
];
/// Where no word calls for any.
const UNSURE: &str = "needs-triage";

/// A webhook's payload. GitHub leaves out or nulls what it has not, so nothing here is required.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Opened {
    issue: Option<Issue>,
    repository: Option<Repository>,
    sender: Option<Sender>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Issue {
    number: Option<u64>,
    title: Option<String>,
    body: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    full_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sender {
    login: Option<String>,
}

#[handler(on = "com.github.issues.opened", emits = "com.github.triage.labelled.v1")]
fn issue(opened: Opened, event: &Event) -> Emission {
    let issue = opened.issue.unwrap_or_default();
    let repository = opened.repository.and_then(|it| it.full_name);
    let text = [issue.title.as_deref(), issue.body.as_deref()].map(Option::unwrap_or_default).join(" ");
    let fact = json!({
        "repository": repository,
        "number": issue.number,
        "title": issue.title,
        "openedBy": opened.sender.and_then(|it| it.login),
        "labels": labels(&text),
    });
    let subject = match (repository, issue.number) {
        (Some(repository), Some(number)) => format!("{repository}#{number}"),
        _ => event.id.clone(),
    };
    Emission::new("com.github.triage.labelled.v1").subject(subject).json(&fact)
}

plugin!(issue);

/// The labels that the text calls for, in the table's order; never none.
fn labels(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let words = || text.split(|c: char| !c.is_alphanumeric());
    let calls = |keys: &str| keys.split(' ').any(|key| words().any(|word| word.starts_with(key)));
    let found: Vec<_> = LABELS.iter().filter(|(_, keys)| calls(keys)).map(|(label, _)| *label).collect();
    if found.is_empty() { vec![UNSURE] } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oyez_plugin::testing;

    fn triage(data: Value) -> Emission {
        testing::run::<issue>(&testing::event("com.github.issues.opened", data)).unwrap().remove(0)
    }

    #[test]
    fn words_call_for_labels() {
        for (text, expect) in [
            ("Spelling error in the README file", &["bug", "documentation"][..]),
            ("CVE-2026-1: SQL injection", &["security"]),
            ("Hello", &[UNSURE]),
            ("", &[UNSURE]),
        ] {
            assert_eq!(labels(text), expect, "{text}");
        }
    }

    #[test]
    fn an_issue_is_named_by_its_repository_and_number() {
        let opened = json!({ "issue": { "number": 7, "title": "It is slow", "body": null }, "repository": { "full_name": "octo/cat" } });
        let emission = triage(opened);
        assert_eq!(emission.subject.as_deref(), Some("octo/cat#7"));
        assert!(matches!(emission.data, Some(Data::Text(text)) if text.contains(r#""labels":["performance"]"#)));
    }

    #[test]
    fn a_payload_that_lacks_everything_is_still_triaged() {
        assert_eq!(triage(json!({})).subject.as_deref(), Some("test"));
    }
}
