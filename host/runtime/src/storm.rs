//! Why a causation tree grows: who answers whom, read from the tree itself.

use oyez_engine::Engine;
use oyez_model::Recorded;

/// Hops that are looked at, from an event up.
const HOPS_MAX: usize = 32;

/// The plugins that go round in a circle above an event, in the order in which they emit; nothing where there is no circle.
pub(crate) fn cycle(engine: &Engine, recorded: &Recorded) -> Vec<String> {
    let mut emitters = Vec::new();
    let mut at = Some(recorded.clone());
    while let Some((event, lineage)) = at.and_then(|recorded| Some((recorded.event, recorded.lineage?))) {
        let source = event.source();
        emitters.push(source.strip_prefix("/plugins/").unwrap_or(source).to_owned());
        if emitters.len() == HOPS_MAX {
            break;
        }
        at = engine.event(lineage.parent);
    }
    emitters.reverse();
    circle(&emitters).unwrap_or_default()
}

/// The shortest round that all of them go, twice at least.
fn circle(emitters: &[String]) -> Option<Vec<String>> {
    let rounds = 1..=emitters.len() / 2;
    let round = rounds.into_iter().find(|round| emitters.iter().zip(&emitters[*round..]).all(|(before, after)| before == after))?;
    Some(emitters[..round].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_the_shortest_round_that_all_go() {
        let names = |of: &str| of.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(circle(&names("a b a b a")), Some(names("a b")));
        assert_eq!(circle(&names("a a a")), Some(names("a")));
        assert_eq!(circle(&names("a b c a")), None, "once is chance");
        assert_eq!(circle(&names("a b c d")), None);
        assert_eq!(circle(&[]), None);
    }
}
