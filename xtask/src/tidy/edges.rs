//! Which crate may use which: leaf crates don't know each other, the server composes them, nobody goes around it.

use super::Problem;
use super::manifest::{Kind, Package};

const LEAVES: &[&str] = &[
    "catzilla-path-security",
    "catzilla-http-conditional",
    "catzilla-content-coding",
    "catzilla-hot-cache",
    "catzilla-file-watcher",
    "catzilla-middleware-engine",
];

/// What a crate may use of ours. `None`: the crate is unknown, and has to be given a place first.
fn allowed(name: &str) -> Option<Vec<&'static str>> {
    const SERVER: &str = "catzilla-server";
    const TESTKIT: &str = "catzilla-testkit";
    match name {
        _ if LEAVES.contains(&name) => Some(Vec::new()),
        SERVER | TESTKIT => Some(LEAVES.to_vec()),
        "catzilla" | "catzilla-python" => Some(vec![SERVER]),
        "catzilla-benches" => Some([LEAVES, &[SERVER, TESTKIT]].concat()),
        "xtask" => Some(Vec::new()),
        _ => None,
    }
}

pub(crate) fn check(packages: &[Package], problems: &mut Vec<Problem>) {
    for package in packages {
        let manifest = format!("{}/Cargo.toml", package.folder);
        let Some(allowed) = allowed(&package.name) else {
            problems.push(Problem::of(
                &manifest,
                "is a new crate: say in xtask/src/tidy/edges.rs what it may use",
            ));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.ours) {
            // Tests may use the test kit; the test kit knows none of those that it doesn't say.
            let for_tests = dependency.kind == Kind::Dev && dependency.name == "catzilla-testkit";
            if !for_tests && !allowed.contains(&dependency.name.as_str()) {
                problems.push(Problem::of(
                    &manifest,
                    format!("{} may not use {}", package.name, dependency.name),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::manifest::Dependency;
    use super::*;

    #[track_caller]
    fn check_edge(from: &str, to: &str, kind: Kind, expected: usize) {
        let dependencies = vec![Dependency { name: to.to_owned(), kind, ours: true }];
        let package =
            Package { name: from.to_owned(), folder: "crates/x".to_owned(), dependencies };
        let mut problems = Vec::new();
        check(&[package], &mut problems);
        assert_eq!(problems.len(), expected, "{from} -> {to}: {problems:?}");
    }

    #[test]
    fn edges() {
        check_edge("catzilla-server", "catzilla-hot-cache", Kind::Normal, 0);
        check_edge("catzilla", "catzilla-server", Kind::Normal, 0);
        check_edge("catzilla-hot-cache", "catzilla-testkit", Kind::Dev, 0);
        check_edge("catzilla-hot-cache", "catzilla-testkit", Kind::Normal, 1);
        check_edge("catzilla-hot-cache", "catzilla-path-security", Kind::Normal, 1);
        check_edge("catzilla-hot-cache", "catzilla-path-security", Kind::Dev, 1);
        check_edge("catzilla", "catzilla-path-security", Kind::Normal, 1);
        check_edge("catzilla-testkit", "catzilla-server", Kind::Normal, 1);
        check_edge("catzilla-newcomer", "catzilla-server", Kind::Normal, 1);
    }

    #[test]
    fn crates_of_others_are_no_edges() {
        let dependencies =
            vec![Dependency { name: "bytes".to_owned(), kind: Kind::Normal, ours: false }];
        let mut problems = Vec::new();
        check(
            &[Package {
                name: "catzilla".to_owned(),
                folder: "crates/cli".to_owned(),
                dependencies,
            }],
            &mut problems,
        );
        assert_eq!(problems, []);
    }
}
