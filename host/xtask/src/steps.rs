//! Steps of a long task: each says what it does and how long it took.

use crate::Result;
use std::time::{Duration, Instant};

/// Steps, and how long each took.
#[derive(Debug)]
pub(crate) struct Steps {
    begun: Instant,
    took: Vec<(String, Duration)>,
    total: usize,
}

impl Steps {
    /// So many steps are to come.
    pub(crate) fn new(total: usize) -> Self {
        Self { begun: Instant::now(), took: Vec::new(), total }
    }

    /// Does one.
    ///
    /// # Errors
    /// What it says.
    pub(crate) fn step<T>(&mut self, name: &str, does: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("\n[{}/{}] {name}", self.took.len() + 1, self.total);
        let begun = Instant::now();
        let done = does()?;
        self.took.push((name.to_owned(), begun.elapsed()));
        Ok(done)
    }

    /// Says how long each took, and all of them.
    pub(crate) fn report(&self, what: &str) {
        eprintln!();
        for (name, took) in &self.took {
            eprintln!("{:>8.1} s  {name}", took.as_secs_f32());
        }
        eprintln!("{:>8.1} s  {what}", self.begun.elapsed().as_secs_f32());
    }
}
