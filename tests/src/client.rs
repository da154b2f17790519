//! How a host is spoken to, over HTTP.

use crate::Result;
use serde_json::Value;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Nothing that a test waits for takes longer, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Speaks to a host.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where it listens.
    pub url: String,
}

impl Client {
    /// Reads JSON.
    ///
    /// # Errors
    /// No answer, or one of another status than 200.
    pub fn get(&self, path: &str) -> Result<Value> {
        Ok(ureq::get(format!("{}{path}", self.url)).call()?.body_mut().with_config().limit(64 << 20).read_json()?)
    }

    /// Posts JSON; gives back the status, whatever it is.
    ///
    /// # Errors
    /// No answer.
    pub fn post(&self, path: &str, body: &Value) -> Result<u16> {
        let request = ureq::post(format!("{}{path}", self.url)).config().http_status_as_error(false).build();
        Ok(request.send_json(body)?.status().as_u16())
    }

    /// Deletes; gives back the status, whatever it is.
    ///
    /// # Errors
    /// No answer.
    pub fn delete(&self, path: &str) -> Result<u16> {
        let request = ureq::delete(format!("{}{path}", self.url)).config().http_status_as_error(false).build();
        Ok(request.call()?.status().as_u16())
    }

    /// Publishes events in batch mode; gives back the receipts.
    ///
    /// # Errors
    /// No answer, or one of another status than 202.
    pub fn publish(&self, events: &[Value]) -> Result<Vec<Value>> {
        let request = ureq::post(&self.url).content_type("application/cloudevents-batch+json");
        let mut response = request.send(serde_json::to_vec(events)?)?;
        Ok(response.body_mut().read_json()?)
    }

    /// Every event in the log, in order.
    ///
    /// # Errors
    /// No answer.
    pub fn events(&self) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        self.each_event(0, |item| {
            all.push(item);
            Ok(())
        })?;
        Ok(all)
    }

    /// Every event in the log from a sequence on, in order, as it is read.
    ///
    /// # Errors
    /// No answer, or `take` fails.
    pub fn each_event(&self, mut from: u64, mut take: impl FnMut(Value) -> Result<()>) -> Result<()> {
        loop {
            let mut page = self.get(&format!("/v1/events?from={from}&limit=1000"))?;
            let Value::Array(items) = page["items"].take() else { return Err("a page without items".into()) };
            items.into_iter().try_for_each(&mut take)?;
            match page["next"].as_u64() {
                Some(next) => from = next,
                None => return Ok(()),
            }
        }
    }

    /// The subscriptions by name.
    ///
    /// # Errors
    /// No answer.
    pub fn subscriptions(&self) -> Result<HashMap<String, Value>> {
        let Value::Array(items) = self.get("/v1/subscriptions")?["items"].take() else { return Err("no items".into()) };
        Ok(items.into_iter().map(|item| (item["subscription"].as_str().unwrap_or_default().to_owned(), item)).collect())
    }

    /// How many of a subscription's deliveries are in a state.
    ///
    /// # Errors
    /// No answer.
    pub fn count(&self, subscription: &str, state: &str) -> Result<u64> {
        Ok(self.subscriptions()?.get(subscription).and_then(|s| s["counts"][state].as_u64()).unwrap_or(0))
    }

    /// Waits until it is ready. A host that is read-only gives back why.
    ///
    /// # Errors
    /// That does not come within two minutes.
    pub fn until_ready(&self) -> Result<Option<String>> {
        let mut damage = None;
        until("the first scan of the folder", || {
            damage = self.damage()?;
            Ok(damage.is_some() || self.is_ready()?)
        })?;
        Ok(damage)
    }

    /// Why it is read-only, if it is, for its log is damaged.
    ///
    /// # Errors
    /// No answer.
    pub fn damage(&self) -> Result<Option<String>> {
        let body: Value = self.readyz()?.body_mut().read_json()?;
        Ok((body["code"] == "log-damaged").then(|| body["detail"].to_string()))
    }

    /// Whether the first scan of the folder is done, and events are taken.
    ///
    /// # Errors
    /// No answer.
    pub fn is_ready(&self) -> Result<bool> {
        Ok(self.readyz()?.status() == 200)
    }

    fn readyz(&self) -> Result<ureq::http::Response<ureq::Body>> {
        Ok(ureq::get(format!("{}/readyz", self.url)).config().http_status_as_error(false).build().call()?)
    }

    /// Waits until every subscription is at the end of the log, with nothing under way.
    ///
    /// # Errors
    /// That does not come within two minutes.
    pub fn until_settled(&self) -> Result<()> {
        until("the end of all deliveries", || {
            let still = |s: &Value| s["lag"] == 0 && ["pending", "in-flight", "waiting"].iter().all(|state| s["counts"][state] == 0);
            Ok(self.subscriptions()?.values().all(|s| s["attached"] == false || still(s)))
        })
    }

    /// Waits until a plugin is in a state.
    ///
    /// # Errors
    /// That does not come within two minutes.
    pub fn until_plugin(&self, name: &str, mut is: impl FnMut(Option<&Value>) -> bool) -> Result<()> {
        until(&format!("the plugin {name}"), || {
            let plugins = self.get("/v1/plugins")?;
            let found = plugins["items"].as_array().and_then(|items| items.iter().find(|plugin| plugin["name"] == name));
            Ok(is(found))
        })
    }
}

/// Asks again and again until it is so: another process tells of nothing else.
///
/// # Errors
/// It does not become so within two minutes, or asking fails.
pub fn until(what: &str, mut is: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !is()? {
        if begun.elapsed() > PATIENCE {
            return Err(format!("waited in vain for {what}").into());
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    Ok(())
}
