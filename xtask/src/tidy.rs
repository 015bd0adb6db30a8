//! `cargo xtask tidy`: the house rules that a compiler doesn't know. One file per rule; each tells all it finds.

mod dependencies;
mod doors;
mod edges;
mod length;
mod links;
mod locks;
mod machine;
mod manifest;
mod rust_code;
mod snippets;
mod tree;
mod unsafe_code;

use std::fmt;

use anyhow::{Result, bail};

use crate::flags::Flags;
use crate::sh;

pub(crate) use manifest::packages;
use tree::Tree;

pub(crate) fn run(flags: Flags) -> Result<()> {
    flags.done()?;
    all()
}

/// Checks every rule.
///
/// # Errors
///
/// When one is broken; where and how is printed.
pub(crate) fn all() -> Result<()> {
    let tree = Tree::read(sh::root())?;
    let packages = packages()?;
    let mut problems = Vec::new();
    edges::check(&packages, &mut problems);
    manifest::check(&tree, &packages, &mut problems);
    dependencies::check(&tree, &packages, &mut problems);
    length::check(&tree, length::LONGER, &mut problems);
    doors::check(&tree, &mut problems);
    unsafe_code::check(&tree, &mut problems);
    machine::check(&tree, &mut problems);
    links::check(&tree, &mut problems);
    snippets::check(&tree, &mut problems);
    locks::check(&mut problems);
    problems.sort();
    for problem in &problems {
        sh::say(&problem.to_string());
    }
    if !problems.is_empty() {
        bail!("{} house rules are broken", problems.len());
    }
    sh::say(&format!("{} files in order", tree.files().count()));
    Ok(())
}

/// A broken rule, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Problem {
    path: String,
    /// Counted from 1; 0 is the file as a whole.
    line: usize,
    message: String,
}

impl Problem {
    fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }

    fn of(path: &str, message: impl Into<String>) -> Self {
        Self::at(path, 0, message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}
