//! What is to become of a guest, and what the host says became of it.

use crate::{Client, Result};
use serde_json::Value;

/// What is to become of a guest. A guest that is stopped by something else than this is not contained: it got further than it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It is not loaded: the code, and what the message says, or what it may say between `|`: on a busy machine, more than one limit is near.
    Refused(&'static str, &'static str),
    /// Each of its deliveries dies: the settlement, and what the reason says.
    Dies(&'static str, &'static str),
    /// Its deliveries complete, and it got nothing by them. A guest that probes for what it must not have traps where it finds it.
    Completes,
    /// Its deliveries complete, until what they lead to is parked.
    Parks,
    /// It is refused by this code or one of these, or loads and completes: a matter of its size.
    RefusedOrCompletes(&'static [&'static str]),
}

/// What the host says of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing yet that decides.
    Nothing,
    /// As expected: what stopped it.
    Contained(String),
    /// Otherwise.
    Otherwise(String),
}

impl Expect {
    /// Asks the host what became of a plugin.
    ///
    /// # Errors
    /// No answer.
    pub fn judge(self, client: &Client, plugin: &str) -> Result<Seen> {
        let plugins = client.get("/v1/plugins")?;
        let of_it = |plugin_: &&Value| plugin_["name"] == plugin;
        let Some(found) = plugins["items"].as_array().and_then(|all| all.iter().find(of_it)) else { return Ok(Seen::Nothing) };
        let reason = found["reason"].as_str().unwrap_or_default();
        if found["state"] == "failed" {
            return Ok(self.refused(reason));
        }
        let dead = client.get(&format!("/v1/dead?subscription={plugin}/on-event&limit=1"))?;
        if let Some(letter) = dead["items"].get(0) {
            let text = |key: &str| letter[key].as_str().unwrap_or_default();
            return Ok(self.died(text("settlement"), text("reason")));
        }
        let all = client.subscriptions()?;
        let its = all.iter().filter(|(name, _)| name.split('/').next() == Some(plugin));
        let count = |state: &str| its.clone().filter_map(|(_, subscription)| subscription["counts"][state].as_u64()).sum::<u64>();
        Ok(match self {
            Self::Parks if count("parked") > 0 => Seen::Contained("parked by the budget of its causation tree".to_owned()),
            Self::Completes | Self::RefusedOrCompletes(_) if count("settled") > 0 => Seen::Contained("completed, and got nothing".to_owned()),
            Self::Refused(..) | Self::Dies(..) if count("settled") > 0 => Seen::Otherwise("a delivery completed".to_owned()),
            _ => Seen::Nothing,
        })
    }

    fn refused(self, reason: &str) -> Seen {
        let (code, message) = reason.split_once(": ").unwrap_or((reason, ""));
        let holds = match self {
            Self::Refused(expected, says) => code == expected && says.split('|').any(|says| message.contains(says)),
            Self::RefusedOrCompletes(codes) => codes.contains(&code),
            _ => false,
        };
        if holds { Seen::Contained(format!("refused: {code}")) } else { Seen::Otherwise(format!("refused: {reason}")) }
    }

    fn died(self, settlement: &str, reason: &str) -> Seen {
        let holds = matches!(self, Self::Dies(expected, says) if settlement == expected && reason.contains(says));
        if holds { Seen::Contained(format!("{settlement}: {}", brief(reason))) } else { Seen::Otherwise(format!("{settlement}: {reason}")) }
    }
}

/// The beginning of a reason, for a table.
fn brief(reason: &str) -> String {
    let brief: String = reason.chars().take(60).collect();
    if brief.len() < reason.len() { format!("{}…", brief.trim_end()) } else { brief }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contained_by_the_wrong_thing_is_not_contained() {
        let by_cpu = Expect::Dies("over-limit", "`cpu`");
        assert!(matches!(by_cpu.died("over-limit", "used its `cpu` of 1 s up"), Seen::Contained(_)));
        assert!(matches!(by_cpu.died("over-limit", "wanted more `memory`"), Seen::Otherwise(_)));
        assert!(matches!(by_cpu.died("timed-out", "used its `cpu`"), Seen::Otherwise(_)));
        assert!(matches!(by_cpu.refused("describe-failed: used its `cpu`"), Seen::Otherwise(_)));
        assert!(matches!(Expect::Refused("not-wasm", "begin").refused("not-wasm: it does not begin"), Seen::Contained(_)));
        assert!(matches!(Expect::Refused("not-wasm", "").refused("truncated: it does not begin"), Seen::Otherwise(_)));
        assert!(matches!(Expect::Completes.refused("no-room: the host stopped"), Seen::Otherwise(_)));
    }
}
