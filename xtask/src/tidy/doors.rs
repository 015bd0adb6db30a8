//! A `lib.rs` holds doors: documentation, modules and what they let out. What is done is done in rooms.

use super::rust_code::{has_word, only_code};
use super::{Problem, Tree};

const FURNITURE: [&str; 8] =
    ["fn", "impl", "struct", "enum", "union", "trait", "static", "macro_rules"];

pub(crate) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    for (path, text) in tree.rust().filter(|(path, _)| path.ends_with("src/lib.rs")) {
        for (line, number) in only_code(text).lines().zip(1..) {
            if let Some(word) = FURNITURE.iter().find(|word| has_word(line, word)) {
                problems.push(Problem::at(
                    path,
                    number,
                    format!("a lib.rs has doors only, but here is `{word}`"),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_only() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! fn in words\nmod a;\npub use a::{A, b};\n"),
            ("crates/b/src/lib.rs", "mod b;\n\npub fn b() {}\n"),
            ("crates/b/src/b.rs", "pub fn b() {}\n"),
        ]);
        let mut problems = Vec::new();
        check(&tree, &mut problems);
        assert_eq!(
            problems.iter().map(Problem::to_string).collect::<Vec<_>>(),
            ["crates/b/src/lib.rs:3: a lib.rs has doors only, but here is `fn`"]
        );
    }
}
