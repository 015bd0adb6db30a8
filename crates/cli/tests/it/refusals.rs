//! What is wrong is said in one line that tells how to mend it.

use crate::command::{run, site, text};

#[track_caller]
fn check(args: &[&str], says: &[&str]) {
    let output = run(args);
    assert!(!output.status.success(), "{args:?}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.starts_with("error: "), "{args:?}: {errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    for part in says {
        assert!(errors.contains(part), "{args:?} should say {part:?}: {errors}");
    }
}

#[test]
fn folders_and_mounts() {
    let dir = site();
    let here = text(dir.path());
    check(&["/no/such/folder", "-p", "0"], &["/no/such/folder"]);
    check(&[&format!("{here}/page.html"), "-p", "0"], &["page.html", "folder"]);
    check(
        &["serve", "-p", "0", "--mount", &format!("static={here}")],
        &["\"static\"", "begin with a slash"],
    );
    check(&[here, "-p", "0", "--mount", &format!("/={here}")], &["mounted twice"]);
    check(&["serve", "-p", "0", "--mount", "/static"], &["/prefix=folder"]);
}

#[test]
fn rules() {
    let dir = site();
    let here = text(dir.path());
    check(&[here, "-p", "0", "--block-pattern", "a["], &["--block-pattern", "a["]);
    check(&[here, "-p", "0", "--header", "Content-Length: 5"], &["--header", "the server decides"]);
    check(&[here, "-p", "0", "--block-ext", "*.php"], &["--block-ext", "*.php", "write php"]);
    check(&[here, "-p", "0", "--allow-ext", "html,"], &["--allow-ext", "php or tar.gz"]);
    check(&[here, "-p", "0", "--header", "nonsense"], &["Name: value"]);
    check(&[here, "-p", "0", "--index", "../x"], &["../x"]);
    check(&[here, "-p", "0", "--max-file-size", "big"], &["100MiB"]);
    check(&[here, "-p", "0", "--no-such-flag"], &["--no-such-flag"]);
    check(
        &[here, "--host", "192.0.2.1", "-p", "0"],
        &["192.0.2.1", "not an address of this machine"],
    );
}

#[test]
fn the_log_filter() {
    let dir = site();
    let output = crate::command::catzilla(&[text(dir.path()), "-p", "0"])
        .env("CATZILLA_LOG", "a=b=c")
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && errors.contains("CATZILLA_LOG"), "{errors}");
}
