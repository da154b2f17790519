//! The hostile corpus: plugins written by an enemy, and what is to become of each.
//!
//! guests -> frame -> stand -> judge
//!
//! - a file of `tests/hostile/guests` is one behaviour: what it tries, and what it is to come to;
//! - `frame` is what all of them share: memory, an answer, the contract put on; `bomb` makes modules of any size;
//! - `expect` holds what the host says of a guest against what is to become of it;
//! - `stand`, `flow` and `process` are the host in a process of its own, its good neighbour's steady work, and what that costs;
//! - `trial` puts one guest beside the neighbour, and `report` says how it went: `cargo xtask hostile`.

pub mod bomb;
mod expect;
mod flow;
mod frame;
// The corpus lies where whoever looks for it looks first.
#[path = "../../hostile/guests/mod.rs"]
mod guests;
mod options;
mod process;
mod report;
mod stand;
mod trial;

pub use expect::{Expect, Seen};
pub use frame::{Guest, Plugin};
pub use guests::CORPUS;
pub use options::{Options, run};
pub use report::{Report, Row};
pub use stand::{EVENT, NEIGHBOUR, Stand};

/// One guest of the corpus.
#[derive(Clone, Copy, Debug)]
pub struct Enemy {
    /// Its file's name, which is the behaviour.
    pub name: &'static str,
    /// Its file, which begins by what it tries.
    text: &'static str,
    /// Makes it; the number is how large a bomb is to be, in bytes.
    make: fn(usize) -> Guest,
}

impl Enemy {
    /// What it tries: the first line of its file.
    #[must_use]
    pub fn tries(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("//! ")
    }

    /// It, made. `bomb_bytes` is how large a bomb for the compiler is to be; other guests are as large as they are.
    #[must_use]
    pub fn guest(&self, bomb_bytes: usize) -> Guest {
        (self.make)(bomb_bytes)
    }
}
