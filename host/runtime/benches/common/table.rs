//! The table at the end.

/// Lines of what was measured, beside what it was to be.
#[derive(Debug, Default)]
pub struct Table(Vec<[String; 3]>);

impl Table {
    /// What was measured, and nothing that it was to be.
    pub fn line(&mut self, what: impl Into<String>, is: impl Into<String>) {
        self.0.push([what.into(), is.into(), String::new()]);
    }

    /// What was measured, what it was to be, and whether it is.
    pub fn goal(&mut self, what: impl Into<String>, is: impl Into<String>, goal: &str, holds: bool) {
        let said = if holds { "ok" } else { "MISSED" };
        self.0.push([what.into(), is.into(), format!("{said} (goal: {goal})")]);
    }

    /// Shows it.
    pub fn print(&self) {
        let width = |column: usize| self.0.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let (what, is) = (width(0), width(1));
        println!();
        for [a, b, c] in &self.0 {
            println!("{a:<what$}  {b:>is$}  {c}");
        }
    }
}
