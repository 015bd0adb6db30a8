//! Every crate of somebody else has a reason, written in `docs/dependencies.md`.

use std::collections::BTreeSet;

use super::manifest::Package;
use super::{Problem, Tree};

const DOCUMENT: &str = "docs/dependencies.md";

pub(crate) fn check(tree: &Tree, packages: &[Package], problems: &mut Vec<Problem>) {
    let used: BTreeSet<&str> = packages
        .iter()
        .flat_map(|package| &package.dependencies)
        .filter(|dependency| !dependency.ours)
        .map(|dependency| dependency.name.as_str())
        .collect();
    let rows = tree.rows(DOCUMENT);
    for name in &used {
        if !rows.iter().any(|(row, _)| row == name) {
            problems
                .push(Problem::of(DOCUMENT, format!("has no row that says why we need `{name}`")));
        }
    }
    for (row, line) in rows {
        if !used.contains(row) && !of_fuzz(tree, row) {
            problems.push(Problem::at(DOCUMENT, line, format!("`{row}` is not used any more")));
        }
    }
    for (name, line) in of_workspace(tree) {
        if !used.contains(name) && !name.starts_with("catzilla-") {
            problems.push(Problem::at("Cargo.toml", line, format!("no crate uses {name}")));
        }
    }
}

/// The fuzz targets are a workspace of their own.
fn of_fuzz(tree: &Tree, name: &str) -> bool {
    tree.text("fuzz/Cargo.toml")
        .is_some_and(|manifest| manifest.lines().any(|line| key(line) == Some(name)))
}

/// What `[workspace.dependencies]` offers.
fn of_workspace(tree: &Tree) -> Vec<(&str, usize)> {
    let lines = tree.text("Cargo.toml").unwrap_or_default().lines().zip(1..);
    lines
        .skip_while(|(line, _)| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|(line, _)| !line.starts_with('['))
        .filter_map(|(line, number)| Some((key(line)?, number)))
        .collect()
}

fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    Some(key.trim().trim_matches('"')).filter(|key| !key.is_empty() && !key.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::super::manifest::{Dependency, Kind};
    use super::*;

    #[test]
    fn rows_and_dependencies_match_both_ways() {
        let tree = Tree::of(&[
            (
                "docs/dependencies.md",
                "| `bytes` | shared |\n| `gone` | once |\n| `libfuzzer-sys` | fuzzing |\n",
            ),
            (
                "Cargo.toml",
                "[workspace]\n[workspace.dependencies]\nbytes = \"1\"\nidle = \"2\"\n[lints]\nx = 1\n",
            ),
            ("fuzz/Cargo.toml", "libfuzzer-sys = \"0.4\"\n"),
        ]);
        let used =
            |name: &str| Dependency { name: name.to_owned(), kind: Kind::Normal, ours: false };
        let package =
            Package { dependencies: vec![used("bytes"), used("new")], ..Package::default() };
        let mut problems = Vec::new();
        check(&tree, &[package], &mut problems);
        let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(
            lines,
            [
                "docs/dependencies.md: has no row that says why we need `new`",
                "docs/dependencies.md:2: `gone` is not used any more",
                "Cargo.toml:4: no crate uses idle",
            ]
        );
    }
}
