//! The play: orders, and plugins that come and go.

use super::host::Running;
use crate::{Error, House, Result};
use serde_json::{Value, json};
use std::path::Path;

/// The subscription that will fail, and then not: its configuration is wrong at first.
const WRONG: &str = "# A typo: the letter O.\n[[subscription]]\nname = \"on-order\"\n[subscription.retry]\nattempts = 2\ndelay = \"100ms\"\non_dead = \"park\"\n\n[grants]\nstate = true\n\n[config]\nthreshold = \"1O0\"\n";

struct Play {
    host: Running,
    dist: std::path::PathBuf,
    orders: u32,
}

/// Plays it.
///
/// # Errors
/// Something does not happen that should.
pub(crate) fn play(house: &House, oyez: &Path, keep: bool) -> Result<()> {
    let mut play = Play { host: Running::start(oyez)?, dist: house.root.join("plugins/dist"), orders: 0 };
    say(&format!("`oyez run` in an empty folder: {}", play.host.url));
    play.drop_in("shop-payment")?;
    play.drop_in("shop-kitchen")?;

    say("orders, over HTTP: the producer knows nobody");
    let first = play.order(13)?;
    play.order(25_000)?;
    play.settled()?;

    say("a plugin dropped into the running host hears of what comes next");
    play.drop_in("shop-email")?;
    let seen_by_all = play.order(42)?;
    play.settled()?;

    play.replace("shop-payment")?;
    play.remove_and_put_back("shop-kitchen")?;
    play.die_and_come_back()?;
    play.show(first, seen_by_all)?;
    play.end(keep)
}

fn say(what: &str) {
    println!("\n  * {what}");
}

impl Play {
    fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.dist.join(format!("{name}.wasm"));
        std::fs::read(&path).map_err(Error::io(&path))
    }

    fn version(&self, name: &str) -> Result<String> {
        let plugin = self.host.plugin(name)?.unwrap_or_default();
        Ok(plugin["version"].as_str().unwrap_or_default().chars().take(12).collect())
    }

    fn drop_in(&self, name: &str) -> Result<()> {
        self.host.put(&format!("{name}.wasm"), &self.bytes(name)?)?;
        let took = self.host.until(name, |host| Ok(host.plugin(name)?.is_some_and(|p| p["state"] == "running")))?;
        println!("    $ cp {name}.wasm plugins/        # live after {} ms, version {}", took.as_millis(), self.version(name)?);
        Ok(())
    }

    fn order(&mut self, amount: u32) -> Result<u64> {
        self.orders += 1;
        self.place(&format!("o-{}", self.orders), "placed", amount)
    }

    fn place(&self, id: &str, how: &str, amount: u32) -> Result<u64> {
        let data = json!({ "orderId": id, "userId": "u-7", "items": [{ "sku": "soup", "quantity": 2 }], "amount": amount });
        let sequence = self.host.publish(&format!("{how}-{id}"), "shop.order.placed.v1", id, &data)?;
        println!("    shop.order.placed.v1 {id}, amount {amount} -> accepted as sequence {sequence}");
        Ok(sequence)
    }

    fn settled(&self) -> Result<()> {
        let took = self.host.until_settled()?;
        println!("    all settled {} ms later", took.as_millis());
        Ok(())
    }

    fn replace(&mut self, name: &str) -> Result<()> {
        say(&format!("a new build of {name} over the old one, while orders come in"));
        let before = self.version(name)?;
        self.order(7)?;
        self.host.put(&format!("{name}.wasm"), &rebuilt(self.bytes(name)?))?;
        self.order(8)?;
        let took = self.host.until("the new version", |_| Ok(self.version(name)? != before))?;
        println!("    $ cp {name}.wasm plugins/        # version {before} -> {} after {} ms", self.version(name)?, took.as_millis());
        self.settled()
    }

    fn remove_and_put_back(&mut self, name: &str) -> Result<()> {
        say(&format!("{name} goes, misses two orders, and catches up from the log when it comes back"));
        self.host.remove(&format!("{name}.wasm"))?;
        self.host.until("the plugin gone", |host| Ok(host.plugin(name)?.is_none()))?;
        println!("    $ rm plugins/{name}.wasm");
        self.order(9)?;
        self.order(10)?;
        self.settled()?;
        self.drop_in(name)?;
        self.settled()
    }

    fn die_and_come_back(&mut self) -> Result<()> {
        say("shop-fraud comes with a typo in its settings: its deliveries die, and nobody else notices");
        self.host.put("shop-fraud.toml", WRONG.as_bytes())?;
        self.drop_in("shop-fraud")?;
        self.order(6_000)?;
        self.settled()?;
        self.host.oyez(&["dead", "list"])?;
        say("what comes for the same order waits behind it, parked; other orders do not");
        let id = format!("o-{}", self.orders);
        self.place(&id, "placed-again", 7_000)?;
        self.settled()?;
        self.host.oyez(&["parked", "list"])?;
        say("the typo is put right (no compile, no restart), the dead letter is delivered again, and its key flows on in order");
        let dead_before = self.host.get("/v1/dead")?["items"].as_array().map_or(0, Vec::len);
        if dead_before != 1 {
            return Err(Error::NeverCame { what: "one dead letter".to_owned(), log: self.host.folder.join("oyez.log") });
        }
        let since = |host: &Running| Ok(host.plugin("shop-fraud")?.and_then(|plugin| plugin["since"].as_u64()));
        let before = since(&self.host)?;
        self.host.put("shop-fraud.toml", WRONG.replace("1O0", "100").as_bytes())?;
        self.host.until("the new settings", |host| Ok(since(host)? != before))?;
        self.host.oyez(&["dead", "redrive", "--all"])?;
        self.host.until("the key to flow", |host| Ok(host.get("/v1/parked")?["items"].as_array().is_some_and(Vec::is_empty)))?;
        self.settled()?;
        self.host.oyez(&["dead", "list"])?;
        self.host.oyez(&["tail", "--type", "shop.fraud.flagged.v1"])
    }

    fn show(&self, first: u64, seen_by_all: u64) -> Result<()> {
        say("who handled what");
        let all = self.host.get("/v1/subscriptions")?;
        println!("    {:<30} {:>8} {:>8} {:>6}", "subscription", "settled", "attempts", "dead");
        for s in all["items"].as_array().into_iter().flatten() {
            let name = s["subscription"].as_str().unwrap_or_default();
            let number = |value: &Value| value.as_u64().unwrap_or_default();
            println!("    {name:<30} {:>8} {:>8} {:>6}", number(&s["counts"]["settled"]), number(&s["attempts"]), number(&s["counts"]["dead"]));
        }
        say("the first order, and one that all have heard of: what each led to");
        self.host.oyez(&["trace", &first.to_string()])?;
        self.host.oyez(&["trace", &seen_by_all.to_string()])
    }

    fn end(self, keep: bool) -> Result<()> {
        if !keep {
            return self.host.stop();
        }
        let (url, folder) = (self.host.url.clone(), self.host.folder.clone());
        let process = self.host.keep().map_or_else(String::new, |id| id.to_string());
        say("the host is left running");
        println!("    export OYEZ_URL={url}\n    oyez plugins list; oyez tail -f\n    folder: {}\n    stop it: kill {process}", folder.display());
        Ok(())
    }
}

/// The same component as another build: with a custom section at its end, which changes its bytes and nothing else.
fn rebuilt(mut component: Vec<u8>) -> Vec<u8> {
    let name = b"rebuilt";
    let length = u8::try_from(name.len()).expect("a short name");
    component.extend([0, length + 1, length]);
    component.extend(name);
    component
}
