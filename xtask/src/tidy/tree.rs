//! The files of the project, as the rules see them: a relative path and a text each.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::sh;

/// Relative paths with `/`, and their texts. Files that aren't text are left out.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads what git tracks or would track; in a folder without git, all but what is built.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        for name in names(root)? {
            let path = root.join(&name);
            // Git also lists what was deleted and links to folders.
            if !path.is_file() {
                continue;
            }
            let bytes = std::fs::read(&path).with_context(|| name.clone())?;
            if let Ok(text) = String::from_utf8(bytes) {
                tree.files.insert(name, text);
            }
        }
        Ok(tree)
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect(),
        }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose names end with a dot and this.
    pub(crate) fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| {
            Path::new(path).extension().is_some_and(|found| found == extension)
        })
    }

    /// The Rust sources.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_extension("rs")
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The rows of a table in a document: the text between the first backticks of the row, and its line.
    pub(crate) fn rows(&self, path: &str) -> Vec<(&str, usize)> {
        let lines = self.text(path).unwrap_or_default().lines().zip(1..);
        lines
            .filter_map(|(line, number)| {
                Some((line.strip_prefix("| `")?.split_once('`')?.0, number))
            })
            .collect()
    }
}

fn names(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    if let Ok(list) = sh::read(&mut git) {
        return Ok(list.split_terminator('\0').map(str::to_owned).collect());
    }
    let mut names = Vec::new();
    walk(root, "", &mut names)?;
    Ok(names)
}

fn walk(root: &Path, folder: &str, names: &mut Vec<String>) -> Result<()> {
    for entry in std::fs::read_dir(root.join(folder)).with_context(|| folder.to_owned())? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type()?.is_file() {
            names.push(path);
        } else if entry.file_type()?.is_dir()
            && !matches!(name.as_str(), ".git" | "target" | "corpus" | "artifacts")
        {
            walk(root, &path, names)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_read_with_and_without_git() {
        let tree = Tree::read(sh::root()).unwrap();
        assert!(tree.text("Cargo.toml").unwrap().contains("[workspace]"));
        assert!(tree.rust().any(|(path, _)| path == "xtask/src/tidy/tree.rs"));
        let mut names = Vec::new();
        walk(sh::root(), "", &mut names).unwrap();
        assert!(names.iter().any(|name| name == "xtask/src/tidy/tree.rs"));
        assert!(!names.iter().any(|name| name.starts_with("target/") || name.starts_with(".git/")));
    }

    #[test]
    fn rows_begin_with_a_name_in_backticks() {
        let tree = Tree::of(&[(
            "docs/x.md",
            "# x\n\n| name | why |\n|---|---|\n| `a` | because |\n| `b-c` | `d` |\n",
        )]);
        assert_eq!(tree.rows("docs/x.md"), [("a", 5), ("b-c", 6)]);
        assert_eq!(tree.rows("docs/none.md"), []);
    }
}
