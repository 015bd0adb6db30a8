//! `cargo xtask ci`: the tests, and what takes longer or asks the network.

use anyhow::Result;

use crate::flags::Flags;
use crate::steps::Steps;
use crate::{fuzz, sh, test};

pub(crate) fn run(mut flags: Flags) -> Result<()> {
    let wants_all = flags.switch("--install");
    flags.done()?;
    let mut steps = Steps::default();
    test::all(&mut steps, wants_all);
    let doc = "doc --workspace --no-deps --quiet";
    steps.run("API documentation", || sh::run(sh::cargo(doc).env("RUSTDOCFLAGS", "-D warnings")));
    steps.run("licences and advisories", || {
        if !sh::has_cargo("deny") {
            sh::run(&mut sh::cargo("install cargo-deny --locked"))?;
        }
        sh::run(&mut sh::cargo("deny --workspace check"))
    });
    steps.run("fuzz targets", fuzz::build);
    steps.finish()
}
