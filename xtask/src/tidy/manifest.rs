//! The packages of the workspace, and what every manifest must say.

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Problem, Tree};
use crate::sh;

/// A package of the workspace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The folder, relative to the workspace.
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// What a package asks for in its manifest.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether it is a folder of ours.
    pub(crate) ours: bool,
}

/// When a dependency is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By those who use the package.
    Normal,
    /// By tests, examples and benches.
    Dev,
    /// By the build script.
    Build,
}

/// The packages, as cargo sees them.
pub(crate) fn packages() -> Result<Vec<Package>> {
    let metadata = sh::read(&mut sh::cargo("metadata --no-deps --format-version=1"))?;
    parse(&metadata).context("cargo metadata")
}

fn parse(metadata: &str) -> Result<Vec<Package>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let root = text(&metadata, "workspace_root")?;
    let packages = metadata["packages"].as_array().context("packages")?;
    packages.iter().map(|package| self::package(package, root)).collect()
}

fn package(package: &Value, root: &str) -> Result<Package> {
    let manifest = text(package, "manifest_path")?;
    let folder = manifest
        .strip_prefix(root)
        .and_then(|path| path.strip_suffix("Cargo.toml"))
        .context("folder")?;
    let dependencies = package["dependencies"].as_array().context("dependencies")?;
    Ok(Package {
        name: text(package, "name")?.to_owned(),
        folder: folder.replace('\\', "/").trim_matches('/').to_owned(),
        dependencies: dependencies.iter().map(dependency).collect::<Result<_>>()?,
    })
}

fn dependency(value: &Value) -> Result<Dependency> {
    let kind = match value["kind"].as_str() {
        Some("dev") => Kind::Dev,
        Some("build") => Kind::Build,
        _ => Kind::Normal,
    };
    Ok(Dependency { name: text(value, "name")?.to_owned(), kind, ours: value["path"].is_string() })
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key].as_str().with_context(|| key.to_owned())
}

/// Every package takes the workspace's lints, and has a README that is its documentation when it is published.
pub(crate) fn check(tree: &Tree, packages: &[Package], problems: &mut Vec<Problem>) {
    for Package { name, folder, .. } in packages {
        let path = format!("{folder}/Cargo.toml");
        let manifest = tree.text(&path).unwrap_or_default();
        if !manifest.replace([' ', '\r'], "").contains("[lints]\nworkspace=true") {
            problems.push(Problem::of(
                &path,
                "takes the lints of the workspace: [lints] workspace = true",
            ));
        }
        if manifest.contains("publish = false") {
            continue;
        }
        let readme = format!("{folder}/README.md");
        if !tree.text(&readme).is_some_and(|text| text.starts_with(&format!("# {name}\n"))) {
            problems.push(Problem::of(&readme, format!("is there, and begins with `# {name}`")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_understood() {
        let packages = parse(
            r#"{"workspace_root": "/w", "packages": [{"name": "a", "manifest_path": "/w/crates/a/Cargo.toml",
                "dependencies": [{"name": "b", "kind": null, "path": "/w/crates/b"}, {"name": "c", "kind": "dev"}]}]}"#,
        )
        .unwrap();
        assert_eq!((packages[0].name.as_str(), packages[0].folder.as_str()), ("a", "crates/a"));
        let [b, c] = &packages[0].dependencies[..] else { panic!("{packages:?}") };
        assert!(b.kind == Kind::Normal && b.ours && c.kind == Kind::Dev && !c.ours);
        assert!(parse("{}").is_err());
    }

    #[track_caller]
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let package = Package {
            name: "cat".to_owned(),
            folder: "crates/cat".to_owned(),
            ..Package::default()
        };
        let mut problems = Vec::new();
        check(&Tree::of(files), &[package], &mut problems);
        problems.into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn lints_and_readme_are_asked_for() {
        let manifest = ("crates/cat/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n");
        assert_eq!(found(&[manifest, ("crates/cat/README.md", "# cat\n")]), [""; 0]);
        assert_eq!(
            found(&[manifest, ("crates/cat/README.md", "# dog\n")]),
            ["crates/cat/README.md"]
        );
        assert_eq!(
            found(&[("crates/cat/Cargo.toml", "publish = false\n[lints]\nworkspace = true")]),
            [""; 0]
        );
        assert_eq!(
            found(&[("crates/cat/Cargo.toml", "publish = false")]),
            ["crates/cat/Cargo.toml"]
        );
    }
}
