//! No file may know the machine it was written on.

use super::{Problem, Tree};

/// Folders of developers' machines. Written in two parts, or this file would break its own rule.
const FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/tmp/", "wt"), concat!("/ro", "ot/")];

pub(crate) fn check(tree: &Tree, problems: &mut Vec<Problem>) {
    for (path, text) in tree.files() {
        for (line, number) in text.lines().zip(1..) {
            if let Some(folder) = FOLDERS.iter().find(|folder| names(line, folder)) {
                problems.push(Problem::at(
                    path,
                    number,
                    format!("names a folder of one machine: {folder}"),
                ));
            }
        }
    }
}

/// Whether the folder stands there as an absolute path, not within a longer one.
fn names(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_folders_of_a_machine_are_found() {
        for folder in FOLDERS {
            assert!(names(&format!("see {folder}x"), folder));
            assert!(names(&format!("{folder}x"), folder));
            assert!(!names(&format!("https://example.org{folder}x"), folder));
            let text = format!("fine\nopen(\"{folder}x\")\n");
            let mut problems = Vec::new();
            check(&Tree::of(&[("a.md", &text)]), &mut problems);
            assert_eq!(problems.len(), 1);
            assert!(problems[0].to_string().starts_with("a.md:2: "), "{problems:?}");
        }
    }
}
