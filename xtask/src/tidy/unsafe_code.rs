//! Every `unsafe` stands in the inventory, `docs/unsafe.md`, and a crate without any promises to stay so.

use super::rust_code::{has_word, only_code};
use super::{Problem, Tree};

const DOCUMENT: &str = "docs/unsafe.md";
const PROMISE: &str = "#![forbid(unsafe_code)]";

pub(crate) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    let used: Vec<(&str, usize)> =
        tree.rust().filter_map(|(path, text)| Some((path, first_unsafe(text)?))).collect();
    let rows = tree.rows(DOCUMENT);
    for &(path, line) in &used {
        if !rows.iter().any(|(row, _)| *row == path) {
            problems.push(Problem::at(
                path,
                line,
                format!("has unsafe code, but no row in {DOCUMENT}"),
            ));
        }
    }
    for (row, line) in rows {
        if !used.iter().any(|(path, _)| *path == row) {
            problems.push(Problem::at(DOCUMENT, line, format!("`{row}` has no unsafe code")));
        }
    }
    for (path, text) in tree.rust() {
        let Some(folder) =
            path.strip_suffix("src/lib.rs").or_else(|| path.strip_suffix("src/main.rs"))
        else {
            continue;
        };
        let source = format!("{folder}src/");
        let is_safe = !used.iter().any(|(path, _)| path.starts_with(&source));
        if is_safe && !text.lines().any(|line| line == PROMISE) {
            problems.push(Problem::of(path, format!("has no unsafe code, and says so: {PROMISE}")));
        }
    }
}

fn first_unsafe(text: &str) -> Option<usize> {
    only_code(text)
        .lines()
        .zip(1..)
        .find(|(line, _)| has_word(line, "unsafe"))
        .map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let mut problems = Vec::new();
        check(&Tree::of(files), &mut problems);
        problems.iter().map(Problem::to_string).collect()
    }

    #[test]
    fn the_inventory_is_complete_and_holds_nothing_else() {
        let lib = ("crates/a/src/lib.rs", "mod raw;\n");
        let raw = ("crates/a/src/raw.rs", "// unsafe\nfn f() { unsafe { g() } }\n");
        let row = ("docs/unsafe.md", "| `crates/a/src/raw.rs` | speed |\n");
        assert_eq!(found(&[lib, raw, row]), [""; 0]);
        assert_eq!(
            found(&[lib, raw]),
            ["crates/a/src/raw.rs:2: has unsafe code, but no row in docs/unsafe.md"]
        );
        let safe = ("crates/a/src/lib.rs", "#![forbid(unsafe_code)]\nmod raw;\n");
        let tame = ("crates/a/src/raw.rs", "fn f() { g(\"unsafe\") }\n");
        assert_eq!(
            found(&[safe, tame, row]),
            ["docs/unsafe.md:1: `crates/a/src/raw.rs` has no unsafe code"]
        );
    }

    #[test]
    fn a_crate_without_unsafe_says_so() {
        let says = "has no unsafe code, and says so: #![forbid(unsafe_code)]";
        assert_eq!(
            found(&[("x/src/main.rs", "fn main() {}\n")]),
            [format!("x/src/main.rs: {says}")]
        );
        assert_eq!(found(&[("x/src/main.rs", "#![forbid(unsafe_code)]\nfn main() {}\n")]), [""; 0]);
    }
}
