//! What is wrong with a certificate is said at the start, with the file and how to mend it.

use std::fs;

use catzilla_server::TlsConfig;

use crate::tls::files::{Files, Pair, replace};

/// The error that two contents lead to.
#[track_caller]
fn check(cert: Option<&str>, key: Option<&str>, file: &str, says: &str) {
    let files = Files::new();
    for (path, content) in [(files.cert(), cert), (files.key(), key)] {
        match content {
            Some(content) => fs::write(path, content).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
    }
    let err = files.config().unwrap_err();
    assert_eq!(err.file(), files.dir.path().join(file), "{err}");
    let text = err.to_string();
    assert!(text.starts_with(err.file().to_str().unwrap()) && text.contains(says), "{text}");
    assert!(!err.is_about_time());
}

#[test]
fn what_is_wrong_is_said() {
    let (pair, other) = (Pair::new(), Pair::new());
    let (cert, key) = (Some(&*pair.cert), Some(&*pair.key));
    check(None, key, "cert.pem", "can't be read: No such file");
    check(cert, None, "key.pem", "can't be read: No such file");
    check(Some(""), key, "cert.pem", "not PEM");
    check(Some("nonsense"), key, "cert.pem", "not PEM");
    check(cert, Some("nonsense"), "key.pem", "not PEM");
    check(key, cert, "cert.pem", "swap the two files");
    check(cert, cert, "key.pem", "no private key in it");
    let foreign = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    check(Some(foreign), key, "cert.pem", "no certificate in it");
    check(cert, Some(&other.key), "key.pem", "not the key of the first certificate");
    let locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    check(cert, Some(locked), "key.pem", "has a password");
    let half = &pair.cert[..pair.cert.len() / 2];
    check(Some(half), key, "cert.pem", "malformed PEM");
    let hollow = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    check(Some(hollow), key, "cert.pem", "malformed");
    let hollow = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    check(cert, Some(hollow), "key.pem", "can't be used");
    check(Some(&"x".repeat(2 << 20)), key, "cert.pem", "too large");
    let upside_down = format!("{}{}", other.cert, pair.cert);
    check(Some(&upside_down), key, "key.pem", "with the server's own certificate first");
}

#[test]
fn both_may_stand_in_one_file() {
    let files = Files::new();
    let both = format!("{}{}", files.first.key, files.first.cert);
    fs::write(files.cert(), both).unwrap();
    TlsConfig::from_pem_files(files.cert(), files.cert()).unwrap();
}

#[test]
fn no_error_shows_anything_of_a_key() {
    let files = Files::new();
    let key = files.first.key.clone();
    let middle = key.lines().nth(1).unwrap();
    let bytes: Vec<_> = middle.bytes().take(8).map(|byte| byte.to_string()).collect();
    for broken in [
        // Line ends that were lost, as they are in a variable or in JSON.
        key.replace('\n', "\\n"),
        key.replace('\n', " "),
        key.replace("-----END", "-----"),
        key.replace(middle, &format!("{middle}*")),
        key[..key.len() / 2].to_owned(),
    ] {
        replace(&files.key(), &broken);
        let err = files.config().unwrap_err();
        let shown = format!("{err} {err:?}");
        assert!(!shown.contains(&middle[..8]) && !shown.contains(&bytes.join(", ")), "{shown}");
        assert!(shown.contains("key.pem"), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let files = Files::new();
    fs::remove_file(files.key()).unwrap();
    let made = std::process::Command::new("mkfifo").arg(files.key()).status().expect("mkfifo");
    assert!(made.success());
    let err = files.config().unwrap_err().to_string();
    assert!(err.contains("key.pem") && err.contains("not a regular file"), "{err}");
}
