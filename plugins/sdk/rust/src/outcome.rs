//! What a handler may return.

use crate::{Emission, Failure, Result};

/// What a handler may return: nothing, one emission, perhaps one, many, or a `Result` of these.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    note = "it returns `()`, `Emission`, `Option<Emission>`, `[Emission; N]`, `Vec<Emission>`, or a `Result` of these"
)]
pub trait Outcome {
    /// The emissions, or why there are none.
    ///
    /// # Errors
    /// The handler failed.
    fn outcome(self) -> Result;
}

impl Outcome for () {
    fn outcome(self) -> Result {
        Ok(Vec::new())
    }
}

impl Outcome for Emission {
    fn outcome(self) -> Result {
        Ok(vec![self])
    }
}

impl Outcome for Option<Emission> {
    fn outcome(self) -> Result {
        Ok(self.into_iter().collect())
    }
}

impl<const N: usize> Outcome for [Emission; N] {
    fn outcome(self) -> Result {
        Ok(self.into())
    }
}

impl Outcome for Vec<Emission> {
    fn outcome(self) -> Result {
        Ok(self)
    }
}

impl<T: Outcome, E: Into<Failure>> Outcome for std::result::Result<T, E> {
    fn outcome(self) -> Result {
        self.map_err(Into::into)?.outcome()
    }
}
