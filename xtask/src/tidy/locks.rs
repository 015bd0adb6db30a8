//! Lock files of workspaces beside the main one: cargo mends that one by itself, and these would be forgotten.

use super::Problem;
use crate::sh;

const MANIFESTS: [&str; 1] = ["fuzz/Cargo.toml"];

pub(crate) fn check(problems: &mut Vec<Problem>) {
    problems.extend(MANIFESTS.into_iter().filter_map(|manifest| {
        let update = format!("update --workspace --quiet --manifest-path={manifest}");
        let error = sh::read(&mut sh::cargo(&format!("{update} --locked"))).err()?;
        let path = manifest.replace(".toml", ".lock");
        let message = format!(
            "not up to date (mend it with `cargo {update}`) or not to be checked: {error:#}"
        );
        Some(Problem::of(&path, message))
    }));
}
