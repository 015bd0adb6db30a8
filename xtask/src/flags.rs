//! The command line after the command's name. What isn't taken is an error: no flag is accepted and ignored.

use std::str::FromStr;

use anyhow::{Context, Result, bail};

/// Words that wait to be taken.
#[derive(Debug)]
pub(crate) struct Flags {
    command: &'static str,
    words: Vec<String>,
}

impl Flags {
    pub(crate) fn new(command: &'static str, words: Vec<String>) -> Self {
        Self { command, words }
    }

    /// Takes a flag without a value, such as `--install`.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// Takes a flag with a value, written `--seconds 10` or `--seconds=10`.
    ///
    /// # Errors
    ///
    /// When the value is missing or isn't a `T`.
    pub(crate) fn value<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let is_it = |word: &String| {
            word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        let Some(at) = self.words.iter().position(is_it) else {
            return Ok(None);
        };
        let word = self.words.remove(at);
        let value = match word.split_once('=') {
            Some((_, value)) => value.to_owned(),
            None if at < self.words.len() => self.words.remove(at),
            None => bail!("{name} wants a value"),
        };
        value
            .parse()
            .ok()
            .map(Some)
            .with_context(|| format!("{name} {value}: that is not a value for it"))
    }

    /// Takes the next word that isn't a flag.
    pub(crate) fn word(&mut self) -> Option<String> {
        let at = self.words.iter().position(|word| !word.starts_with('-'))?;
        Some(self.words.remove(at))
    }

    /// Nothing may be left.
    ///
    /// # Errors
    ///
    /// Names the first word that nobody took.
    pub(crate) fn done(self) -> Result<()> {
        if let Some(word) = self.words.first() {
            bail!("cargo xtask {} doesn't know {word:?}; see cargo xtask --help", self.command);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(line: &str) -> Flags {
        Flags::new("test", line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn words_are_taken_in_any_order() {
        for line in
            ["--seconds 10 range --list", "range --list --seconds=10", "--list --seconds=10 range"]
        {
            let mut flags = flags(line);
            assert_eq!(flags.value("--seconds").unwrap(), Some(10u64), "{line}");
            assert!(flags.switch("--list") && !flags.switch("--list"), "{line}");
            assert_eq!(flags.word().as_deref(), Some("range"), "{line}");
            flags.done().unwrap();
        }
    }

    #[track_caller]
    fn refused(line: &str, says: &str) {
        let mut flags = flags(line);
        let err =
            flags.value::<u64>("--seconds").and_then(|_| flags.done()).unwrap_err().to_string();
        assert!(err.contains(says), "{line}: {err}");
    }

    #[test]
    fn what_is_not_understood_is_named() {
        refused("--seconds", "wants a value");
        refused("--seconds soon", "soon");
        refused("--secondly", "--secondly");
        refused("--seconds 1 --seconds 2", "--seconds");
        refused("--verbose", "cargo xtask test doesn't know \"--verbose\"");
    }
}
