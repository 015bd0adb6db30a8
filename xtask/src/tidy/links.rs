//! A link in a document leads to a file that is there. Links to the web are left to readers.

use super::{Problem, Tree};

pub(crate) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    for (path, text) in tree.with_extension("md") {
        let mut in_code = false;
        for (line, number) in text.lines().zip(1..) {
            in_code ^= line.trim_start().starts_with("```");
            if in_code {
                continue;
            }
            for target in targets(line) {
                if !leads_somewhere(tree, path, target) {
                    problems.push(Problem::at(
                        path,
                        number,
                        format!("links to {target}, which is not there"),
                    ));
                }
            }
        }
    }
}

/// What the inline links of a line point to.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0))
}

fn leads_somewhere(tree: &Tree, from: &str, target: &str) -> bool {
    let file = target.split('#').next().unwrap_or_default();
    // The web, a place on the same page, or an item of Rust in a crate's README.
    if file.is_empty() || file.contains("://") || file.starts_with("mailto:") || file.contains("::")
    {
        return true;
    }
    let mut place: Vec<&str> = from.split('/').collect();
    place.pop();
    for step in file.trim_end_matches('/').split('/') {
        match step {
            ".." if place.pop().is_none() => return false,
            "." | ".." => {}
            step => place.push(step),
        }
    }
    let place = place.join("/");
    tree.files().any(|(path, _)| {
        path.strip_prefix(&place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_link(target: &str, is_there: bool) {
        let text =
            format!("See [it]({target}) and [the rest](there.md).\n```\n[x](nowhere)\n```\n");
        let tree = Tree::of(&[
            ("docs/a.md", &text),
            ("docs/there.md", ""),
            ("README.md", ""),
            ("crates/x/src/lib.rs", ""),
        ]);
        let mut problems = Vec::new();
        check(&tree, &mut problems);
        assert_eq!(problems.is_empty(), is_there, "{target}: {problems:?}");
    }

    #[test]
    fn links_lead_to_files_and_folders() {
        check_link("there.md", true);
        check_link("./there.md#part", true);
        check_link("../README.md", true);
        check_link("../crates/x", true);
        check_link("../crates/x/", true);
        check_link("https://example.org/nowhere", true);
        check_link("#part", true);
        check_link("crate::Policy::explain", true);
        check_link("nowhere.md", false);
        check_link("../there.md", false);
        check_link("../../README.md", false);
        check_link("../crates/x/src/li", false);
    }
}
