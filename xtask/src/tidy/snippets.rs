//! Code that the README shows is code that compiles: it stands in an example, too.

use super::{Problem, Tree};

const README: &str = "README.md";
const EXAMPLE: &str = "crates/server/examples/readme.rs";

pub(crate) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    let example = code(tree.text(EXAMPLE).unwrap_or_default());
    let readme = tree.text(README).unwrap_or_default();
    for (number, snippet) in snippets(readme) {
        if !example.contains(&code(&snippet)) {
            let message = format!("this isn't in {EXAMPLE}, where it would be compiled");
            problems.push(Problem::at(README, number, message));
        }
    }
}

/// What stands between the fences of Rust, and in which line it begins.
fn snippets(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut is_rust = false;
    for (line, number) in text.lines().zip(1..) {
        match line {
            "```rust" => {
                is_rust = true;
                found.push((number + 1, String::new()));
            }
            "```" => is_rust = false,
            line => {
                if let Some((_, snippet)) = found.last_mut().filter(|_| is_rust) {
                    snippet.push_str(line);
                    snippet.push('\n');
                }
            }
        }
    }
    found
}

/// Without comments and spaces, so that each may be laid out as suits it.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.flat_map(str::chars).filter(|char| !char.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_compiled() {
        let readme =
            "```sh\nnot rust\n```\n```rust\nlet a = 1;  // one\n```\n```rust\nlet b;\n```\n";
        let tree = Tree::of(&[(README, readme), (EXAMPLE, "fn main() {\n    let a =\n    1;\n}")]);
        let mut problems = Vec::new();
        check(&tree, &mut problems);
        let problems: Vec<_> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(
            problems,
            [
                "README.md:8: this isn't in crates/server/examples/readme.rs, where it would be compiled"
            ]
        );
    }
}
