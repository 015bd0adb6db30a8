//! A list of things to do, of which none hides another: all run, then a table says how each went.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::sh;

/// Steps that have run.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<(String, Outcome)>,
}

#[derive(Debug)]
enum Outcome {
    Passed(Duration),
    Failed(Duration, String),
    Skipped(String),
}

impl Steps {
    /// Runs a step; whether it passed is remembered, and told at the end.
    pub(crate) fn run(&mut self, name: &str, step: impl FnOnce() -> Result<()>) {
        sh::say(&format!("\n== {name}"));
        let start = Instant::now();
        let outcome = match step() {
            Ok(()) => Outcome::Passed(start.elapsed()),
            Err(error) => {
                sh::say(&format!("error: {error:#}"));
                Outcome::Failed(start.elapsed(), format!("{error:#}"))
            }
        };
        self.done.push((name.to_owned(), outcome));
    }

    /// Remembers that a step couldn't run here, and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        sh::say(&format!("\n== {name}\nskipped: {why}"));
        self.done.push((name.to_owned(), Outcome::Skipped(why.to_owned())));
    }

    /// Prints the table.
    ///
    /// # Errors
    ///
    /// When a step has failed.
    pub(crate) fn finish(self) -> Result<()> {
        sh::say(&format!("\n{}", self.table()));
        let failed =
            self.done.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(..))).count();
        if failed > 0 {
            bail!("{failed} of {} steps failed", self.done.len());
        }
        Ok(())
    }

    fn table(&self) -> String {
        let line = |(name, outcome): &(String, Outcome)| match outcome {
            Outcome::Passed(time) => format!("passed   {:>6.1} s  {name}", time.as_secs_f64()),
            Outcome::Failed(time, why) => {
                format!(
                    "FAILED   {:>6.1} s  {name}: {}",
                    time.as_secs_f64(),
                    why.lines().next().unwrap_or_default()
                )
            }
            Outcome::Skipped(why) => format!("skipped            {name}: {why}"),
        };
        self.done.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_at_the_end_and_hides_no_later_step() {
        let mut steps = Steps::default();
        let mut ran = false;
        steps.run("first", || bail!("broken\nin detail"));
        steps.run("second", || {
            ran = true;
            Ok(())
        });
        steps.skip("third", "no such tool");
        assert!(ran);
        let table = steps.table();
        assert!(table.contains("first: broken\npassed"), "{table}");
        assert!(table.contains("third: no such tool"), "{table}");
        assert_eq!(steps.finish().unwrap_err().to_string(), "1 of 3 steps failed");
    }
}
