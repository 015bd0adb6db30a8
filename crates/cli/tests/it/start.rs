//! What it prints, and where it listens.

use std::net::TcpListener;

use crate::command::{run, serve, site, text};

#[test]
fn programs_get_one_line_with_the_real_port() {
    let dir = site();
    let server = serve(&["serve", text(dir.path()), "-p", "0", "--threads", "1"]);
    assert!(server.line.starts_with("listening url=http://127.0.0.1:"), "{}", server.line);
    assert!(server.line.ends_with("mounts=/\n"), "{}", server.line);
    assert_ne!(server.address().port(), 0);
    assert_eq!(server.get("/").2, b"home");
    assert_eq!(server.get("/.env").0, 404);
}

#[test]
fn a_folder_alone_is_enough() {
    let dir = site();
    let server = serve(&[text(dir.path()), "-p", "0"]);
    assert_eq!(server.get("/page.html").2, b"page");
}

#[test]
fn a_second_server_on_a_port_that_was_asked_for_is_refused() {
    let dir = site();
    for threads in ["1", "2"] {
        let first = serve(&[text(dir.path()), "-p", "0", "--threads", threads]);
        let port = first.address().port().to_string();
        for others in ["1", "2"] {
            let output = run(&[text(dir.path()), "-p", &port, "--threads", others]);
            assert!(!output.status.success());
            let errors = String::from_utf8(output.stderr).unwrap();
            assert!(errors.starts_with(&format!("error: 127.0.0.1:{port} is in use")), "{errors}");
            assert_eq!(errors.lines().count(), 1, "{errors}");
        }
    }
}

#[test]
fn a_busy_default_port_moves_to_the_next() {
    let dir = site();
    // Ours, or somebody else's: it is taken.
    let _taken = TcpListener::bind("127.0.0.1:8080");
    let server = serve(&[text(dir.path())]);
    assert!((8081..=8099).contains(&server.address().port()), "{}", server.line);
    assert_eq!(server.get("/").2, b"home");
}

#[test]
fn servers_that_agree_share_a_port() {
    let dir = site();
    let first = serve(&[text(dir.path()), "-p", "0", "--reuse-port"]);
    let port = first.address().port().to_string();
    let second = serve(&[text(dir.path()), "-p", &port, "--reuse-port"]);
    assert_eq!(second.address(), first.address());
}

#[test]
fn several_addresses() {
    let dir = site();
    let server =
        serve(&[text(dir.path()), "-p", "0", "--host", "127.0.0.1", "--host", "127.0.0.2"]);
    assert!(
        server.line.contains("url=http://127.0.0.1:")
            && server.line.contains("url=http://127.0.0.2:")
    );
}

#[test]
fn help_and_version() {
    let version = run(&["--version"]);
    assert_eq!(
        String::from_utf8(version.stdout).unwrap(),
        format!("catzilla {}\n", env!("CARGO_PKG_VERSION"))
    );
    let help = String::from_utf8(run(&["serve", "--help"]).stdout).unwrap();
    for flag in ["--mount", "--host", "--port", "--symlinks", "--grace-period", "--header"] {
        assert!(help.contains(flag), "{flag}");
    }
    assert!(!run(&[]).status.success(), "nothing was asked for");
}

#[test]
fn quiet_is_quiet() {
    let dir = site();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut child = crate::command::catzilla(&[text(dir.path()), "-p", &port, "-q"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.stdout.is_empty());
}
