//! A file that needs scrolling is two files.

use super::{Problem, Tree};

/// Lines of a Rust file, tests within it included.
const LIMIT: usize = 400;

/// Files that may be longer, and why.
pub(crate) const LONGER: &[(&str, &str)] = &[];

pub(crate) fn check(tree: &Tree, longer: &[(&str, &str)], problems: &mut Vec<Problem>) {
    for (path, text) in tree.rust() {
        let lines = text.lines().count();
        let excused = longer.iter().any(|(excused, _)| *excused == path);
        if lines > LIMIT && !excused {
            problems.push(Problem::at(
                path,
                LIMIT + 1,
                format!("is {lines} lines long, more than {LIMIT}"),
            ));
        }
        if lines <= LIMIT && excused {
            problems.push(Problem::of(path, "needs no exception for its length any more"));
        }
    }
    for (path, _) in longer {
        if !tree.has(path) {
            problems.push(Problem::of(path, "has an exception for its length, but is not there"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_length(lines: usize, longer: &[(&str, &str)], expected: &[&str]) {
        let text = "\n".repeat(lines);
        let mut problems = Vec::new();
        check(&Tree::of(&[("a.rs", &text), ("a.md", &text)]), longer, &mut problems);
        let found: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn long_files_need_a_reason_and_short_ones_none() {
        let reason = [("a.rs", "rows")];
        check_length(400, &[], &[]);
        check_length(401, &[], &["a.rs:401: is 401 lines long, more than 400"]);
        check_length(401, &reason, &[]);
        check_length(400, &reason, &["a.rs: needs no exception for its length any more"]);
        check_length(
            1,
            &[("b.rs", "rows")],
            &["b.rs: has an exception for its length, but is not there"],
        );
    }
}
