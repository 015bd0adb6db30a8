//! The rules that somebody chose, by names alone.

use catzilla_path_security::Refusal::*;
use catzilla_path_security::{Policy, Refusal, RequestPath};

#[track_caller]
fn check(policy: &Policy, path: &str, expected: Result<(), Refusal>) {
    let parsed = RequestPath::parse(path.as_bytes()).unwrap();
    assert_eq!(policy.judge(&parsed), expected, "{path}");
}

#[test]
fn hidden_names() {
    let policy = Policy::default();
    for path in
        ["/.env", "/.git/config", "/a/.b/c", "/a/.b", "/.a/", "/%2eenv", "/...", "/a/.well-known/x"]
    {
        check(&policy, path, Err(Hidden));
    }
    // Code points that nobody sees don't hide the dot.
    check(&policy, "/\u{200b}.git/config", Err(Hidden));
    for path in
        ["/", "/a", "/a.b", "/.well-known/security.txt", "/.well-known/", "/a./b".trim_end()]
    {
        if path != "/a./b" {
            check(&policy, path, Ok(()));
        }
    }
    check(&policy, "/.well-known/.secret", Err(Hidden));
    check(&policy, "/.well-known2/x", Err(Hidden));
    check(&Policy::default().hidden(true), "/.git/config", Ok(()));
}

#[test]
fn names_with_a_meaning_on_windows() {
    let policy = Policy::default();
    for path in [
        "/con",
        "/NUL.txt",
        "/a/com1.html/b",
        "/lpt9",
        "/x.php.",
        "/x.php%20",
        "/x.php::$DATA",
        "/C:/boot.ini",
        "/a:b",
        "/aux",
        "/a/prn.",
        "/nul%20.txt",
        "/con\u{200b}",
    ] {
        check(&policy, path, Err(WindowsName));
    }
    for path in ["/console.log", "/icon", "/com", "/a.con", "/naux"] {
        check(&policy, path, Ok(()));
    }
    check(&Policy::default().windows_names(true), "/aux.html", Ok(()));
}

#[track_caller]
fn check_extension(text: &str, says: Option<&str>) {
    let blocked = Policy::default().block_extensions([text]).err().map(|err| err.to_string());
    let allowed = Policy::default().allow_extensions([text]).err().map(|err| err.to_string());
    assert_eq!(blocked, allowed);
    match says {
        None => assert_eq!(blocked, None, "{text:?}"),
        Some(says) => assert!(
            blocked
                .as_ref()
                .is_some_and(|err| err.contains(says) && err.contains(&format!("{text:?}"))),
            "{text:?}: {blocked:?}"
        ),
    }
}

#[test]
fn what_no_name_can_end_in_is_no_extension() {
    for text in ["php", ".php", "tar.gz", " PHP ", "c++", "~"] {
        check_extension(text, None);
    }
    check_extension("*.php", Some("write php"));
    check_extension("*php", Some("write php"));
    check_extension("backup/x.sql", Some("write sql"));
    check_extension("ph?", Some("write php"));
    check_extension("*", Some("write php"));
    check_extension("{jpg,png}", Some("pattern"));
    check_extension("php.", Some("write php"));
    for empty in ["", " ", ".", ".."] {
        check_extension(empty, Some("write it as in php or tar.gz"));
    }
}

#[test]
fn extensions_in_any_case_and_disguise() {
    let policy = Policy::default().block_extensions(["php", ".exe", " KEY "]).unwrap();
    for path in
        ["/a.php", "/a.PHP", "/b/a.Php", "/a.exe", "/a.html.php", "/a.ph\u{200b}p", "/a.\u{212a}ey"]
    {
        check(&policy, path, Err(Extension));
    }
    for path in ["/a.php/", "/a.php/b.html", "/php", "/a.phps", "/a.html", "/a"] {
        check(&policy, path, Ok(()));
    }
    // Calls add up, an extension may have several parts, and a name may be nothing else.
    let more = policy.block_extensions(["tar.gz"]).unwrap().hidden(true);
    for path in ["/a.php", "/a.tar.gz", "/A.Tar.GZ", "/.php", "/.tar.gz"] {
        check(&more, path, Err(Extension));
    }
    check(&more, "/a.gz", Ok(()));
    let only =
        Policy::default().allow_extensions(["html"]).unwrap().allow_extensions(["css"]).unwrap();
    for path in ["/a.html", "/A.CSS", "/docs/", "/"] {
        check(&only, path, Ok(()));
    }
    for path in ["/a.js", "/a.html.bak", "/Makefile"] {
        check(&only, path, Err(Extension));
    }
}

#[test]
fn patterns_about_names_and_about_paths() {
    let policy = Policy::default()
        .block_pattern("*.bak")
        .unwrap()
        .block_pattern("node_modules")
        .unwrap()
        .block_pattern("backup/**")
        .unwrap()
        .block_pattern("/private/*.txt")
        .unwrap();
    for path in [
        "/a.bak",
        "/a/b.BAK",
        "/a.bak/c",
        "/node_modules/x",
        "/a/Node_Modules/b/c",
        "/backup/x",
        "/backup/a/b",
        "/Backup/x",
        "/private/a.txt",
        "/private/a.txt/b",
        "/a.b\u{200b}ak",
    ] {
        check(&policy, path, Err(Pattern));
    }
    for path in ["/a.bak2", "/x/backup/y", "/backups/x", "/private/a/b.txt", "/private/", "/a"] {
        check(&policy, path, Ok(()));
    }
    let folder = Policy::default().block_pattern("private/").unwrap();
    check(&folder, "/private/x", Err(Pattern));
    check(&folder, "/a/private/x", Ok(()));
    for glob in ["a[", "", "/", "//"] {
        let err = Policy::default().block_pattern(glob).unwrap_err();
        assert!(err.to_string().contains(glob), "{err}");
    }
}
